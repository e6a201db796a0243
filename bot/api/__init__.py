"""The JSON API under /api: declared as `bot/api/declare.py` says, documented at /api/openapi.json."""
