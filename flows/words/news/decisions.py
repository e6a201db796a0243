"""What is to be decided, and what became of it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, Literal

from domain.records.notice import Became, NoticeKind
from domain.records.proposal import ProposalKind
from flows.words.news.samples import BY_NAME, DAY, IN_GROUP, PAID
from flows.words.proposals import samples_of_proposals, say_proposal
from flows.words.texts import Filled, Text, t

# What was approved and not carried out, and why it has lapsed.
_APPROVED: Final[Mapping[str, Text]] = {"loan": t("the loan"), "grant": t("the grant")}
_LAPSED: Final[Mapping[str, Text]] = {
    "time": t("it was not paid in 14 days"),
    "cycle": t("the cycle has ended"),
    "left": t("the membership has ended"),
}
# What became of a request, and whether somebody said why.
_BECAME: Final[Mapping[tuple[Became, bool], Callable[..., Text]]] = {
    ("approved", False): lambda group, what, **_: t(
        "Agreed in {group} by vote: {what}. Thank you!", group=group, what=what
    ),
    ("rejected", True): lambda group, what, why: t(
        "Refused in {group} by vote: {what}, because {why}. It is closed.",
        group=group,
        what=what,
        why=why,
    ),
    ("rejected", False): lambda group, what, **_: t(
        "Refused in {group} by vote: {what}. It is closed.", group=group, what=what
    ),
    ("expired", False): lambda group, what, **_: t(
        "Closed in {group}, not decided in time: {what}. You can ask again.", group=group, what=what
    ),
    ("lapsed", False): lambda group, what, **_: t(
        "Closed in {group}, as things have changed: {what}. You can ask again.", group=group, what=what
    ),
    ("withdrawn", False): lambda group, what, **_: t(
        "Cancelled in {group} by who asked: {what}. It is closed.", group=group, what=what
    ),
}
# Why nothing was changed, where it can be said better than that things have changed.
_UNCHANGED: Final[Mapping[str, Callable[..., Text]]] = {
    **dict.fromkeys(
        ("reschedule", "write_off", "loan_waiver", "netting"),
        lambda group, what, **_: t(
            "Nothing is changed in {group}, as this loan is paid or changed since: {what}. It is closed.",
            group=group,
            what=what,
        ),
    ),
    "waiver": lambda group, what, **_: t(
        "Nothing is changed in {group}, as this fine is paid or waived since: {what}. It is closed.",
        group=group,
        what=what,
    ),
}

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "decision_wanted": Filled(
        lambda group, proposal, until, **about: t(
            "Vote in {group} until {day} on this: {what}. Choose Decide in the menu.",
            group=group,
            day=date.fromisoformat(until) if until else t("the day it closes"),
            what=_what(proposal, about),
        ),
        *({**IN_GROUP, **values} | {"proposal": kind, "until": DAY} for kind, values in samples_of_proposals()),
        # Of an earlier version.
        IN_GROUP | {"proposal": "", "until": ""},
    ),
    "decided": Filled(
        lambda group, proposal, became, why, **about: _became(proposal, became, why)(
            group=group, what=_what(proposal, about), why=why
        ),
        *(
            {**IN_GROUP, **values} | {"proposal": kind, "became": became, "why": "pay the old loan" if why else ""}
            for kind, values in samples_of_proposals()
            for became, why in _BECAME
        ),
    ),
    "approval_lapsed": Filled(
        lambda group, name, amount, what, why: t(
            "No longer approved: {what} of {amount} to {name} in {group}, because {why}. It can "
            "be asked for again.",
            what=_APPROVED[what],
            amount=amount,
            name=name,
            group=group,
            why=_LAPSED[why],
        ),
        *(PAID | BY_NAME | {"what": what, "why": why} for what in _APPROVED for why in _LAPSED),
    ),
}


def _became(proposal: ProposalKind | Literal[""], became: Became, why: str) -> Callable[..., Text]:
    usual = _BECAME[became, bool(why)]
    return _UNCHANGED.get(proposal, usual) if became == "lapsed" else usual


def _what(proposal: ProposalKind | Literal[""], about: Mapping[str, Any]) -> Text:
    """What was asked for; an earlier version did not write it down."""
    return say_proposal(proposal, about) if proposal else t("what you asked for")
