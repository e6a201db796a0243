"""What members put in and take out: savings, fines, the social fund."""
