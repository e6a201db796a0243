"""What is done each day, each week and each minute, and how it is written down: by hand or by the scheduler."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from bot.backup.archive import Piece, archive_oplog
from bot.backup.errors import PartialSet
from bot.backup.make import keep_sets, make_set
from bot.backup.manifest import Manifest, check_origin, read_manifest, set_ids
from bot.backup.restore import Restored, restore_set
from bot.backup.vault import Progress, Vault
from bot.logs import log
from domain.errors import StoreError
from domain.mongo.lease import leased
from domain.mongo.store import MongoStore
from domain.records.run import Run, RunKind

SCRATCH: Final = "_restore_test"


def back_up(store: MongoStore, vault: Vault, progress: Progress, run: str) -> Manifest:
    """
    Make a set, read it back, and take away what is more than are kept; written down under the id `run`. Raises
    LeaseTaken while somebody else is at it.
    """
    with (
        leased(store.database, "backup", by=socket.gethostname(), now=store.now) as lease,
        _written_down(store, "backup", run) as details,
    ):
        made = make_set(store, vault, progress)
        gone = keep_sets(vault, made, lease, progress)
        details |= {
            "set": made.id,
            "documents": str(made.documents),
            "stored_bytes": str(made.stored_bytes),
            "seconds": f"{made.took_seconds:g}",
            "removed": " ".join(gone),
        }
    log().info("a backup was made", **details)
    return made


def try_restore(store: MongoStore, vault: Vault, progress: Progress, run: str) -> Restored:
    """
    Restore the newest set into a database of its own, verify its books, and drop it; written down under the id
    `run`. Raises LeaseTaken, and whatever is wrong with the set.
    """
    with (
        leased(store.database, "restore_test", by=socket.gethostname(), now=store.now),
        _written_down(store, "restore_test", run) as details,
    ):
        manifest = newest(vault)
        scratch = store.over(store.database.client[store.database.name + SCRATCH])
        try:
            restored = restore_set(scratch, vault, manifest, progress, swap=False)
        finally:
            scratch.books.close()
            store.database.client.drop_database(scratch.database.name)
        details |= {
            "set": manifest.id,
            "documents": str(restored.documents),
            "books": str(restored.books),
            "entries": str(restored.entries),
        }
    log().info("a backup was restored on trial", **details)
    return restored


def archive(store: MongoStore, vault: Vault) -> Piece | None:
    """Keep what was written since the last time. Raises LeaseTaken."""
    with leased(store.database, "oplog", by=socket.gethostname(), now=store.now):
        return archive_oplog(store, vault)


def newest(vault: Vault) -> Manifest:
    """Raises PartialSet where there is no set, and ForeignSet."""
    ids = set_ids(vault.place)
    if not ids:
        raise PartialSet("there is no whole set in this place")
    manifest = read_manifest(vault.place, vault.keys, ids[-1])
    check_origin(manifest, vault.deployment)
    return manifest


@contextmanager
def _written_down(store: MongoStore, kind: RunKind, id: str) -> Iterator[dict[str, str]]:
    """What is noted meanwhile is kept with it; and why it failed, in our words."""
    details: dict[str, str] = {}
    store.runs.insert(Run(id, kind, store.now()))
    try:
        yield details
    except BaseException as error:
        why = str(error) if isinstance(error, StoreError) else type(error).__name__
        _end(store, id, store.now(), False, {"problem": why})
        raise
    _end(store, id, store.now(), True, details)


def _end(store: MongoStore, id: str, at: datetime, ok: bool, details: dict[str, str]) -> None:
    store.runs.change(id, ended_at=at, ok=ok, details=details)
