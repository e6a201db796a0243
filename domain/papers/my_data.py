"""
What is kept about a person, for that person: who they are to us, and nobody else.

Whoever else is in it has a part in it, and no name: who looked is an officer or somebody of the operator's. The
words of messages are left out, since they may name others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, get_args

from domain.access.audit import AUDIT_SHOWN_MAX, audit_entries
from domain.access.caller import CallerKind
from domain.money import Money
from domain.people.consents import given_on
from domain.people.naming_nobody import naming_nobody
from domain.people.web_sessions import sessions_of
from domain.records.audit import AuditEntry
from domain.records.consent import Consent, ConsentPurpose
from domain.records.group import FineReason
from domain.records.loan import LoanState
from domain.records.notice import NoticeKind, NoticeState
from domain.records.person import Gender, Language, Membership, MembershipStatus, Person, Role
from domain.savings.statement import Statement, What, statement_of
from domain.store import Store
from domain.treasury.networks import networks_of

_OF_FINES: Final[frozenset[What]] = frozenset({"fine", "fine_waived"})
_NEVER_IN: Final[frozenset[MembershipStatus]] = frozenset({"pending", "refused"})
_BY_NAME: Final[dict[str, CallerKind]] = {"person": "person", "account": "account", "token": "token"}


@dataclass(frozen=True, slots=True)
class ChatKept:
    """A chat of theirs: as its channel names it, and since when and until when they wrote there."""

    address: str
    channel: str
    linked_at: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileKept:
    """
    Who they are. `phone_before` is a number of theirs that changed hands, `network` who carries the money of
    theirs by what they said; "" for none.
    """

    id: str
    name: str
    own_name: str
    phone: str
    phone_before: str
    email: str
    language: Language
    since: datetime
    receipts: str
    messages_stopped: bool
    reminders_off: bool
    frozen: bool
    sex: Gender | None
    birth_year: int | None
    network: str
    chats: Sequence[ChatKept]


@dataclass(frozen=True, slots=True)
class LoanKept:
    """A loan of theirs; `left` is the principal that they owe."""

    ref: str
    amount: Money
    left: Money
    state: LoanState
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class GroupKept:
    """What they are in a group, and all that was theirs in it; None for who was never let in."""

    group: str
    code: str
    number: int
    role: Role
    status: MembershipStatus
    asked_at: datetime
    statement: Statement | None
    loans: Sequence[LoanKept]


@dataclass(frozen=True, slots=True)
class ConsentKept:
    """
    Something they agreed to: to which words, where, and until when; `group` is that which wrote it down, and
    `given_on` the day of it there.
    """

    purpose: ConsentPurpose
    version: int
    language: Language
    channel: str
    given_at: datetime
    given_on: date
    group: str
    withdrawn_at: datetime | None
    withdrawn_on: str


@dataclass(frozen=True, slots=True)
class MessageKept:
    """A message to them: what kind, and what became of it."""

    at: datetime
    kind: NoticeKind
    state: NoticeState


@dataclass(frozen=True, slots=True)
class SessionKept:
    """Where they are signed in on the web."""

    began_at: datetime
    seen_at: datetime
    place: str
    device: str


@dataclass(frozen=True, slots=True)
class LookKept:
    """Somebody did, or saw, something about them: `by` a person, an account of the operator's, or a token."""

    at: datetime
    did: str
    by: CallerKind
    role: str


@dataclass(frozen=True, slots=True)
class MyData:
    """All of it, as of a moment."""

    at: datetime
    profile: ProfileKept
    groups: Sequence[GroupKept]
    consents: Sequence[ConsentKept]
    messages: Sequence[MessageKept]
    sessions: Sequence[SessionKept]
    looks: Sequence[LookKept]


@dataclass(frozen=True, slots=True)
class KeptInShort:
    """How much it is, on a day: groups, loans, messages to them, and acts of others about them."""

    today: date
    groups: int
    loans: int
    messages: int
    looks: int


