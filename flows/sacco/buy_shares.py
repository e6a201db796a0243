"""Buy share capital of a SACCO by mobile money."""

from domain.records.person import Member
from domain.sacco.share_capital import BuyShares, share_capital
from domain.treasury.money_in import check_can_be_asked, may_pay_in
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.paying import ask_for
from flows.shown import owns
from flows.words.texts import joined, nt, t


@flow("share_capital", label=t("Buy shares"), shown=owns)
def buy_shares(me: Member) -> Conversation:
    """Behind a PIN: what I own, and how many shares more."""
    group = yield from ask.pick("group", t("Shares of which group?"), me.groups_of("sacco"))
    yield from ask.unlock("pin", me.id, t("Your shares. Your PIN?"))
    mine = yield from read("mine", share_capital, group.id, me.id)
    owned = nt(
        "You own {count} share, {value}.", "You own {count} shares, {value}.", mine.shares, value=mine.value
    )
    if not mine.payable:
        not_yet = t("{group} takes no mobile money yet. Please pay at the meeting.", group=group.name)
        return say(joined("\n", [owned, not_yet]))
    yield from read("may", may_pay_in, group.id, me.id)
    prompt = joined("\n", [owned, t("How many more, at {price} each?", price=mine.price)])
    shares = yield from ask.number("shares", prompt, least=1, most=mine.most)
    amount = mine.price_of(shares)
    yield from read("can", check_can_be_asked, amount, me.phone)
    return (yield from ask_for(amount, BuyShares(me.id, group.id, shares)))
