"""
The log of acts: who did, saw and exported what, from where, and why.

An act is one write of its own, so no page waits for another. The lines are put in a chain, some hundred at a time,
by whoever comes first: each seal is made of the line, its place and the seal before it, with the pepper, which is
not in the store. So a line that was changed, taken out or put in shows, and nobody who has only the store can make
the chain anew.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from domain.access.caller import Caller
from domain.errors import StoreError
from domain.people.find import names_of
from domain.people.naming_nobody import without_naming
from domain.records.audit import AuditEntry, AuditHead, AuditOutcome
from domain.store import After, Before, Duplicate, Store

SEALED_AT_ONCE: Final = 500
AUDIT_SHOWN_MAX: Final = 200
WHY_LENGTH_MAX: Final = 200
SIGN_IN_REFUSED: Final = "sign_in.refused"
# Where somebody acts who types a command, with the name of their account at that machine behind it.
AT_TERMINAL: Final = "terminal of "
_HEAD: Final = "head"
_PERSON: Final = "person:"
_GENESIS: Final = "0" * 64


class AuditBroken(StoreError):
    """The log is not as it was written; the message says where."""


def note(
    store: Store,
    caller: Caller | None,
    did: str,
    *,
    about: str = "",
    group: str = "",
    why: str = "",
    outcome: AuditOutcome = "done",
    where: str = "",
) -> None:
    """
    Write down an act of a caller, None for somebody we do not know: before what was asked for is shown, so that
    what cannot be written down is not seen. `about` is the id of the person it is about, `group` the group's.
    Their name is left out of `why`, and so are phone numbers: a line is never changed, and they may be forgotten.
    """
    by, name, role = (caller.key, caller.name, caller.role) if caller else ("", "", "")
    if caller and caller.kind == "person":
        name = ""  # a line is never changed, and whoever is forgotten has no name any more
    now = store.now()
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what stores keep
    entry = AuditEntry(
        id=f"{int(at.timestamp() * 1000):014d}-{secrets.token_hex(8)}",
        at=at,
        by=by,
        by_name=name,
        role=role,
        did=did,
        about=about,
        group=group,
        why=without_naming(store, about, why)[:WHY_LENGTH_MAX],
        outcome=outcome,
        where=where,
        alone="",
    )
    store.audit.insert(replace(entry, alone=_sealed(store, entry, 0, "")))


def audit_entries(
    store: Store, *, after: str = "", limit: int = 50, by: str = "", about: str = "", group: str = ""
) -> list[AuditEntry]:
    """The newest acts first, of one caller (`Caller.key`), about one person, in one group; those `after` an id."""
    wanted = {"by": by, "about": about, "group": group}
    equal = {name: value for name, value in wanted.items() if value}
    older = {"id": Before(after)} if after else {}
    return store.audit.find(sort="-id", limit=min(limit, AUDIT_SHOWN_MAX), **equal, **older)


def with_names(store: Store, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Lines to be shown, with what the people who acted are called now: a line itself has their ids alone."""
    ids = {each.by.removeprefix(_PERSON) for each in entries if each.by.startswith(_PERSON)}
    names = names_of(store, sorted(ids))
    return [
        replace(each, by_name=each.by_name or names.get(each.by.removeprefix(_PERSON), "")) for each in entries
    ]


def seal_audit(store: Store, at_once: int = SEALED_AT_ONCE) -> int:
    """Put in the chain what waits for it, some hundred lines; how many. Several processes may do so at once."""

    def work(tx: Store) -> int:
        waiting = tx.audit.find(seq=0, limit=at_once)
        if not waiting:
            return 0
        head = tx.audit_heads.one(id=_HEAD)
        seq, previous = (head.seq, head.seal) if head else (0, _GENESIS)
        chained = []
        for entry in waiting:
            seq += 1
            seal = _sealed(tx, entry, seq, previous)
            chained.append(replace(entry, seq=seq, previous=previous, seal=seal))
            previous = seal
        if head is None:
            tx.audit_heads.insert(AuditHead(_HEAD, seq, previous))
        else:
            tx.audit_heads.change(_HEAD, seq=seq, seal=previous)
        tx.audit.put_in_chain(chained)
        return len(chained)

    try:
        return store.transaction(work)
    except Duplicate:  # another process made the head: it has sealed what waited
        return 0


