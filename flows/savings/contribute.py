"""Put money into a group's savings by mobile money."""

from functools import partial

from domain.records.person import Member
from domain.savings.contribute import Contribute, contributions_to_ask
from domain.treasury.providers import as_carried, check_carried
from flows import ask
from flows.dialogue import flow, read_openly
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.paying import ask_for, paid_before
from flows.shown import saves
from flows.words.texts import joined, t


@flow(
    "contribute",
    label=t("Contribute"),
    shown=saves,
    words=t("pay, save, contribute, deposit"),
    takes={"amount": "amount", "group": "name"},
)
def contribute(me: Member) -> Conversation:
    """An amount that was typed is said back before the PIN; the one that is due is one key away."""
    group = yield from ask.pick("group", t("Save in which group?"), me.groups)
    due = yield from read_openly("due", contributions_to_ask, group.id, me.id)
    if not due.payable:
        return say(t("{group} takes no mobile money yet. Please pay at the meeting.", group=group.name))
    if not due.most and due.waiting:
        return say(t("{amount} is waiting for your approval on your phone.", amount=due.waiting))
    if not due.most:
        return say(t("You have put in all you can for the meeting of {day}. Well done!", day=due.meeting))
    asked = t("{group}, meeting of {day}. How much?", group=group.name, day=due.meeting)
    prompt = joined("\n", (*paid_before(due), asked))
    suggested = as_carried(due.carriers, due.amount)
    check = partial(check_carried, due.carriers)
    amount = yield from ask.money("amount", prompt, suggest=suggested, most=due.most, check=check)
    sure = amount == suggested or (
        yield from ask.confirm("ok", t("Pay {amount} to {group}?", amount=amount, group=group.name))
    )
    if not sure:
        return say(t("Nothing was paid."))
    yield from ask.pin("pin", me.id, t("Pay {amount} to {group}. Your PIN?", amount=amount, group=group.name))
    return (yield from ask_for(amount, Contribute(group.id, me.id, amount)))
