"""Putting money into a group: by mobile money or in cash, and what a member sees of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from domain.commands import handles
from domain.errors import DomainError
from domain.groups import CREDIT, SHARES, SOCIAL_FUND, Group, Paid, Part, allocate, due, room
from domain.ledger import Draft, Entry, Posting
from domain.members import OFFICERS, NotAllowed, membership_id
from domain.money import Money
from domain.outbox import Notice, Values
from domain.payments import OPEN, PER_HOUR_MAX, PROMPT_AFTER, Payment, entry_of, failure_state
from domain.store import Effects, Store

Method = Literal["momo"]

# No 0/O, 1/I/L, 5/S: a reference is read aloud over a bad line.
_REF_LETTERS: Final = "2346789ABCDEFGHJKMNPQRTUVWXYZ"


class TooMuch(DomainError):
    """More than the constitution lets one member put in for one meeting; `most` is what is left, 0 for nothing."""

    code = "too_much"


class TooManyPayments(DomainError):
    """The hourly number of money commands is used up."""

    code = "too_many_payments"


@dataclass(frozen=True, slots=True)
class Contribute:
    """A member asks to be asked for money on their phone."""

    group: str
    person: str
    amount: Money
    method: Method


@dataclass(frozen=True, slots=True)
class RecordCash:
    """An officer writes down cash that a member handed over at a meeting."""

    group: str
    person: str
    amount: Money
    officer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to Contribute: the payment's reference as a person reads it."""

    payment: str
    ref: str


@dataclass(frozen=True, slots=True)
class Due:
    """What a member has still to put in for a meeting, and the most they may."""

    amount: Money
    most: Money
    meeting: str  # ISO date
    payable: bool  # whether a mobile-money provider takes the currency


@dataclass(frozen=True, slots=True)
class Savings:
    """What a member has in a group. `shares` counts them, `waiting` is asked for but not confirmed."""

    group: str
    total: Money
    shares: int
    credit: Money
    waiting: Money
    due: Money
    meeting: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """A line of a member's statement; `amount` is what their accounts gained."""

    on: str  # ISO date
    ref: str  # of a mobile-money payment, empty for cash
    amount: Money


def contributions_due(store: Store, group_id: str, person: str) -> Due:
    """What `person` should put in now, counting what is on its way."""
    group = store.groups.get(group_id)
    meeting, paid = _this_meeting(store, group, person)
    payable = group.currency in store.payable
    return Due(due(group.constitution, paid), room(group.constitution, paid), meeting, payable)


def savings(store: Store, person: str) -> list[Savings]:
    """What `person` has in each group: stored balances, in as many queries for ten groups as for one."""
    active = store.memberships.find(person=person, status="active", sort="asked_at")
    groups = store.groups.among([membership.group for membership in active])
    meetings = {group.id: group.constitution.meeting(store.now()).isoformat() for group in groups}
    balances = store.books.of_member_in(list(meetings), person)
    paid = store.paid(person, meetings)
    waiting = store.payments.open_of(person)
    return [
        Savings(
            group=group.name,
            total=Money(-balances[group.id, SHARES] - balances[group.id, CREDIT], group.currency),
            shares=-balances[group.id, SHARES] // group.constitution.share_price.minor,
            credit=Money(-balances[group.id, CREDIT], group.currency),
            waiting=Money(sum(p.amount.minor for p in waiting if p.group == group.id), group.currency),
            due=due(group.constitution, _with_open(paid[group.id], waiting, group.id, meetings[group.id])),
            meeting=meetings[group.id],
        )
        for group in sorted(groups, key=lambda group: [m.group for m in active].index(group.id))
    ]


def last_transactions(store: Store, group_id: str, person: str) -> list[Transaction]:
    """The newest five entries that touch the member's accounts."""
    constitution = store.groups.get(group_id).constitution
    return [
        Transaction(
            on=constitution.day(entry.at).isoformat(),
            ref="" if entry.reference.startswith("cash:") else entry.text,
            amount=Money(-sum(p.amount for p in entry.postings if p.member == person), entry.currency),
        )
        for entry in store.books.of_member(group_id, person, limit=5)
    ]


def _this_meeting(store: Store, group: Group, person: str) -> tuple[str, Paid]:
    meeting = group.constitution.meeting(store.now()).isoformat()
    paid = store.paid(person, {group.id: meeting})[group.id]
    return meeting, _with_open(paid, store.payments.open_of(person), group.id, meeting)


def _with_open(paid: Paid, waiting: list[Payment], group: str, meeting: str) -> Paid:
    """What is paid for a meeting together with what is on its way to it."""
    parts = [part for p in waiting if p.group == group and p.meeting == meeting for part in p.parts]
    shares = sum(part.amount.minor for part in parts if part.account == SHARES)
    social = sum(part.amount.minor for part in parts if part.account == SOCIAL_FUND)
    return Paid(paid.shares + shares, paid.social + social)


