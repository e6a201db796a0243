"""A cycle's end and the next one's beginning."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from msgspec import Meta

from domain.books.accounts import ACCOUNTS, Account
from domain.books.ledger import Draft, Posting
from domain.books.statements import CLOSING
from domain.commands import handles, one_at_a_time
from domain.decisions.lapsing import lapse_with_cycle
from domain.decisions.rights import acting_officer
from domain.errors import DomainError
from domain.groups.cycle import begin_next_cycle
from domain.groups.rules import adopt
from domain.loans.guarantors import lapse_requests
from domain.meetings.meeting import MeetingIsOpen
from domain.records.group import BadConstitution, Group
from domain.records.share_out import share_out_id
from domain.share_out.pay import states
from domain.store import Store

_OFFERED: Final = 6


class NotSharedOut(DomainError):
    """The cycle of the `group` goes on: no share-out of it is decided."""

    code = "not_shared_out"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class PartsLeft(DomainError):
    """Members are still to get their parts; `count` of them."""

    code = "parts_left"


@dataclass(frozen=True, slots=True)
class StartCycle:
    """An officer starts the next cycle."""

    officer: str
    group: str
    first_meeting: date


def first_meetings(store: Store, group_id: str) -> Annotated[list[date], Meta(min_length=1)]:
    """The days the next cycle can begin with: the group's next meetings, not one that was held and closed."""
    rules = store.groups.get(group_id).constitution
    today = rules.day(store.now())
    held = store.meetings.count(group=group_id, day=today.isoformat(), state="closed")
    # Of a day that the group met on already the members have gone home.
    days = [rules.meeting_from(today + timedelta(days=1 if held else 0))]
    while len(days) < _OFFERED:
        days.append(rules.meeting_after(days[-1]))
    return days


def close_books(tx: Store, group: Group) -> None:
    """Move what the cycle earned, less what it cost, to the surplus; once a cycle."""
    legs = [
        Posting(code, -minor)
        for code, minor in sorted(tx.books.totals(group.id).items())
        if minor and ACCOUNTS[code].is_result
    ]
    earned = -sum(leg.amount for leg in legs)
    if earned:
        legs.append(Posting(Account.SURPLUS, earned))
    if legs:
        reference = f"{CLOSING}{group.id}:{group.cycle}"
        tx.post(Draft(group.id, group.currency, reference, "cycle close", tx.now(), tuple(legs)))


@handles(StartCycle)
def start_cycle(tx: Store, command: StartCycle) -> int:
    """
    Answers with the number of the cycle. Loans and fines that are left go on in it, but what was asked for or
    approved in the one before has lapsed; a share may have a new price until the first is bought.

    Raises NotAllowed, Frozen, NotSharedOut, PartsLeft, MeetingIsOpen, BadConstitution for a day that has passed.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group = tx.groups.get(command.group)
    made = tx.share_outs.one(id=share_out_id(group.id, group.cycle))
    if made is None or made.state != "approved":
        raise NotSharedOut(group.name)
    if left := sum(state != "paid" for state in states(tx, made).values()):
        raise PartsLeft(count=left)
    if group.meeting:
        raise MeetingIsOpen(group.name)
    first = command.first_meeting
    if first < group.constitution.day(tx.now()):
        raise BadConstitution(rule="first_meeting")
    adopt(
        tx,
        group,
        group.constitution.meeting_first_on(first),
        version=group.version + 1,
        by=made.proposal,
    )
    lapse_with_cycle(tx, group)
    lapse_requests(tx, group)
    tx.share_outs.change(made.id, state="paid")
    return begin_next_cycle(tx, group).cycle
