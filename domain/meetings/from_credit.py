"""
At a meeting an officer pays what a member owes from the member's credit, as the member has just said.

It pays what is due, and no loan ahead of its time: the member's own phone does that, see `loans/use_credit.py`.
"""

from dataclasses import dataclass, replace
from datetime import date

from domain.commands import handles
from domain.decisions.rights import other_officer
from domain.errors import DomainError
from domain.loans.owed import LoanView, next_due
from domain.loans.repay import MoreThanOwed
from domain.loans.use_credit import CreditUse, Owed, UseCredit, credit_there, pay_from_credit
from domain.meetings.meeting import NoMeeting
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import OWED
from domain.savings.contribute import Due
from domain.savings.fines import FineDue
from domain.store import Store
from domain.tell import tell


class NotAtMeeting(DomainError):
    """The member is absent or excused at the open meeting: nobody there can have heard what they want."""

    code = "not_at_meeting"


@dataclass(frozen=True, slots=True)
class PayFromCredit:
    """
    An officer pays what a member owes from the member's credit: a fine, whole, or what is due of a loan, by its id
    in `subject`; or what the social fund misses, whose `subject` is "".
    """

    officer: str
    group: str
    person: str
    owed: Owed
    amount: Money
    subject: str = ""


def payable_from_credit(
    store: Store, group: Group, person: str, savings: Due, fines: list[FineDue], loans: list[LoanView]
) -> CreditUse | None:
    """What of this can be paid from the member's credit now; None when nothing can, or no meeting is open."""
    if not group.meeting:
        return None
    credit, nothing = credit_there(store, group, person), Money(0, group.currency)
    use = CreditUse(
        credit=credit,
        fines=[fine for fine in fines if fine.amount <= credit],
        loans=[replace(loan, payoff=min(loan.payoff, loan.due)) for loan in loans if loan.payoff and loan.due],
        social=savings.missed or nothing,
    )
    return use if credit and (use.fines or use.loans or use.social) else None


@handles(PayFromCredit)
def pay_owed_from_credit(tx: Store, command: PayFromCredit) -> Money:
    """
    Answers with the credit that is left; the member is told what it paid.

    Raises NoMeeting, NotAtMeeting, MoreThanOwed for more than is due of a loan, NotAllowed, also for one's own
    credit, and what `pay_from_credit` raises.
    """
    other_officer(tx, command.group, command.officer, command.person)
    group = tx.groups.get(command.group)
    if not group.meeting:
        raise NoMeeting(group.name)
    seen = tx.attendance.one(id=f"{group.meeting}:{command.person}")
    if seen is not None and seen.presence in ("absent", "excused"):
        raise NotAtMeeting
    if command.owed == "loan":
        _check_due(tx, command, group.constitution.day(tx.now()))
    use = UseCredit(command.person, group.id, command.owed, command.amount, command.subject)
    left = pay_from_credit(tx, group, use)
    tell(tx, command.person, "paid_from_credit", amount=command.amount, group=group.name, owed=command.owed)
    return left


def _check_due(tx: Store, command: PayFromCredit, today: date) -> None:
    """Raises MoreThanOwed."""
    loan = tx.loans.get(command.subject)
    if loan.state in OWED:
        due, _ = next_due(loan.standing(today), today)
        if command.amount.minor > due.minor:
            raise MoreThanOwed(most=due.minor, currency=due.currency)
