"""What a rule of a group is called, and how what it says is said."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from domain.arithmetic.periods import Every
from domain.groups.rules import SWITCHES
from domain.money import Money
from flows.words.fine_reasons import FINE_REASONS
from flows.words.texts import Text, t

RULES: Final[Mapping[str, Text]] = {
    "share_price": t("Share price"),
    "shares_max": t("Shares a meeting"),
    "social_fund": t("Social fund"),
    **{reason: t("Fine for {reason}", reason=words) for reason, words in FINE_REASONS.items()},
    "interest": t("Interest in %"),
    "multiple": t("Loan limit, times savings"),
    "quorum": t("Members who must agree"),
    "late_fines": t("Fine who has not paid"),
    "carry_over": t("Debts stay owed"),
    "keeps_interest": t("Keeps all interest"),
    "alone_max": t("Cost by one officer"),
    "cash_unit": t("Smallest coin"),
    "periods_max": t("Instalments at most"),
    "approvals": t("Officers who must agree"),
    "members_max": t("Members at most"),
    "cycle_weeks": t("Weeks of a cycle"),
    "meetings": t("Meeting day"),
    "referral": t("Bringing a member"),
}
EVERY: Final[Mapping[Every, Text]] = {
    "week": t("every week"),
    "2weeks": t("every two weeks"),
    "4weeks": t("every four weeks"),
    "month": t("every month"),
}
WEEKDAYS: Final = (
    t("Mon"), t("Tue"), t("Wed"), t("Thu"), t("Fri"), t("Sat"), t("Sun"),
)  # fmt: skip
# A part of the members that is not among these is said in figures.
QUORUMS: Final[Mapping[str, Text]] = {
    "1/3": t("a third"),
    "1/2": t("half"),
    "2/3": t("two thirds"),
    "1": t("all"),
}
# A rule that is switched on or off.
YES_NO: Final[Mapping[str, Text]] = {"1": t("yes"), "0": t("no")}


def say_value(rule: str, value: str | int | Money) -> Text | str | int | Money | Decimal:
    """What a rule says, to stand in a sentence."""
    if rule in ("interest", "multiple") and isinstance(value, str) and value:
        return Decimal(value)
    if rule == "meetings" and isinstance(value, str):
        return _say_meetings(value)
    words = QUORUMS if rule == "quorum" else YES_NO if rule in SWITCHES else {}
    return words.get(str(value), value)


def _say_meetings(value: str) -> Text | str:
    """What is no day is said as it stands, as a part of the members is that has no words."""
    often, _, on = value.partition(":")
    how = next((words for every, words in EVERY.items() if every == often), None)
    if how is None or not on.isdecimal():
        return value
    if often == "month":
        return t("{every}, day {day}", every=how, day=int(on))
    return t("{weekday}, {every}", weekday=WEEKDAYS[int(on)], every=how)
