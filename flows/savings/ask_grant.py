"""A member asks for a grant of the social fund."""

from domain.money import Money
from domain.records.person import Member
from domain.savings.social_fund import AskGrant, fund, may_ask_grant
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import nt, t


@flow("social", label=t("Ask for a grant"), shown=saves)
def ask_grant(me: Member) -> Conversation:
    """How much of it and what for; the officers decide."""
    group = yield from ask.pick("group", t("Social fund of which group?"), me.groups)
    yield from read("may", may_ask_grant, group.id, me.id)
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
            "Now {count} officer must agree. We will send you a message.",
            "Now {count} officers must agree. We will send you a message.",
            needed,
        )
    )
