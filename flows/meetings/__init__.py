"""Conversations at the meeting."""