def seal_waiting(store: Store, at_once: int = SEALED_AT_ONCE) -> None:
    """Chain all that waits."""
    while seal_audit(store, at_once) == at_once:
        pass


def audit_to_seal(store: Store, most: int) -> list[str]:
    """The line that waits longest, for all of them; of none there is nothing to do."""
    return store.audit.due(store.now(), min(most, 1), sort="id", seq=0)


def audit_head(store: Store) -> AuditHead:
    """Where the chain stands."""
    return store.audit_heads.one(id=_HEAD) or AuditHead(_HEAD, 0, _GENESIS)


def verify_audit(
    store: Store,
    known: AuditHead | None = None,
    step: Callable[[int], object] = lambda _: None,
    *,
    at_once: int = SEALED_AT_ONCE,
) -> AuditHead:
    """
    Read the whole log; where the chain stands, whose every line is as it was written. Raises AuditBroken, which
    names the first that is not.

    `known` is a head of before, kept somewhere else: the log has to go on from there, so that nobody can have
    taken away its newest lines. `step` is told how many more lines were read.
    """
    head = audit_head(store)
    if known is not None and known.seq > head.seq:
        raise AuditBroken(f"the log ends at line {head.seq}, and had line {known.seq}")
    seq, previous = 0, _GENESIS
    while seq < head.seq:
        found = store.audit.find(sort="seq", limit=at_once, seq=After(seq))
        if not found:
            break
        step(len(found))
        for entry in found:
            if entry.seq > head.seq:
                break
            seq += 1
            if entry.seq != seq:
                raise AuditBroken(f"line {seq} is not there")
            if entry.previous != previous or not _is_seal(entry.seal, store, entry, seq, previous):
                raise AuditBroken(f"line {seq} ({entry.id}) is not as it was written")
            previous = entry.seal
            if known is not None and seq == known.seq and previous != known.seal:
                raise AuditBroken(f"line {seq} is another one than it was")
    if (seq, previous) != (head.seq, head.seal):
        raise AuditBroken(f"the log ends at line {seq}, and line {head.seq} was the last")
    for entry in store.audit.each(seq=0):
        if not _is_seal(entry.alone, store, entry, 0, ""):
            raise AuditBroken(f"a line that waits ({entry.id}) is not as it was written")
    return head


def altered(store: Store, entries: Sequence[AuditEntry]) -> set[str]:
    """The ids of those of some lines that are not as they were written; `verify_audit` looks for missing ones."""
    return {each.id for each in entries if not _is_as_written(store, each)}


def _is_as_written(store: Store, entry: AuditEntry) -> bool:
    if entry.seq:
        return _is_seal(entry.seal, store, entry, entry.seq, entry.previous)
    return _is_seal(entry.alone, store, entry, 0, "")


def _is_seal(seal: str, store: Store, entry: AuditEntry, seq: int, previous: str) -> bool:
    """Whether it is the seal of a line in a place, with the pepper of now or one of before."""
    return seal in (each.hex() for each in store.pins.seals(_said(entry, seq, previous)))


def _sealed(store: Store, entry: AuditEntry, seq: int, previous: str) -> str:
    """The seal of a line in a place."""
    return store.pins.seal(_said(entry, seq, previous)).hex()


def _said(entry: AuditEntry, seq: int, previous: str) -> str:
    """What is sealed of a line in a place."""
    at = entry.at.astimezone(UTC)
    said = [
        seq,
        previous,
        entry.id,
        _printed(at),
        entry.by,
        entry.by_name,
        entry.role,
        entry.did,
        entry.about,
        entry.group,
        entry.why,
        entry.outcome,
        entry.where,
    ]
    return "audit\n" + json.dumps(said, separators=(",", ":"))


def _printed(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
