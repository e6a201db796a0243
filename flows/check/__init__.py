"""Walks every conversation, checks every screen, draws the map."""
