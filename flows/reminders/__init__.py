"""Conversations about what members are reminded of."""
