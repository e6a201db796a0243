"""Messages of leaders to many: who gets them, what they may say, how they go out, and what became of them."""
