"""Lending: what follows the officers' decision, and the loan paid out, once."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from domain.arithmetic.eligibility import DEFAULT_BORROWING, BorrowingRule, bounds, eligibility
from domain.arithmetic.schedule import schedule
from domain.books.accounts import Account
from domain.books.ledger import Entry, InsufficientFunds, Posting
from domain.commands import handles
from domain.decisions.concluding import concludes, refuses
from domain.decisions.lapsing import carried_out, check_in_force, wait
from domain.decisions.rights import Frozen, GroupIsClosing, other_officer, saver
from domain.decisions.voting import propose
from domain.errors import DomainError
from domain.loans.track_record import facts
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.notice import Values
from domain.records.payment import Payment, Ref, Way
from domain.records.person import AlreadyDecided, NotAllowed
from domain.records.proposal import Proposal
from domain.savings.contribute import Asked
from domain.store import Change, Store
from domain.tables import Some
from domain.tell import tell, tell_officers
from domain.treasury.money_out import MemberHeld, NotPayable, PayeeHeld, PayoutCap, pay_out
from domain.treasury.settle import Settled, fails, settles, undoes
from domain.treasury.take_back import NotReversible

# What keeps an approved loan from being sent at once, and passes or can be mended.
_NOT_NOW = (InsufficientFunds, MemberHeld, NotPayable, PayeeHeld, PayoutCap, Frozen, GroupIsClosing, NotAllowed)

# What the approval rested on, and can change before the money is handed over.
_TRIED_AGAIN: Final[frozenset[BorrowingRule]] = frozenset({"active", "overdue", "limit"})


class LoanNoLongerHolds(DomainError):
    """
    A rule that held when the loan was asked for does not hold now: `rule` is "active", "overdue" with the `count`
    of late instalments, or what bounds the limit, with the `most` it lets be lent, in minor units of `currency`.
    """

    code = "loan_no_longer_holds"


@dataclass(frozen=True, slots=True)
class HandOverLoan:
    """An officer hands an approved loan over in cash."""

    officer: str
    loan: str


@dataclass(frozen=True, slots=True)
class SendLoan:
    """An officer sends an approved loan by mobile money, when it could not be sent at once or has failed."""

    officer: str
    loan: str


@dataclass(frozen=True, slots=True)
class ToPayOut:
    """An approved loan; `name` is the borrower's, `pay` what they get, less the fee."""

    id: str
    name: str
    ref: Ref
    amount: Money
    pay: Money
    way: Way


def loans_to_pay_out(store: Store, group_id: str, past: str = "") -> Some[ToPayOut]:
    """The approved loans that wait to be paid out, the oldest first."""
    loans = store.loans.some(past=past, group=group_id, state="approved", sort="asked_at")
    names = names_of(store, [loan.person for loan in loans])
    waiting = [ToPayOut(loan.id, names[loan.person], loan.ref, loan.amount, loan.pay, loan.way) for loan in loans]
    return Some(waiting, loans.more)


def submit_to_officers(tx: Store, group: Group, loan: Loan) -> None:
    """Put a request to the officers, inside a transaction. Raises TooFewOfficers."""
    proposal = propose(
        tx,
        group,
        "loan",
        subject=loan.id,
        maker=loan.person,
        about=loan.person,
        contents=_contents_of(loan),
        values=_values_of(tx, loan),
    )
    tx.loans.change(loan.id, state="guaranteed", proposal=proposal.id, version=loan.version + 1)


def _contents_of(loan: Loan) -> dict[str, object]:
    """What the officers' votes are bound to: everything that was agreed of the loan."""
    return {
        "loan": loan.id,
        "terms": loan.terms,
        "rules": loan.rules,
        "fee": loan.fee,
        "way": loan.way,
        "guarantees": [(guarantee.person, guarantee.amount) for guarantee in loan.guarantees],
    }


def _values_of(tx: Store, loan: Loan) -> Values:
    """What a sentence about the request is filled with."""
    name = tx.people.get(loan.person).name
    pays = schedule(loan.terms).total_payment
    return {"name": name, "amount": loan.amount, "periods": loan.terms.periods, "total": pays}


@concludes("loan", tells="subject")
def conclude_loan(tx: Store, proposal: Proposal) -> None:
    """
    An approved loan is sent at once when it is by mobile money. What is for cash, or cannot be sent now, waits for
    an officer, and the borrower and the officers are told; it lapses when it waits too long.

    Raises LoanNoLongerHolds: the vote is then refused.
    """
    group = tx.groups.get(proposal.group)
    _check_still_holds(tx, group, tx.loans.get(proposal.subject))
    loan = _decided(tx, proposal, group.constitution.day(tx.now()))
    if loan.way == "mobile_money":
        try:
            _pay(tx, group, loan, "mobile_money")
        except _NOT_NOW:
            pass
        else:
            return
    wait(tx, proposal.id)
    tell(tx, loan.person, "loan_approved", id=f"approved:{loan.id}", amount=loan.amount, group=group.name)
    tell_officers(tx, group, "loan_waits", but=loan.person)


@refuses("loan")
def loan_refused(tx: Store, proposal: Proposal) -> None:
    """It is not paid out; when officers said no, the day is kept."""
    if (loan := tx.loans.get(proposal.subject)).state == "approved":
        tx.loans.change(loan.id, state=proposal.state, version=loan.version + 1)
        return
    today = tx.groups.get(proposal.group).constitution.day(tx.now())
    _decided(tx, proposal, today if proposal.state == "rejected" else None)


def _decided(tx: Store, proposal: Proposal, on: date | None) -> Loan:
    loan = tx.loans.get(proposal.subject)
    assert loan.state == "guaranteed", "officers decide on what waits for them"
    decided = tx.loans.change(loan.id, state=proposal.state, decided_on=on, version=loan.version + 1)
    assert decided is not None, "a loan is never removed"
    return decided


