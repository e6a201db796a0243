"""The way back: a set is filled in beside what is there, looked at, and put in its place when it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.backup.apart import ids_apart
from bot.backup.archive import pieces_for, replay
from bot.backup.check import check_part, read_part
from bot.backup.errors import BadRestore, BrokenSet
from bot.backup.manifest import Manifest
from bot.backup.vault import Progress, Vault
from bot.forgetting import forget_again
from domain.access.audit import AuditBroken, verify_audit
from domain.mongo.migrations.schema import SCHEMA_COLLECTION, begin_swap
from domain.mongo.oplog import Replay
from domain.mongo.refill import Staged, clear, count_again, fill, make_indexes, put_in_place, staged
from domain.mongo.snapshot import STAGING, Described
from domain.mongo.store import MongoStore
from domain.mongo.tally import BadBson, Tally
from domain.mongo.verify import verify_book


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What was put back: documents of the set, writes of the oplog behind it, and the books that were verified. Some
    people were `forgotten` again.
    """

    documents: int
    replayed: int
    forgotten: int
    books: int
    entries: int


def restore_set(
    store: MongoStore,
    vault: Vault,
    manifest: Manifest,
    progress: Progress,
    *,
    until: datetime | None = None,
    swap: bool = True,
) -> Restored:
    """
    Fill the store's database with a set, and with what the oplog says up to a time behind it; verify it; have it
    take the place of what is there, unless it is on trial. Nothing that is there is touched before it is verified.
    Whoever was forgotten since is forgotten again before that.

    Raises BackupRefused, NotReplayed and what the driver raises; what was filled in until then is taken away.
    """
    pieces = pieces_for(vault.place, manifest.moment, until) if until else []
    target = staged(store.database)
    clear(target)
    try:
        _fill(target, vault, manifest, progress)
        replayed = 0
        if until:
            into = Replay(store.database, of=manifest.database, after=manifest.moment, prefix=STAGING)
            with progress.phase("Replaying", len(pieces)) as step:
                replay(vault, pieces, into, until, step)
            replayed = into.written
        with progress.phase("Indexes", len(manifest.parts)) as step:
            for part in manifest.parts:
                make_indexes(target, _described(part.name, manifest))
                step(1)
        fresh = store.over(target)
        forgotten = forget_again(fresh, {*ids_apart(vault), *(each.id for each in store.forgotten.each())})
        books, entries = _verify(fresh, progress)
        if swap:
            begin_swap(store.database, target, store.now())
            put_in_place(target, last=SCHEMA_COLLECTION)
    finally:
        clear(target)
    return Restored(manifest.documents, replayed, forgotten, books, entries)


def _fill(target: Staged, vault: Vault, manifest: Manifest, progress: Progress) -> None:
    with progress.phase("Restoring", manifest.documents) as step:
        for part in manifest.parts:
            tally = Tally()
            try:
                fill(target, _described(part.name, manifest), read_part(vault, manifest.id, part), tally)
            except BadBson as wrong:
                raise BrokenSet(f"{part.name}: {wrong}") from wrong
            check_part(manifest.id, part, tally)
            step(part.documents)
    with progress.phase("Comparing", manifest.documents) as step:
        for part in manifest.parts:
            there = count_again(target, part.name)
            if (there.documents, there.digest) != (part.documents, part.content):
                raise BadRestore(f"{part.name} was filled in, and is not what was backed up")
            step(part.documents)


def _described(name: str, manifest: Manifest) -> Described:
    part = next(each for each in manifest.parts if each.name == name)
    return Described(part.name, part.documents, part.options, part.indexes)


def _verify(store: MongoStore, progress: Progress) -> tuple[int, int]:
    """Every book and the log of acts; how many books and entries. Raises BadRestore."""
    try:
        groups: Sequence[str] = [group.id for group in store.groups.each()]
        entries = 0
        with progress.phase("Verifying the books", len(groups)) as step:
            for group in groups:
                if problems := verify_book(store.books, group):
                    raise BadRestore(f"the book of group {group} is not whole: {problems[0].text}")
                entries += store.books.length(group)
                step(1)
        verify_audit(store)
    except AuditBroken as broken:
        raise BadRestore(f"the log of acts is not whole: {broken}") from broken
    finally:
        store.books.close()
    return len(groups), entries
