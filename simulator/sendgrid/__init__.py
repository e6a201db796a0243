"""SendGrid: e-mail out, and the messages that arrived."""
