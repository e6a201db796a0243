"""My shares: what they are worth, and how my part of a share-out is worked out."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.money import Money
from domain.records.person import Member
from domain.share_out.shown import Expected, expected_share_out
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import shares_out
from flows.words.sums import Sum, minus, plus
from flows.words.texts import Text, joined, nt, t

_WHEN: Final[Mapping[str, Text]] = {
    "": t("If shared out today:"),
    "proposed": t("The members decide on this:"),
    "approved": t("It was decided:"),
}


@flow("shares", label=t("My shares"), shown=shares_out)
def shares(me: Member) -> Conversation:
    """My part; then every number that it follows from, so that anybody can work it out again."""
    group = yield from ask.pick("group", t("Shares in which group?"), me.groups_of("vsla"))
    yield from ask.unlock("pin", me.id, t("Your shares. Your PIN?"))
    mine = yield from read("expected", expected_share_out, group.id, me.id)
    offers = {"numbers": t("How it is worked out")}
    yield from ask.choice("more", joined("\n", said_part(mine)), offers)
    return say(joined("\n", _numbers(mine)))


def said_part(mine: Expected) -> Iterator[Text]:
    """What it is, and how it comes about, a line each."""
    yield nt("{count} share, {saved} saved", "{count} shares, {saved} saved", mine.shares, saved=mine.saved)
    yield _WHEN[mine.state]
    yield from sum_of_part(mine).said()


def sum_of_part(mine: Expected) -> Sum:
    """A member's part, what is taken of it, and what they get or have received."""
    loans, rest = mine.loans + (mine.called or _nothing(mine)), mine.rest or _nothing(mine)
    lines = (
        plus(mine.gross, t("Your part: {amount}", amount=mine.gross)),
        minus(loans, t("Minus loans: {amount}", amount=loans)),
        minus(mine.fines, t("Minus fines: {amount}", amount=mine.fines)),
        minus(rest, t("Minus below a coin: {amount}", amount=rest)),
    )
    if not mine.paid:
        return Sum(lines, (plus(mine.pay, t("You get: {amount}", amount=mine.pay)),))
    received = plus(mine.paid, t("You received {amount}", amount=mine.paid))
    return Sum(lines, (received, plus(mine.left, t("Still to come: {amount}", amount=mine.left))))


def sum_of_pot(mine: Expected) -> Sum:
    """What there is in the group, and what of it is shared."""
    credit = mine.all_credit or _nothing(mine)
    lines = (
        plus(mine.cash, t("Cash of the group: {amount}", amount=mine.cash)),
        plus(mine.netted, t("Plus loans and fines taken: {amount}", amount=mine.netted)),
        plus(credit, t("Plus credit taken for loans: {amount}", amount=credit)),
        minus(mine.owed, t("Minus group debts: {amount}", amount=mine.owed)),
        minus(mine.kept, t("Minus kept: {amount}", amount=mine.kept)),
        minus(mine.left_over, t("Minus left over: {amount}", amount=mine.left_over)),
    )
    return Sum(lines, (plus(mine.pot, t("To share: {amount}", amount=mine.pot)),))


def _nothing(mine: Expected) -> Money:
    return Money(0, mine.gross.currency)


def _numbers(mine: Expected) -> Iterator[Text]:
    yield from sum_of_pot(mine).said()
    yield t("All shares: {amount}", amount=mine.all_saved)
    yield t("Your shares: {amount}", amount=mine.saved)
    yield t("Your part is to share x your shares / all shares, rounded down to {unit}.", unit=mine.unit)
    yield t("Each {unit} left over goes to who lost most by rounding, then the lowest number.", unit=mine.unit)
    yield t("You get your part minus loans and fines, rounded down to {unit}.", unit=mine.unit)
    if mine.credit:
        yield t("From your credit, for your loans: {amount}", amount=mine.credit)
    if mine.called:
        yield t("Of this, for loans of others: {amount}", amount=mine.called)
        for each in mine.helps:
            yield t("For the loan of {name}, who owes it to you: {amount}", name=each.name, amount=each.amount)
        yield t("What a borrower's part and credit do not cover is taken from those who guarantee the loan.")
    for each in mine.helped:
        yield t("{name} pays for your loan, and you owe {name} this: {amount}", name=each.name, amount=each.amount)
