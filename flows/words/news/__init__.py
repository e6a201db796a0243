"""The sentences of receipts and news, a file for each subject."""
