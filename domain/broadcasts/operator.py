"""
The operator writes to the members of one group, or of all: two people of theirs do it together.

Whoever prepares it names another one of the operator's phones. A code goes to that phone, and nothing is sent
before it is typed: so it takes the hands of one and the phone of another.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.broadcasts.audience import pages_of, zone_of
from domain.broadcasts.send import BroadcastOver, NobodyToTell, again, ends_at
from domain.broadcasts.words import check_words
from domain.commands import handles
from domain.errors import DomainError
from domain.people.chats import check_code, new_code
from domain.records.broadcast import UNDO, Audience, Broadcast, MessageKind
from domain.records.pin import Secret
from domain.records.proposal import digest_of
from domain.store import Store
from domain.tell import tell_phone


class TwoOperators(DomainError):
    """Whoever prepares it and whoever agrees have to be two of the operator's phones."""

    code = "two_operators"


@dataclass(frozen=True, slots=True)
class PrepareBroadcast:
    """
    To a group, "" for all. `by` and `second` are phones, of those in `operators`. It begins at a moment, None for
    a minute after it was agreed to. With a `source` it is that broadcast again, to whom it did not reach.
    """

    by: str
    second: str
    operators: tuple[str, ...]
    group: str
    kind: MessageKind
    audience: Audience
    words: str = ""
    begins_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class AgreeToBroadcast:
    """The second operator has typed the code that came to their phone; it was checked."""

    broadcast: str


@handles(PrepareBroadcast, always=True)
def prepare_broadcast(tx: Store, command: PrepareBroadcast) -> str:
    """Answers with its id. Raises TwoOperators, NobodyToTell, and as `check_words`."""
    check_words(command.words)
    if command.by == command.second or not {command.by, command.second} <= {*command.operators}:
        raise TwoOperators
    cast = drafted_by_operator(tx, command)
    if not any(page.people for page in pages_of(tx, cast)):
        raise NobodyToTell
    tx.broadcasts.insert(cast)
    sent = new_code(tx, _address(cast.id), command.second)
    tell_phone(tx, command.second, "en", "code", id=f"code:{sent.id}", code=sent.code)
    return cast.id


def drafted_by_operator(store: Store, command: PrepareBroadcast) -> Broadcast:
    """The broadcast as it would be written down. Raises NobodyToTell where it is sent again."""
    now, zone = store.now(), zone_of(store, command.group)
    if command.source:
        cast = again(store, store.broadcasts.get(command.source), "", command.by, now, zone)
        return replace(cast, state="asked", next_at=None, second=command.second)
    begins_at = command.begins_at or now + UNDO
    values = {"name": "", "words": command.words} if command.kind == "words" else {}
    return Broadcast(
        id=store.new_id(),
        group=command.group,
        by="",
        name=command.by,
        kind=command.kind,
        audience=command.audience,
        values=values,
        state="asked",
        created_at=now,
        begins_at=begins_at,
        ends_at=ends_at(begins_at, zone),
        next_at=None,
        digest=digest_of({"group": command.group, "kind": command.kind, "said": values}),
        second=command.second,
    )


def check_second(store: Store, broadcast: str, typed: Secret) -> None:
    """Whether this is the code that the second operator got. Raises WrongCode, CodeExpired, BroadcastOver."""
    cast = store.broadcasts.get(broadcast)
    if cast.state != "asked" or not cast.second:
        raise BroadcastOver
    check_code(store, _address(cast.id), cast.second, typed)


@handles(AgreeToBroadcast, always=True)
def agree_to_broadcast(tx: Store, command: AgreeToBroadcast) -> datetime:
    """Answers with when it begins. Raises BroadcastOver."""
    cast = tx.broadcasts.get(command.broadcast)
    begins_at = max(cast.begins_at, tx.now() + UNDO)
    ends = ends_at(begins_at, zone_of(tx, cast.group))
    fields = {"state": "waiting", "begins_at": begins_at, "ends_at": ends, "next_at": begins_at}
    if tx.broadcasts.change(cast.id, when={"state": "asked"}, **fields) is None:
        raise BroadcastOver
    return begins_at


def _address(broadcast: str) -> str:
    return f"broadcast:{broadcast}"
