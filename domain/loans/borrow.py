"""Asking for a loan: what a member may borrow and why not more, what it would cost, and the request."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor, lcm

from domain.arithmetic.eligibility import BorrowingRule, Failure, eligibility
from domain.arithmetic.instalments import RepaymentRules
from domain.arithmetic.loan_history import replay
from domain.arithmetic.periods import Calendar, Every
from domain.arithmetic.rates import DecimalText, effective_yearly_percent
from domain.arithmetic.schedule import BadTerms, Method, Terms, schedule
from domain.commands import handles, one_at_a_time
from domain.decisions.lapsing import carried_out
from domain.decisions.rights import saver
from domain.decisions.voting import Withdraw, withdraw
from domain.errors import DomainError
from domain.loans.guarantors import shared, tell_guarantor
from domain.loans.pay_out import submit_to_officers
from domain.loans.track_record import facts
from domain.money import Money, check_least, smallest_written
from domain.records.group import Group, LoanProduct
from domain.records.loan import Guarantee, Loan, LoanPurpose, LoanState
from domain.records.payment import Ref, Way
from domain.records.person import AlreadyDecided, NotAllowed
from domain.store import Store
from domain.treasury.coins import check_coins, in_coins
from domain.treasury.money_in import new_ref
from domain.treasury.providers import can_pay_out


class NoLoans(DomainError):
    """This `group` does not lend."""

    code = "no_loans"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class BadRequest(DomainError):
    """An amount or a number of periods that the group does not lend on."""

    code = "bad_loan_request"


class NotEligible(DomainError):
    """A rule of the group does not hold for this loan; `most` is the limit, in minor units of `currency`."""

    code = "not_eligible"


@dataclass(frozen=True, slots=True)
class FailedRule:
    """
    A rule that does not hold, for a screen: `found` and `needed` are numbers as text, parts in percent ("75").

    Of amounts they are "", and what was found is given as Money.
    """

    rule: BorrowingRule
    found: str
    needed: str
    amount_found: Money | None


@dataclass(frozen=True, slots=True)
class Borrowing:
    """
    What a member may borrow in a group: the most, and every rule that keeps them from borrowing at all.

    `score_parts` are contribution, participation, repayment and risk, which add up to the score; both are missing
    where the group has switched it off. `periods` are suggested, of `periods_max`, each an `every` long.
    `pays_out`: whether mobile money can pay it out.
    """

    group: str
    eligible: bool
    failures: list[FailedRule]
    limit: Money
    score: int | None
    score_parts: list[int]
    periods: int
    periods_max: int
    every: Every
    guarantors_min: int
    pays_out: bool


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """An instalment; the payment holds the fee that comes with each, if any."""

    number: int
    due: date
    principal: Money
    interest: Money
    payment: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What a loan costs, before anyone agrees to it.

    `fee` is kept back of the `amount` when it is paid out. `total_payment` is what is paid back in all. The yearly
    rate is the effective one, of all that is paid and kept back, with two decimals: "26.82".
    `keeps_interest`: all of it is owed, however early the loan is paid back.
    """

    amount: Money
    fee: Money
    method: Method
    every: Every
    lines: list[QuoteLine]
    total_interest: Money
    total_payment: Money
    yearly_percent: DecimalText
    keeps_interest: bool

    @property
    def fees(self) -> Money:
        """What comes with the instalments beside principal and interest."""
        return self.total_payment - self.amount - self.total_interest


@dataclass(frozen=True, slots=True)
class RequestLoan:
    """A member asks for a loan. `guarantors` are persons, who are asked to stand for equal parts."""

    group: str
    person: str
    amount: Money
    periods: int
    way: Way
    guarantors: tuple[str, ...] = ()
    purpose: LoanPurpose | None = None


@dataclass(frozen=True, slots=True)
class Requested:
    """The answer to a request: its reference, and whether it `waits_for` guarantors or officers."""

    loan: str
    ref: Ref
    waits_for: LoanState


