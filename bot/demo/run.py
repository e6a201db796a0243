"""
The whole service on one machine: stores, web, worker, scheduler, stand-ins for the providers, a village.

Everything it starts ends with it: by Ctrl-C, by SIGTERM, and by a kill -9 too.
"""

import os
import shlex
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import msgspec
import requests

from bot.app import build
from bot.config import Settings, environment_of, load
from bot.demo.operators import OPERATORS, PASSWORD, make_operators
from bot.demo.past import agree_with_providers, found, is_there
from bot.demo.running import Running, where
from bot.demo.village import APPLICANT, GROUPS, MOMO_PIN, NEWCOMER_PHONE, STORIES, Villager, people
from bot.local.children import Child
from bot.local.stores import Stores, embedded
from bot.rails import daraja_console
from channels.errors import SendFailed
from channels.whatsapp.templates import every_template
from domain.access.tokens import make_api_token
from domain.money import Money
from domain.mongo.store import utc_now
from payments.port import ProviderError

START_SECONDS: Final = 60
# Any will do for the simulator, which has no key for it.
CERTIFICATE: Final = Path(__file__).parents[2] / "simulator" / "daraja" / "certificate.pem"
STARTS_MAX: Final = 3
BOT_PORT, PAGE_PORT = 8000, 9100


class DemoFailed(click.ClickException):
    """The demo cannot go on; the message says why and what to look at."""


class _PortTaken(DemoFailed):
    """Another program took a port between our finding it free and a child's listening on it."""


class _Stopped(Exception):
    """Somebody pressed Ctrl-C."""


