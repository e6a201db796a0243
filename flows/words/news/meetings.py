"""News of a meeting, and of the cash that was written down at it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import AMOUNT, BY_NAME, IN_GROUP, PAID, REASON
from flows.words.texts import Filled, Text, t

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "meeting_closed": Filled(
        lambda group, number, cash, paid, lent, fines, next: t(
            "Meeting {number} of {group}: cash {cash}, put in {paid}, lent {lent}, fines {fines}. "
            "The next is on {next}. Thank you!",
            number=number,
            group=group,
            cash=cash,
            paid=paid,
            lent=lent,
            fines=fines,
            next=date.fromisoformat(next),
        ),
        IN_GROUP
        | {"number": 52, "next": "2026-09-28", **dict.fromkeys(("cash", "paid", "lent", "fines"), AMOUNT)},
    ),
    "cash_contested": Filled(
        lambda name, amount, group: t(
            "Please check: {name} of {group} says a cash record of {amount} is wrong. Choose Cash "
            "records in the menu.",
            amount=amount,
            name=name,
            group=group,
        ),
        PAID | BY_NAME,
    ),
    "cash_kept": Filled(
        lambda name, amount, group, reason: t(
            "Your cash record of {amount} in {group} is kept, because: {reason}. Not right? Tell another officer.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        PAID | BY_NAME | REASON,
    ),
    "cash_cancelled": Filled(
        lambda name, amount, group: t(
            "A slip: the cash record of {amount} in {group} was cancelled by {name}, who wrote it. Not right? "
            "Tell another officer.",
            amount=amount,
            group=group,
            name=name,
        ),
        PAID | BY_NAME,
    ),
    "cash_reversed": Filled(
        lambda name, amount, group, reason: t(
            "The cash record of {amount} for {name} in {group} was cancelled, because: {reason}. "
            "It does not count.",
            amount=amount,
            name=name,
            group=group,
            reason=reason,
        ),
        PAID | BY_NAME | REASON,
    ),
}
