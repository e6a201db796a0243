"""
Mobile money that was meant for something else: two officers make it its member's credit.

What a provider moved is never taken back by an entry, for the wallet has it. But a member who wanted to save may
have paid a loan. Then the loan, the fine or the savings are as if it had never come in, as when cash is taken
back, and from credit the member pays with it what they meant, or takes it out.
"""

from dataclasses import dataclass

from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import other_officer
from domain.decisions.voting import asked_once, propose
from domain.loans.repay import repayment_to_credit
from domain.meetings.cash_book import came_by_phone, mirror
from domain.records.payment import Payment
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell
from domain.treasury.take_back import check_may_be_undone


@dataclass(frozen=True, slots=True)
class AskToCredit:
    """An officer asks that a member's mobile money becomes their credit, and says what it was meant for."""

    officer: str
    payment: str
    reason: str


@handles(AskToCredit)
def ask_to_credit(tx: Store, command: AskToCredit) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, also for one's own payment, Frozen, what `check_may_be_undone` raises, AlreadyAsked,
    TooFewOfficers.
    """
    payment = tx.payments.get(command.payment)
    other_officer(tx, payment.group, command.officer, payment.person)
    if not came_by_phone(payment):
        raise NotAllowed(why="changed", group=tx.groups.get(payment.group).name)
    group = tx.groups.get(payment.group)
    check_may_be_undone(group, payment)
    asked_once(tx, group.id, "to_credit", payment.id)
    return propose(
        tx,
        group,
        "to_credit",
        subject=payment.id,
        maker=command.officer,
        about=payment.person,
        contents={"payment": payment.id, "reason": command.reason},
        values={
            "name": tx.people.get(payment.person).name,
            "amount": payment.amount,
            "purpose": payment.purpose,
            "reason": command.reason,
        },
    ).needed


@rests_on("to_credit")
def still_counts(tx: Store, proposal: Proposal) -> bool:
    """It is still what it was taken for."""
    return not tx.payments.get(proposal.subject).reversed


@concludes("to_credit", tells="subject")
def conclude_to_credit(tx: Store, proposal: Proposal) -> None:
    """
    The member is told why.

    Raises what `check_may_be_undone` raises, NotReversible, CashWasUsed, SavingsStandForLoan, InsufficientFunds,
    CreditWasUsed: the vote is then refused.
    """
    payment: Payment = tx.payments.get(proposal.subject)
    # The next cycle or round that begins at the same moment would not see it.
    one_at_a_time(tx.groups, payment.group)
    group = tx.groups.get(payment.group)
    check_may_be_undone(group, payment)
    if payment.purpose == "repayment":
        repayment_to_credit(tx, group, payment)
    else:
        mirror(tx, group, payment, to_credit=True)
    tell(
        tx,
        payment.person,
        "put_on_credit",
        id=f"to_credit:{payment.id}",
        amount=payment.amount,
        group=group.name,
        reason=str(proposal.values["reason"]),
    )
