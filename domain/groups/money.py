"""The group's money, as each of its members may see it."""

from dataclasses import dataclass
from datetime import date

from domain.books.accounts import Account
from domain.decisions.rights import present_member
from domain.money import Money
from domain.records.meeting import Meeting
from domain.store import Store


@dataclass(frozen=True, slots=True)
class CashCount:
    """What was in the cash box on a day that it was counted."""

    amount: Money
    on: date


@dataclass(frozen=True, slots=True)
class GroupMoney:
    """
    What a group has, and where. `lent` is the principal that borrowers have still to pay back.

    `counted` is the last count of the cash box, None before the first meeting.
    """

    cash_box: Money
    wallet: Money
    bank: Money
    lent: Money
    social_fund: Money
    members: int
    next_meeting: date
    counted: CashCount | None


def money_of(store: Store, group_id: str, person: str) -> GroupMoney:
    """What the group has now, by its book. Raises NotAllowed for somebody who does not belong to it."""
    present_member(store, group_id, person)
    group, totals = store.groups.get(group_id), store.books.totals(group_id)

    def held(account: Account) -> Money:
        return Money(account.shown(totals.get(account, 0)), group.currency)

    meetings = store.meetings.find(group=group_id, sort="-day", limit=1)
    return GroupMoney(
        cash_box=held(Account.CASH_BOX),
        wallet=held(Account.WALLET),
        bank=held(Account.BANK),
        lent=held(Account.PRINCIPAL),
        social_fund=held(Account.SOCIAL_FUND),
        members=store.memberships.count(group=group_id, status="active"),
        next_meeting=group.constitution.meeting(store.now()),
        counted=_count(meetings[0], group.currency) if meetings else None,
    )


def _count(meeting: Meeting, currency: str) -> CashCount:
    minor = meeting.closing_cash if meeting.state == "closed" else meeting.opening_cash
    return CashCount(Money(minor, currency), date.fromisoformat(meeting.day))
