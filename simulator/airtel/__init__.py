"""Airtel Money: its API, and the phones of those who have an account."""
