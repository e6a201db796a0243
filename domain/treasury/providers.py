"""Which mobile-money provider carries money: the first that does, in the operator's order."""

from domain.records.payment import Direction
from domain.store import Store


def can_collect(store: Store, currency: str) -> bool:
    """Whether a provider takes this currency from members."""
    return any(each.direction == "in" and currency in each.currencies for each in store.providers)


def can_pay_out(store: Store, currency: str) -> bool:
    """Whether a provider pays members in this currency."""
    return any(each.direction == "out" and currency in each.currencies for each in store.providers)


def provider_for(store: Store, direction: Direction, currency: str, phone: str) -> str:
    """The name of the provider that carries money from or to this number; "" when none does."""
    for each in store.providers:
        if each.direction == direction and currency in each.currencies and phone.startswith(each.numbers):
            return each.name
    return ""
