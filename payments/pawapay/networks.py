"""
Which networks pawaPay reaches, within which amounts, and which of them work now.

pawaPay says so, and is asked again daily, and every few minutes for what works. Nobody waits for that: what it
said last counts until it says more, and what was known when this was written until it has said anything.
Source: pawaPay Docs, "Active configuration", "Provider availability", "Predict provider".
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from typing import Any, Final, Generic, Literal, TypeVar

from domain.money import EXPONENTS, MINOR_MAX
from payments.answers import read_json, read_object
from payments.pawapay.answers import objects, summary
from payments.pawapay.bundled import BUNDLED
from payments.pawapay.wire import Wire
from payments.port import Carries, NotSent, OutcomeUnknown

Operation = Literal["DEPOSIT", "PAYOUT"]
Beside = Callable[[Callable[[], object]], object]
T = TypeVar("T")

LIMITS_AFTER_SECONDS: Final = 24 * 60 * 60
WORKING_AFTER_SECONDS: Final = 5 * 60
AGAIN_AFTER_SECONDS: Final = 60
GUESSED_FOR_SECONDS: Final = 24 * 60 * 60
GUESSES_MAX: Final = 10_000

_OPERATIONS: Final[tuple[Operation, ...]] = ("DEPOSIT", "PAYOUT")
# What a network does not do now: a delayed one takes no deposits, and a payout is kept for it.
_STOPPED: Final[Mapping[Operation, frozenset[str]]] = {
    "DEPOSIT": frozenset({"DELAYED", "CLOSED"}),
    "PAYOUT": frozenset({"CLOSED"}),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a network takes, in minor units: whole numbers of `unit`, from `least` to `most`."""

    unit: int
    least: int
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A network in one currency: pawaPay's name for it, its country's, whose numbers, and what it does for us."""

    name: str
    country: str
    currency: str
    numbers: tuple[str, ...]
    terms: Mapping[Operation, Terms]

    def carries(self, operation: Operation) -> Carries:
        terms = self.terms[operation]
        return Carries(self.currency, self.numbers, terms.unit, terms.least, terms.most)


Reached = tuple[Network, ...]
Stopped = frozenset[tuple[str, Operation]]


class Networks:
    """
    What pawaPay said last. One for all threads. `beside` does what nobody waits for, in a thread of its own unless
    another way is given; `seconds` is a clock that only goes forward.
    """

    def __init__(
        self, wire: Wire, beside: Beside | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._wire, self._seconds = wire, seconds
        beside = beside or _in_a_thread
        self._reached = _Kept(bundled(), self._ask_reached, LIMITS_AFTER_SECONDS, beside, seconds)
        none_stopped: Stopped = frozenset()
        self._stopped = _Kept(none_stopped, self._ask_stopped, WORKING_AFTER_SECONDS, beside, seconds)
        # Made anew only when one of the two is another: it is asked for in every conversation about money.
        self._carried: dict[Operation, tuple[Reached, Stopped, list[Carries]]] = {}
        self._guesses: OrderedDict[str, tuple[str, float]] = OrderedDict()  # by number, and until when
        self._lock = threading.Lock()

    def carries(self, operation: Operation) -> Sequence[Carries]:
        """What can be carried now; never waits. What is delayed is not: the payer would get no prompt."""
        reached, stopped = self._reached.value(), self._stopped.value()
        of_reached, of_stopped, carries = self._carried.get(operation, ((), frozenset(), []))
        if reached is not of_reached or stopped is not of_stopped:
            carries = [
                each.carries(operation)
                for each in reached
                if operation in each.terms and (each.name, operation) not in stopped
            ]
            self._carried[operation] = reached, stopped, carries
        return carries

    def load(self) -> None:
        """Ask now, and wait. Raises OutcomeUnknown."""
        self._reached.load()
        self._stopped.load()

    @property
    def reached(self) -> Sequence[Network]:
        return self._reached.value()

    @property
    def stopped(self) -> Stopped:
        return self._stopped.value()

    def of(self, phone: str, currency: str) -> str:
        """
        The network of a number (E.164), as pawaPay says, which knows of numbers that were taken along; else as the
        number begins. Raises NotSent when neither says one.
        """
        with self._lock:
            found, until = self._guesses.get(phone, ("", 0.0))
            if found and self._seconds() < until:
                return found
        try:
            answer = self._wire.post("/v2/predict-provider", {"phoneNumber": phone.removeprefix("+")})
        except OutcomeUnknown:
            return self._by_number(phone, currency)
        said = read_object(answer).get("provider")
        if answer.status_code != 200 or not isinstance(said, str) or not said:
            return self._by_number(phone, currency)
        with self._lock:
            self._guesses[phone] = said, self._seconds() + GUESSED_FOR_SECONDS
            if len(self._guesses) > GUESSES_MAX:
                self._guesses.popitem(last=False)
        return said

    def _by_number(self, phone: str, currency: str) -> str:
        found = {
            each.name
            for each in self._reached.value()
            if each.currency == currency and phone.startswith(each.numbers)
        }
        if len(found) != 1:
            raise NotSent("it is not known whose number it is")
        return found.pop()

    def _ask_reached(self) -> Reached:
        answer = self._wire.get("/v2/active-conf")
        found = tuple(_configured(read_object(answer)))
        if answer.status_code != 200 or not found:
            raise OutcomeUnknown(summary(answer))
        return found

    def _ask_stopped(self) -> Stopped:
        answer = self._wire.get("/v2/availability")
        if answer.status_code != 200 or not isinstance(said := read_json(answer.content), list):
            raise OutcomeUnknown(summary(answer))
        return frozenset(_not_working(said))


class _Kept(Generic[T]):
    """What was said last, and is asked again when it is old, while everybody goes on with it."""

    def __init__(
        self,
        first: T,
        ask: Callable[[], T],
        for_seconds: float,
        beside: Beside,
        seconds: Callable[[], float],
    ) -> None:
        self._value, self._ask, self._for_seconds, self._beside = first, ask, for_seconds, beside
        self._seconds, self._ask_at, self._lock = seconds, 0.0, threading.Lock()

    def value(self) -> T:
        with self._lock:
            old = self._seconds() >= self._ask_at
            if old:
                # Not again until this one has been answered, or has had its time.
                self._ask_at = self._seconds() + AGAIN_AFTER_SECONDS
        if old:
            self._beside(self._try)
        return self._value

    def load(self) -> None:
        self._value = self._ask()
        self._ask_at = self._seconds() + self._for_seconds

    def _try(self) -> None:
        try:
            self.load()
        except OutcomeUnknown:
            return  # what it said last is still the best that is known


def _in_a_thread(work: Callable[[], object]) -> None:
    threading.Thread(target=work, name="pawapay", daemon=True).start()


@cache
def _calling() -> Mapping[str, str]:
    """What the numbers of a country begin with."""
    heads = [line.split() for line in BUNDLED.splitlines() if line[:1].isalpha()]
    return {country: f"+{calling}" for country, calling, _ in heads}


@cache
def bundled() -> Reached:
    """The networks of `BUNDLED`, with no limits but the currency's."""
    networks = []
    country = calling = currency = ""
    for line in BUNDLED.strip().splitlines():
        first, second, *rest = line.split()
        if not line.startswith(" "):
            country, calling, [currency] = first, second, rest
            continue
        terms = {
            operation: _terms(currency, int(decimals))
            for operation, decimals in zip(_OPERATIONS, second.split("/"), strict=True)
            if decimals != "-"
        }
        numbers = tuple(f"+{calling}{each}" for each in rest) or (f"+{calling}",)
        networks.append(Network(first, country, currency, numbers, terms))
    return tuple(networks)