@dataclass(frozen=True, slots=True)
class WithdrawLoan:
    """The borrower takes the request back, as long as nothing was paid out."""

    person: str
    loan: str


def borrowing(store: Store, group_id: str, person: str) -> Borrowing:
    """
    What `person` may borrow now, and every rule that failed; guarantors are asked for with a request.

    Raises NoLoans.
    """
    group = store.groups.get(group_id)
    product = _product(group)
    rules = product.borrowing
    known = replace(facts(store, group, person), guarantors=rules.guarantors_min)
    answer = eligibility(known, rules)
    score = answer.score
    return Borrowing(
        group=group.name,
        eligible=answer.eligible,
        failures=[_failed(failure) for failure in answer.failures],
        limit=in_coins(group.constitution, answer.limit),
        score=score.total if score else None,
        score_parts=[score.contribution, score.participation, score.repayment, score.risk] if score else [],
        periods=product.periods,
        periods_max=product.periods_max,
        every=product.every,
        # Where a part has to be covered, somebody has to cover it.
        guarantors_min=rules.guarantors_min or int(rules.covered_min > 0),
        pays_out=can_pay_out(store, group.currency),
    )


def _failed(failure: Failure) -> FailedRule:
    found = failure.found
    amount = found if isinstance(found, Money) else None
    return FailedRule(failure.rule, _number(found), _number(failure.needed), amount)


def _number(value: int | Fraction | Money) -> str:
    if isinstance(value, Money):
        return ""
    # A part is short of what is needed, so it is not rounded up to it.
    return str(floor(value * 100)) if isinstance(value, Fraction) else str(value)


def quote(store: Store, group_id: str, amount: Money, periods: int) -> Quote:
    """What a loan of this group would cost that is paid out today. Raises NoLoans, BadRequest."""
    group = store.groups.get(group_id)
    product = _product(group)
    terms = _terms(group, product, amount, periods, group.constitution.day(store.now()))
    return quoted(terms, _rules(group, product), _fee(group, product, amount))


def quoted(terms: Terms, rules: RepaymentRules, fee: Money) -> Quote:
    """The same, worked out from what is agreed to."""
    amount, planned = terms.principal, schedule(terms)
    owed = replay([terms], [], terms.start, rules).lines
    lines = [
        QuoteLine(
            number=line.number,
            due=line.due,
            principal=line.principal,
            interest=line.interest,
            payment=each.owed.total,
            balance=line.balance,
        )
        for line, each in zip(planned.instalments, owed, strict=True)
    ]
    paid = [(line.due, line.payment.minor) for line in lines]
    return Quote(
        amount=amount,
        fee=fee,
        method=terms.method,
        every=terms.every,
        lines=lines,
        total_interest=planned.total_interest,
        total_payment=sum((line.payment for line in lines), Money(0, amount.currency)),
        yearly_percent=str(effective_yearly_percent((amount - fee).minor, terms.start, paid)),
        keeps_interest=rules.keeps_interest,
    )


@handles(RequestLoan)
def request_loan(tx: Store, command: RequestLoan) -> Requested:
    """
    Ask the guarantors, or without any the officers.

    Raises NotAllowed, Frozen, GroupIsClosing, NoLoans, BadRequest, NotInCoins, NotEligible, TooLittle,
    BadGuarantor, TooFewOfficers.
    """
    # Two requests at once would both see the limit there was before either.
    one_at_a_time(tx.people, command.person)
    loan = loan_asked_for(tx, command)
    group, guarantees = tx.groups.get(loan.group), loan.guarantees
    tx.loans.insert(loan)
    if guarantees:
        for guarantee in guarantees:
            tell_guarantor(tx, group, loan, guarantee)
        return Requested(loan.id, loan.ref, "submitted")
    submit_to_officers(tx, group, loan)
    return Requested(loan.id, loan.ref, "guaranteed")


