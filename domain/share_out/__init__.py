"""The share-out: its plan, its payment, the next cycle."""