@handles(Contribute)
def contribute(tx: Store, command: Contribute) -> Asked:
    """
    Write the payment down; nothing is posted until the provider has confirmed it.

    Raises NotAllowed, TooMuch, TooManyPayments.
    """
    # Two at once would both see the room there was before either: this has one of them wait for the other.
    tx.people.count_up(command.person, "payments")
    group, now = tx.groups.get(command.group), tx.now()
    parts, meeting = _checked_parts(tx, group, command.person, command.amount)
    if tx.payments.asked_since(command.person, now - timedelta(hours=1)) >= PER_HOUR_MAX:
        raise TooManyPayments(most=PER_HOUR_MAX)
    payment = Payment(
        id=tx.new_id(),
        ref="C" + "".join(secrets.choice(_REF_LETTERS) for _ in range(6)),
        group=group.id,
        person=command.person,
        phone=tx.people.get(command.person).phone,
        amount=command.amount,
        parts=parts,
        meeting=meeting,
        provider=command.method,
        state="created",
        created_at=now,
        next_at=now + PROMPT_AFTER,
    )
    tx.payments.insert(payment)
    return Asked(payment.id, payment.ref)


def record_cash(store: Store, key: str, command: RecordCash) -> Entry:
    """
    Post cash that was handed over; the member is told. Once for its key.

    Raises NotAllowed, TooMuch.
    """
    group, now = store.groups.get(command.group), store.now()
    officer = store.memberships.one(id=membership_id(group.id, command.officer))
    if officer is None or officer.status != "active" or officer.role not in OFFICERS:
        raise NotAllowed
    parts, meeting = _checked_parts(store, group, command.person, command.amount)
    draft = Draft(
        book=group.id,
        currency=group.currency,
        reference=f"cash:{key}",
        text="Cash",
        at=now,
        postings=(
            *(Posting(_cash_box(part), part.amount.minor) for part in parts),
            *(Posting(part.account, -part.amount.minor, command.person) for part in parts),
        ),
    )
    receipt = _receipt(f"receipt:{key}", group, command.person, command.amount, "", now)
    return store.post(draft, Effects(paid=_paid(command.person, meeting, parts), notices=(receipt,)))


def _cash_box(part: Part) -> str:
    return "1040" if part.account == SOCIAL_FUND else "1010"


def _checked_parts(store: Store, group: Group, person: str, amount: Money) -> tuple[tuple[Part, ...], str]:
    membership = store.memberships.one(id=membership_id(group.id, person))
    if membership is None or membership.status != "active" or amount.currency != group.currency:
        raise NotAllowed
    meeting, paid = _this_meeting(store, group, person)
    most = room(group.constitution, paid)
    if not 0 < amount.minor <= most.minor:
        raise TooMuch(most=max(0, most.minor), currency=group.currency)
    return allocate(amount, group.constitution, paid), meeting


def _paid(person: str, meeting: str, parts: tuple[Part, ...]) -> tuple[str, str, Paid]:
    by_account = {part.account: part.amount.minor for part in parts}
    return person, meeting, Paid(by_account.get(SHARES, 0), by_account.get(SOCIAL_FUND, 0))


def _receipt(id: str, group: Group, person: str, amount: Money, ref: str, now: datetime) -> Notice:
    values: Values = {"amount": amount, "group": group.name, "ref": ref}
    return Notice(id, person, "receipt", values, now, next_at=now)


def payment_succeeded(store: Store, payment: Payment, provider_id: str) -> Entry:
    """The provider has the money: post it, close the payment, send the receipt, all or nothing, once."""
    group, now = store.groups.get(payment.group), store.now()
    closed = {"state": "succeeded", "provider_id": provider_id, "next_at": None, "needs_person": False}
    return store.post(
        entry_of(payment, now),
        Effects(
            paid=_paid(payment.person, payment.meeting, payment.parts),
            payment=(payment.id, closed),
            notices=(_receipt(f"receipt:{payment.id}", group, payment.person, payment.amount, payment.ref, now),),
        ),
    )


def payment_failed(store: Store, payment: Payment, reason: str, *, when: Mapping[str, Any] | None = None) -> None:
    """
    No money has moved and none will: close the payment and tell the member why, once.

    `when` is how the payment must still be, for a reason that is our own conclusion and not the provider's word.
    """
    group, now = store.groups.get(payment.group), store.now()
    values: Values = {"amount": payment.amount, "group": group.name, "ref": payment.ref, "reason": reason}
    closed = {"state": failure_state(reason), "reason": reason, "next_at": None, "needs_person": False}

    def work(tx: Store) -> None:
        if tx.payments.change(payment.id, when={"state": list(OPEN), **(when or {})}, **closed):
            notice = Notice(f"failed:{payment.id}", payment.person, "payment_failed", values, now, next_at=now)
            tx.notices.insert(notice)

    store.transaction(work)
