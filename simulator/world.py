"""What the stand-ins share: people with phones and wallets, events, delayed jobs, switches for faults."""

import heapq
import itertools
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from domain.money import Money

EVENTS_MAX = 1_000
JOBS_MAX = 100_000
WORKERS = 8

log = logging.getLogger(__name__)


class NotEnoughFunds(Exception):
    """A wallet holds less than what is asked of it."""


class UnknownPhone(Exception):
    """Nobody in the config has this phone, so it has no wallet."""


class InvalidSwitch(Exception):
    """There is no such switch, or it does not take such a value."""


@dataclass(frozen=True, slots=True)
class Person:
    """
    One person with one phone. `network` is an Africa's Talking network code, 64110 for MTN Uganda.

    `number_hidden`: their WhatsApp tells the bot a user id, and not the number.
    """

    name: str
    phone: str
    pin: str = ""
    role: str = "member"
    groups: tuple[str, ...] = ()
    network: str = "64110"
    language: str = "en"
    wallet: Money = field(default_factory=lambda: Money(200_000, "UGX"))
    momo_pin: str = "12345"
    number_hidden: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Person":
        values = dict(data)
        if "wallet" in values:
            values["wallet"] = Money(values["wallet"]["minor"], values["wallet"]["currency"])
        return cls(**values | {"groups": tuple(values.get("groups", ()))})


@dataclass(frozen=True, slots=True)
class Config:
    """
    What the simulator is started with; the file holds the same names as JSON.

    `hosts`: names by which a browser may reach it beside `host` and this machine's own, without a port.
    `profiles` replaces or adds network profiles: {"64110": {"idle_s": 0.1}}.
    `at_api_key` or `sendgrid_api_key` empty: any key that is not empty will do.
    `sender_ids` empty: any sender will do.
    `pawapay_token` empty: any will do. `pawapay_countries` empty: our account with it has a wallet in each.
    `approve_after_seconds` None: a mobile-money prompt waits for its person.
    `disbursement_minor`: what the account holds that we pay out of, in minor units of each currency.
    `daraja_shortcode` and its passkey are those that Safaricom publishes for its sandbox.
    `telegram_secret` goes with each update until the bot sets a webhook of its own; empty: none does.
    `airtel_client_id` empty: any application will do. `airtel_callback_url` empty: the bot's own address for it.
    """

    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    port: int = 9100
    bot_url: str = "http://127.0.0.1:8000"
    hook_secret: str = "dev"  # noqa: S105 - the simulator's own default, known to everybody
    service_code: str = "*384*7#"
    short_code: str = "4455"
    api_token: str = ""
    at_api_key: str = ""
    twilio_account_sid: str = "AC00000000000000000000000000000001"
    twilio_auth_token: str = "0123456789abcdef0123456789abcdef"  # noqa: S105 - as above
    whatsapp_number: str = "+14155238886"
    twilio_answer_seconds: float = 15
    telegram_token: str = "123456:simulated"  # noqa: S105 - as above
    telegram_bot_name: str = "CommunitySavingsBot"
    telegram_secret: str = ""
    sendgrid_api_key: str = ""
    pawapay_token: str = ""
    pawapay_countries: tuple[str, ...] = ()
    sender_ids: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    profiles: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    answer_seconds: float = 10
    delivery_seconds: float = 0.3
    inbound_retry_seconds: float = 2
    approve_after_seconds: float | None = None
    disbursement_minor: int = 100_000_000_000
    daraja_shortcode: str = "174379"
    daraja_passkey: str = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
    daraja_initiator: str = "testapi"
    daraja_initiator_password: str = "Safaricom123!"  # noqa: S105 - the simulator's own default, known to everybody
    airtel_client_id: str = ""
    airtel_client_secret: str = ""
    airtel_pin: str = "1234"
    airtel_callback_url: str = ""
    airtel_callback_key: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Config":
        """Raises TypeError for a name that is not a setting, KeyError for half a wallet."""
        values = dict(data)
        values["people"] = tuple(Person.from_json(person) for person in values.get("people", ()))
        values |= {name: tuple(values.get(name, ())) for name in ("sender_ids", "hosts", "pawapay_countries")}
        return cls(**values)


class Switches:
    """
    The faults one provider can be told to show.

    A counted switch says how many of the next requests it hits: 0 none, -1 all of them.
    An option is a value or a table, set back to its default by `reset`; `allowed` lists what it may hold.
    """

    def __init__(
        self,
        counted: Iterable[str],
        options: Mapping[str, Any] | None = None,
        allowed: Mapping[str, Container[object]] | None = None,
    ) -> None:
        self._counted = frozenset(counted)
        self._allowed = dict(allowed or {})
        self._defaults: dict[str, Any] = dict.fromkeys(sorted(self._counted), 0) | dict(options or {})
        self._values = dict(self._defaults)
        self._lock = threading.Lock()

    def take(self, name: str) -> bool:
        """Whether this request is hit, counting it."""
        with self._lock:
            left: int = self._values[name]
            if left > 0:
                self._values[name] = left - 1
            return left != 0

    def get(self, name: str) -> Any:
        with self._lock:
            return self._values[name]

    def set(self, values: Mapping[str, Any]) -> None:
        """Raises InvalidSwitch, and then sets none of them."""
        for name, value in values.items():
            if name not in self._defaults:
                raise InvalidSwitch(f"no switch {name}")
            if not self._takes(name, value):
                raise InvalidSwitch(f"{name} does not take {value!r}")
        with self._lock:
            self._values |= values

    def _takes(self, name: str, value: object) -> bool:
        if name in self._counted:
            return type(value) is int and value >= -1
        default = self._defaults[name]
        if default is None:
            return value is None or type(value) is int
        if not isinstance(value, type(default)):
            return False
        held = value.values() if isinstance(value, dict) else [value]
        return name not in self._allowed or all(each in self._allowed[name] for each in held)

    def reset(self) -> None:
        with self._lock:
            self._values = dict(self._defaults)

    def all(self) -> dict[str, Any]:
        with self._lock:
            return dict(self._values)