def _terms(currency: str, decimals: int, least: object = None, most: object = None) -> Terms:
    exponent = EXPONENTS[currency]
    unit = 10 ** max(exponent - decimals, 0)
    from_, to = _minor(least, exponent, ROUND_CEILING), _minor(most, exponent, ROUND_FLOOR)
    # Both are whole numbers of the unit themselves.
    return Terms(unit, max(-(-(from_ or 0) // unit) * unit, unit), to // unit * unit if to is not None else None)


def _minor(amount: object, exponent: int, rounding: str) -> int | None:
    try:
        minor = Decimal(str(amount)).scaleb(exponent)
    except ArithmeticError:
        return None
    return int(minor.to_integral_value(rounding)) if minor.is_finite() and abs(minor) <= MINOR_MAX else None


def _configured(conf: Mapping[str, Any]) -> Sequence[Network]:
    """What the active configuration has that we can use: in currencies of ours, approved on the phone."""
    numbers = {(each.name, each.currency): each.numbers for each in bundled()}
    networks = []
    for country in objects(conf.get("countries")):
        code = str(country.get("country"))
        prefix = f"+{country['prefix']}" if country.get("prefix") else _calling().get(code, "")
        for provider in objects(country.get("providers")):
            for each in objects(provider.get("currencies")):
                name, currency = str(provider.get("provider")), str(each.get("currency"))
                terms = _all_terms(currency, each.get("operationTypes"))
                whose = numbers.get((name, currency)) or ((prefix,) if prefix else ())
                if terms and whose:
                    networks.append(Network(name, code, currency, whose, terms))
    return networks


def _all_terms(currency: str, operations: object) -> dict[Operation, Terms]:
    """What a network does in a currency, without what asks more of a payer than to approve on the phone."""
    terms: dict[Operation, Terms] = {}
    for operation in _OPERATIONS:
        said = operations.get(operation) if isinstance(operations, dict) else None
        if currency not in EXPONENTS or not isinstance(said, dict):
            continue
        if said.get("authType", "PROVIDER_AUTH") == "PROVIDER_AUTH":
            decimals = 2 if said.get("decimalsInAmount") == "TWO_PLACES" else 0
            terms[operation] = _terms(currency, decimals, said.get("minAmount"), said.get("maxAmount"))
    return terms


def _not_working(availability: object) -> Iterator[tuple[str, Operation]]:
    for country in objects(availability):
        for provider in objects(country.get("providers")):
            states = provider.get("operationTypes")
            if not isinstance(states, dict):
                continue
            for operation in _OPERATIONS:
                if str(states.get(operation)) in _STOPPED[operation]:
                    yield str(provider.get("provider")), operation
