"""What is seen of a process from outside: its metrics, and whether it lives and is ready."""
