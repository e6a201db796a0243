"""An officer pays the grants that were decided on."""

from domain.records.payment import Way
from domain.records.person import Member
from domain.savings.social_fund import PayGrant, grants_to_pay
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.texts import t


@flow("grants", label=t("Pay grants"), shown=leads)
def pay_grants(me: Member) -> Conversation:
    """One that was granted and waits, in cash from the social fund's box or by mobile money."""
    group = yield from ask.pick("group", t("Social fund of which group?"), me.groups_led)
    grant = yield from ask.one_of(
        "which",
        t("Pay which grant?"),
        lambda past: read("waiting", grants_to_pay, group.id, past),
        lambda one: t("{name}, {amount}", name=one.name, amount=one.amount),
    )
    if grant is None:
        return say(t("No grant is waiting in {group}.", group=group.name))
    way: Way = "cash"
    if grant.pays_out:
        way = yield from ask.way("way", t("{amount} to {name}. How?", amount=grant.amount, name=grant.name))
    yield from possible("may", PayGrant(me.id, grant.id, way))
    prompt = t("Pay {amount} to {name}. Your PIN?", amount=grant.amount, name=grant.name)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    yield from submit("pay", PayGrant(me.id, grant.id, way))
    if way == "cash":
        return say(t("Now hand {amount} to {name} in cash.", amount=grant.amount, name=grant.name))
    return say(t("{amount} is on its way to {name}.", amount=grant.amount, name=grant.name))
