"""Why something is not decided, or not by this member."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from flows.words.refused.samples import NAME
from flows.words.texts import Filled, Text, nt, t


def vote_held(hours: int) -> Text:
    """Why an officer cannot agree yet."""
    return nt(
        "Your PIN is new: agree in {count} hour.",
        "Your PIN is new: agree in {count} hours.",
        hours,
    )


_NOT_YOURS: Final = t("This is not for you.")
# Why somebody may not do something in a group.
_NOT_ALLOWED: Final[Mapping[str, Callable[[str, str], Text]]] = {
    "stranger": lambda group, name: t("{name} is not a member of {group}.", group=group, name=name),
    "pending": lambda group, name: t("{group} has not accepted {name} yet.", group=group, name=name),
    "suspended": lambda group, name: t(
        "{name} is suspended in {group}. Its officers can end that.", group=group, name=name
    ),
    "gone": lambda group, name: t("{name} has left {group}, or is leaving it.", group=group, name=name),
    "officer": lambda group, name: t("Only an officer of {group} can do this.", group=group),
    "own": lambda group, name: t(
        "This is your own, or you wrote it down. Another officer of {group} has to do it.", group=group
    ),
    "involved": lambda group, name: t(
        "You asked for this, or it is about you. Others in {group} decide on it.", group=group
    ),
    "theirs": lambda group, name: t("This belongs to another member of {group}.", group=group),
    "amount": lambda group, name: t("{group} takes amounts above nothing, in its own currency.", group=group),
    "kind": lambda group, name: t("{group} is a group of another kind: it does not have this.", group=group),
    "changed": lambda group, name: t(
        "This has changed in {group} since you saw it. Look at it again.", group=group
    ),
}

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "already_asked": Filled(
        lambda missing=0, day="": (
            nt(
                "This was asked for already: {count} more must agree, by {day}.",
                "This was asked for already: {count} more must agree, by {day}.",
                missing,
                day=date.fromisoformat(day),
            )
            if day
            else t("This was asked for already, and is not decided yet.")
        ),
        {"missing": 450, "day": "2026-09-28"},
        {"missing": 1, "day": "2026-09-28"},
        {},
    ),
    "already_decided": t("Another officer has already answered this request."),
    "already_voted": t("You have decided on this already."),
    "approval_lapsed": Filled(
        lambda days: t(
            "The approval has ended: it is good for {days} days and within one cycle. Ask for it again.",
            days=days,
        ),
        {"days": 14},
    ),
    "not_allowed": Filled(
        lambda why="changed", group="", name="": _not_allowed(why, group, name),
        *({"why": why, "group": NAME, "name": NAME} for why in _NOT_ALLOWED),
        {"why": "changed"},
        {"why": "stranger"},
    ),
    "plan_changed": t("Money came in or went out since this plan. An officer must redo it."),
    "proposal_changed": t("This request was changed a moment ago. Please look at it again."),
    "vote_held": Filled(vote_held, {"hours": 24}, {"hours": 1}),
    "frozen": Filled(
        lambda name="": (
            t("The account of {name} is frozen: no money moves. An officer can open it again.", name=name)
            if name
            else t("This account is frozen: no money moves. An officer can open it again.")
        ),
        {"name": NAME},
        {},
    ),
    "member_held": Filled(
        lambda hours: nt(
            "What was decided about this member is new. For safety no money leaves for {count} more hour.",
            "What was decided about this member is new. For safety no money leaves for {count} more hours.",
            hours,
        ),
        {"hours": 24},
        {"hours": 1},
    ),
    "payee_held": Filled(
        lambda hours, what="phone": (
            nt(
                "Their PIN is new. For safety no money is sent to them for {count} more hour.",
                "Their PIN is new. For safety no money is sent to them for {count} more hours.",
                hours,
            )
            if what == "pin"
            else nt(
                "This number is new. For safety nothing is sent to it for {count} more hour.",
                "This number is new. For safety nothing is sent to it for {count} more hours.",
                hours,
            )
        ),
        *({"hours": hours, "what": what} for what in ("phone", "pin") for hours in (24, 1)),
    ),
}


def _not_allowed(why: str, group: str, name: str) -> Text:
    """Why somebody may not do something; without the group's name where it is not of a group."""
    if not group:
        return t("This has changed since you saw it. Look at it again.") if why == "changed" else _NOT_YOURS
    return _NOT_ALLOWED[why](group, name)
