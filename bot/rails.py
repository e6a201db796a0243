"""The rails of mobile money, each made of its settings: a rail's whole composition is one function here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final, overload

from bot.config import Settings
from domain.records.payment import Direction
from domain.store import MoneyProvider
from payments.airtel import AirtelCollections, AirtelDisbursements, AirtelListed
from payments.daraja import (
    ApiUser,
    DarajaAccounts,
    DarajaClient,
    DarajaCollections,
    DarajaConsole,
    DarajaPayouts,
    DarajaReceipts,
)
from payments.http import TokenStore
from payments.momo import MomoCollections, MomoDisbursements
from payments.names import NETWORKS, TITLES
from payments.pawapay import Now, Pawapay, open_pawapay
from payments.port import Balanced, Called, Carries, Collector, Confirms, Lister, Payer, Rail

# What a rail is made of: each object can do one thing or several.
Part = Rail | Lister | Balanced | Confirms | Called


@dataclass(frozen=True)
class Rails:
    """What is switched on, in the operator's order. What a part can do, the protocols in payments/port.py say."""

    parts: Sequence[Part]
    # Rails by the first digits that the operator says are theirs.
    numbers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> Sequence[str]:
        return [*dict.fromkeys([*self.collectors, *self.payers])]

    @cached_property
    def collectors(self) -> Mapping[str, Collector]:
        return {each.name: each for each in self.parts if isinstance(each, Collector)}

    @cached_property
    def payers(self) -> Mapping[str, Payer]:
        return {each.name: each for each in self.parts if isinstance(each, Payer)}

    @cached_property
    def listers(self) -> Sequence[Lister]:
        return [each for each in self.parts if isinstance(each, Lister)]

    @cached_property
    def balances(self) -> Sequence[Balanced]:
        return [each for each in self.parts if isinstance(each, Balanced)]

    @cached_property
    def confirming(self) -> Mapping[str, Confirms]:
        """Those that can be asked whether money has come, by their names."""
        return {each.name: each for each in self.parts if isinstance(each, Confirms)}

    @cached_property
    def carriers(self) -> Sequence[MoneyProvider]:
        """The same as the rules know them; of two that could carry money, the first does."""
        rails: list[tuple[Direction, Rail]] = [("in", each) for each in self.collectors.values()]
        rails += [("out", each) for each in self.payers.values()]
        return _Carriers(rails, self)


class _Carriers(Sequence[MoneyProvider]):
    """What the rails carry at the moment of a look: a rail may have a network that does not work now."""

    def __init__(self, rails: Sequence[tuple[Direction, Rail]], of: Rails) -> None:
        self._rails, self._numbers = rails, of.numbers
        self._listing, self._balanced = ({each.name for each in parts} for parts in (of.listers, of.balances))
        self._kept: tuple[Sequence[Sequence[Carries]], Sequence[MoneyProvider]] = (), ()

    def _now(self) -> Sequence[MoneyProvider]:
        (before, made), of = self._kept, [rail.carries for _, rail in self._rails]
        # Made anew only when a rail says another thing: every conversation about money asks.
        if len(of) != len(before) or any(one is not other for one, other in zip(of, before, strict=True)):
            made = [
                self._provider(rail.name, direction, each)
                for (direction, rail), carries in zip(self._rails, of, strict=True)
                for each in carries
            ]
            self._kept = of, made
        return made

    def _provider(self, name: str, direction: Direction, carries: Carries) -> MoneyProvider:
        others = {digits: whose for digits, whose in self._numbers.items() if whose != name}
        return MoneyProvider(
            name,
            direction,
            frozenset({carries.currency}),
            (*carries.numbers, *(digits for digits in self._numbers if digits not in others)),
            but_not=tuple(others),
            unit=carries.unit,
            least=carries.least,
            most=carries.most,
            title=TITLES.get(name, name),
            paybill=carries.paybill,
            network=NETWORKS.get(name, ""),
            lists=name in self._listing,
            balanced=name in self._balanced,
        )

    def __iter__(self) -> Iterator[MoneyProvider]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    @overload
    def __getitem__(self, place: int) -> MoneyProvider: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[MoneyProvider]: ...
    def __getitem__(self, place: int | slice) -> MoneyProvider | Sequence[MoneyProvider]:
        return self._now()[place]


@dataclass(frozen=True)
class Around:
    """What rails need beside their settings: the tokens that all processes share, and the time."""

    tokens: TokenStore
    now: Callable[[], datetime]


def open_rails(settings: Settings, around: Around) -> Rails:
    """What PAYMENT_RAILS names and has all its settings."""
    made = [part for name in settings.rails if name in _MAKERS for part in _MAKERS[name](settings, around)]
    return Rails(made, settings.numbers_carried)


def _momo(settings: Settings, _: Around) -> Iterator[Part]:
    at = partial(_momo_product, settings, "momo", settings.momo_api_url)
    if settings.momo_ready:
        yield at(MomoCollections, settings.momo_subscription_key, settings.momo_api_user, settings.momo_api_key)
    if settings.momo_pays_out:
        yield at(
            MomoDisbursements,
            settings.momo_disbursement_subscription_key,
            settings.momo_disbursement_api_user,
            settings.momo_disbursement_api_key,
        )


