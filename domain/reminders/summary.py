"""What a week brought the group as a whole: told to every member, on the evening it chose. Nobody is named."""

from datetime import datetime, timedelta
from typing import Final

from domain.meetings.close import last_closed
from domain.meetings.who_paid import PAGE
from domain.money import Money
from domain.records.group import Group
from domain.records.notice import Notice, Values
from domain.records.payment import DIRECTIONS, Payment, Purpose
from domain.reminders.times import no_use_after
from domain.store import Between, Store
from domain.tell import has_chat

_WEEK: Final = timedelta(days=7)
_SAVED: Final[tuple[Purpose, ...]] = ("contribution", "share_capital")


def tell_summary(tx: Store, group: Group, at: datetime) -> None:
    """
    Tell every member what was put in, lent and paid back in the week before, and when the next meeting is.

    Not where nothing moved, nor where a meeting was closed in that week: its figures were told. In a group too
    large to be called, nobody is told.
    """
    rules = group.constitution
    day = rules.day(at)
    if day.weekday() != group.summary_day or "summary" in group.silent or group.members > PAGE:
        return
    closed = last_closed(tx, group.id)
    if closed and closed.closed_at and closed.closed_at > at - _WEEK:
        return
    moved = _moved_in_week(tx, group, at)
    saved, lent, repaid = (_sum(moved, group, *kinds) for kinds in (_SAVED, ("loan",), ("repayment",)))
    if not (saved or lent or repaid):
        return
    values: Values = {
        "group": group.name,
        "saved": saved,
        "lent": lent,
        "repaid": repaid,
        "next": rules.meeting_after(day).isoformat(),
    }
    members = tx.memberships.find(group=group.id, status="active")
    for person in tx.people.among([each.person for each in members]):
        if person.messages_stopped or person.reminders_off or not (person.phone or has_chat(tx, person.id)):
            continue
        tx.notices.insert(
            Notice(
                f"summary:{group.id}:{day.isoformat()}:{person.id}",
                person.id,
                "week_summary",
                values,
                tx.now(),
                next_at=tx.now(),
                once=True,
                bulk=True,
                group=group.id,
                quiet_in=rules.time_zone,
                until=no_use_after(rules.time_zone, at) + timedelta(days=1),
            )
        )


def _moved_in_week(store: Store, group: Group, at: datetime) -> list[Payment]:
    """What was paid in the week before a moment, and not taken back."""
    rules, since = group.constitution, at - _WEEK
    # What is put in belongs to the meeting that follows it.
    meetings = Between(rules.day(since).isoformat(), rules.meeting_after(rules.day(at)).isoformat())
    found = store.payments.find(group=group.id, direction=[*{*DIRECTIONS.values()}], meeting=meetings)
    paid = (each for each in found if each.state == "succeeded" and not each.reversed)
    return [each for each in paid if since < each.created_at <= at]


def _sum(payments: list[Payment], group: Group, *purposes: Purpose) -> Money:
    amounts = (each.amount for each in payments if each.purpose in purposes)
    return sum(amounts, Money(0, group.currency))
