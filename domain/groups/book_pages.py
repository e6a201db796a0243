"""The book of a group, a page at a time by the places of its entries, with the names of whom they are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.books.accounts import ACCOUNTS, Account
from domain.books.events import EventKind, event_of
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.payment import PaidFor
from domain.store import Store

ENTRIES_A_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class LegSeen:
    """One posting of an entry: `member` by name, "" for none; None on the side where it is not."""

    account: Account
    member: str
    debit: Money | None
    credit: Money | None


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """
    An entry at its place `seq`: what it is about, what it was paid for if it is of a payment, and its reference.

    `reverses` is the place of the entry it takes back, 0 for none.
    """

    seq: int
    on: date
    kind: EventKind
    what: PaidFor | None
    reference: str
    reverses: int
    legs: Sequence[LegSeen]
    hash: str


def book_page(store: Store, group: Group, last: int) -> list[EntrySeen]:
    """The ENTRIES_A_PAGE entries up to the place `last`, the newest first. Three queries."""
    places = range(max(1, last - ENTRIES_A_PAGE + 1), last + 1)
    entries = sorted(store.books.at_places(group.id, [*places]), key=lambda each: -each.seq) if places else []
    events = [event_of(entry) for entry in entries]
    payments = {each.id: each for each in store.payments.among([*{e.payment for e in events if e.payment}])}
    names = names_of(store, {leg.member for entry in entries for leg in entry.postings if leg.member})
    return [
        EntrySeen(
            seq=event.entry.seq,
            on=group.constitution.day(event.entry.at),
            kind=event.kind,
            what=payments[event.payment].paid_for if event.payment in payments else None,
            reference=event.entry.reference,
            reverses=event.entry.reverses,
            legs=[
                LegSeen(
                    account=ACCOUNTS[leg.account],
                    member=names.get(leg.member, ""),
                    debit=Money(leg.amount, group.currency) if leg.amount > 0 else None,
                    credit=Money(-leg.amount, group.currency) if leg.amount < 0 else None,
                )
                for leg in event.entry.postings
            ],
            hash=event.entry.hash,
        )
        for event in events
    ]
