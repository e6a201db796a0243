"""The sentences of refusals, a file for each subject."""
