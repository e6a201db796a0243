"""Where members pay to from their phone's own menu, without talking with us."""

from domain.records.account_number import account_number
from domain.records.group import Group
from domain.records.person import PaidTo
from domain.store import Store


def paybill_of(store: Store, currency: str) -> str:
    """The number that they pay to, of the first rail that has one for this currency; "" where none has."""
    numbers = (each.paybill for each in store.providers if each.direction == "in" and currency in each.currencies)
    return next(filter(None, numbers), "")


def paid_to(store: Store, group: Group, number: int) -> PaidTo | None:
    """Where the member with this number in a group pays to; None where that cannot be."""
    paybill, account = paybill_of(store, group.currency), account_number(group.code, number)
    return PaidTo(paybill, account) if paybill and account else None
