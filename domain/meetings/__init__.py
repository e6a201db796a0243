"""The meeting: who is there, what is in the box, who has paid."""
