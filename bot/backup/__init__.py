"""Backups: sets, their keys, the places where they are kept, and the way back."""