class Demo:
    """`say` is given one line for each thing that happens."""

    def __init__(self, data_dir: Path, say: Callable[[str], None]) -> None:
        self._data_dir, self._say = data_dir, say
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._children: list[Child] = []

    def run(self, seconds: float | None = None) -> None:
        """Run until interrupted, or for some seconds. Raises StoreUnavailable, DemoFailed."""
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.signal(number, self._told_to_stop)
                stack.callback(signal.signal, number, before)
            stores = stack.enter_context(embedded(self._data_dir, progress=self._progress))
            stack.callback(self._stop_children)
            try:
                self._seed(settings_for(self._data_dir, stores))
                running = self._start(stores)
                where(self._data_dir).write_bytes(msgspec.json.encode(running))
                stack.callback(where(self._data_dir).unlink, missing_ok=True)
                self._introduce(running)
                self._watch(stores, seconds)
            except _Stopped:
                pass
            self._say("\nStopping …")

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _progress(self, line: str) -> None:
        self._say(f"{time.monotonic() - self._began:5.1f} s  {line}")

    def _seed(self, settings: Settings) -> None:
        app = build(settings)
        try:
            if is_there(app.store):
                self._progress("The village is there")
                agree_with_providers(app.store, [group.id for group in app.store.groups.find()])
                make_operators(app.store)
                return
            self._progress("Founding the village: 3 groups, 30 members, 3 months")
            found(app.store, utc_now(), self._bar)
            make_operators(app.store)
        finally:
            app.close()

    def _bar(self, done: int, total: int) -> None:
        self._check_stop()
        if done == total or done % 8 == 0:
            filled = 24 * done // total
            self._progress(f"  [{'#' * filled}{'.' * (24 - filled)}] {100 * done // total:3} %")

    def _start(self, stores: Stores) -> Running:
        """Start the processes and wait until each answers. Raises DemoFailed."""
        for _ in range(STARTS_MAX):
            bot, page = _free_port(BOT_PORT), _free_port(PAGE_PORT)
            settings = settings_for(self._data_dir, stores, bot=bot, page=page)
            running = Running(
                settings.at_api_url,
                settings.public_url,
                settings.hook_secret,
                settings.service_code,
                _providers(settings.at_api_url),
            )
            try:
                self._start_children(settings, running)
                return running
            except _PortTaken:
                self._progress("Another program was faster with a port: trying others")
                self._stop_children()
        raise DemoFailed(f"no two free ports in {STARTS_MAX} tries")

    def _start_children(self, settings: Settings, running: Running) -> None:
        config = self._data_dir / "simulator.json"
        config.touch(mode=0o600)
        token = self._introduce_phones(settings)
        config.write_bytes(msgspec.json.encode(simulator_config(settings, running, token)))
        environment = environment_of(**asdict(settings))  # all of them: a .env file says nothing here
        logs = self._data_dir / "logs"
        simulator = Child("simulator", ["simulator", "--config", str(config)], environment, logs)
        self._children.append(simulator)
        self._await(f"The phones: {running.page}", lambda: b"The phones are at" in simulator.log.read_bytes())
        self._introduce_us(settings)
        for role in ("web", "worker"):
            self._children.append(Child(role, ["bot", role], environment, logs))
        # Only ours has an address with our secret in it, whoever else may listen on the port.
        ours = f"{running.bot}/hooks/at/ussd/{running.hook_secret}"
        self._await(f"The bot: {running.bot}", lambda: requests.get(ours, timeout=5).status_code == 405)
        # What is due at once is asked of M-Pesa too, which answers by calling us.
        self._children.append(Child("scheduler", ["bot", "scheduler"], environment, logs))
        health = f"{running.bot}/health"
        self._await("All is well", lambda: requests.get(health, timeout=5).ok)

    def _introduce_phones(self, settings: Settings) -> str:
        """A token by which the page of the phones reads the books."""
        app = build(settings)
        try:
            token, _ = make_api_token(
                app.store, "The phones", ("groups:read", "books:read"), timedelta(days=30), everywhere=True
            )
        finally:
            app.close()
        return token

    def _introduce_us(self, settings: Settings) -> None:
        """
        What an operator does once: content for WhatsApp, commands for Telegram, addresses for M-Pesa. The
        simulator has forgotten it.
        """
        app = build(settings)
        try:
            app.store.forget_provider_ids()
            for template in every_template():
                app.make_content(template)
            if app.telegram is not None:
                app.telegram.set_up(f"{settings.public_url}{app.telegram.path}")
            daraja_console(settings, app.tokens).register()
        except (SendFailed, ProviderError) as refused:
            raise DemoFailed(f"the simulator does not take what the channels need: {refused}") from refused
        finally:
            app.close()

    def _await(self, what: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._check_stop()
            self._check_children()
            with suppress(requests.RequestException):
                if is_ready():
                    self._progress(what)
                    return
            self._stop.wait(0.05)
        raise DemoFailed(f"not in {START_SECONDS} s: {what}; see {self._data_dir / 'logs'}")

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _check_children(self) -> None:
        for child in self._children:
            if child.has_ended() and not self._stop.is_set():
                words = child.last_words()
                failure = _PortTaken if "Address already in use" in words else DemoFailed
                raise failure(f"{child.name} has ended; its last words ({child.log}):\n{words}")

    def _watch(self, stores: Stores, seconds: float | None) -> None:
        """Start again what ends by itself. Raises StoreUnavailable, DemoFailed when that is of no use."""
        deadline = time.monotonic() + seconds if seconds else None
        while not self._stop.wait(0.5):
            stores.revive()
            for child in [child for child in self._children if child.has_ended()]:
                if not child.restart():
                    self._check_children()
                self._progress(f"{child.name} has ended: starting it again ({child.log} has its last words)")
            if deadline and time.monotonic() > deadline:
                return

    def _stop_children(self) -> None:
        for child in self._children:
            child.tell()
        for child in self._children:
            child.wait()
        self._children.clear()

    def _introduce(self, running: Running) -> None:
        wide = min(shutil.get_terminal_size().columns, 78)
        code = running.service_code
        self._say(f"\n{'─' * wide}\n  Open {running.page} for the phones and the books.\n{'─' * wide}")
        self._say(f"\nEveryone dials {code}; the mobile money PIN is {MOMO_PIN}. The village:\n")
        for group in GROUPS:
            self._say(f"  {group.name} ({group.price.currency}, group code {group.code})")
            for villager in [each for each in people() if each.roles[0][0] == group.code]:
                self._say(f"    {villager.name:16} {villager.phone:15} PIN {villager.pin}  {_described(villager)}")
        self._say(
            f"\n  {APPLICANT.name:18} {APPLICANT.phone:15} PIN {APPLICANT.pin}  waits to be let into Umoja Women"
        )
        self._say(f"  {'(a newcomer)':18} {NEWCOMER_PHONE:15} dials and registers with code {GROUPS[0].code}\n")
        leader = people()[0]
        self._say(f"The pages of a leader: {running.bot}/sign-in")
        self._say(f"  Type {leader.phone}; the code comes to the phone of {leader.name}:")
        self._say(f"  {running.page}/static/index.html#{leader.phone}\n")
        self._say(f"The pages of the operator: {running.bot}/sign-in?to=/operator")
        self._say(f"  E-mail {' or '.join(email for email, _ in OPERATORS)}, password: {PASSWORD}")
        self._say("  The code that their app shows now: the first command below.\n")
        self._say("In another terminal, from this directory:")
        program = f"{os.path.relpath(sys.executable)} -m bot"
        if self._data_dir != Path(".data"):
            program = f"DATA_DIR={shlex.quote(str(self._data_dir))} {program}"
        self._say(f"  {program} demo --codes")
        self._say(f"  {program} dial {people()[1].phone}")
        self._say(f"  {program} ledger verify")
        self._say("\nCtrl-C stops everything.")


def _described(villager: Villager) -> str:
    role, story = villager.roles[0][1], STORIES.get(villager.name)
    place = f"{role}, in two groups" if len(villager.roles) > 1 else role
    return f"{place}; {story}" if story else place


def settings_for(data_dir: Path, stores: Stores, *, bot: int = BOT_PORT, page: int = PAGE_PORT) -> Settings:
    """The demo's own settings, whatever the environment says: nothing of it may reach real stores or providers."""
    return load(
        {
            "DATA_DIR": str(data_dir),
            "MONGO_URI": stores.mongo_uri,
            "REDIS_URL": stores.redis_url,
            "PORT": str(bot),
            "PUBLIC_URL": f"http://127.0.0.1:{bot}",
            # The page of the phones looks at the books each second, from the address of whoever looks at pages.
            "RATE_LIMIT_MAX_REQUESTS": "10000",
            **_providers(f"http://127.0.0.1:{page}"),
        }
    )


def _providers(phones: str) -> dict[str, str]:
    """The settings of every channel and rail, all at this address."""
    return {
        "AT_API_URL": phones,
        "AT_API_KEY": "demo",
        "AT_SENDER_ID": "SAVINGS",
        "TWILIO_ACCOUNT_SID": f"AC{'0' * 31}1",
        "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
        "TWILIO_WHATSAPP_NUMBER": "+14155238886",
        "TWILIO_API_URL": f"{phones}/twilio",
        "TELEGRAM_BOT_TOKEN": "123456:simulated",
        "TELEGRAM_API_URL": f"{phones}/telegram",
        # Uganda by its own networks, Kenya by M-Pesa, and Cameroon by who reaches all.
        "PAYMENT_RAILS": "airtel,daraja,momo,pawapay",
        "AIRTEL_API_URL": f"{phones}/airtel",
        "AIRTEL_CLIENT_ID": "demo",
        "AIRTEL_CLIENT_SECRET": "demo",
        "AIRTEL_PIN": "1234",
        "MOMO_API_URL": f"{phones}/momo",
        "MOMO_ENVIRONMENT": "mtnuganda",
        "MOMO_SUBSCRIPTION_KEY": "demo",
        "MOMO_API_USER": "demo",
        "MOMO_API_KEY": "demo",
        "MOMO_DISBURSEMENT_SUBSCRIPTION_KEY": "demo-out",
        "MOMO_DISBURSEMENT_API_USER": "demo-out",
        "MOMO_DISBURSEMENT_API_KEY": "demo-out",
        "PAWAPAY_API_URL": f"{phones}/pawapay",
        "PAWAPAY_TOKEN": "demo",
        "DARAJA_API_URL": f"{phones}/daraja",
        "DARAJA_CONSUMER_KEY": "demo",
        "DARAJA_CONSUMER_SECRET": "demo",
        # What Safaricom publishes for its sandbox.
        "DARAJA_SHORTCODE": "174379",
        "DARAJA_PASSKEY": "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919",
        "DARAJA_CALLERS": "127.0.0.1",
        "DARAJA_INITIATOR": "testapi",
        "DARAJA_INITIATOR_PASSWORD": "demo",
        "DARAJA_CERTIFICATE": str(CERTIFICATE),
    }


def simulator_config(settings: Settings, running: Running, token: str) -> dict[str, Any]:
    """The village as its phones and providers know it."""
    names = {group.code: group.name for group in GROUPS}
    persons = [
        _person(each.name, each.phone, each.pin, each.roles[0][1], [names[c] for c, _ in each.roles], each)
        for each in people()
    ]
    persons.append(_person(APPLICANT.name, APPLICANT.phone, APPLICANT.pin, "applicant", [], APPLICANT))
    newcomer = replace(APPLICANT, phone=NEWCOMER_PHONE, wallet=Money(100_000, "UGX"))
    persons.append(_person("A newcomer", NEWCOMER_PHONE, "", "newcomer", [], newcomer))
    return {
        "port": int(running.page.rpartition(":")[2]),
        "bot_url": running.bot,
        "hook_secret": running.hook_secret,
        "service_code": running.service_code,
        "twilio_account_sid": settings.twilio_account_sid,
        "twilio_auth_token": settings.twilio_auth_token,
        "whatsapp_number": settings.twilio_whatsapp_number,
        "telegram_token": settings.telegram_bot_token,
        "telegram_secret": settings.telegram_secret,
        "api_token": token,
        "people": persons,
    }


def _person(name: str, phone: str, pin: str, role: str, groups: list[str], villager: Villager) -> dict[str, Any]:
    return {
        "name": name,
        "phone": phone,
        "pin": pin,
        "role": role,
        "groups": groups,
        "network": villager.network,
        "language": villager.language,
        "wallet": {"minor": villager.wallet.minor, "currency": villager.wallet.currency},
        "momo_pin": MOMO_PIN,
    }


def _free_port(wanted: int) -> int:
    """The wanted port, or any free one when somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("no free port on 127.0.0.1")
