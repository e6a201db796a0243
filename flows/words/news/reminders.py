"""
Reminders: what is due, the day, one's own progress, who it comes from, and how to pay in one step.

A dial string goes straight to the question for the PIN, or to what is due where there are several groups; the
plain word does the same in a chat. Both are tried by a test, since the numbers are those of the menu.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from domain.money import Money
from domain.records.notice import NoticeKind
from flows.words.news.samples import AMOUNT, BY_NAME, DAY, IN_GROUP, PAID
from flows.words.texts import Filled, Label, Text, joined, t

# What is dialled behind the service code: Contribute, and what is due of the one group there is; Loans, Repay.
CONTRIBUTE: Final = "*1"
WHAT_IS_DUE: Final = "*1"
REPAY: Final = "*3*3"


def _reminder(**values: Any) -> Text:
    """Of one thing a sentence of its own, of several a list of them."""
    if "kind2" in values or values["more"]:
        return _several(values)
    return _ALONE[values["kind1"]](values)


def _contribution(of: Mapping[str, Any]) -> Text:
    said = _about(of) | {"dial": _dial(of, CONTRIBUTE + (WHAT_IS_DUE if of["among"] == 1 else ""))}
    if not of["done1"]:
        return t("Reminder by {who}: please put in {amount} by {day}. Dial {dial} or write pay.", **said)
    return t(
        "Reminder by {who}: please put in {amount} by {day}. Meetings you saved at: {done} of {all}. "
        "Dial {dial} or write pay.",
        **said,
        **_progress(of),
    )


def _instalment(of: Mapping[str, Any]) -> Text:
    said = _about(of) | {"dial": _dial(of, REPAY)}
    if of["late1"]:
        return t(
            "Reminder by {who}: please pay {amount} of your loan, due since {day}. Dial {dial} or write repay. "
            "You cannot? Tell us.",
            **said,
        )
    if not of["done1"]:
        return t(
            "Reminder by {who}: please pay {amount} of your loan by {day}. Dial {dial} or write repay.", **said
        )
    return t(
        "Reminder by {who}: please pay {amount} of your loan by {day}. Instalments paid: {done} of {all}. "
        "Dial {dial} or write repay.",
        **said,
        **_progress(of),
    )


def _meeting(of: Mapping[str, Any]) -> Text:
    said = _about(of)
    if not of["done1"]:
        return t("Reminder by {who}: we meet on {day}. See you there!", **said)
    return t(
        "Reminder by {who}: we meet on {day}. Meetings you saved at: {done} of {all}. See you there!",
        **said,
        **_progress(of),
    )


def _turn(of: Mapping[str, Any]) -> Text:
    return t(
        "Reminder by {who}: on {day} the round is yours, {amount} when all is in. Choose My turn in the menu.",
        **_about(of),
    )


def _vote(of: Mapping[str, Any]) -> Text:
    return t(
        "Reminder by {who}: your vote is wanted until {day}. Dial {dial} and choose My group, Decide.",
        **_about(of),
        dial=of["dial"],
    )


def _guarantee(of: Mapping[str, Any]) -> Text:
    return t(
        "Reminder by {who}: answer on a loan by {day}. Dial {dial} and choose Loans, Guarantee.",
        **_about(of),
        dial=of["dial"],
    )


_ALONE: Final[Mapping[str, Callable[[Mapping[str, Any]], Text]]] = {
    "contribution": _contribution,
    "instalment": _instalment,
    "meeting": _meeting,
    "turn": _turn,
    "vote": _vote,
    "guarantee": _guarantee,
}


def _several(of: Mapping[str, Any]) -> Text:
    """The most pressing first, each with its group where that is another than that of who speaks."""
    things: list[Label] = [_thing(of, number) for number in (1, 2) if f"kind{number}" in of]
    if of["more"]:
        things.append(t("{count} more", count=of["more"]))
    return t(
        "Reminder by {who}. To do: {what}. Dial {dial} or write menu.",
        who=_who(of),
        what=joined("; ", things),
        dial=of["dial"],
    )


def _thing(of: Mapping[str, Any], number: int) -> Text:
    amount, day = of.get(f"amount{number}"), date.fromisoformat(of[f"day{number}"])
    match of[f"kind{number}"]:
        case "contribution":
            what = t("savings {amount} by {day}", amount=amount, day=day)
        case "instalment" if of[f"late{number}"]:
            what = t("loan {amount} since {day}", amount=amount, day=day)
        case "instalment":
            what = t("loan {amount} by {day}", amount=amount, day=day)
        case "meeting":
            what = t("meeting of {day}", day=day)
        case "turn":
            what = t("your round of {day}", day=day)
        case "vote":
            what = t("vote by {day}", day=day)
        case _:
            what = t("answer on a loan by {day}", day=day)
    group = of[f"group{number}"]
    return what if group == of["group1"] else t("{what}, {group}", what=what, group=group)


def _about(of: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {"who": _who(of), "day": date.fromisoformat(of["day1"])}
    return said | ({"amount": of["amount1"]} if "amount1" in of else {})


def _progress(of: Mapping[str, Any]) -> dict[str, int]:
    """One's own, and no plural in it: a template has one form."""
    return {"done": of["done1"], "all": of["all1"]}


