"""
Forgetting a person: what stands in the way of it, and what is left of them, which is an id and a number in a list.

Money that moved stays in the books, which name people by their ids alone. Who they were is taken out of everything
else. It happens in two steps: in one transaction they become nobody, and what they left behind in documents of
others is written down; then that is taken out, and its list too. Whoever is stopped in between goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from domain.books.accounts import Account
from domain.commands import one_at_a_time
from domain.money import Money
from domain.people.limits import LIMITS
from domain.people.phones import holders_of
from domain.people.tombstones import bury
from domain.records.arrival import Arrival
from domain.records.chat import Address
from domain.records.forgotten import Forgotten, LeftBehind
from domain.records.group import Group
from domain.records.loan import ASKED_FOR
from domain.records.person import OFFICERS, Membership, MembershipStatus, Person, Pin
from domain.records.phone import forms_of
from domain.savings.free import free_savings
from domain.store import After, Store

# Why somebody cannot be forgotten yet; its sentence is in `bot/cli/forgetting.py`.
WhyKept = Literal[
    "office", "has_money", "owes", "loan", "guarantees", "fine", "grant", "rotation", "payment", "vote", "closing",
    "moving_in",
]  # fmt: skip
FORMER: Final = "Former member"
_IN_GROUP: Final[frozenset[MembershipStatus]] = frozenset({"active", "suspended", "leaving"})
_ON_ITS_WAY: Final = ("asked", "approved", "paying")
# What a member has, or owes, in a book: whatever names them.
_THEIRS: Final = tuple(each for each in Account if each.by_member and not each.by_loan)


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands in the way, and in which `group`, by its name; `amount` is None where it is no money."""

    why: WhyKept
    group: str = ""
    amount: Money | None = None


def what_keeps(store: Store, person: str) -> list[Kept]:
    """All that has to be in order before this person can be forgotten; nothing when they can."""
    found = [Kept("payment", _name(store, each.group), each.amount) for each in store.payments.open_of(person)]
    waiting = store.inbound.find(person=person, state="unidentified")
    found += [Kept("has_money", _name(store, each.group), each.amount) for each in waiting]
    found += [Kept("moving_in", each.book.name) for each in _arriving(store, person)]
    for membership in store.memberships.find(person=person, sort="asked_at"):
        found += _keeps_in(store, store.groups.get(membership.group), membership)
    return found


def _keeps_in(store: Store, group: Group, membership: Membership) -> list[Kept]:
    person, name = membership.person, group.name
    found = []
    if membership.status in _IN_GROUP:
        if membership.role in OFFICERS:
            found.append(Kept("office", name))
        if group.closing:
            found.append(Kept("closing", name))
        if _in_rotation(store, group, person):
            found.append(Kept("rotation", name))
    balances = store.books.of_member_in([group.id], person)
    held = -sum(min(0, balances[group.id, each]) for each in _THEIRS)
    owed = sum(max(0, balances[group.id, each]) for each in _THEIRS)
    if held:
        found.append(Kept("has_money", name, Money(held, group.currency)))
    if owed:
        found.append(Kept("owes", name, Money(owed, group.currency)))
    for loan in store.loans.find(person=person, group=group.id, state=[*ASKED_FOR, "active"]):
        found.append(Kept("loan", name, loan.owed or loan.amount))
    if pledged := free_savings(store, group, person).pledged:
        found.append(Kept("guarantees", name, pledged))
    for fine in store.fines.find(group=group.id, person=person, state="due"):
        found.append(Kept("fine", name, fine.amount))
    for grant in store.grants.find(group=group.id, state=list(_ON_ITS_WAY)):
        if grant.person == person:
            found.append(Kept("grant", name, grant.amount))
    for proposal in store.proposals.find(group=group.id, state="open"):
        if person in (proposal.about, proposal.maker, proposal.subject, *proposal.yes, *proposal.no):
            found.append(Kept("vote", name))
    return found


def _in_rotation(store: Store, group: Group, person: str) -> bool:
    rota = store.rotas.one(id=f"{group.id}:{group.cycle}")
    return rota is not None and bool(rota.hands(person)) and not rota.is_over


def _arriving(store: Store, person: str) -> list[Arrival]:
    return store.arrivals.find(persons=person, state=["checked", "told"])


