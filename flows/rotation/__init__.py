"""Conversations of a rotation."""
