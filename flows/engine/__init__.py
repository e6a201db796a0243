"""Runs conversations: a turn, its journal, its screen. It knows none of them."""
