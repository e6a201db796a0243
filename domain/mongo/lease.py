"""Something that one process does at a time, wherever it runs: a backup, a restore on trial, a migration."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from domain.errors import StoreError
from domain.mongo.layout import Document

# So long after its process was killed somebody else may.
LEASE_HELD: Final = timedelta(seconds=60)
_RENEWED_SECONDS: Final = 15.0


class LeaseTaken(StoreError):
    """Somebody else is at it."""


class LeaseLost(StoreError):
    """The store was not reached for so long that somebody else may be at it now."""


class Lease:
    """It is ours, as long as it is renewed."""

    def __init__(self, database: Database[Document], name: str, now: Callable[[], datetime]) -> None:
        self.name = name
        self._leases, self._now, self._token = database["leases"], now, secrets.token_hex(8)
        self._until = now()
        self._over = threading.Event()

    def check(self) -> None:
        """Raises LeaseLost: for whoever is about to do what must not be done twice."""
        if self._now() >= self._until:
            raise LeaseLost(f"{self.name} was not renewed in time: somebody else may be at it")

    def take(self, by: str) -> None:
        """Raises LeaseTaken."""
        now = self._now()
        until = now + LEASE_HELD
        fresh = {"token": self._token, "by": by, "since": now, "until": until}
        try:
            self._leases.update_one({"_id": self.name, "until": {"$lte": now}}, {"$set": fresh}, upsert=True)
        except DuplicateKeyError as taken:
            held = self._leases.find_one({"_id": self.name}) or {}
            who, since = held.get("by", "somebody"), held.get("since", now)
            raise LeaseTaken(f"{self.name}: {who} is at it since {since:%Y-%m-%d %H:%M:%S} UTC") from taken
        self._until = until
        threading.Thread(target=self._renew, name=f"lease {self.name}", daemon=True).start()

    def give_back(self) -> None:
        """It is done."""
        self._over.set()
        self._leases.delete_one({"_id": self.name, "token": self._token})

    def _renew(self) -> None:
        while not self._over.wait(_RENEWED_SECONDS):
            until = self._now() + LEASE_HELD
            try:
                ours = {"_id": self.name, "token": self._token}
                if self._leases.update_one(ours, {"$set": {"until": until}}).matched_count:
                    self._until = until
            except PyMongoError:
                continue  # it is tried again until it has run out


@contextmanager
def leased(database: Database[Document], name: str, *, by: str, now: Callable[[], datetime]) -> Iterator[Lease]:
    """Hold it meanwhile. Raises LeaseTaken."""
    lease = Lease(database, name, now)
    lease.take(by)
    try:
        yield lease
    finally:
        lease.give_back()