def _who(of: Mapping[str, Any]) -> Label:
    group: str = of["group1"]
    return t("{officer} of {group}", officer=of["officer"], group=group) if of["officer"] else group


def _dial(of: Mapping[str, Any], path: str) -> str:
    """The service code with answers in it: "*384*7*1*1#"."""
    return f"{of['dial'].removesuffix('#')}{path}#"


def _sample(kind: str, number: int = 1, *, late: int = 0, done: int = 24, group: str = "") -> dict[str, Any]:
    of = {"kind": kind, "group": group or IN_GROUP["group"], "day": DAY, "done": done, "all": 52, "late": late}
    of |= {"amount": AMOUNT} if kind in ("contribution", "instalment", "turn") else {}
    return {f"{name}{number}": value for name, value in of.items()}


_FROM: Final = {"officer": "Margaret", "dial": "*384*7000#", "more": 0, "among": 1}

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "reminder": Filled(
        _reminder,
        *(_FROM | _sample(kind) for kind in _ALONE),
        *(_FROM | _sample(kind, done=0) for kind in ("contribution", "instalment", "meeting")),
        _FROM | _sample("instalment", late=22),
        _FROM | {"officer": "", "among": 2} | _sample("contribution"),
        _FROM | _sample("instalment") | _sample("contribution", 2),
        *(_FROM | _sample("vote") | _sample(kind, 2) for kind in ("meeting", "turn", "vote", "guarantee")),
        # In two groups, with usual amounts: with the largest ones it is two texts.
        _FROM
        | _sample("instalment", late=22)
        | _sample("contribution", 2, group="Upendo")
        | {"amount1": Money(50_000, "XAF"), "amount2": Money(5_000, "XAF")},
        _FROM | {"more": 3} | _sample("instalment", late=22),
    ),
    "week_summary": Filled(
        lambda group, saved, lent, repaid, next: t(
            "This week in {group}: put in {saved}, lent {lent}, paid back {repaid}. The next meeting is on "
            "{next}. Thank you!",
            group=group,
            saved=saved,
            lent=lent,
            repaid=repaid,
            next=date.fromisoformat(next),
        ),
        IN_GROUP | {"next": DAY, **dict.fromkeys(("saved", "lent", "repaid"), AMOUNT)},
    ),
    "late_in_spite_of_reminders": Filled(
        lambda group, name, amount: t(
            "After several reminders {name} of {group} still owes {amount} of a loan. Please talk with them.",
            group=group,
            name=name,
            amount=amount,
        ),
        PAID | BY_NAME,
    ),
}
