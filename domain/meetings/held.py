"""The meetings that were held: who was there, what was counted, what money moved while one was open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from domain.books.accounts import Account
from domain.books.statements import CASH, BookPlace, Movement, Span, movements
from domain.meetings.count import Counted, cash_of_books
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.meeting import Meeting, Presence
from domain.store import Between, NotFound, Store
from domain.tables import Some

MEETINGS_SHOWN: Final = 12
_MOVED: Final = (*CASH, Account.WALLET_IN)


@dataclass(frozen=True, slots=True)
class MeetingListed:
    """A meeting in the list; `counted` at its end, or at its beginning while it is open."""

    id: str
    day: date
    number: int
    state: Literal["open", "closed"]
    counted: Counted


@dataclass(frozen=True, slots=True)
class MeetingHeld:
    """
    A meeting with all that was written down of it. `named` are members by how they were there: who was not named
    was there once it is closed. `in_book` is what should be in the boxes: at the close, or now while it is open.
    `moved` is what went through each purse from its beginning to its end, in minor units; `fines` were charged.
    """

    id: str
    day: date
    number: int
    state: Literal["open", "closed"]
    planned: bool
    opened_by: str
    opened_at: datetime
    opened: Counted
    closed_by: str
    closed_at: datetime | None
    closed: Counted | None
    in_book: Counted
    named: Mapping[Presence, Sequence[str]]
    moved: Sequence[Movement]
    fines: Money
    currency: str

    def amount(self, minor: int) -> Money:
        return Money(minor, self.currency)

    @property
    def short(self) -> Counted | None:
        """How much less was counted at the close than the book said; None while it is open."""
        if self.closed is None:
            return None
        return Counted(self.in_book.cash - self.closed.cash, self.in_book.social - self.closed.social)


def meetings_held(store: Store, group: Group) -> Some[MeetingListed]:
    """The last ones, the newest first."""
    found = store.meetings.some(MEETINGS_SHOWN, group=group.id, sort="-day")
    listed = [
        MeetingListed(each.id, date.fromisoformat(each.day), each.number, each.state, _counted(each, group))
        for each in found
    ]
    return Some(listed, more=found.more)


def meeting_held(store: Store, group: Group, id: str) -> MeetingHeld:
    """Raises NotFound, also for a meeting of another group."""
    meeting = store.meetings.get(id)
    if meeting.group != group.id:
        raise NotFound(f"no meeting {id} in this group")
    until = meeting.closed_at or store.now()
    roll = [
        each for each in store.attendance.find(group=group.id, day=meeting.day) if each.id.startswith(f"{id}:")
    ]
    officers = [person for person in (meeting.opened_by, meeting.closed_by) if person]
    names = names_of(store, {*officers, *(each.person for each in roll)})
    sums = store.books.sums(group.id, Span(BookPlace(meeting.opened_at), BookPlace(until)))
    fines = store.fines.find(group=group.id, state=["due", "paid"], at=Between(meeting.opened_at, until))
    named: dict[Presence, list[str]] = {"present": [], "late": [], "excused": [], "absent": []}
    for each in roll:
        named[each.presence].append(names[each.person])
    closed = _counted(meeting, group) if meeting.state == "closed" else None
    return MeetingHeld(
        id=meeting.id,
        day=date.fromisoformat(meeting.day),
        number=meeting.number,
        state=meeting.state,
        planned=not meeting.extraordinary,
        opened_by=names.get(meeting.opened_by, ""),
        opened_at=meeting.opened_at,
        opened=_opened(meeting, group),
        closed_by=names.get(meeting.closed_by, ""),
        closed_at=meeting.closed_at,
        closed=closed,
        in_book=_by_book(movements(sums, _MOVED), group) if closed else cash_of_books(store, group),
        named={presence: sorted(there) for presence, there in named.items()},
        moved=movements(sums, _MOVED),
        fines=sum((fine.amount for fine in fines), Money(0, group.currency)),
        currency=group.currency,
    )


def _by_book(moved: Sequence[Movement], group: Group) -> Counted:
    held = {each.account: each.closing for each in moved}
    boxes = (held.get(account, 0) for account in (Account.CASH_BOX, Account.SOCIAL_CASH))
    cash, social = (Money(minor, group.currency) for minor in boxes)
    return Counted(cash, social)


def _opened(meeting: Meeting, group: Group) -> Counted:
    return Counted(Money(meeting.opening_cash, group.currency), Money(meeting.opening_social, group.currency))


def _counted(meeting: Meeting, group: Group) -> Counted:
    if meeting.state == "open":
        return _opened(meeting, group)
    return Counted(Money(meeting.closing_cash, group.currency), Money(meeting.closing_social, group.currency))
