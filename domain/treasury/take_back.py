"""What may be taken back at all, by an entry that mirrors another one: cash of the open cycle, once."""

from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.payment import Payment
from domain.records.person import AlreadyDecided


class MovedByProvider(DomainError):
    """A provider moved the money: an entry would say that it did not. It is paid back instead."""

    code = "moved_by_provider"


class CycleIsOver(DomainError):
    """It was in a cycle that is over, whose parts are paid: it stays as it is."""

    code = "cycle_is_over"


def check_may_be_taken_back(group: Group, payment: Payment) -> None:
    """
    Every path that takes a payment back asks this first, whatever it was for.

    Raises MovedByProvider, AlreadyDecided, CycleIsOver, GroupIsClosing.
    """
    if payment.way != "cash":
        raise MovedByProvider
    if payment.reversed:
        raise AlreadyDecided
    if not group.is_of_cycle(payment.cycle, payment.created_at):
        raise CycleIsOver
    if group.closing:
        raise GroupIsClosing
