"""
The whole service on one machine: stores, web, worker, scheduler, stand-ins for the providers, a village.

Everything it starts ends with it: by Ctrl-C, by SIGTERM, and by a kill -9 too.
"""

import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec
import requests

from bot.api import make_token
from bot.app import build
from bot.children import Child
from bot.config import Settings, environment_of
from bot.stores import Stores, embedded
from bot.village import APPLICANT, GROUPS, MOMO_PIN, NEWCOMER_PHONE, Villager, found, is_there, people
from domain.money import Money
from domain.mongo.store import utc_now

START_SECONDS: Final = 60
BOT_PORT, PAGE_PORT = 8000, 9100


class DemoFailed(Exception):
    """The demo cannot go on; the message says why and what to look at."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running demo is: what its `demo.json` holds, for `python -m bot dial`."""

    page: str
    bot: str
    hook_secret: str
    service_code: str


def where(data_dir: Path) -> Path:
    return data_dir / "demo.json"


def read_running(data_dir: Path) -> Running | None:
    """The demo that was started on this directory last; None when there was none."""
    try:
        return msgspec.json.decode(where(data_dir).read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


class Demo:
    """`say` is given one line for each thing that happens."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._began = time.monotonic()
        self._stop = threading.Event()
        self._children: list[Child] = []

    def run(self, seconds: float | None = None) -> None:
        """Run until interrupted, or for some seconds. Raises StoreUnavailable, DemoFailed."""
        data_dir = self._settings.data_dir
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                before = signal.signal(number, self._told_to_stop)
                stack.callback(signal.signal, number, before)
            stores = stack.enter_context(
                embedded(
                    data_dir,
                    mongo_uri=self._settings.mongo_uri,
                    redis_url=self._settings.redis_url,
                    progress=self._progress,
                )
            )
            running = self._addresses()
            stack.callback(self._stop_children)
            self._seed(stores)
            self._start(stores, running)
            where(data_dir).write_bytes(msgspec.json.encode(running))
            stack.callback(where(data_dir).unlink, missing_ok=True)
            self._introduce(running)
            self._watch(seconds)
            self._say("\nStopping …")

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _progress(self, line: str) -> None:
        self._say(f"{time.monotonic() - self._began:5.1f} s  {line}")

    def _addresses(self) -> Running:
        bot, page = _free_port(BOT_PORT), _free_port(PAGE_PORT)
        secret, code = self._settings.hook_secret, self._settings.service_code
        return Running(f"http://127.0.0.1:{page}", f"http://127.0.0.1:{bot}", secret, code)

    def _seed(self, stores: Stores) -> None:
        app = build(replace(self._settings, mongo_uri=stores.mongo_uri, redis_url=stores.redis_url))
        try:
            if is_there(app.store):
                self._progress("The village is there")
                return
            # A village that was interrupted while it was founded has no history worth keeping.
            app.store.database.client.drop_database(app.settings.mongo_database)
        finally:
            app.close()
        app = build(app.settings)
        try:
            self._progress("Founding the village: 3 groups, 30 members, 3 months")
            found(app.store, utc_now(), self._bar)
        finally:
            app.close()

    def _bar(self, done: int, total: int) -> None:
        if done == total or done % 8 == 0:
            filled = 24 * done // total
            self._progress(f"  [{'#' * filled}{'.' * (24 - filled)}] {100 * done // total:3} %")

    def _start(self, stores: Stores, running: Running) -> None:
        settings, data_dir = self._settings, self._settings.data_dir
        config = data_dir / "simulator.json"
        config.touch(mode=0o600)
        config.write_bytes(msgspec.json.encode(simulator_config(settings, running)))
        environment = environment_of(
            mongo_uri=stores.mongo_uri,
            redis_url=stores.redis_url,
            data_dir=data_dir,
            port=running.bot.rpartition(":")[2],
            public_url=running.bot,
            at_api_url=running.page,
            at_api_key="demo",
            at_sender_id="SAVINGS",
            momo_api_url=f"{running.page}/momo",
            momo_environment="simulator",
            momo_subscription_key="demo",
            momo_api_user="demo",
            momo_api_key="demo",
        )
        logs = data_dir / "logs"
        for name, arguments in (
            ("simulator", ["simulator", "--config", str(config)]),
            ("web", ["bot", "web"]),
            ("worker", ["bot", "worker"]),
            ("scheduler", ["bot", "scheduler"]),
        ):
            self._children.append(Child(name, arguments, environment, logs))
        self._await("The phones", f"{running.page}/sim/people")
        self._await("The bot", f"{running.bot}/health")

    def _await(self, what: str, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._stop.is_set():
            self._check_children()
            try:
                if requests.get(url, timeout=5).ok:
                    self._progress(f"{what}: {url.rpartition('/')[0].removesuffix('/sim')}")
                    return
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                raise DemoFailed(f"{url} does not answer: see {self._settings.data_dir / 'logs'}")
            self._stop.wait(0.05)

    def _check_children(self) -> None:
        for child in self._children:
            if child.has_ended() and not self._stop.is_set():
                raise DemoFailed(f"{child.name} has ended; its last words ({child.log}):\n{child.last_words()}")

    def _watch(self, seconds: float | None) -> None:
        deadline = time.monotonic() + seconds if seconds else None
        while not self._stop.wait(0.5):
            self._check_children()
            if deadline and time.monotonic() > deadline:
                return

    def _stop_children(self) -> None:
        for child in self._children:
            child.tell()
        for child in self._children:
            child.wait()

    def _introduce(self, running: Running) -> None:
        if self._stop.is_set():
            return
        wide = min(shutil.get_terminal_size().columns, 78)
        code = running.service_code
        self._say(f"\n{'─' * wide}\n  Open {running.page} for the phones and the books.\n{'─' * wide}")
        self._say(f"\nEveryone dials {code}; the mobile money PIN is {MOMO_PIN}. The village:\n")
        for group in GROUPS:
            self._say(f"  {group.name} ({group.share_price.currency}, group code {group.code})")
            for villager in [each for each in people() if each.roles[0][0] == group.code]:
                self._say(f"    {villager.name:16} {villager.phone:15} PIN {villager.pin}  {_described(villager)}")
        self._say(
            f"\n  {APPLICANT.name:18} {APPLICANT.phone:15} PIN {APPLICANT.pin}  waits to be let into Umoja Women"
        )
        self._say(f"  {'(a newcomer)':18} {NEWCOMER_PHONE:15} dials and registers with code {GROUPS[0].code}\n")
        self._say("In another terminal, from this directory:")
        self._say(f"  .venv/bin/python -m bot dial {people()[1].phone}")
        self._say("  .venv/bin/python -m bot ledger verify")
        self._say("\nCtrl-C stops everything.")


def _described(villager: Villager) -> str:
    role = villager.roles[0][1]
    return f"{role}, in two groups" if len(villager.roles) > 1 else role


def simulator_config(settings: Settings, running: Running) -> dict[str, Any]:
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
        "api_token": make_token(settings.jwt_secret, timedelta(days=30)),
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
