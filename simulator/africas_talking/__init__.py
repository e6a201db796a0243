"""A stand-in for Africa's Talking: USSD and SMS."""
