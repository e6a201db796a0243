"""A stand-in for Telegram."""
