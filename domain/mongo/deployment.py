"""How the service is run, kept by each process for a moment: to look at it on every turn costs nothing."""

import time
from collections.abc import Callable
from typing import Any, Final

from pymongo.collection import Collection

from domain.mongo.layout import Document
from domain.mongo.tables import Inside, MongoTable
from domain.records.deployment import DEPLOYMENT, DeploymentState

# So long another process may go on as before.
SEEN_SECONDS: Final = 2.0


class LastSeen:
    """What a process saw last, for all its threads: two that look at once both ask, and both are right."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds, from any moment."""
        self.clock = clock
        self.deployment = DeploymentState()
        self.until = clock()


class MongoDeployment(MongoTable[DeploymentState]):
    """See `domain.tables.Deployments`."""

    def __init__(self, collection: Collection[Document], last: LastSeen, inside: Inside | None = None) -> None:
        super().__init__(collection, DeploymentState, inside)
        self._last, self._outside = last, collection

    def seen(self) -> DeploymentState:
        last, now = self._last, self._last.clock()
        if now >= last.until:
            # Outside of any transaction: what counts is how it is now, not how it was when that began.
            found = self._outside.find_one({"_id": DEPLOYMENT})
            last.deployment = self._value(found) if found else DeploymentState()
            last.until = now + SEEN_SECONDS
        return last.deployment

    def put(self, **fields: Any) -> None:
        if self.change(DEPLOYMENT, **fields) is None:
            self.insert(DeploymentState(**fields))
        self._last.until = self._last.clock()
