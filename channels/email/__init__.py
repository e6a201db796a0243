"""E-mail: one message is composed here, and carried by SMTP or by SendGrid."""