def loan_asked_for(store: Store, command: RequestLoan) -> Loan:
    """The loan that a request makes, which is not written down. Raises as `request_loan`."""
    group = store.groups.get(command.group)
    saver(store, group, command.person)
    product = _product(group)
    terms = _terms(group, product, command.amount, command.periods, group.constitution.day(store.now()))
    check_coins(group.constitution, command.amount)
    guarantees = shared(store, group, command.person, product, command.amount, command.guarantors)
    _check_eligible(store, group, command.person, product, command.amount, guarantees)
    return Loan(
        id=store.new_id(),
        ref=new_ref("L"),
        group=group.id,
        person=command.person,
        terms=terms,
        rules=_rules(group, product),
        fee=_fee(group, product, command.amount),
        way=command.way,
        state="submitted",
        asked_at=store.now(),
        guarantees=guarantees,
        multiple=product.borrowing.multiple,
        purpose=command.purpose,
    )


@handles(WithdrawLoan)
def withdraw_loan(tx: Store, command: WithdrawLoan) -> None:
    """Raises NotAllowed, AlreadyDecided when it is on its way or was decided against."""
    loan = tx.loans.get(command.loan)
    if loan.person != command.person:
        raise NotAllowed(why="theirs", group=tx.groups.get(loan.group).name)
    if loan.state == "guaranteed":
        withdraw(tx, Withdraw(command.person, loan.proposal))
    elif loan.state in ("submitted", "approved"):
        if loan.proposal:
            carried_out(tx, loan.proposal)
        tx.loans.change(loan.id, state="withdrawn", version=loan.version + 1)
    else:
        raise AlreadyDecided


def _product(group: Group) -> LoanProduct:
    if group.constitution.loans is None:
        raise NoLoans(group.name)
    return group.constitution.loans


def _terms(group: Group, product: LoanProduct, amount: Money, periods: int, start: date) -> Terms:
    rules = group.constitution
    if not 1 <= periods <= product.periods_max or amount.currency != group.currency:
        raise BadRequest
    meetings = rules.first_meeting if product.on_meetings else None
    try:
        return Terms(
            principal=amount,
            rate=product.rate,
            periods=periods,
            every=product.every,
            method=product.method,
            start=start,
            step=product.step,
            # A loan of few periods has no room for all of the grace.
            grace=min(product.grace, periods - 1),
            daily=product.daily,
            charge_on=product.charge_on,
            calendar=Calendar(product.holidays, meetings, rules.every, rules.moved),
            # Of a group whose coin was set when cents were written everywhere, whole shillings too.
            unit=lcm(rules.cash_unit, smallest_written(amount.currency)),
        )
    except BadTerms as error:
        raise BadRequest from error


def _fee(group: Group, product: LoanProduct, amount: Money) -> Money:
    """What is kept back, rounded down, so that something is left to pay out."""
    return in_coins(group.constitution, Money(floor(product.fee * amount.minor), amount.currency))


def _rules(group: Group, product: LoanProduct) -> RepaymentRules:
    """The product's rules of repayment, with a fee that can be paid."""
    fee = in_coins(group.constitution, Money(product.repayment.fee_minor, group.currency))
    return replace(product.repayment, fee_minor=fee.minor)


def _check_eligible(
    tx: Store,
    group: Group,
    person: str,
    product: LoanProduct,
    amount: Money,
    guarantees: tuple[Guarantee, ...],
) -> None:
    known = replace(
        facts(tx, group, person),
        guarantors=len(guarantees),
        guaranteed=sum((guarantee.amount for guarantee in guarantees), Money(0, amount.currency)),
    )
    answer = eligibility(known, product.borrowing, amount)
    limit = in_coins(group.constitution, answer.limit)
    if not answer.eligible:
        raise NotEligible(most=limit.minor, currency=group.currency)
    check_least(amount, limit)
