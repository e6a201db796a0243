"""Safaricom Daraja: M-Pesa in Kenya."""
