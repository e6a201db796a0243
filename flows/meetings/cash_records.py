"""
Cash that a member says is not right: an officer who did not write it down looks at it. Mobile money that was meant
for something else is put on its member's credit.
"""

from collections.abc import Mapping
from typing import Final

from domain.meetings.cash_book import CashRecord, ContestedRecord, KeepCash, ReverseCash, contested, records_of
from domain.meetings.meant_otherwise import AskToCredit
from domain.records.person import GroupOfMember, Member
from domain.tables import Some
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import officers_asked
from flows.meetings.contest import in_a_line
from flows.people.find_member import find_member
from flows.shown import leads
from flows.words.texts import Label, Text, t

ANOTHER: Final = "another"


@flow("records", label=t("Cash records"), shown=leads)
def cash_records(me: Member) -> Conversation:
    """What members contest, or another record; take it back or let it stand, and say why."""
    group = yield from ask.pick("group", t("Cash records of which group?"), me.groups_led)
    one = yield from ask.one_or_key(
        "one",
        t("Which record of cash?"),
        lambda past: read("contested", contested, group.id, past),
        _contested_or_another,
    )
    if one is None or isinstance(one, str):
        return (yield from _another(me, group))
    prompt = t(
        "{name} says: {words}. Written down by {officer}: {record}",
        name=one.name,
        words=one.words,
        officer=one.officer,
        record=in_a_line(one),
    )
    verdict = yield from ask.choice("verdict", prompt, {"back": t("Cancel this record"), "keep": t("It is right")})
    return (yield from _answer(me, one.id, keep=verdict == "keep"))


def _contested_or_another(some: Some[ContestedRecord]) -> Mapping[str, Label]:
    labels = {each.id: t("{name}, {amount}", name=each.name, amount=each.amount) for each in some}
    return {**labels, ANOTHER: t("Another record")}


def _another(me: Member, group: GroupOfMember) -> Conversation:
    # Also who was paid because they left: that can be wrong like any other record.
    who = yield from find_member(me, group, gone=True)
    records = yield from read_openly("records", records_of, group.id, who.id)
    if not records:
        return say(t("No cash was written down for {name} lately.", name=who.name))
    prompt = t("Cancel which record of {name}?", name=who.name)
    key = yield from ask.choice("record", prompt, {each.id: _label(each) for each in records})
    one = next(each for each in records if each.id == key)
    if one.way != "cash":
        return (yield from _to_credit(me, who.name, one))
    return (yield from _answer(me, key, keep=False))


def _label(record: CashRecord) -> Text:
    line = in_a_line(record)
    return line if record.way == "cash" else t("{record}, by phone", record=line)


def _to_credit(me: Member, name: str, record: CashRecord) -> Conversation:
    """It stays with the group; another officer has to agree that it was meant for something else."""
    yield from possible("may_credit", AskToCredit(me.id, record.id, ""))
    meant = yield from ask.reason("meant", t("What was it meant for? The officers and the member will read it."))
    prompt = t("Put {amount} on the credit of {name} instead. Your PIN?", amount=record.amount, name=name)
    yield from ask.pin("pin_credit", me.id, prompt)
    return officers_asked((yield from submit("to_credit", AskToCredit(me.id, record.id, meant))))


def _answer(me: Member, payment: str, *, keep: bool) -> Conversation:
    yield from possible("may", (KeepCash if keep else ReverseCash)(me.id, payment, ""))
    reason = yield from ask.reason("reason", t("Why? The member will read it."))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    if keep:
        yield from submit("keep", KeepCash(me.id, payment, reason))
        return say(t("The record is kept. The member is told why."))
    yield from submit("reverse", ReverseCash(me.id, payment, reason))
    return say(t("The record is cancelled. Both are told."))
