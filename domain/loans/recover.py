"""When a loan is not paid back as agreed: new terms, less to pay, savings taken for it, or giving it up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.arithmetic.arrears import DEFAULT_DAYS, owing
from domain.arithmetic.guarantees import call
from domain.arithmetic.instalments import Waivable, Waiver
from domain.arithmetic.schedule import PERIODS_MAX
from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import Posting
from domain.commands import handles
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import GroupIsClosing, acting_officer, other_officer
from domain.decisions.voting import asked_once, check_enough_voters, check_not_asked, propose
from domain.errors import DomainError
from domain.loans.owed import counted_on, payoff
from domain.loans.postings import restate
from domain.loans.repay import NothingOwed, repay_from
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import OWED, Loan, LoanState
from domain.records.notice import Values
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal, ProposalKind
from domain.savings.free import takeable
from domain.store import Store
from domain.tell import tell
from domain.treasury.coins import check_coins


class NotInDefault(DomainError):
    """The loan is `days` late, and savings are taken for one that is more than `needed` days late."""

    code = "not_in_default"


class BadPeriods(DomainError):
    """A number of periods that no loan has, or a second change of its terms on one day."""

    code = "bad_periods"


@dataclass(frozen=True, slots=True)
class AskReschedule:
    """The borrower, or an officer for them, asks to pay what is owed in so many periods from the decision on."""

    person: str
    loan: str
    periods: int


class MoreThanDue(DomainError):
    """Of the interest, or of the penalties, `most` is due on the loan, in minor units of `currency`."""

    code = "more_than_due"


@dataclass(frozen=True, slots=True)
class ProposeLoanWaiver:
    """An officer asks to let a borrower off interest, or penalties, that are due on their loan, and says why."""

    officer: str
    loan: str
    part: Waivable
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class CanBeWaived:
    """What is due and unpaid of a loan that the officers can let its borrower off."""

    interest: Money
    penalty: Money


@dataclass(frozen=True, slots=True)
class ProposeNetting:
    """An officer asks to take a loan in default from the savings of its borrower, then of its guarantors."""

    officer: str
    loan: str


@dataclass(frozen=True, slots=True)
class ProposeWriteOff:
    """An officer asks the members to give a loan up."""

    officer: str
    loan: str


@handles(AskReschedule)
def ask_reschedule(tx: Store, command: AskReschedule) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, NothingOwed, BadPeriods, AlreadyAsked, GroupIsClosing, TooFewOfficers.
    """
    loan, group = _open(tx, command.loan)
    if command.person != loan.person:
        acting_officer(tx, loan.group, command.person)
    if not 1 <= command.periods <= PERIODS_MAX:
        raise BadPeriods
    if not loan.owed:
        raise NothingOwed(loan.ref)
    return _propose(tx, group, loan, "reschedule", command.person, {"periods": command.periods})


def may_waive(store: Store, loan_id: str, officer: str) -> CanBeWaived:
    """
    What an officer can ask to waive of a loan, see `can_be_waived`.

    Raises what the request would raise whatever the amount: NotAllowed, Frozen, NothingOwed, GroupIsClosing,
    AlreadyAsked, TooFewOfficers.
    """
    loan, group = _open(store, loan_id)
    other_officer(store, loan.group, officer, loan.person)
    check_not_asked(store, group.id, "loan_waiver", loan.id)
    check_enough_voters(store, group, "loan_waiver", maker=officer, about=loan.person)
    return can_be_waived(store, loan_id)


def can_be_waived(store: Store, loan_id: str) -> CanBeWaived:
    """What is due today of interest and penalties."""
    loan = store.loans.get(loan_id)
    standing = loan.standing(store.groups.get(loan.group).constitution.day(store.now()))
    return CanBeWaived(standing.waivable("interest"), standing.waivable("penalty"))


