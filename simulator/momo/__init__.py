"""A stand-in for MTN MoMo."""
