"""My turn in a rotation: when it comes, and a bid for the next round."""

from collections.abc import Iterator

from domain.money import Money
from domain.records.person import Member
from domain.rotation.rounds import Bid
from domain.rotation.turns import MyTurn, my_turn
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import rotates
from flows.words.texts import Text, joined, nt, t


@flow("turn", label=t("My turn"), shown=rotates, words=t("bid"))
def turn(me: Member) -> Conversation:
    """Behind a PIN: whose turn it is, what I put in and get; in an auction I can bid for the next round."""
    group = yield from ask.pick("group", t("Your turn in which group?"), me.groups_of("rosca"))
    yield from ask.unlock("pin", me.id, t("Your turn. Your PIN?"))
    mine = yield from read("turn", my_turn, group.id, me.id)
    what = "look"
    if mine.may_bid:
        prompt = t(
            "Round {number} of {count}, highest bid {bid}",
            number=mine.number,
            count=mine.rounds,
            bid=mine.highest_bid,
        )
        what = yield from ask.choice("what", prompt, {"look": t("See the rounds"), "bid": t("Bid")})
    if what == "look":
        return say(joined("\n", _said(mine)))
    yield from possible("may_bid", Bid(me.id, group.id, Money(0, group.currency)))
    prompt = t(
        "How much of the {pot} do you leave to all hands, to go next? Choose Nothing to cancel your bid.",
        pot=mine.pot,
    )
    amount = yield from ask.counted("amount", prompt, group.currency)
    if not (yield from ask.confirm("ok", t("Bid {amount} in {group}?", amount=amount, group=group.name))):
        return say(t("Your bid stays as it was."))
    yield from submit("bid", Bid(me.id, group.id, amount))
    if not amount:
        return say(t("You do not bid for round {number}.", number=mine.number))
    return say(
        t("You bid {amount} for round {number}. The highest bid is next.", amount=amount, number=mine.number)
    )


def _said(mine: MyTurn) -> Iterator[Text]:
    if not mine.next_name:
        yield nt("The {count} round is paid.", "All {count} rounds are paid.", mine.rounds)
    elif mine.order == "auction" and mine.highest_bid:
        yield t(
            "Round {number} of {count}, {day}: {name} bids most, {bid}.",
            number=mine.number,
            count=mine.rounds,
            day=mine.day,
            name=mine.next_name,
            bid=mine.highest_bid,
        )
    else:
        yield t(
            "Round {number} of {count}, {day}: turn of {name}.",
            number=mine.number,
            count=mine.rounds,
            day=mine.day,
            name=mine.next_name,
        )
    if mine.next_name:
        yield t("Pot {amount} of {pot}", amount=mine.in_pot, pot=mine.pot)
    if mine.turns:
        turns = ", ".join(str(each) for each in mine.turns)
        yield nt("Your round: {turns}", "Your rounds: {turns}", len(mine.turns), turns=turns)
    if mine.own_bid:
        yield t("Your bid: {amount}", amount=mine.own_bid)
    yield t("You put in {amount}, due {due}", amount=mine.put_in, due=mine.due)
    yield t("You got {amount} of {gets}", amount=mine.received, gets=mine.gets)
    if mine.seed:
        yield t("Drawn with: {seed}", seed=mine.seed)
