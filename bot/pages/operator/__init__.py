"""The operator's pages: all groups in figures, what is stuck, who called, what was sent, who did what."""
