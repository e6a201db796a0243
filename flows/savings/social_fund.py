"""The social fund: a member asks for a grant; an officer pays what was granted."""

from domain.money import Money
from domain.records.payment import Way
from domain.records.person import Member
from domain.savings.social_fund import AskGrant, PayGrant, fund, grants_to_pay
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import nt, t


@flow("social")
def ask_grant(me: Member) -> Conversation:
    """How much of it and what for; the officers decide."""
    group = yield from ask.pick("group", t("Social fund of which group?"), me.groups)
    most = yield from read("fund", fund, group.id)
    if most.minor <= 0:
        return say(t("The social fund of {group} is empty now.", group=group.name))
    prompt = t("The social fund of {group} has {most}. How much do you need?", group=group.name, most=most)
    amount = yield from ask.money("amount", prompt, suggest=Money(0, group.currency), most=most)
    reason = yield from ask.reason("reason", t("What for? The officers will read it."))
    prompt = t("Ask {group} for {amount} of its social fund. Your PIN?", group=group.name, amount=amount)
    yield from ask.pin("pin", me.id, prompt)
    needed = yield from submit("ask", AskGrant(me.id, group.id, amount, reason))
    return say(
        nt(
            "Your officers are asked. {count} has to agree. We will send you a message.",
            "Your officers are asked. {count} have to agree. We will send you a message.",
            needed,
        )
    )


@flow("grants")
def pay_grants(me: Member) -> Conversation:
    """One that was granted and waits, in cash from the social fund's box or by mobile money."""
    group = yield from ask.pick("group", t("Social fund of which group?"), me.groups_led)
    waiting = yield from read("waiting", grants_to_pay, group.id)
    if not waiting:
        return say(t("No grant waits to be paid in {group}.", group=group.name))
    labels = {each.id: t("{name}, {amount}", name=each.name, amount=each.amount) for each in waiting}
    key = yield from ask.choice("which", t("Pay which grant?"), labels)
    grant = next(each for each in waiting if each.id == key)
    way: Way = "cash"
    if grant.pays_out:
        way = yield from ask.way("way", t("{amount} to {name}. How?", amount=grant.amount, name=grant.name))
    prompt = t("Pay {amount} to {name}. Your PIN?", amount=grant.amount, name=grant.name)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    yield from submit("pay", PayGrant(me.id, grant.id, way))
    if way == "cash":
        return say(t("Now hand {amount} to {name} in cash.", amount=grant.amount, name=grant.name))
    return say(t("{amount} is on its way to {name}.", amount=grant.amount, name=grant.name))
