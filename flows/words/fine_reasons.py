"""What a fine is for, in words that stand in a sentence; and what the member who is fined hears of it."""

from collections.abc import Mapping
from typing import Final

from domain.money import Money
from domain.records.group import FineReason
from flows.words.texts import Label, Text, t

FINE_REASONS: Final[Mapping[FineReason, Text]] = {
    "absence": t("absence"),
    "late": t("coming late"),
    "late_contribution": t("saving late"),
    "disorder": t("disorder"),
    "other": t("breaking a rule"),
}


# An officer's own words, where words are shown as samples.
IN_WORDS: Final = "shouting at the cashier"


def fined_for(reason: str) -> Label:
    """What a fine is for: in our words where the constitution has it, or in the officer's."""
    for listed, said in FINE_REASONS.items():
        if reason == listed:
            return said
    return reason or FINE_REASONS["other"]


def say_fined(amount: Money, group: str, reason: str, by: str = "") -> Text:
    """That a member is fined; `by` is "" for the rules themselves, and in messages of before."""
    why = fined_for(reason)
    if not by:
        return t(
            "You are fined {amount} for {reason} in {group}. Choose My fines in the menu to pay it.",
            amount=amount,
            reason=why,
            group=group,
        )
    return t(
        "You are fined {amount} for {reason} in {group}, says {name}. "
        "Pay it or ask for a waiver under My fines in the menu.",
        amount=amount,
        reason=why,
        group=group,
        name=by,
    )


def say_waived(amount: Money, group: str, reason: str, left: Money | None = None) -> Text:
    """That a fine is waived, and what is left of others; in a message of before `left` is None."""
    why = fined_for(reason)
    if left:
        return t(
            "Your fine of {amount} for {reason} in {group} was waived. "
            "Still to pay: {left}, under My fines in the menu.",
            amount=amount,
            reason=why,
            group=group,
            left=left,
        )
    return t(
        "Your fine of {amount} for {reason} in {group} was waived. You do not have to pay it.",
        amount=amount,
        reason=why,
        group=group,
    )
