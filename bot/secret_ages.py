"""The secrets of this process by their names, as their age is looked at: see `domain/access/secret_ages.py`."""

import socket
from collections.abc import Mapping
from dataclasses import fields
from urllib.parse import urlsplit

from bot.app import App
from bot.config import Settings
from bot.logs import log
from domain.access.secret_ages import note_secrets


def secrets_in_use(settings: Settings) -> Mapping[str, str]:
    """
    Those that are set, by their settings. Of an address it is the name and the password in it: where a store is
    may change every day. Those of before are left out: nothing new is made with them.
    """
    found = {}
    for each in fields(Settings):
        if each.metadata["secret"] and not each.name.endswith("_previous"):
            value = str(getattr(settings, each.name))
            found[each.name.upper()] = _in_address(value) if "://" in value else value
    return {name: value for name, value in found.items() if value}


def note_secrets_of(app: App) -> None:
    """When a process starts: which of its secrets are new."""
    if fresh := note_secrets(app.store, secrets_in_use(app.settings), where=socket.gethostname()):
        log().info("secrets that were not seen before", secrets=fresh)


def _in_address(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[0]