def _name(store: Store, group: str) -> str:
    return store.groups.get(group).name


def left_behind(store: Store, person: Person) -> LeftBehind:
    """By what they are found elsewhere. A number that others have too is theirs, and stays."""
    memberships = store.memberships.find(person=person.id, sort="asked_at")
    phones = [
        form
        for phone in dict.fromkeys(_numbers_of(store, person, memberships))
        if phone and all(each.id == person.id for each in holders_of(store, phone))
        for form in forms_of(phone)
    ]
    chats = [name for each in _chats_of(store, person.id) for name in (each.id, each.alias)]
    marks = tuple(dict.fromkeys(filter(None, (*phones, *chats, person.email))))
    numbers = {each.group: each.number for each in memberships}
    different = list(dict.fromkeys(numbers.values()))
    called = f"Member {'/'.join(map(str, different))}" if different else FORMER
    return LeftBehind(
        # Who is forgotten again has no name any more: "Member" and "12" stand for others too.
        names=tuple(each for each in (person.name, person.own_name) if each not in ("", called)),
        marks=marks,
        called=called,
        groups={group: f"Member {number}" for group, number in numbers.items()},
        numbers=numbers,
        counters=tuple(limit.of(whose).id for limit in LIMITS for whose in (*marks, person.id)),
    )


def _chats_of(store: Store, person: str) -> list[Address]:
    """Theirs, and those that they unlinked, which are nobody's now."""
    return store.addresses.find(person=person) + store.addresses.find(before=person)


def _numbers_of(store: Store, person: Person, memberships: Sequence[Membership]) -> Iterator[str]:
    """Theirs, those they had before, and what they wished to have: these stand in what was done by them."""
    yield person.phone
    yield person.phone_before
    for group in (each.group for each in memberships):
        for wish in store.proposals.find(group=group, kind="phone", subject=person.id):
            yield str(wish.values.get("phone", ""))
    for payment in store.payments.find(person=person.id):
        yield payment.phone
    for invitation in store.invitations.find(phone=After(""), used_by=person.id):
        yield invitation.phone


def become_nobody(tx: Store, person_id: str, *, replayed: bool = False) -> LeftBehind | None:
    """
    In one transaction: they are in no group, nobody can reach them or act as them, and their number is nobody's.

    Answers with what is left behind and has to be taken out next; None while something keeps them, unless it is
    `replayed`: what was done before is done again, however the books stand that were brought back.
    """
    person = tx.people.get(person_id)
    one_at_a_time(tx.people, person.id)
    if not replayed and what_keeps(tx, person.id):
        return None
    left = left_behind(tx, person)
    for membership in tx.memberships.find(person=person.id):
        _end(tx, membership)
    for chat in _chats_of(tx, person.id):
        tx.addresses.remove(chat.id, when={})
    if person.phone and person.phone in left.marks:
        bury(tx, person.phone)
    tx.people.change(
        person.id,
        name=left.called,
        own_name="",
        phone="",
        seat=0,
        language="en",
        pin=Pin(""),
        messages_stopped=True,
        receipts="",
        frozen=False,
        reminders_off=True,
        phone_before="",
        phone_closed_at=None,
        phone_changed_at=None,
        pin_reset_at=None,
        email="",
        email_at=None,
        digest_by_email=False,
        sex=None,
        birth_year=None,
        network="",
    )
    written = tx.forgotten.one(id=person.id)
    if written is None:
        tx.forgotten.insert(Forgotten(person.id, tx.now(), left))
    elif written.left is None:
        tx.forgotten.change(person.id, left=left)
    else:
        left = written.left  # it was begun, and they are nobody already
    return left


def _end(tx: Store, membership: Membership) -> None:
    """Whoever has no money in a group has left it; nobody waits to be let in."""
    status = membership.status
    if status in _IN_GROUP:
        status = "exited"
    elif status == "pending":
        status = "refused"
    tx.memberships.change(membership.id, status=status, role="member", no_phone=True, muted_until=None)


def begun(store: Store) -> list[Forgotten]:
    """Those whose forgetting was stopped before its end."""
    return [each for each in store.forgotten.each() if each.left is not None]
