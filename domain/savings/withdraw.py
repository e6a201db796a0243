"""
Taking savings out: credit in every group, deposits too where members save what they like.

What stands for a loan, of others or one's own, stays until it is free again; of who is in default, all stays. The
officers agree, and it is paid at once.
"""

from dataclasses import dataclass

from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes
from domain.decisions.rights import saver
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import SAVINGS_ACCOUNT, Group
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.savings.free import FreeSavings, LateLoan, check_not_in_default, free_savings
from domain.store import Store
from domain.treasury.coins import check_coins, in_coins
from domain.treasury.money_in import check_pace
from domain.treasury.money_out import check_can_be_sent, pay_out
from domain.treasury.providers import can_pay_out
from domain.treasury.settle import Settled, takes, undoes


class NotSoMuch(DomainError):
    """
    More than can be taken out; `most` in minor units of `currency`, 0 for nothing. `pledged` of the savings stands
    for the loans of others, `own` is behind their own.
    """

    code = "not_so_much"


@dataclass(frozen=True, slots=True)
class AskWithdrawal:
    """A member wants a part of what is theirs."""

    person: str
    group: str
    amount: Money
    way: Way


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """
    What a member can take out now, and whether mobile money can pay it. Of their savings, what is `locked` for the
    loans of others, what is behind their `own`, None for nothing, and the loan that is in `default`.
    """

    most: Money
    locked: Money
    pays_out: bool
    own: Money | None = None
    default: LateLoan | None = None


@handles(AskWithdrawal)
def ask_withdrawal(tx: Store, command: AskWithdrawal) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, Frozen, GroupIsClosing, TooManyPayments, NotPayable, NotCarried, InDefault, NotSoMuch,
    AlreadyAsked, TooFewOfficers, NotInCoins.
    """
    person, group = command.person, tx.groups.get(command.group)
    saver(tx, group, person)
    check_pace(tx, person)
    _check_amount(tx, group, person, command.amount)
    if command.way == "mobile_money":
        check_can_be_sent(tx, command.amount, tx.people.get(person).phone)
    check_coins(group.constitution, command.amount)
    asked_once(tx, group.id, "withdrawal", person)
    name = tx.people.get(person).name
    asked = {"person": person, "amount": command.amount, "way": command.way}
    return propose(
        tx,
        group,
        "withdrawal",
        subject=person,
        maker=person,
        about=person,
        contents=asked,
        values={"name": name, "amount": command.amount, "way": command.way},
    ).needed


@concludes("withdrawal", tells="subject")
def conclude_withdrawal(tx: Store, proposal: Proposal) -> None:
    """
    Pay it, in cash by the officer who agreed last. What there is may have changed: it is looked at again.

    Raises NotAllowed, Frozen, GroupIsClosing, InDefault, NotSoMuch and what `pay_out` raises: the vote is then
    refused.
    """
    person, group = proposal.subject, tx.groups.get(proposal.group)
    saver(tx, group, person)
    amount = proposal.values["amount"]
    assert isinstance(amount, Money), "a withdrawal is proposed with its amount"
    _check_amount(tx, group, person, amount)
    way: Way = "cash" if proposal.values["way"] == "cash" else "mobile_money"
    officer = proposal.yes[-1] if way == "cash" else ""
    pay_out(tx, group, person, amount, "withdrawal", subject=proposal.id, way=way, officer=officer)


@takes("withdrawal")
def taken_for_withdrawal(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """Credit first, the rest from deposits."""
    credit = -store.books.of_member_in([payment.group], payment.person)[payment.group, Account.CREDIT]
    of_credit = min(credit, payment.amount.minor)
    legs = (
        Posting(Account.CREDIT, of_credit, payment.person),
        Posting(Account.DEPOSITS, payment.amount.minor - of_credit, payment.person),
    )
    return tuple(leg for leg in legs if leg.amount)


@undoes("withdrawal")
def withdrawal_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """Nothing but the books knows of it: it can be asked for anew."""
    return Settled()


def withdrawable(store: Store, group_id: str, person: str) -> Withdrawable:
    """What `person` can take out of a group now."""
    group = store.groups.get(group_id)
    savings = free_savings(store, group, person)
    return Withdrawable(
        most=in_coins(group.constitution, _most(store, group, person, savings)),
        locked=savings.pledged,
        pays_out=can_pay_out(store, group.currency),
        own=savings.own or None,
        default=savings.default,
    )


def _check_amount(tx: Store, group: Group, person: str, amount: Money) -> None:
    # Two commands over one person's money at once would both see it as it was.
    one_at_a_time(tx.people, person)
    if amount.currency != group.currency:
        raise NotAllowed(why="amount", group=group.name)
    savings = free_savings(tx, group, person)
    check_not_in_default(savings)
    most = _most(tx, group, person, savings)
    if not 0 < amount.minor <= most.minor:
        raise NotSoMuch(
            most=most.minor, currency=group.currency, pledged=savings.pledged.minor, own=savings.own.minor
        )


def _most(store: Store, group: Group, person: str, savings: FreeSavings) -> Money:
    """
    Credit and deposits, and at most what is left of all they have when what stands for loans stays; nothing in
    default, or while some of it is on its way.
    """
    if savings.default:
        return Money(0, group.currency)
    if any((each.group, each.purpose) == (group.id, "withdrawal") for each in store.payments.open_of(person)):
        return Money(0, group.currency)
    balances = store.books.of_member_in([group.id], person)
    held = {account: -balances[group.id, account] for account in (*SAVINGS, Account.CREDIT)}
    most = held[Account.CREDIT] + (
        held[Account.DEPOSITS] if SAVINGS_ACCOUNT[group.kind] == Account.DEPOSITS else 0
    )
    unbound = sum(held.values()) - savings.bound.minor
    return Money(max(0, min(most, unbound)), group.currency)