def kept_in_short(store: Store, person: str) -> KeptInShort:
    """The same in four numbers, which a phone can show."""
    return KeptInShort(
        store.now().date(),
        store.memberships.count(person=person),
        store.loans.count(person=person),
        store.notices.count(person=person),
        len(_acts_about(store, person)),
    )


def data_kept(store: Store, person: str) -> MyData:
    """In one moment of the store. It reads books, and is for a worker or a command. Raises NotFound."""
    return store.transaction(lambda tx: _read(tx, tx.people.get(person)))


def _read(tx: Store, person: Person) -> MyData:
    return MyData(
        at=tx.now(),
        profile=_profile(tx, person),
        groups=[_in_group(tx, each) for each in tx.memberships.find(person=person.id, sort="asked_at")],
        consents=[_consent(tx, each) for each in tx.consents.find(person=person.id, sort="given_at")],
        messages=[
            MessageKept(each.created_at, each.kind, each.state)
            for each in tx.notices.find(person=person.id, sort="created_at")
        ],
        sessions=[
            SessionKept(each.began_at, each.seen_at, each.place, each.device)
            for each in sessions_of(tx, "person", person.id)
        ],
        looks=[_look(each) for each in _acts_about(tx, person.id)],
    )


def _profile(tx: Store, person: Person) -> ProfileKept:
    return ProfileKept(
        id=person.id,
        name=person.name,
        own_name=person.own_name,
        phone=person.phone,
        phone_before=person.phone_before,
        email=person.email,
        language=person.language,
        since=person.created_at,
        receipts=person.receipts,
        messages_stopped=person.messages_stopped,
        reminders_off=person.reminders_off,
        frozen=person.frozen,
        sex=person.sex,
        birth_year=person.birth_year,
        network=networks_of(tx, person.phone).get(person.network, person.network),
        chats=[
            ChatKept(each.id, each.channel, each.linked_at, each.heard_at)
            for each in tx.addresses.find(person=person.id, sort="linked_at")
        ],
    )


def _in_group(tx: Store, membership: Membership) -> GroupKept:
    group, person = tx.groups.get(membership.group), membership.person
    was_in = membership.status not in _NEVER_IN
    today = group.constitution.day(tx.now())
    first = date(1970, 1, 1)  # before any book
    return GroupKept(
        group=group.name,
        code=group.code,
        number=membership.number,
        role=membership.role,
        status=membership.status,
        asked_at=membership.asked_at,
        statement=_statement(tx, group.id, person, first, today) if was_in else None,
        loans=[
            LoanKept(each.ref, each.amount, each.owed, each.state, each.asked_at)
            for each in tx.loans.find(person=person, group=group.id, sort="asked_at")
        ],
    )


def _statement(tx: Store, group: str, person: str, first: date, today: date) -> Statement:
    """What an officer fined them for, in words of their own, may name others."""
    said = statement_of(tx, group, person, first, today)
    for place, line in enumerate(said.lines):
        if line.what in _OF_FINES and line.about and line.about not in get_args(FineReason):
            said.lines[place] = replace(line, about=naming_nobody(tx, group, line.about))
    return said


def _consent(tx: Store, consent: Consent) -> ConsentKept:
    return ConsentKept(
        purpose=consent.purpose,
        version=consent.version,
        language=consent.language,
        channel=consent.channel,
        given_at=consent.given_at,
        given_on=given_on(tx, consent),
        group=tx.groups.get(consent.group).name if consent.group else "",
        withdrawn_at=consent.withdrawn_at,
        withdrawn_on=consent.withdrawn_on,
    )


def _acts_about(tx: Store, person: str) -> list[AuditEntry]:
    """The newest first; not their own."""
    found: list[AuditEntry] = []
    while page := audit_entries(tx, about=person, after=found[-1].id if found else "", limit=AUDIT_SHOWN_MAX):
        found += page
    return [each for each in found if each.by != f"person:{person}"]


def _look(act: AuditEntry) -> LookKept:
    return LookKept(act.at, act.did, _BY_NAME.get(act.by.partition(":")[0], "account"), act.role)