def _momo_africa(settings: Settings, _: Around) -> Iterator[Part]:
    at = partial(_momo_product, settings, "momo_africa", settings.momo_africa_api_url)
    if settings.momo_africa_ready:
        yield at(
            MomoCollections,
            settings.momo_africa_subscription_key,
            settings.momo_africa_user,
            settings.momo_africa_token,
        )
    if settings.momo_africa_pays_out:
        yield at(
            MomoDisbursements,
            settings.momo_africa_disbursement_subscription_key,
            settings.momo_africa_disbursement_user,
            settings.momo_africa_disbursement_token,
        )


def _momo_product(
    settings: Settings,
    name: str,
    url: str,
    product: type[MomoCollections | MomoDisbursements],
    subscription_key: str,
    user: str,
    key: str,
) -> MomoCollections | MomoDisbursements:
    """A product at one of MTN's gateways, which speak alike."""
    return product(
        name=name,
        base_url=url,
        subscription_key=subscription_key,
        api_user=user,
        api_key=key,
        environment=settings.momo_environment,
        agent=settings.agent,
        addresses=settings.addresses(name),
    )


def _daraja(settings: Settings, around: Around) -> list[Part]:
    """M-Pesa needs addresses of ours: without them nothing of it is switched on."""
    addresses, ours = settings.addresses("daraja"), settings.daraja_shortcodes
    if not (settings.daraja_ready and addresses):
        return []
    at_paybill = daraja_user(settings, around.tokens)
    paying_out = daraja_user(settings, around.tokens, payouts=True)
    asks_first = settings.daraja_asks_first and at_paybill is not None
    collections = DarajaCollections(
        _daraja_client(settings, around.tokens),
        shortcode=settings.daraja_shortcode,
        passkey=settings.daraja_passkey,
        till=settings.daraja_till,
        addresses=addresses,
        callers=frozenset(settings.daraja_callers_known),
        ours=ours,
        asks_first=asks_first,
        clock=around.now,
    )
    parts: list[Part] = [collections, daraja_console(settings, around.tokens)]
    if at_paybill:
        parts.append(DarajaReceipts(at_paybill, ours))
    if paying_out:
        parts.append(DarajaPayouts(paying_out))
    # One shortcode can do both.
    if asked := {each.shortcode: each for each in (paying_out, at_paybill) if each}:
        parts.append(DarajaAccounts([*asked.values()], is_all=at_paybill is not None))
    return parts


def daraja_console(settings: Settings, tokens: TokenStore) -> DarajaConsole:
    """What an operator does at Daraja by hand."""
    return DarajaConsole(
        _daraja_client(settings, tokens),
        shortcode=settings.daraja_shortcode,
        addresses=settings.addresses("daraja"),
        user=daraja_user(settings, tokens),
        c2b_version=settings.daraja_paybill_version,
    )


def daraja_user(settings: Settings, tokens: TokenStore, *, payouts: bool = False) -> ApiUser | None:
    """Who asks at the Paybill in our name, or pays out; None where nobody may."""
    initiator = settings.daraja_user if payouts else settings.daraja_paybill_user
    if initiator is None:
        return None
    return ApiUser(
        _daraja_client(settings, tokens, payouts=payouts),
        initiator,
        shortcode=settings.daraja_pays_out_of if payouts else settings.daraja_shortcode,
        addresses=settings.addresses("daraja"),
        callers=frozenset(settings.daraja_callers_known),
    )


def _daraja_client(settings: Settings, tokens: TokenStore, *, payouts: bool = False) -> DarajaClient:
    """The client of the app, or of the one that is for payouts where there is another."""
    key, secret = settings.daraja_consumer_key, settings.daraja_consumer_secret
    if payouts and settings.daraja_payout_consumer_key:
        key, secret = settings.daraja_payout_consumer_key, settings.daraja_payout_consumer_secret
    return DarajaClient(
        base_url=settings.daraja_api_url,
        consumer_key=key,
        consumer_secret=secret,
        tokens=tokens,
        agent=settings.agent,
    )


def _airtel(settings: Settings, _: Around) -> Sequence[Part]:
    return airtel_parts(settings)


def airtel_parts(settings: Settings) -> Sequence[AirtelCollections | AirtelDisbursements]:
    """Both products of the application, as far as they are switched on."""
    app, addresses = settings.airtel_app, settings.addresses("airtel")
    parts: list[AirtelCollections | AirtelDisbursements] = []
    if settings.airtel_ready:
        collections = AirtelListed if settings.airtel_lists else AirtelCollections
        parts.append(collections(app, addresses, agent=settings.agent))
    if settings.airtel_pays_out:
        parts.append(
            AirtelDisbursements(
                app,
                addresses,
                pin=settings.airtel_pin,
                pin_key=settings.airtel_pin_key,
                pin_padding=settings.airtel_pin_padding,
                agent=settings.agent,
            )
        )
    return parts


def pawapay_of(settings: Settings, now: Now) -> Pawapay:
    """Our account with pawaPay, which an operator asks for more than a rail is for."""
    return open_pawapay(
        base_url=settings.pawapay_api_url,
        token=settings.pawapay_token,
        addresses=settings.addresses("pawapay"),
        signer=settings.pawapay_signer(now),
        signed_callbacks=settings.pawapay_callbacks_signed,
        agent=settings.agent,
        now=now,
    )


def _pawapay(settings: Settings, around: Around) -> list[Part]:
    if not settings.pawapay_ready:
        return []
    account = pawapay_of(settings, around.now)
    return [account.deposits, account.payouts]


_MAKERS: Final[Mapping[str, Callable[[Settings, Around], Iterable[Part]]]] = {
    "momo": _momo,
    "daraja": _daraja,
    "momo_africa": _momo_africa,
    "airtel": _airtel,
    "pawapay": _pawapay,
}
