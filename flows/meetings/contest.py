"""Cash that is not right: a member says so to the officers."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.meetings.cash_book import CashRecord, ContestCash, ContestedRecord, my_cash
from domain.money import Money
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.purposes import PURPOSES
from flows.words.texts import Text, t

_LINE: Final[Mapping[str, Callable[[object, Money, Text], Text]]] = {
    "in": lambda day, amount, purpose: t("{day} {amount} in, {purpose}", day=day, amount=amount, purpose=purpose),
    "out": lambda day, amount, purpose: t(
        "{day} {amount} out, {purpose}", day=day, amount=amount, purpose=purpose
    ),
}


@flow("contest", label=t("Cash not right?"), shown=saves)
def contest(me: Member) -> Conversation:
    """Behind a PIN: one of my cash records of the last days, and what is wrong with it in my own words."""
    group = yield from ask.pick("group", t("Cash in which group?"), me.groups)
    yield from ask.unlock("pin", me.id, t("Your cash. Your PIN?"))
    records = yield from read("records", my_cash, group.id, me.id)
    if not records:
        return say(t("No cash was written down for you in {group} lately.", group=group.name))
    key = yield from ask.choice("which", t("Which is not right?"), {each.id: in_a_line(each) for each in records})
    if next(each for each in records if each.id == key).contested:
        return say(t("You told the officers about this already. They will answer you."))
    yield from possible("may", ContestCash(me.id, key, ""))
    wrong = yield from ask.text("wrong", t("What is not right? The officers will read it."), most=ask.REASON_MAX)
    yield from submit("contest", ContestCash(me.id, key, wrong))
    return say(t("All officers of {group} are told.", group=group.name))


def in_a_line(record: CashRecord | ContestedRecord) -> Text:
    """A record of cash as an option."""
    return _LINE[record.direction](record.day, record.amount, PURPOSES[record.purpose])
