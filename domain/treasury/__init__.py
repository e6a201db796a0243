"""Money in and out, whoever and whatever it is for."""
