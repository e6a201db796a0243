"""
From a loan's history to the book: what each repayment and the write-off post, and how a change of it is put right.

What they post follows from the replay of all that came in. When that changes, by a payment that is taken back or
entered late, every later entry that would be another now is mirrored and posted anew.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from domain.arithmetic.instalments import PARTS, Allocation, InstalmentPart, Repayment, Standing
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting, reversal
from domain.errors import DomainError
from domain.records.loan import Loan, LoanState
from domain.store import Store

# How the write-off is named among a loan's entries.
WRITE_OFF: Final = "write_off"

_ACCOUNTS: Final[Mapping[InstalmentPart, Account]] = {
    "penalty": Account.FINES,
    "fee": Account.FEES,
    "interest": Account.INTEREST,
    "principal": Account.PRINCIPAL,
}
# What an entry of a loan posts by its allocation; whatever else is in it is where the money came from.
_ALLOCATED: Final = frozenset({*_ACCOUNTS.values(), Account.CREDIT, Account.RECOVERIES, Account.WRITE_OFF})


class CreditWasUsed(DomainError):
    """What was paid beyond the loan has been taken out since: the payment cannot be taken back."""

    code = "credit_was_used"


def next_reference(loan: Loan, name: str) -> str:
    """A repayment's reference: it has its place among those of the same day, then what it came with."""
    return f"{len(loan.repayments) + 1:06d}:{name}"


def came_with(loan: Loan, name: str) -> Repayment | None:
    """The repayment that came with a payment of this id, if any."""
    return next((each for each in loan.repayments if each.reference.partition(":")[2] == name), None)


def postings(loan: Loan, standing: Standing) -> dict[str, tuple[Posting, ...]]:
    """
    What each repayment, and the write-off, post in minor units, by its reference.

    A repayment's are without the side the money came from, and come to its amount below zero. What posts nothing,
    because it was reversed or left nothing to write off, is not there.
    """
    posted = {each.repayment.reference: _of_repayment(loan, each) for each in standing.allocations}
    if standing.written_off and standing.outstanding:
        minor = standing.outstanding.minor
        posted[WRITE_OFF] = (
            Posting(Account.WRITE_OFF, minor),
            Posting(Account.PRINCIPAL, -minor, loan.person, loan.id),
        )
    return {reference: legs for reference, legs in posted.items() if legs}


def _of_repayment(loan: Loan, allocation: Allocation) -> tuple[Posting, ...]:
    minor = dict.fromkeys(PARTS, 0)
    for piece in allocation.pieces:
        minor[piece.part] += piece.amount.minor
    legs = [
        Posting(_ACCOUNTS[part], -amount, *((loan.person, loan.id) if part == "principal" else ()))
        for part, amount in minor.items()
        if amount
    ]
    if allocation.recovery:
        legs.append(Posting(Account.RECOVERIES, -allocation.recovery.minor))
    if allocation.credit:
        legs.append(Posting(Account.CREDIT, -allocation.credit.minor, loan.person))
    return tuple(legs)


def as_it_stands(loan: Loan, standing: Standing) -> dict[str, Any]:
    """The fields of a loan that was paid out, as a change of its history leaves them."""
    return {
        "repayments": loan.repayments,
        "rescheduled": loan.rescheduled,
        "waivers": loan.waivers,
        "entries": loan.entries,
        "outstanding": 0 if standing.written_off else standing.outstanding.minor,
        "oldest_unpaid": standing.oldest_unpaid,
        "written_off_on": standing.written_off,
        "state": _state(standing),
        "version": loan.version + 1,
    }


def _is_source(leg: Posting) -> bool:
    """Whether a leg of a loan's entry is where its money came from: also credit that was used for it."""
    return leg.account not in _ALLOCATED or (leg.account == Account.CREDIT and leg.amount > 0)


def _state(standing: Standing) -> LoanState:
    if standing.written_off:
        return "written_off" if standing.unpaid else "recovered"
    if standing.unpaid:
        return "active"
    return "overpaid" if standing.credit else "closed"


def restate(tx: Store, before: Loan, after: Loan, today: date, now: datetime) -> dict[str, Any]:
    """
    Bring the book from one history of a loan to another, inside a transaction; answers with the loan's fields.

    What is in the second history only must have been posted already, but for the write-off. Raises
    InsufficientFunds and CreditWasUsed when money is taken back that is no longer there.
    """
    standing = after.standing(today)
    was, is_now = postings(before, before.standing(today)), postings(after, standing)
    entries = dict(after.entries)
    for event in dict.fromkeys([*was, WRITE_OFF]):
        legs = is_now.get(event, ())
        if legs == was.get(event, ()):
            continue
        wrong = entries.pop(event, "")
        old = tx.books.with_reference(after.group, wrong) if wrong else None
        # The right one first: cash that stays is never, in between, not there.
        if legs:
            source = [leg for leg in old.postings if _is_source(leg)] if old else []
            reference = f"loan:{after.id}:{after.version}:{event}"
            currency = after.amount.currency
            text = f"loan {after.ref}"
            tx.post(Draft(after.group, currency, reference, text, now, (*source, *legs)))
            entries[event] = reference
        if old:
            tx.post(reversal(old, f"reverse:{old.reference}", now))
    if tx.books.of_member_in([after.group], after.person)[after.group, Account.CREDIT] > 0:
        raise CreditWasUsed
    return {**as_it_stands(after, standing), "entries": entries}
