"""A stand-in for pawaPay's Merchant API, version 2."""
