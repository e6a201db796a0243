"""
What may be taken back at all, by an entry that mirrors another one: unused cash of the open cycle, once.

What a provider moved stays where it is; but what it was taken for can be wrong: then it is its member's credit,
see `meetings/meant_otherwise.py`.
"""

from typing import Final

from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.payment import Payment, Purpose
from domain.records.person import AlreadyDecided

# They pay what was payable before, and so does whoever pays it again: what is shared out stays the same.
_WHILE_CLOSING: Final[frozenset[Purpose]] = frozenset({"share_out", "exit"})


class MovedByProvider(DomainError):
    """A provider moved the money: an entry would say that it did not. It can be put on its member's credit."""

    code = "moved_by_provider"


class CycleIsOver(DomainError):
    """It was in a cycle that is over, whose parts are paid: it stays as it is."""

    code = "cycle_is_over"


class CashWasUsed(DomainError):
    """What was put in has been used since: shared out, lent against, granted, withdrawn, or its cycle is over."""

    code = "cash_was_used"


class NotReversible(DomainError):
    """
    What followed rests on it; `why` says what: something on the "loan", a later "round", that the member has
    "left" or, of who had left, is "back"; or all of it is "credit" already. An answer of before has no `why`.
    """

    code = "not_reversible"


def check_may_be_taken_back(group: Group, payment: Payment) -> None:
    """
    Every path that takes a payment back asks this first, whatever it was for.

    Raises MovedByProvider, AlreadyDecided, CycleIsOver, GroupIsClosing.
    """
    if payment.way != "cash":
        raise MovedByProvider
    check_may_be_undone(group, payment)


def check_may_be_undone(group: Group, payment: Payment) -> None:
    """
    What it was taken for can still be as if it had never been. Raises AlreadyDecided, CycleIsOver, GroupIsClosing.
    """
    if payment.reversed:
        raise AlreadyDecided
    if not group.is_of_cycle(payment.cycle, payment.created_at):
        raise CycleIsOver
    if group.closing and payment.purpose not in _WHILE_CLOSING:
        raise GroupIsClosing(group=group.name)


def to_credit_reference(payment: Payment) -> str:
    """What the entry is known by that makes mobile money its member's credit."""
    return f"to_credit:{payment.id}"
