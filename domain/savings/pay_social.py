"""Paying the social fund alone: what was missed at meetings before, and the part of the one that comes."""

from dataclasses import dataclass

from domain.books.accounts import Account
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import other_officer, saver
from domain.money import Money
from domain.records.group import Group, PaymentPart
from domain.records.payment import Way
from domain.records.person import NotAllowed
from domain.savings.contribute import Asked, TooMuch, social_owed
from domain.savings.social_due import SocialDue
from domain.store import Store
from domain.treasury.money_in import check_chosen, collect


@dataclass(frozen=True, slots=True)
class PaySocial:
    """A member asks to be asked on their phone for what they owe the social fund."""

    group: str
    person: str
    amount: Money
    again: bool = True  # though the same was asked for a moment ago


@dataclass(frozen=True, slots=True)
class RecordSocial:
    """An officer writes down cash that a member handed over for the social fund."""

    group: str
    person: str
    amount: Money
    officer: str
    again: bool = True  # though the same may have come in before


@handles(PaySocial)
def pay_social(tx: Store, command: PaySocial) -> Asked:
    """
    Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, TooLittle, TooManyPayments, NotCollected, AskedBefore.
    """
    return _put_in(tx, command.group, command.person, command.amount, "mobile_money", again=command.again)


@handles(RecordSocial)
def record_social(tx: Store, command: RecordSocial) -> Asked:
    """Nobody writes down their own cash. Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, AskedBefore."""
    other_officer(tx, command.group, command.officer, command.person)
    return _put_in(tx, command.group, command.person, command.amount, "cash", command.officer, again=command.again)


def check_social(tx: Store, group: Group, person: str, amount: Money) -> SocialDue:
    """What a member owes the social fund, without what is on its way. Raises NotAllowed, TooMuch if it is less."""
    if amount.currency != group.currency:
        raise NotAllowed(why="amount", group=group.name)
    owed = social_owed(tx, group, person)
    if not 0 < amount.minor <= owed.total.minor:
        raise TooMuch(most=owed.total.minor, currency=group.currency)
    return owed


def _put_in(
    tx: Store, group_id: str, person: str, amount: Money, way: Way, officer: str = "", *, again: bool = True
) -> Asked:
    # Two at once would both see what is owed.
    one_at_a_time(tx.people, person)
    group = tx.groups.get(group_id)
    saver(tx, group, person)
    owed = check_social(tx, group, person, amount)
    if way != "cash":
        check_chosen(tx, person, amount, owed.total, owed.missed)
    # It is put in at the meeting that comes, beyond its own part: that is how it counts for those before.
    payment = collect(
        tx,
        group,
        person,
        amount,
        "contribution",
        parts=(PaymentPart(Account.SOCIAL_FUND, amount),),
        way=way,
        officer=officer,
        again=again,
    )
    return Asked(payment.id, payment.ref)
