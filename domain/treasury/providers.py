"""
Which mobile-money provider carries a payment: the first, in the operator's order, that serves its currency and the
number's network and takes its amount. Where none does, it is paid at the meeting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.errors import DomainError
from domain.money import Money
from domain.records.payment import Direction
from domain.store import MoneyProvider, Store
from domain.treasury.networks import is_of, networks_said


class NotCarried(DomainError):
    """
    Who serves the number, `provider` as people say it, carries other amounts, for the reason `why`. `below` and
    `above` are the nearest that it does carry, in minor units of `currency`; 0 where there is none.
    """

    code = "not_carried"


@dataclass(frozen=True, slots=True)
class _Nearest:
    """What a provider carries next to an amount, and why not the amount; "" where it carries that."""

    provider: MoneyProvider
    why: Literal["", "whole", "least", "most"]
    below: int
    above: int

    def far(self, minor: int) -> int:
        """How far the nearest of them is."""
        return min(abs(each - minor) for each in (self.below, self.above) if each)


def can_collect(store: Store, currency: str) -> bool:
    """Whether a provider takes this currency from members."""
    return any(each.direction == "in" and currency in each.currencies for each in store.providers)


def can_pay_out(store: Store, currency: str) -> bool:
    """Whether a provider pays members in this currency."""
    return any(each.direction == "out" and currency in each.currencies for each in store.providers)


def serving(
    store: Store, direction: Direction, currency: str, phone: str, said: Mapping[str, str] | None = None
) -> tuple[MoneyProvider, ...]:
    """
    Those that carry this currency from or to the number, whatever amount, in the operator's order: of the network
    that its people said, else of the one that its digits tell. `said` is that of several numbers, where it was
    asked for together: see `networks_said`.
    """
    able = [each for each in store.providers if each.direction == direction and currency in each.currencies]
    said = networks_said(store, [phone]) if said is None else said
    if network := said.get(phone):
        return tuple(each for each in able if is_of(each, network, phone))
    return tuple(each for each in able if each.serves(phone))


def provider_for(store: Store, direction: Direction, currency: str, phone: str, minor: int | None = None) -> str:
    """The name of the provider that carries money, or so much of it, from or to this number; "" when none does."""
    able = serving(store, direction, currency, phone)
    return next((each.name for each in able if minor is None or not _nearest(each, minor).why), "")


def check_carried(providers: Sequence[MoneyProvider], amount: Money) -> None:
    """
    Whether one of those who serve a number carries this amount; where nobody serves it, others say so. Raises
    NotCarried, of the one that carries the nearest.
    """
    nearest = [_nearest(each, amount.minor) for each in providers]
    if not nearest or any(not each.why for each in nearest):
        return
    best = min(nearest, key=lambda each: each.far(amount.minor))
    raise NotCarried(
        provider=best.provider.title or best.provider.name,
        why=best.why,
        below=best.below,
        above=best.above,
        currency=amount.currency,
    )


def as_carried(providers: Sequence[MoneyProvider], amount: Money) -> Money:
    """The most of an amount that one of those who serve a number carries; where nobody does, others say so."""
    most = max((_nearest(each, amount.minor).below for each in providers), default=amount.minor)
    return Money(most, amount.currency)


def _nearest(provider: MoneyProvider, minor: int) -> _Nearest:
    unit = provider.unit
    least = -(-provider.least // unit) * unit
    if provider.most is not None and minor > provider.most:
        return _Nearest(provider, "most", provider.most // unit * unit, 0)
    if minor < least:
        return _Nearest(provider, "least", 0, least)
    below = minor // unit * unit
    if below == minor:
        return _Nearest(provider, "", minor, minor)
    fits = provider.most is None or below + unit <= provider.most
    return _Nearest(provider, "whole", below, below + unit if fits else 0)
