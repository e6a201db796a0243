"""A set is made of one moment of the database, read back, and only then an old one goes."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from bot.backup.archive import forget_pieces
from bot.backup.check import verify_set
from bot.backup.frames import seal
from bot.backup.manifest import (
    FORMAT,
    Manifest,
    Part,
    check_origin,
    part_name,
    read_manifest,
    remove_set,
    set_id,
    set_ids,
    unfinished_ids,
    write_manifest,
)
from bot.backup.packing import pack
from bot.backup.vault import Progress, Vault
from domain.mongo.lease import Lease
from domain.mongo.migrations.schema import schema_needed, schema_of
from domain.mongo.snapshot import Described, Snapshot, snapshot
from domain.mongo.store import MongoStore
from domain.mongo.tally import Tally


def make_set(store: MongoStore, vault: Vault, progress: Progress) -> Manifest:
    """
    The whole database as it is now, in the place. Raises ForeignSet, SnapshotGone, PlaceUnavailable and what the
    driver raises; what was written until then is no set, and goes with the next one.
    """
    before = set_ids(vault.place)
    if before:
        check_origin(read_manifest(vault.place, vault.keys, before[-1]), vault.deployment)
    began, at = time.perf_counter(), store.now()
    while (id := set_id(at)) in before:
        at += timedelta(seconds=1)
    with snapshot(store.database) as taken:
        collections = taken.collections()
        with progress.phase("Backing up", sum(each.about for each in collections)) as step:
            parts = [_write_part(vault, id, taken, each, step) for each in collections]
        manifest = Manifest(
            format=FORMAT,
            id=id,
            made_at=at,
            took_seconds=round(time.perf_counter() - began, 3),
            version=vault.version,
            schema=schema_of(store.database),
            needs=schema_needed(store.database),
            deployment=vault.deployment,
            database=store.database.name,
            tick=str(taken.at),
            parts=tuple(parts),
        )
    write_manifest(vault.place, vault.keys, manifest)
    return manifest


def keep_sets(vault: Vault, fresh: Manifest, lease: Lease, progress: Progress) -> list[str]:
    """
    Read the fresh set back, and only if it is right take away the oldest of more than are kept, what was begun
    and never finished, and the pieces of the oplog that no set needs. Answers with the sets that went. Raises what
    `verify_set` raises, and LeaseLost.
    """
    verify_set(vault, fresh.id, progress)
    lease.check()
    gone = [id for id in unfinished_ids(vault.place) if id < fresh.id]
    gone += set_ids(vault.place)[: -vault.keep]
    for id in gone:
        remove_set(vault.place, id)
    oldest = read_manifest(vault.place, vault.keys, set_ids(vault.place)[0])
    forget_pieces(vault.place, oldest.moment)
    return gone


def _write_part(
    vault: Vault, id: str, taken: Snapshot, described: Described, step: Callable[[int], object]
) -> Part:
    tally, stored, name = Tally(), _Stored(), part_name(id, described.name)

    def read() -> Iterator[bytes]:
        seen = 0
        for batch in taken.read(described.name, tally):
            yield batch
            step(tally.documents - seen)
            seen = tally.documents

    vault.place.put(name, stored.counted(seal(pack(read()), vault.keys, name)))
    return Part(
        name=described.name,
        documents=tally.documents,
        size_bytes=tally.size_bytes,
        content=tally.digest,
        stored_bytes=stored.size_bytes,
        sha256=stored.sum.hexdigest(),
        options=described.options,
        indexes=described.indexes,
    )


class _Stored:
    """What goes to the place, counted."""

    def __init__(self) -> None:
        self.size_bytes, self.sum = 0, hashlib.sha256()

    def counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.size_bytes += len(piece)
            self.sum.update(piece)
            yield piece
