"""Cash that is not right: a member says so, and an officer who did not write it down looks at it."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.meetings.cash_book import (
    CashRecord,
    ContestCash,
    ContestedRecord,
    KeepCash,
    ReverseCash,
    contested,
    my_cash,
)
from domain.money import Money
from domain.records.payment import Purpose
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.people.find_member import find_member
from flows.words.texts import Text, t

ANOTHER: Final = "another"
_PURPOSES: Final[Mapping[Purpose, Text]] = {
    "contribution": t("savings"),
    "share_capital": t("share capital"),
    "repayment": t("repayment"),
    "fine": t("fine"),
    "loan": t("loan"),
    "grant": t("social fund"),
    "share_out": t("share-out"),
    "rotation": t("rotation"),
    "withdrawal": t("withdrawal"),
    "exit": t("settlement"),
}
_LINE: Final[Mapping[str, Callable[[object, Money, Text], Text]]] = {
    "in": lambda day, amount, purpose: t("{day} {amount} in, {purpose}", day=day, amount=amount, purpose=purpose),
    "out": lambda day, amount, purpose: t(
        "{day} {amount} out, {purpose}", day=day, amount=amount, purpose=purpose
    ),
}


@flow("contest")
def contest(me: Member) -> Conversation:
    """One of my cash records of the last days, and what is wrong with it in my own words."""
    group = yield from ask.pick("group", t("Cash in which group?"), me.groups)
    records = yield from read("records", my_cash, group.id, me.id)
    if not records:
        return say(t("No cash was written down for you in {group} lately.", group=group.name))
    key = yield from ask.choice("which", t("Which is not right?"), {each.id: _line(each) for each in records})
    if next(each for each in records if each.id == key).contested:
        return say(t("You told the officers of this already. They will answer you."))
    wrong = yield from ask.text("wrong", t("What is not right? The officers will read it."), most=ask.REASON_MAX)
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    yield from submit("contest", ContestCash(me.id, key, wrong))
    return say(t("All officers of {group} are told.", group=group.name))


@flow("records")
def cash_records(me: Member) -> Conversation:
    """What members contest, or another record; take it back or let it stand, and say why."""
    group = yield from ask.pick("group", t("Cash records of which group?"), me.groups_led)
    waiting = yield from read("contested", contested, group.id)
    labels = {each.id: t("{name}, {amount}", name=each.name, amount=each.amount) for each in waiting}
    key = ANOTHER
    if labels:
        prompt = t("Which record of cash?")
        key = yield from ask.choice("one", prompt, {**labels, ANOTHER: t("Another record")})
    if key == ANOTHER:
        return (yield from _another(me, group))
    one = next(each for each in waiting if each.id == key)
    prompt = t(
        "{name} says: {words}. Written down by {officer}: {record}",
        name=one.name,
        words=one.words,
        officer=one.officer,
        record=_line(one),
    )
    verdict = yield from ask.choice("verdict", prompt, {"back": t("Take it back"), "keep": t("It is right")})
    return (yield from _answer(me, one.id, keep=verdict == "keep"))


def _another(me: Member, group: GroupOfMember) -> Conversation:
    who = yield from find_member(me, group)
    records = yield from read("records", my_cash, group.id, who.id)
    if not records:
        return say(t("No cash was written down for {name} lately.", name=who.name))
    prompt = t("Take back which record of {name}?", name=who.name)
    key = yield from ask.choice("record", prompt, {each.id: _line(each) for each in records})
    return (yield from _answer(me, key, keep=False))


def _answer(me: Member, payment: str, *, keep: bool) -> Conversation:
    reason = yield from ask.reason("reason", t("Why? The member will read it."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    if keep:
        yield from submit("keep", KeepCash(me.id, payment, reason))
        return say(t("The record stands. The member is told why."))
    yield from submit("reverse", ReverseCash(me.id, payment, reason))
    return say(t("The record is taken back. Both are told."))


def _line(record: CashRecord | ContestedRecord) -> Text:
    return _LINE[record.direction](ask.day(record.day), record.amount, _PURPOSES[record.purpose])
