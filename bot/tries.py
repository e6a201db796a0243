"""What is due once, and tried again a while after it failed: each try is a run of its own, which says why."""

from datetime import timedelta
from typing import Final

from domain.mongo.store import MongoStore
from domain.records.run import Run, RunKind
from domain.store import Between, Duplicate

TRIED_AGAIN: Final = timedelta(minutes=15)


def next_try(store: MongoStore, id: str) -> str | None:
    """
    Under which id it is done now; None where it is done, or was tried a short while ago. Whoever asks holds its
    lease: a run that has no end was interrupted, and is a try too.
    """
    tries = store.runs.find(id=Between(id, f"{id}~"))
    if any(each.ok for each in tries):
        return None
    now = store.now()
    if any(each.ended_at and now - each.ended_at < TRIED_AGAIN for each in tries):
        return None
    return f"{id}.{len(tries) + 1}" if tries else id


def begun(store: MongoStore, id: str, kind: RunKind) -> Run:
    """The run of this id: as far as it is, or begun now. Two may begin it at once."""
    run = store.runs.one(id=id)
    if run is None:
        run = Run(id, kind, store.now())
        try:
            store.runs.insert(run)
        except Duplicate:
            return store.runs.get(id)
    return run
