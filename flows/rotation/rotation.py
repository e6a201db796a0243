"""An officer sets the order of a rotation and pays its rounds."""

from collections.abc import Iterator

from domain.decisions.rights import may_lead
from domain.records.payment import Way
from domain.records.person import GroupOfMember, Member
from domain.rotation.rounds import PaidRound, PayRound
from domain.rotation.set_up import HANDS_MAX, BadOrder, SetHands, SetUpRotation, may_set_up
from domain.rotation.turns import RotationNow, RoundToPay, not_in_pot, order_of, rotation_now
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.groups.asked import officers_asked
from flows.people.find_member import find_member
from flows.shown import leads_rotation
from flows.words.orders import ORDERS
from flows.words.refusals import refusal
from flows.words.texts import Label, Text, joined, nt, t


@flow("rotation", label=t("Rotation"), shown=leads_rotation)
def rotation(me: Member) -> Conversation:
    """Pay a round, set the order up, or say how many hands a member has."""
    groups = [group for group in me.groups_of("rosca") if group.led]
    group = yield from ask.pick("group", t("Rotation of which group?"), groups)
    yield from read("may", may_lead, group.id, me.id)
    now = yield from read("now", rotation_now, group.id)
    rounds = {f"round{each.number}": each for each in now.to_pay}
    labels: dict[str, Label] = {
        key: t("Pay round {number}, {name}", number=each.number, name=each.name) for key, each in rounds.items()
    }
    if now.can_set_up:
        labels["order"] = t("Set the order")
    labels["hands"] = t("Hands of a member")
    prompt = t("Rotation of {group}", group=group.name)
    if now.waits:
        prompt = t("The order of {group} is waiting for another officer to agree.", group=group.name)
    elif not labels.keys() & {*rounds, "order"}:
        prompt = t("No round of {group} can be paid now.", group=group.name)
    what = yield from ask.choice("what", prompt, labels)
    if what == "order":
        return (yield from _set_order(me, group, now))
    if what == "hands":
        return (yield from _set_hands(me, group))
    return (yield from _pay(me, group, rounds[what], now))


def _pay(me: Member, group: GroupOfMember, one: RoundToPay, now: RotationNow) -> Conversation:
    """Who has not put in is named before it is paid."""
    if missing := (yield from read("missing", not_in_pot, group.id, one.number)):
        lines = [t("{name}: {amount}", name=each.name, amount=each.amount) for each in missing]
        without = t("Pay round {number} without this?", number=one.number)
        if not (yield from ask.agree("short", joined("\n", [without, *lines]))):
            return say(t("Nothing was paid."))
    way: Way = "cash"
    if now.pays_out:
        prompt = t("In the pot of round {number}: {amount}. Pay how?", number=one.number, amount=one.in_pot)
        way = yield from ask.way("way", prompt)
    yield from possible("may_pay", PayRound(me.id, group.id, one.number, one.person, way))
    prompt = t("Pay {name} up to {amount}. Your PIN?", name=one.name, amount=one.in_pot)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    paid = yield from submit("pay", PayRound(me.id, group.id, one.number, one.person, way))
    return say(joined("\n", _outcome(paid, way)))


def _outcome(paid: PaidRound, way: Way) -> Iterator[Text]:
    if not paid.paid:
        yield t("{name} owes {owes}, so nothing is paid now.", name=paid.name, owes=paid.owes)
        return
    if way == "cash":
        yield t("Now hand {amount} to {name} in cash.", amount=paid.paid, name=paid.name)
    else:
        yield t("{amount} is on its way to {name}.", amount=paid.paid, name=paid.name)
    if paid.owes:
        yield t("{amount} was kept in the pot for their debt.", amount=paid.owes)
    if paid.left:
        yield t("Still to be paid out: {amount}", amount=paid.left)


def _set_order(me: Member, group: GroupOfMember, now: RotationNow) -> Conversation:
    """The order is read out before it is set; what is agreed is asked for again until it is an order."""
    yield from read("may_order", may_set_up, group.id, me.id)
    usual_first = sorted(ORDERS, key=lambda each: each != now.usual)
    chosen = yield from ask.choice(
        "order", t("In which order?"), {str(each): ORDERS[each] for each in usual_first}
    )
    order = next(each for each in ORDERS if each == chosen)
    seed, numbers = "", tuple[int, ...]()
    if order == "drawn":
        seed = yield from ask.who("seed", t("Type what the dice or the draw gave. All will see it."))
    if order == "negotiated":
        numbers, names = yield from _agreed(group)
    else:
        names = yield from read("names", order_of, group.id, order, seed, numbers)
    lines = [t("{number}: {name}", number=number, name=name) for number, name in enumerate(names, start=1)]
    if not (yield from ask.agree("ok", joined("\n", [t("The order:"), *lines]))):
        return say(t("No order was set."))
    yield from ask.pin("pin_order", me.id, t("Ask for this order. Your PIN?"))
    needed = yield from submit("set", SetUpRotation(me.id, group.id, order, seed, numbers))
    return officers_asked(needed)


def _agreed(group: GroupOfMember) -> Ask[tuple[tuple[int, ...], list[str]]]:
    prompt = t("Type the members' numbers in their order, once for each hand.")
    while True:
        numbers = yield from ask.numbers("numbers", prompt)
        try:
            return numbers, (yield from read("agreed", order_of, group.id, "negotiated", "", numbers))
        except BadOrder as wrong:
            prompt = refusal(wrong)


def _set_hands(me: Member, group: GroupOfMember) -> Conversation:
    who = yield from find_member(me, group)
    prompt = t("How many hands has {name} in the next order? 0 to sit out.", name=who.name)
    hands = yield from ask.number("hands", prompt, least=0, most=HANDS_MAX)
    yield from ask.pin("pin_hands", me.id, t("Your PIN?"))
    yield from submit("set_hands", SetHands(me.id, group.id, who.id, hands))
    return say(nt("{name} has {count} hand.", "{name} has {count} hands.", hands, name=who.name))
