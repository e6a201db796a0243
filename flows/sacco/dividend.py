"""My dividend of a SACCO, with what it was worked out from."""

from collections.abc import Iterator
from decimal import Decimal

from domain.records.person import Member
from domain.sacco.dividend import MyDividend, my_dividend
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import owns
from flows.words.sums import Sum, minus, plus
from flows.words.texts import Text, joined, t


@flow("dividend", label=t("My dividend"), shown=owns)
def dividend(me: Member) -> Conversation:
    """The last one, with all I need to work it out again."""
    group = yield from ask.pick("group", t("Dividend of which group?"), me.groups_of("sacco"))
    yield from ask.unlock("pin", me.id, t("Your dividend. Your PIN?"))
    mine = yield from read("mine", my_dividend, group.id, me.id)
    if mine is None:
        return say(t("{group} has declared no dividend yet.", group=group.name))
    return say(joined("\n", _said(mine)))


def _said(mine: MyDividend) -> Iterator[Text]:
    added = sum_of_dividend(mine)
    (whole,), (on_deposits, on_shares, tax) = added.comes_to, added.lines
    yield whole.text
    yield on_deposits.text
    yield t("{rate}% on shares of {value}", rate=Decimal(mine.share_capital_rate), value=mine.share_capital)
    yield on_shares.text
    if tax.amount:
        yield tax.text
    yield t("When the year began you had {amount}", amount=mine.opening)
    for month, amount in enumerate(mine.months, start=1):
        if amount:
            yield t("Month {month}: {amount} for {parts}/12", month=month, amount=amount, parts=13 - month)


def sum_of_dividend(mine: MyDividend) -> Sum:
    """What deposits and shares have earned, less the tax."""
    year, net, tax = mine.year, mine.net, mine.tax
    title = t("Dividend for {year}: {amount}, added to your credit", year=year, amount=net)
    if not mine.credited:
        title = t("Dividend for {year}: {amount}, not paid yet", year=year, amount=net)
    deposits = t("{rate}% on deposits: {amount}", rate=Decimal(mine.deposits_rate), amount=mine.on_deposits)
    return Sum(
        (
            plus(mine.on_deposits, deposits),
            plus(mine.on_share_capital, t("That is {amount}", amount=mine.on_share_capital)),
            minus(tax, t("{rate}% tax: {amount}", rate=Decimal(mine.tax_rate), amount=tax)),
        ),
        (plus(net, title),),
    )
