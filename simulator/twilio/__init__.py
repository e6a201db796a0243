"""A stand-in for Twilio: WhatsApp."""
