"""Private stores and other processes of this machine."""