@handles(ProposeLoanWaiver)
def propose_loan_waiver(tx: Store, command: ProposeLoanWaiver) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, also for one's own loan, NothingOwed, NotInCoins, MoreThanDue, AlreadyAsked,
    GroupIsClosing, TooFewOfficers.
    """
    loan, group = _open(tx, command.loan)
    other_officer(tx, loan.group, command.officer, loan.person)
    if command.amount.currency != group.currency or command.amount.minor <= 0:
        raise NotAllowed(why="amount", group=group.name)
    check_coins(group.constitution, command.amount)
    due = loan.standing(group.constitution.day(tx.now())).waivable(command.part)
    if command.amount.minor > due.minor:
        raise MoreThanDue(most=due.minor, currency=due.currency)
    asked_once(tx, group.id, "loan_waiver", loan.id)
    return propose(
        tx,
        group,
        "loan_waiver",
        subject=loan.id,
        maker=command.officer,
        about=loan.person,
        contents={"loan": loan.id, "part": command.part, "amount": command.amount},
        values={
            "name": tx.people.get(loan.person).name,
            "amount": command.amount,
            "part": command.part,
            "reason": command.reason,
        },
    ).needed


@rests_on("loan_waiver")
def still_due(tx: Store, proposal: Proposal) -> bool:
    """What was paid meanwhile stays paid: nobody is let off it."""
    loan, group = tx.loans.get(proposal.subject), tx.groups.get(proposal.group)
    part, amount = _waived(proposal)
    due = loan.standing(group.constitution.day(tx.now())).waivable(part)
    return loan.state == "active" and amount.minor <= due.minor


@concludes("loan_waiver", tells="subject")
def conclude_loan_waiver(tx: Store, proposal: Proposal) -> None:
    """
    It is not owed from today on. Nothing is posted for it: interest is income when it is paid, and it was not.
    """
    loan, group = _decided(tx, proposal)
    (part, amount), now = _waived(proposal), tx.now()
    today = group.constitution.day(now)
    waiver = Waiver(proposal.id, counted_on(loan, today), part, amount)
    after = replace(loan, waivers=(*loan.waivers, waiver))
    tx.loans.change(loan.id, **restate(tx, loan, after, today, now))
    tell(tx, loan.person, "loan_waived", group=group.name, amount=amount, part=part, ref=loan.ref)


def _waived(proposal: Proposal) -> tuple[Waivable, Money]:
    part, amount = proposal.values["part"], proposal.values["amount"]
    assert isinstance(amount, Money), "it was asked for as an amount"
    return ("interest" if part == "interest" else "penalty"), amount


@rests_on("reschedule")
@rests_on("write_off")
def still_open(tx: Store, proposal: Proposal) -> bool:
    """Nothing is decided on a loan that has been paid back, or was given up, since."""
    loan = tx.loans.get(proposal.subject)
    return loan.state == "active" and bool(loan.owed)


@rests_on("netting")
def still_in_default(tx: Store, proposal: Proposal) -> bool:
    """What was late has not been paid since it was asked for."""
    loan = tx.loans.get(proposal.subject)
    today = tx.groups.get(proposal.group).constitution.day(tx.now())
    return loan.state in OWED and owing(loan.standing(today)).in_default(today)


@concludes("reschedule", tells="subject")
def conclude_reschedule(tx: Store, proposal: Proposal) -> None:
    """What is outstanding goes on from today in the periods asked for, at the same rate and without grace."""
    loan, group = _decided(tx, proposal)
    today, now = group.constitution.day(tx.now()), tx.now()
    if today <= loan.in_force.start:
        raise BadPeriods
    periods = proposal.values["periods"]
    assert isinstance(periods, int), "it was asked for as a number"
    unit = group.constitution.cash_unit
    terms = replace(loan.in_force, principal=loan.owed, periods=periods, start=today, grace=0, unit=unit, plan=())
    after = replace(loan, rescheduled=(*loan.rescheduled, terms))
    tx.loans.change(loan.id, **restate(tx, loan, after, today, now))
    tell(tx, loan.person, "loan_rescheduled", group=group.name)


@handles(ProposeWriteOff)
def propose_write_off(tx: Store, command: ProposeWriteOff) -> int:
    """
    Answers with how many members have to agree.

    Raises NotAllowed, also for one's own loan, NothingOwed, AlreadyAsked, GroupIsClosing.
    """
    loan, group = _open(tx, command.loan)
    other_officer(tx, loan.group, command.officer, loan.person)
    return _propose(tx, group, loan, "write_off", command.officer, {"amount": loan.owed})


@concludes("write_off", tells="subject")
def conclude_write_off(tx: Store, proposal: Proposal) -> None:
    """Nothing more is charged on it, and it is no longer among what the group owns; it is still owed."""
    loan, group = _decided(tx, proposal)
    give_up(tx, group, loan)
    tell(tx, loan.person, "loan_written_off", group=group.name)


def give_up(tx: Store, group: Group, loan: Loan) -> Loan:
    today, now = group.constitution.day(tx.now()), tx.now()
    after = replace(loan, written_off_on=today)
    given_up = tx.loans.change(loan.id, **restate(tx, loan, after, today, now))
    assert given_up is not None, "a loan is never removed"
    return given_up


@handles(ProposeNetting)
def propose_netting(tx: Store, command: ProposeNetting) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, also for one's own loan, NothingOwed, NotInDefault, AlreadyAsked, GroupIsClosing,
    TooFewOfficers.
    """
    loan, group = _open(tx, command.loan, OWED)
    other_officer(tx, loan.group, command.officer, loan.person)
    today = group.constitution.day(tx.now())
    late = owing(loan.standing(today))
    if not late.in_default(today):
        raise NotInDefault(days=late.days_past_due(today), needed=DEFAULT_DAYS)
    return _propose(tx, group, loan, "netting", command.officer, {"amount": payoff(loan, today)})


