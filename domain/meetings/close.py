"""What came of a meeting, for every member; and what has moved since the last one, for its officers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.books.accounts import Account
from domain.books.events import event_of
from domain.books.ledger import Entry
from domain.books.statements import BEGINNING, BookPlace, Span
from domain.meetings.count import Counted
from domain.meetings.who_paid import PAGE
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group, Paid
from domain.records.meeting import Meeting
from domain.records.payment import PaidFor
from domain.store import Between, Store
from domain.tell import tell

# Of what has moved so many are listed, the newest.
MOVED_MAX: Final = 40
_BOXES: Final = (Account.CASH_BOX, Account.SOCIAL_CASH)


@dataclass(frozen=True, slots=True)
class CashMoved:
    """
    Cash that came into the boxes, or went out where `came_in` is False: what for and whose, "" where it was no
    payment of a member.
    """

    on: date
    amount: Money
    came_in: bool
    what: PaidFor | None
    name: str
    taken_back: bool


def tell_of_close(tx: Store, group: Group, meeting: Meeting, counted: Counted) -> None:
    """
    Tell every member what was counted, put in and lent, what fines there were, and when the next meeting is. In a
    group too large to be called, nobody is told.
    """
    if group.members > PAGE:
        return
    nothing, rules = Money(0, group.currency), group.constitution
    day = date.fromisoformat(meeting.day)
    lent = tx.payments.find(group=group.id, direction="out", meeting=meeting.day, purpose="loan", reversed=False)
    done = [each.amount for each in lent if each.state == "succeeded" and each.created_at >= meeting.opened_at]
    key = group.meeting_key(rules.meeting(meeting.opened_at))
    paid = Money(tx.paid_up(group.id, key, Paid()).total, group.currency)
    after = rules.meeting_after(max(day, rules.day(tx.now())))
    since = Between(meeting.opened_at, tx.now())
    fines = tx.fines.find(group=group.id, state=["due", "paid"], at=since)
    people = [each.person for each in tx.memberships.find(group=group.id, status="active")]
    tx.people.among(people)  # read once, together
    for person in people:
        tell(
            tx,
            person,
            "meeting_closed",
            id=f"closed:{meeting.id}:{person}",
            group=group.name,
            number=meeting.number,
            cash=counted.cash + counted.social,
            paid=paid,
            lent=sum(done, nothing),
            fines=sum((fine.amount for fine in fines), nothing),
            next=after.isoformat(),
        )


def last_closed(store: Store, group_id: str) -> Meeting | None:
    """The meeting that was closed last."""
    # Two, for on the day that a cycle begins there may be one of either.
    closed = store.meetings.find(group=group_id, state="closed", sort="-day", limit=2)
    return max(closed, key=lambda each: each.number, default=None)


def moved_since(store: Store, group_id: str) -> list[CashMoved]:
    """The cash that came in and went out since the last close, newest first; at most 40."""
    group, last = store.groups.get(group_id), last_closed(store, group_id)
    since = BookPlace(last.closed_at) if last and last.closed_at else BEGINNING
    entries = store.books.newest_that_touch(group_id, _BOXES, Span(since), MOVED_MAX)
    return _moved(store, group, entries)


def _moved(store: Store, group: Group, entries: Iterable[Entry]) -> list[CashMoved]:
    events = [event_of(entry) for entry in entries]
    payments = {each.id: each for each in store.payments.among([*{e.payment for e in events if e.payment}])}
    names = names_of(store, {each.person for each in payments.values()})
    moved = []
    for event in events:
        minor = sum(leg.amount for leg in event.entry.postings if leg.account in _BOXES)
        payment = payments.get(event.payment)
        if not minor or (event.kind == "restated" and not (payment and payment.reversed)):
            continue
        moved.append(
            CashMoved(
                on=group.constitution.day(event.entry.at),
                amount=Money(abs(minor), group.currency),
                came_in=minor > 0,
                what=payment.paid_for if payment else None,
                name=names[payment.person] if payment else "",
                taken_back=bool(event.entry.reverses),
            )
        )
    return moved
