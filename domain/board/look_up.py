"""
Somebody by their phone, for an operator who was called: what is theirs, and what stands in their way. No answer of
a conversation and no PIN is among it, and of a phone the last three digits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.money import Money
from domain.people.phones import NoSuchMember, holders_of, normal_phone
from domain.records.notice import NoticeKind, NoticeState
from domain.records.payment import Direction, PaymentState, Purpose, Ref, Way
from domain.records.person import Language, MembershipStatus, Person, Role, hours_held
from domain.records.pin import minutes_locked
from domain.store import Store

LATEST: Final = 15

# What keeps somebody from something; each with minutes or hours where it ends by itself.
Lock = Literal["pin", "no_pin", "frozen", "money_held", "votes_held", "messages_stopped", "no_phone"]


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group that somebody is in, or was."""

    code: str
    name: str
    number: int
    role: Role
    status: MembershipStatus


@dataclass(frozen=True, slots=True)
class ChatSeen:
    """A chat of theirs by its channel, and when they last wrote; `blocked` when they take no messages there."""

    channel: str
    heard_at: datetime
    blocked: bool


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """One of their latest payments."""

    id: str
    ref: Ref
    group: str
    at: datetime
    direction: Direction
    purpose: Purpose
    way: Way
    amount: Money
    state: PaymentState
    needs_person: bool


@dataclass(frozen=True, slots=True)
class NoticeSeen:
    """One of the latest messages to them, by its kind: not its words."""

    kind: NoticeKind
    at: datetime
    state: NoticeState
    why: str


@dataclass(frozen=True, slots=True)
class LockSeen:
    """Something that stands in their way; `minutes` until it ends by itself, 0 where it does not."""

    lock: Lock
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody as an operator sees them."""

    id: str
    name: str
    last3: str
    language: Language
    since: datetime
    groups: tuple[GroupSeen, ...]
    chats: tuple[ChatSeen, ...]
    payments: tuple[PaymentSeen, ...]
    notices: tuple[NoticeSeen, ...]
    locks: tuple[LockSeen, ...]


def ids_with_phone(store: Store, typed: str, country: str = "UG") -> list[str]:
    """Whose phone it is, also of several who share it. Raises NoSuchMember."""
    phone = normal_phone(typed, country)
    found = [person.id for person in holders_of(store, phone)] if phone else []
    if not found:
        raise NoSuchMember
    return found


def person_seen(store: Store, id: str) -> PersonSeen:
    """Six queries, whatever their history. Raises NotFound."""
    person = store.people.get(id)
    memberships = store.memberships.find(person=id, sort="asked_at")
    payments = store.payments.find(person=id, sort="-created_at", limit=LATEST)
    ids = {each.group for each in memberships} | {each.group for each in payments}
    groups = {each.id: each for each in store.groups.among(sorted(ids))}
    chats = store.addresses.find(person=id, sort="linked_at")
    notices = store.notices.find(person=id, sort="-created_at", limit=LATEST)
    return PersonSeen(
        id=id,
        name=person.name,
        last3=person.phone[-3:],
        language=person.language,
        since=person.created_at,
        groups=tuple(
            GroupSeen(groups[each.group].code, groups[each.group].name, each.number, each.role, each.status)
            for each in memberships
        ),
        chats=tuple(ChatSeen(each.channel, each.heard_at, each.blocked) for each in chats),
        payments=tuple(
            PaymentSeen(
                each.id,
                each.ref,
                groups[each.group].name,
                each.created_at,
                each.direction,
                each.purpose,
                each.way,
                each.amount,
                each.state,
                each.needs_person,
            )
            for each in payments
        ),
        notices=tuple(NoticeSeen(each.kind, each.created_at, each.state, each.why) for each in notices),
        locks=_locks(person, store.now()),
    )


def _locks(person: Person, now: datetime) -> tuple[LockSeen, ...]:
    found: dict[Lock, int] = {
        "pin": minutes_locked(person.pin.locked_until, now),
        "money_held": 60 * hours_held(person.held_since, now),
        "votes_held": 60 * person.vote_held(now),
    }
    timed = (LockSeen(name, minutes) for name, minutes in found.items() if minutes)
    lasting: dict[Lock, bool] = {
        "no_pin": not person.pin.hash,
        "frozen": person.frozen,
        "messages_stopped": person.messages_stopped,
        "no_phone": not person.phone,
    }
    return (*timed, *(LockSeen(name) for name, holds in lasting.items() if holds))
