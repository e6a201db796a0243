"""Conversations about money in and out of savings, fines, the social fund."""
