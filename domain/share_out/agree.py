"""
The members' decision on a plan, and the books after it. While it is decided and paid, nothing is saved or lent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, refuses
from domain.decisions.rights import acting_officer
from domain.decisions.voting import amend, propose
from domain.errors import DomainError
from domain.groups.leave import MoneyOnItsWay
from domain.loans.recover import give_up
from domain.loans.repay import repay_from
from domain.money import Money
from domain.records.group import Group
from domain.records.meeting import Fine
from domain.records.notice import Values
from domain.records.proposal import Proposal
from domain.records.share_out import Covered, ShareOut, ShareOutLine
from domain.share_out.next_cycle import close_books
from domain.share_out.plan import fines_at, plan, plan_contents, plan_digest, plan_now, share_out_under_way
from domain.store import Store
from domain.tell import tell
from domain.treasury.money_in import awaited


class PlanChanged(DomainError):
    """The parts are no longer what the plan says."""

    code = "plan_changed"


@dataclass(frozen=True, slots=True)
class ProposeShareOut:
    """
    An officer puts a plan to the members, in which so much is `kept` for the next cycle; `digest` is of the plan
    they saw. Where another one waits to be decided, this takes its place.
    """

    officer: str
    group: str
    kept: Money
    digest: str


@handles(ProposeShareOut)
def propose_share_out(tx: Store, command: ProposeShareOut) -> int:
    """
    Answers with how many members have to agree.

    Raises NotAllowed, Frozen, GroupIsClosing once it is decided, NoShares, MeetingIsOpen, MoneyOnItsWay,
    NothingToShare, KeepsTooMuch, PlanChanged.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group = tx.groups.get(command.group)
    made = plan_now(tx, group, command.kept)
    if plan_digest(made) != command.digest:
        raise PlanChanged
    values: Values = {"amount": made.pot}
    if before := share_out_under_way(tx, group):
        proposal = amend(tx, tx.proposals.get(before.proposal), plan_contents(made), values)
    else:
        proposal = propose(
            tx,
            group,
            "share_out",
            subject=made.id,
            maker=command.officer,
            contents=plan_contents(made),
            values=values,
        )
    written = {each.name: getattr(made, each.name) for each in fields(made)}
    written |= {"made_by": command.officer, "proposal": proposal.id}
    if tx.share_outs.change(written.pop("id"), **written) is None:
        tx.share_outs.insert(ShareOut(id=made.id, **written))
    tx.groups.change(group.id, closing=True)
    return proposal.needed


@concludes("share_out", tells="all")
def conclude_share_out(tx: Store, proposal: Proposal) -> None:
    """
    Declare every part payable, take from it what the member owes, and close the books of the cycle.

    Raises PlanChanged and MoneyOnItsWay when money or debts are no longer those of the plan: the vote is refused,
    and an officer has to make it anew.
    """
    group, made = tx.groups.get(proposal.group), tx.share_outs.get(proposal.subject)
    if awaited(tx, group):
        raise MoneyOnItsWay(group=group.name)
    # The plan as it is kept is not trusted: what is paid is what was voted on, worked out from the books.
    now_made = plan(tx, group, made.kept, made.made_at)
    if plan_digest(now_made) != proposal.digest:
        raise PlanChanged
    _declare(tx, group, now_made)
    fines = fines_at(tx, group, made.made_at)
    for each in now_made.covered:
        _take(tx, group, now_made, each)
    _end_guarantees(tx, group)
    _give_up_the_rest(tx, group, now_made)
    tx.people.among([line.person for line in now_made.lines])  # read once, together
    for line in now_made.lines:
        _take_fines(tx, group, now_made, line, fines.get(line.person, ()))
        tell(
            tx,
            line.person,
            "shared_out",
            group=group.name,
            gross=line.gross,
            netted=line.netted,
            rest=line.rest,
            pay=line.pay,
        )
    close_books(tx, group)
    tx.share_outs.change(made.id, state="approved", lines=now_made.lines, covered=now_made.covered)


@refuses("share_out")
def share_out_refused(tx: Store, proposal: Proposal) -> None:
    """The group saves and lends as before."""
    tx.share_outs.change(proposal.subject, state="rejected")
    tx.groups.change(proposal.group, closing=False)


def _declare(tx: Store, group: Group, made: ShareOut) -> None:
    """All shares, and what the cycle earned or lost, become payable; what rounding leaves stays in the surplus."""
    legs = [Posting(Account.SHARES, line.saved.minor, line.person) for line in made.lines]
    legs += [Posting(Account.PAYABLE, -(line.netted + line.pay).minor, line.person) for line in made.lines]
    legs.append(Posting(Account.SURPLUS, -sum(leg.amount for leg in legs)))
    _post(tx, group, made, "declared", "share-out declared", legs)


def _take(tx: Store, group: Group, made: ShareOut, covered: Covered) -> None:
    """Pay a loan as far as was planned. Guarantors are told, and what they gave."""
    loan = tx.loans.get(covered.loan)
    own = Posting(Account.PAYABLE, covered.own.minor, loan.person)
    credit = Posting(Account.CREDIT, covered.credit.minor, loan.person)
    called = (Posting(Account.PAYABLE, part.minor, person) for person, part in covered.called.items())
    source = tuple(leg for leg in (own, credit, *called) if leg.amount)
    if not source:
        return
    loan = repay_from(tx, group, loan, source, f"share_out:{made.id}", day=made.day)
    guarantees = tuple(
        replace(each, called=each.called + part.minor) if (part := covered.called.get(each.person)) else each
        for each in loan.guarantees
    )
    tx.loans.change(loan.id, guarantees=guarantees, version=loan.version + 1)
    for person, part in covered.called.items():
        tell(tx, person, "savings_taken", group=group.name, amount=part, ref=loan.ref)


def _end_guarantees(tx: Store, group: Group) -> None:
    """Everybody's savings are shared out: nobody stands for a loan that goes on, with nothing behind it."""
    for loan in tx.loans.find(group=group.id, state="active"):
        if loan.accepted:
            ended = tuple(
                replace(each, state="ended") if each.state == "accepted" else each for each in loan.guarantees
            )
            tx.loans.change(loan.id, guarantees=ended, version=loan.version + 1)


def _give_up_the_rest(tx: Store, group: Group, made: ShareOut) -> None:
    """What nobody covers is a loss of all, in the books of the cycle; what comes of it later is income."""
    for each in made.covered:
        if each.lost:
            give_up(tx, group, tx.loans.get(each.loan))
            tell(tx, each.person, "loan_written_off", group=group.name)


def _take_fines(tx: Store, group: Group, made: ShareOut, line: ShareOutLine, fines: Iterable[Fine]) -> None:
    left = line.fines
    for fine in fines:
        if fine.amount <= left:
            tx.fines.change(fine.id, state="paid", paid_at=tx.now())
            left -= fine.amount
    assert not left, "the plan takes whole fines"
    legs = [Posting(Account.PAYABLE, line.fines.minor, line.person), Posting(Account.FINES, -line.fines.minor)]
    _post(tx, group, made, f"fines:{line.person}", "fines netted", legs)


def _post(tx: Store, group: Group, made: ShareOut, what: str, text: str, legs: Iterable[Posting]) -> None:
    moved = tuple(leg for leg in legs if leg.amount)
    if moved:
        tx.post(Draft(group.id, group.currency, f"share_out:{made.id}:{what}", text, tx.now(), moved))
