"""Conversations about the share-out."""
