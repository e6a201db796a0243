"""Why a meeting, its cash or what was written down at it stays as it is."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from domain.money import Money
from flows.words.refused.samples import CURRENCY, MOST, NAME
from flows.words.texts import Filled, Text, joined, nt, t

_WHY_IT_STAYS: Final = {
    "loan": t("Something was paid or agreed on this loan since, or is on its way. It cannot be cancelled."),
    "round": t("The pot of a later round was paid since. It cannot be cancelled."),
    "left": t("This member has left the group since, or is leaving. It cannot be cancelled."),
    "back": t("This member is not as at the time of leaving. It cannot be cancelled."),
    "credit": t("All of it is the member's credit already."),
    "": t("This cannot be cancelled here."),
}

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "already_contested": t("You told the officers about this already. They will answer you."),
    "bad_day": t("This day is before the loan was paid out, or has not come yet."),
    "cash_was_used": t("What was put in has been used since. It cannot be cancelled."),
    "count_differs": Filled(
        lambda cash, social, currency: joined(" ", _differences(Money(cash, currency), Money(social, currency))),
        {"cash": -MOST, "social": -MOST, "currency": CURRENCY},
        {"cash": MOST, "social": MOST, "currency": CURRENCY},
    ),
    "credit_was_used": t("What was paid beyond the loan is used already. It cannot be cancelled."),
    "cycle_is_over": t("This was in a cycle that is over. It stays as it is."),
    "meeting_is_open": Filled(
        lambda group="": (
            t("{group} has a meeting open. Close it first, under Meeting.", group=group)
            if group
            else t("A meeting is open already. Close it first.")
        ),
        {"group": NAME},
        {},
    ),
    "meeting_was_held": Filled(
        lambda group="", day="": (
            t(
                "{group} has held and closed its meeting of today. The next is on {day}.",
                group=group,
                day=date.fromisoformat(day),
            )
            if day
            else t("The meeting of today is closed. The next is on another day.")
        ),
        {"group": NAME, "day": "2026-09-28"},
        {},
    ),
    "no_meeting": Filled(
        lambda group="": (
            t("{group} has no meeting open. An officer opens one, under Meeting.", group=group)
            if group
            else t("No meeting is open.")
        ),
        {"group": NAME},
        {},
    ),
    "not_a_meeting_day": Filled(
        lambda day: t(
            "The next meeting is on {day}. Open an extraordinary one today.", day=date.fromisoformat(day)
        ),
        {"day": "2026-09-28"},
    ),
    "not_at_meeting": t("This member is not at this meeting, and can use the credit on a phone."),
    "not_reversible": Filled(lambda why="": _WHY_IT_STAYS[why], *({"why": why} for why in _WHY_IT_STAYS)),
    "nothing_differs": t("The count agrees with the books. Nothing to record."),
    "too_late_for_slip": Filled(
        lambda minutes: nt(
            "After {count} minute another officer has to cancel it, under Cash records.",
            "After {count} minutes another officer has to cancel it, under Cash records.",
            minutes,
        ),
        {"minutes": 15},
        {"minutes": 1},
    ),
    "too_late_to_contest": Filled(
        lambda days: t("This is older than {days} days. Ask an officer.", days=days), {"days": 14}
    ),
}


def _differences(cash: Money, social: Money) -> Iterator[Text]:
    """By how much the boxes are not what the books say."""
    if cash.minor < 0:
        yield t("The cash box has {amount} less than the books.", amount=-cash)
    if cash.minor > 0:
        yield t("The cash box has {amount} more than the books.", amount=cash)
    if social.minor < 0:
        yield t("The social fund has {amount} less than the books.", amount=-social)
    if social.minor > 0:
        yield t("The social fund has {amount} more than the books.", amount=social)
