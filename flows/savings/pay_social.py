"""Paying what the social fund misses of meetings before, and its part of the next."""

from functools import partial

from domain.money import Money
from domain.records.person import Member
from domain.savings.contribute import contributions_due
from domain.savings.pay_social import PaySocial
from domain.treasury.money_in import collectors_of, may_pay_in
from domain.treasury.providers import as_carried, check_carried
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.paying import ask_for
from flows.shown import saves
from flows.words.texts import joined, t


@flow("pay_social", label=t("Pay the social fund"), shown=saves)
def pay_social(me: Member) -> Conversation:
    """Behind a PIN. What was missed is one key away; any part of it can be paid."""
    group = yield from ask.pick("group", t("Social fund of which group?"), me.groups)
    yield from ask.unlock("pin", me.id, t("Your social fund. Your PIN?"))
    due = yield from read("due", contributions_due, group.id, me.id)
    missed = due.missed or Money(0, group.currency)
    waits = [t("{amount} is waiting for your approval on your phone.", amount=due.waiting)] if due.waiting else []
    if not missed and waits:
        return say(waits[0])
    if not missed:
        return say(t("You owe nothing to the social fund of {group}.", group=group.name))
    if not due.payable:
        return say(t("{group} takes no mobile money yet. Please pay at the meeting.", group=group.name))
    yield from read("may", may_pay_in, group.id, me.id)
    carriers = yield from read("carriers", collectors_of, group.currency, me.phone)
    asked = t("You owe {amount} to the social fund of {group}. How much?", group=group.name, amount=missed)
    suggested, check = as_carried(carriers, missed), partial(check_carried, carriers)
    prompt = joined("\n", [*waits, asked])
    amount = yield from ask.money("amount", prompt, suggest=suggested, most=missed, check=check)
    return (yield from ask_for(amount, PaySocial(group.id, me.id, amount)))
