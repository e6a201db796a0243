"""
Since when each secret is the one it is: noted when a process first sees it, so that an old one is known to be old.

What is kept is a fingerprint that only the pepper can make: it says whether a secret is the same, and nothing
more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from domain.access.audit import note
from domain.records.run import Run
from domain.store import Duplicate, Store

SECRET_AGE_MAX: Final = timedelta(days=90)
_FINGERPRINT_LENGTH: Final = 32


def note_secrets(store: Store, secrets: Mapping[str, str], where: str = "") -> list[str]:
    """
    Write down those that were not seen before, also in the log of acts; their names. One that was seen with a
    pepper of before is as old as it was.
    """
    known, now = _known(store, secrets), store.now()
    fresh = []
    for name, value in secrets.items():
        id, *before = _ids(store, name, value)
        if id in known:
            continue
        since = next((known[each] for each in before if each in known), now)
        try:
            store.runs.insert(Run(id, "secret_change", since, since, ok=True, details={"secret": name}))
        except Duplicate:  # another process has just noted it
            continue
        if since == now:
            note(store, None, "secret.new", why=name, where=where)
            fresh.append(name)
    return fresh


def secret_ages(store: Store, secrets: Mapping[str, str]) -> dict[str, timedelta]:
    """How long each of them has been in use, nothing for one that no process has noted; one query."""
    known, now = _known(store, secrets), store.now()
    seen = {name: [known[id] for id in _ids(store, name, value) if id in known] for name, value in secrets.items()}
    return {name: now - min(times) for name, times in seen.items() if times}


def _known(store: Store, secrets: Mapping[str, str]) -> dict[str, datetime]:
    """Since when those are there that were noted, by their ids."""
    ids = [id for name, value in secrets.items() for id in _ids(store, name, value)]
    return {each.id: each.began_at for each in store.runs.find(id=ids)}


def _ids(store: Store, name: str, value: str) -> list[str]:
    """What a secret is noted under, and what it was with the peppers of before. The pepper is noted by itself."""
    seals = store.pins.seals(f"secret\n{name}\n{value}")
    return [f"secret:{name}:{each.hex()[:_FINGERPRINT_LENGTH]}" for each in seals]
