"""The demo: a seeded village, whole cycles, and the processes that run them."""
