"""
Using one's credit: what a member has beyond shares and loans pays what they owe, when they say so, on their phone
or at a meeting.

Credit buys shares by itself, as soon as it reaches their price (`savings/contribute.py`).
"""

from dataclasses import dataclass
from typing import Literal

from domain.books.accounts import SOCIAL_PURSES, Account
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import saver
from domain.errors import DomainError
from domain.loans.owed import LoanView, loans_of, payoff
from domain.loans.repay import MoreThanOwed, NothingOwed, repay_from
from domain.money import Money
from domain.records.group import Group, Paid
from domain.records.loan import OWED
from domain.records.person import NotAllowed
from domain.savings.contribute import credit_of, social_owed
from domain.savings.fines import FineDue, FineNotDue, fines_of
from domain.savings.pay_social import check_social
from domain.store import Change, Effects, Store
from domain.tell import tell_officers
from domain.treasury.wallets import moved_along

Owed = Literal["fine", "loan", "social"]


class NotSoMuchCredit(DomainError):
    """The member's credit is `most`, in minor units of `currency`."""

    code = "not_so_much_credit"


@dataclass(frozen=True, slots=True)
class UseCredit:
    """
    A member pays what they owe from their credit: a fine, whole, or a part of a loan, by its id in `subject`; or
    what the social fund misses, whose `subject` is "".
    """

    person: str
    group: str
    owed: Owed
    amount: Money
    subject: str = ""


@dataclass(frozen=True, slots=True)
class CreditUse:
    """A member's credit, and what of theirs it can pay: fines that it covers whole, loans, the social fund."""

    credit: Money
    fines: list[FineDue]
    loans: list[LoanView]
    social: Money


def credit_use(store: Store, group_id: str, person: str) -> CreditUse:
    """What `person` can pay in a group from their credit."""
    group = store.groups.get(group_id)
    credit = credit_there(store, group, person)
    return CreditUse(
        credit=credit,
        fines=[fine for fine in fines_of(store, group_id, person) if fine.amount <= credit],
        loans=[loan for loan in loans_of(store, group_id, person) if loan.payoff],
        social=social_owed(store, group, person).total,
    )


def credit_there(store: Store, group: Group, person: str) -> Money:
    """What a member has as credit."""
    return Money(max(0, credit_of(store, group.id, person)), group.currency)


@handles(UseCredit)
def use_credit(tx: Store, command: UseCredit) -> Money:
    """
    Answers with the credit that is left.

    Raises NotAllowed, Frozen, GroupIsClosing, NotSoMuchCredit, FineNotDue, NothingOwed, MoreThanOwed, TooMuch, and
    InsufficientFunds when the social fund cannot be given its money.
    """
    return pay_from_credit(tx, tx.groups.get(command.group), command)


def pay_from_credit(tx: Store, group: Group, command: UseCredit) -> Money:
    """The same, whoever said that it is to be paid, see `meetings/from_credit.py`."""
    # Two at once would both see the same credit.
    one_at_a_time(tx.people, command.person)
    amount = command.amount
    saver(tx, group, command.person)
    if amount.currency != group.currency or amount.minor <= 0:
        raise NotAllowed(why="amount", group=group.name)
    credit = credit_of(tx, group.id, command.person)
    if amount.minor > credit:
        raise NotSoMuchCredit(most=max(0, credit), currency=group.currency)
    source, name = Posting(Account.CREDIT, amount.minor, command.person), f"credit:{tx.new_id()}"
    if command.owed == "fine":
        _pay_fine(tx, group, command, source, name)
    elif command.owed == "loan":
        _pay_loan(tx, group, command, source, name)
    else:
        _pay_social(tx, group, command, source, name)
    return Money(credit - amount.minor, group.currency)


def _pay_fine(tx: Store, group: Group, command: UseCredit, source: Posting, name: str) -> None:
    fine = tx.fines.get(command.subject)
    if (fine.person, fine.group) != (command.person, group.id) or fine.amount != command.amount:
        raise NotAllowed(why="theirs", group=group.name)
    on_its_way = any(payment.subject == fine.id for payment in tx.payments.open_of(fine.person))
    if fine.state != "due" or on_its_way:
        raise FineNotDue
    legs = (source, Posting(Account.FINES, -source.amount))
    paid = Change("fines", fine.id, {"state": "paid", "paid_at": tx.now()}, when={"state": "due"})
    tx.post(Draft(group.id, group.currency, name, "fine from credit", tx.now(), legs), Effects(changes=(paid,)))


def _pay_loan(tx: Store, group: Group, command: UseCredit, source: Posting, name: str) -> None:
    loan = tx.loans.get(command.subject)
    if (loan.person, loan.group) != (command.person, group.id):
        raise NotAllowed(why="theirs", group=group.name)
    if loan.state not in OWED:
        raise NothingOwed(loan.ref)
    waiting = sum(each.amount.minor for each in tx.payments.open_of(loan.person) if each.subject == loan.id)
    most = payoff(loan, group.constitution.day(tx.now())).minor - waiting
    if source.amount > most:
        raise MoreThanOwed(most=max(0, most), currency=group.currency)
    repay_from(tx, group, loan, (source,), name)


def _pay_social(tx: Store, group: Group, command: UseCredit, source: Posting, name: str) -> None:
    """The money itself goes to the social fund's purses: from the box as far as it holds, then from the wallet."""
    check_social(tx, group, command.person, command.amount)
    totals, left, purses = tx.books.totals(group.id), source.amount, list[Posting]()
    for there, social in zip((Account.CASH_BOX, Account.WALLET), SOCIAL_PURSES, strict=True):
        minor = min(left, max(0, totals.get(there, 0)))
        if minor:
            purses += moved_along(tx, group.id, there, social, minor)
            left -= minor
    if left:
        # In no one purse: what there is, is in both.
        raise InsufficientFunds("", short=left, there=source.amount - left, currency=group.currency)
    legs = (source, Posting(Account.SOCIAL_FUND, -source.amount, command.person), *purses)
    meeting = group.meeting_key(group.constitution.meeting(tx.now()))
    counted = Effects(paid=(command.person, meeting, Paid(0, source.amount, -source.amount)))
    tx.post(Draft(group.id, group.currency, name, "social fund from credit", tx.now(), legs), counted)
    cash = sum(leg.amount for leg in purses if leg.account == Account.SOCIAL_CASH)
    if cash:
        tell_officers(tx, group, "box_to_social", amount=Money(cash, group.currency))