@dataclass(frozen=True, slots=True)
class Event:
    """Something the page shows. `phone` empty: it concerns everybody."""

    id: int
    kind: str
    phone: str
    data: Mapping[str, Any]


class World:
    """One person is one phone, `now` the time on all of them. Every method may be called from any thread."""

    def __init__(self, config: Config, clock: Callable[[], datetime] | None = None) -> None:
        self.config, self.now = config, clock or _now
        self.people = {person.phone: person for person in config.people}
        self.faults: dict[str, Switches] = {}
        self.agents: defaultdict[str, set[str]] = defaultdict(set)  # what the bot calls itself, by provider
        self.http = _session()
        self.later = Later()
        self._wallets = {person.phone: person.wallet for person in config.people}
        self._events: deque[Event] = deque(maxlen=EVENTS_MAX)
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self.closed = False

    def close(self) -> None:
        """Wake who waits for events, and drop what was due later."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()
        self.later.close()
        self.http.close()

    def after(self, milliseconds: float, job: Callable[[], object]) -> None:
        """Later, or now where the wait is none: a test need not wait for it then."""
        if milliseconds:
            self.later(milliseconds / 1_000, job)
        else:
            job()

    def person(self, phone: str) -> Person:
        """Whoever holds this phone; a number nobody in the config has is a stranger with an empty wallet."""
        return self.people.get(phone) or Person("", phone, role="newcomer", wallet=Money(0, "UGX"))

    def hook(self, name: str) -> str:
        """The bot's address for one callback of Africa's Talking: ussd, ussd-events, dlr, inbound, optout."""
        return f"{self.config.bot_url.rstrip('/')}/hooks/at/{name}/{self.config.hook_secret}"

    def wallet(self, phone: str) -> Money:
        """Raises UnknownPhone."""
        with self._changed:
            if phone not in self._wallets:
                raise UnknownPhone(phone)
            return self._wallets[phone]

    def credit(self, phone: str, amount: Money) -> None:
        """Raises UnknownPhone, or CurrencyMismatch."""
        with self._changed:
            self._wallets[phone] = balance = self.wallet(phone) + amount
            self.publish("wallet", phone, {"wallet": str(balance)})

    def debit(self, phone: str, amount: Money) -> None:
        """Raises NotEnoughFunds, UnknownPhone, or CurrencyMismatch; the wallet is then as it was."""
        with self._changed:
            balance = self.wallet(phone) - amount
            if balance.minor < 0:
                raise NotEnoughFunds(phone)
            self._wallets[phone] = balance
            self.publish("wallet", phone, {"wallet": str(balance)})

    def publish(self, kind: str, phone: str, data: Mapping[str, Any]) -> Event:
        """Tell the pages that show this phone, or all of them when `phone` is empty."""
        with self._changed:
            event = Event(next(self._ids), kind, phone, data)
            self._events.append(event)
            self._changed.notify_all()
        return event

    def last_event(self) -> int:
        """The id of the newest event, 0 before the first."""
        with self._changed:
            return self._events[-1].id if self._events else 0

    def events(self, after: int, phone: str = "", wait_seconds: float = 0) -> list[Event]:
        """The events kept after this id, oldest first; waits for one. `phone` empty: everybody's."""
        with self._changed:
            found: list[Event] = []

            def look() -> bool:
                found[:] = [e for e in self._events if e.id > after and (not phone or e.phone in ("", phone))]
                return bool(found) or self.closed

            self._changed.wait_for(look, wait_seconds)
            return found


class Later:
    """Runs jobs after a delay on a few threads: delivery reports, callbacks, sessions that time out."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._doing = 0
        self._changed = threading.Condition()
        self._closed = False
        for number in range(WORKERS):
            threading.Thread(target=self._run, name=f"simulator-later-{number}", daemon=True).start()

    def __call__(self, seconds: float, job: Callable[[], object]) -> None:
        with self._changed:
            if len(self._due) >= JOBS_MAX:
                # What is done later is a callback or a report, and no provider promises those.
                log.warning("%d jobs are waiting: one more is dropped", JOBS_MAX)
                return
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), job))
            self._changed.notify_all()

    def wait_until_done(self, within_seconds: float) -> None:
        """Return when nothing is being done, and nothing falls due within so many seconds."""

        def is_done() -> bool:
            falls_due = self._due and self._due[0][0] <= time.monotonic() + within_seconds
            return not self._doing and not falls_due

        with self._changed:
            self._changed.wait_for(is_done)

    def close(self) -> None:
        """Nothing more is started; what a thread is in the middle of, it ends."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except requests.RequestException as error:
                log.warning("a callback found no bot: %s", type(error).__name__)
            finally:
                with self._changed:
                    self._doing -= 1
                    self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        """The next job once it is due; None when closed."""
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._doing += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None


def _now() -> datetime:
    return datetime.now(UTC)


def _session() -> requests.Session:
    """Held open: a provider keeps its connections to the bot, and so do we."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=64))
    return session