@handles(HandOverLoan)
def hand_over_loan(tx: Store, command: HandOverLoan) -> Asked:
    """
    Raises NotAllowed, also for one's own loan, AlreadyDecided when it does not wait, ApprovalLapsed,
    LoanNoLongerHolds, and as `pay_out`.
    """
    return _pay_by(tx, command.officer, command.loan, "cash")


@handles(SendLoan)
def send_loan(tx: Store, command: SendLoan) -> Asked:
    """
    Raises NotAllowed, also for one's own loan, AlreadyDecided when it does not wait, ApprovalLapsed,
    LoanNoLongerHolds, and as `pay_out`.
    """
    return _pay_by(tx, command.officer, command.loan, "mobile_money")


def _pay_by(tx: Store, officer: str, loan_id: str, way: Way) -> Asked:
    loan = tx.loans.get(loan_id)
    other_officer(tx, loan.group, officer, loan.person)
    group = tx.groups.get(loan.group)
    if loan.state != "approved":
        raise AlreadyDecided
    check_in_force(tx, group, loan.proposal)
    _check_still_holds(tx, group, loan)
    payment = _pay(tx, group, loan, way, officer)
    carried_out(tx, loan.proposal)
    return Asked(payment.id, payment.ref)


def _pay(tx: Store, group: Group, loan: Loan, way: Way, officer: str = "") -> Payment:
    """Pay an approved loan out, inside a transaction. A refusal leaves nothing behind when it is caught."""
    saver(tx, group, loan.person)
    whose = {"officer": officer} if way == "cash" else {"asked_by": officer}
    payment = pay_out(tx, group, loan.person, loan.pay, "loan", subject=loan.id, way=way, **whose)
    if way == "mobile_money":
        tx.loans.change(loan.id, state="disbursing", version=loan.version + 1)
    return payment


def _check_still_holds(tx: Store, group: Group, loan: Loan) -> None:
    """
    Membership, what is late and the limit, as they are now and as if this loan had not been asked for.

    Raises LoanNoLongerHolds.
    """
    product = group.constitution.loans
    borrowing = product.borrowing if product else DEFAULT_BORROWING
    known = facts(tx, group, loan.person, but=loan.id)
    for failure in eligibility(known, borrowing, loan.amount).failures:
        if failure.rule not in _TRIED_AGAIN:
            continue
        details: dict[str, str | int] = {"rule": failure.rule, "most": 0, "currency": group.currency, "count": 0}
        if failure.rule == "overdue":
            details["count"] = known.overdue
        if failure.rule == "limit":
            limits = bounds(known, borrowing)
            bound = min(limits, key=lambda each: limits[each])
            details |= {"rule": bound, "most": limits[bound].minor}
        raise LoanNoLongerHolds(**details)


@settles("loan")
def settle_loan(store: Store, payment: Payment, now: datetime) -> Settled:
    """The loan is owed from here on: its terms start today, and its instalments fall due from today on."""
    loan = store.loans.get(payment.subject)
    today = store.groups.get(payment.group).constitution.day(now)
    paid_out = replace(loan, terms=replace(loan.terms, start=today))
    standing = paid_out.standing(today)
    fields = {
        "state": "active",
        "terms": paid_out.terms,
        "disbursed_on": today,
        "outstanding": loan.amount.minor,
        "oldest_unpaid": standing.oldest_unpaid,
        "version": loan.version + 1,
    }
    legs = [Posting(Account.PRINCIPAL, loan.amount.minor, loan.person, loan.id)]
    if loan.fee:
        legs.append(Posting(Account.FEES, -loan.fee.minor))
    change = Change("loans", loan.id, fields, when={"version": loan.version, "state": ["approved", "disbursing"]})
    return Settled(tuple(legs), (change,), about=loan.ref)


@fails("loan")
def loan_not_sent(tx: Store, payment: Payment) -> None:
    """It waits to be paid out again, and the officers are told."""
    loan = tx.loans.get(payment.subject)
    tx.loans.change(loan.id, when={"state": "disbursing"}, state="approved", version=loan.version + 1)
    _waits_again(tx, loan)


@undoes("loan")
def loan_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """
    It waits to be paid out again, as long as its approval holds, and the officers are told.

    Raises NotReversible when anything was paid or agreed on it since, or is about to be.
    """
    loan = store.loans.get(payment.subject)
    if not _is_untouched(store, loan):
        raise NotReversible(why="loan")
    asked_on = store.groups.get(loan.group).constitution.day(loan.asked_at)
    fields = {
        "state": "approved",
        "terms": replace(loan.terms, start=asked_on),
        "disbursed_on": None,
        "outstanding": 0,
        "oldest_unpaid": None,
        # What was paid on it and taken back is of before it begins anew; its payments and entries tell of it.
        "repayments": (),
        "version": loan.version + 1,
    }
    approved = Change("loans", loan.id, fields, when={"version": loan.version, "state": "active"})
    return Settled(changes=(approved,), then=lambda tx: _waits_again(tx, loan))


def _is_untouched(store: Store, loan: Loan) -> bool:
    """Whether a loan is as it was when it was paid out: what was paid on it was taken back, and no more comes."""
    if loan.state != "active" or loan.rescheduled or loan.waivers:
        return False
    if any(not each.reversed for each in loan.repayments) or any(each.called for each in loan.guarantees):
        return False
    return all(payment.subject != loan.id for payment in store.payments.open_of(loan.person))


def _waits_again(tx: Store, loan: Loan) -> None:
    wait(tx, loan.proposal)
    tell_officers(tx, tx.groups.get(loan.group), "loan_waits", but=loan.person)