@concludes("netting")
def conclude_netting(tx: Store, proposal: Proposal) -> None:
    """
    Take what ends the loan, see `_take`; one that was written off is recovered by it, and the rest stays owed.
    """
    loan, group = _decided(tx, proposal)
    take_from_savings(tx, group, loan, f"netting:{proposal.id}")


def take_from_savings(tx: Store, group: Group, loan: Loan, name: str) -> Loan:
    """
    Take what ends the loan from its borrower's savings, then their credit, and what is missing from its
    guarantors, in proportion to what is locked of theirs. Who has less than that gives what there is.
    """
    today = group.constitution.day(tx.now())
    taken = _from_accounts(tx, group, loan, {loan.person: payoff(loan, today)}, (*SAVINGS, Account.CREDIT))
    if taken:
        loan = repay_from(tx, group, loan, taken, f"{name}:borrower")
        _tell_taken(tx, group, loan, taken)
    missing = payoff(loan, today)
    called = call(loan.accepted, loan.amount, loan.owed, missing)
    taken = _from_accounts(tx, group, loan, called, SAVINGS)
    if taken:
        loan = repay_from(tx, group, loan, taken, f"{name}:guarantors")
        parts = _by_member(taken)
        guarantees = tuple(
            replace(each, called=each.called + parts.get(each.person, 0)) for each in loan.guarantees
        )
        called_of = tx.loans.change(loan.id, guarantees=guarantees, version=loan.version + 1)
        assert called_of is not None, "a loan is never removed"
        loan = called_of
        _tell_taken(tx, group, loan, taken)
    return loan


def _from_accounts(
    tx: Store, group: Group, loan: Loan, wanted: Mapping[str, Money], accounts: Iterable[Account]
) -> tuple[Posting, ...]:
    """
    Debits of people's accounts for a loan, one after the other, as far as they go: what of the savings stands for
    another loan stays for that.
    """
    taken = []
    for person, amount in wanted.items():
        balances, left = tx.books.of_member_in([group.id], person), amount.minor
        savings = takeable(tx, group, person, loan)
        for account in accounts:
            there = max(0, -balances[group.id, account])
            minor = min(left, there, savings) if account in SAVINGS else min(left, there)
            if minor:
                taken.append(Posting(account, minor, person))
                left -= minor
                savings -= minor if account in SAVINGS else 0
    return tuple(taken)


def _by_member(taken: tuple[Posting, ...]) -> dict[str, int]:
    parts: dict[str, int] = {}
    for leg in taken:
        parts[leg.member] = parts.get(leg.member, 0) + leg.amount
    return parts


def _tell_taken(tx: Store, group: Group, loan: Loan, taken: tuple[Posting, ...]) -> None:
    for person, minor in _by_member(taken).items():
        amount = Money(minor, group.currency)
        tell(tx, person, "savings_taken", group=group.name, amount=amount, ref=loan.ref)


def _open(tx: Store, loan_id: str, states: Iterable[LoanState] = ("active",)) -> tuple[Loan, Group]:
    loan = tx.loans.get(loan_id)
    group = tx.groups.get(loan.group)
    if loan.state not in states:
        raise NothingOwed(loan.ref)
    if group.closing:
        raise GroupIsClosing(group=group.name)
    return loan, group


def _propose(
    tx: Store, group: Group, loan: Loan, kind: ProposalKind, maker: str, what: Mapping[str, int | Money]
) -> int:
    asked_once(tx, group.id, kind, loan.id)
    name = tx.people.get(loan.person).name
    # The day's amount is said but not bound: it grows with every day that passes.
    contents = {"loan": loan.id, **{key: value for key, value in what.items() if isinstance(value, int)}}
    values: Values = {"name": name, "amount": loan.owed, **what}
    return propose(
        tx, group, kind, subject=loan.id, maker=maker, about=loan.person, contents=contents, values=values
    ).needed


def _decided(tx: Store, proposal: Proposal) -> tuple[Loan, Group]:
    """
    The loan that the decision is carried out on: what it rests on was looked at when the vote was given.

    Raises GroupIsClosing: a share-out was planned with the savings and loans as they are.
    """
    loan, group = tx.loans.get(proposal.subject), tx.groups.get(proposal.group)
    if group.closing:
        raise GroupIsClosing(group=group.name)
    return loan, group
