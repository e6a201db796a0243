"""Leave a group, and be paid what is mine there."""

from domain.groups.leave import AskToLeave, Settlement, settlement
from domain.money import Money
from domain.records.payment import Way
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.sums import Sum, minus, plus
from flows.words.texts import joined, nt, t


@flow("leave", label=t("Leave a group"), shown=saves)
def leave(me: Member) -> Conversation:
    """Behind a fresh PIN: what keeps a member, or else what they get, and how."""
    group = yield from ask.pick("group", t("Leave which group?"), me.groups)
    prompt = t("Your savings in {group}. Your PIN?", group=group.name)
    yield from ask.unlock("pin", me.id, prompt, fresh=True)
    mine = yield from read("settlement", settlement, group.id, me.id)
    yield from possible("may", AskToLeave(me.id, group.id, "cash"))
    way: Way = "cash"
    if mine.amount and mine.pays_out:
        way = yield from ask.way("way", t("You get {amount}. How do you want it?", amount=mine.amount))
    added = sum_of_leaving(group.name, mine)
    said = added.said() if mine.loans or mine.kept else (line.text for line in added.comes_to)
    if not (yield from ask.confirm("ok", joined("\n", said))):
        return say(t("You stay in {group}.", group=group.name))
    needed = yield from submit("leave", AskToLeave(me.id, group.id, way))
    return say(
        nt(
            "Now {count} officer must agree, then you get your money.",
            "Now {count} officers must agree, then you get your money.",
            needed,
        )
    )


def sum_of_leaving(group: str, mine: Settlement) -> Sum:
    """What is theirs, what becomes of it, and what they get."""
    nothing = Money(0, mine.amount.currency)
    loans, kept = mine.loans or nothing, mine.kept or nothing
    held = mine.amount + loans + kept if mine.held is None else mine.held
    lines = (
        plus(held, t("Yours: {amount}", amount=held)),
        minus(loans, t("Minus loans: {amount}", amount=loans)),
        minus(kept, t("Stays with the group, less than a coin: {amount}", amount=kept)),
    )
    return Sum(lines, (plus(mine.amount, t("Leave {group} and get {amount}?", group=group, amount=mine.amount)),))
