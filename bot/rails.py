"""The rails of mobile money, each made of its settings: a rail's whole composition is one function here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.config import Settings
from domain.records.payment import Direction
from domain.store import MoneyProvider
from payments.momo import MomoCollections, MomoDisbursements
from payments.port import Balanced, Collector, Lister, Payer, Rail


@dataclass(frozen=True)
class Rails:
    """What is switched on, in the operator's order. What a part can do, the protocols in payments/port.py say."""

    parts: Sequence[Rail]

    @property
    def names(self) -> Sequence[str]:
        return [*dict.fromkeys(each.name for each in self.parts)]

    @property
    def collectors(self) -> Mapping[str, Collector]:
        return {each.name: each for each in self.parts if isinstance(each, Collector)}

    @property
    def payers(self) -> Mapping[str, Payer]:
        return {each.name: each for each in self.parts if isinstance(each, Payer)}

    @property
    def listers(self) -> Sequence[Lister]:
        return [each for each in self.parts if isinstance(each, Lister)]

    @property
    def balances(self) -> Sequence[Balanced]:
        return [each for each in self.parts if isinstance(each, Balanced)]

    @property
    def carriers(self) -> Sequence[MoneyProvider]:
        """The same as the rules know them; of two that could carry money, the first does."""
        rails: list[tuple[Direction, Rail]] = [("in", each) for each in self.collectors.values()]
        rails += [("out", each) for each in self.payers.values()]
        return [
            MoneyProvider(rail.name, direction, frozenset({each.currency}), each.numbers)
            for direction, rail in rails
            for each in rail.carries
        ]


def open_rails(settings: Settings) -> Rails:
    """What PAYMENT_RAILS names and has all its settings."""
    return Rails([part for name in settings.rails if name in _MAKERS for part in _MAKERS[name](settings)])


def _momo(settings: Settings) -> list[Rail]:
    parts: list[Rail] = []
    if settings.momo_ready:
        parts.append(
            MomoCollections(
                base_url=settings.momo_api_url,
                subscription_key=settings.momo_subscription_key,
                api_user=settings.momo_api_user,
                api_key=settings.momo_api_key,
                environment=settings.momo_environment,
                agent=settings.agent,
                addresses=settings.addresses("momo"),
            )
        )
    if settings.momo_pays_out:
        parts.append(
            MomoDisbursements(
                base_url=settings.momo_api_url,
                subscription_key=settings.momo_disbursement_subscription_key,
                api_user=settings.momo_disbursement_api_user,
                api_key=settings.momo_disbursement_api_key,
                environment=settings.momo_environment,
                agent=settings.agent,
                addresses=settings.addresses("momo"),
            )
        )
    return parts


_MAKERS: Final[Mapping[str, Callable[[Settings], Sequence[Rail]]]] = {
    "momo": _momo,
}
