"""Conversations about loans."""
