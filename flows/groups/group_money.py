"""The group's money: what it has, where it is, what others owe it."""

from collections.abc import Iterator

from domain.groups.money import GroupMoney, money_of
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import Text, joined, nt, t


@flow("group_money", label=t("Group's money"), shown=saves, words=t("group, box"), takes={"group": "name"})
def group_money(me: Member) -> Conversation:
    """For every member, behind the PIN: what is nobody's own is everybody's to know."""
    group = yield from ask.pick("group", t("Money of which group?"), me.groups)
    yield from ask.unlock("pin", me.id, t("The money of {group}. Your PIN?", group=group.name))
    money = yield from read("money", money_of, group.id, me.id)
    return say(joined("\n", (group.name, *_said(money))))


def _said(money: GroupMoney) -> Iterator[Text]:
    yield t("Cash box: {amount}", amount=money.cash_box)
    yield t("Mobile money: {amount}", amount=money.wallet)
    if money.bank:
        yield t("Bank: {amount}", amount=money.bank)
    yield t("Lent: {amount}", amount=money.lent)
    yield t("Social fund: {amount}", amount=money.social_fund)
    yield nt("{count} member", "{count} members", money.members)
    yield t("Next meeting: {day}", day=money.next_meeting)
    if money.counted is None:
        yield t("The box was not counted yet")
    else:
        yield t("Box counted on {day}: {amount}", day=money.counted.on, amount=money.counted.amount)
