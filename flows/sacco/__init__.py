"""Conversations of a SACCO."""
