"""A town for a benchmark: members in groups, our own stores, stand-ins for the providers, and every process."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import requests

from bot.app import App, build
from bot.config import Settings, environment_of, load
from bot.demo.run import settings_for
from bot.local.children import Child
from bot.local.stores import embedded
from channels import telegram
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.chats import put_address
from tests.people import Villager, found_group, let_in, register
from tests.processes import free_port

PER_GROUP: Final = 25
WALLET: Final = 500_000
START_SECONDS: Final = 60


@dataclass(frozen=True)
class Circle:
    """A group, and who is in it; the first one leads it."""

    id: str
    code: str
    members: Sequence[Villager]


@dataclass(frozen=True)
class Town:
    """What is running. `webs` are the ports of the web servers, by their names."""

    app: App
    circles: Sequence[Circle]
    webs: Mapping[str, int]
    children: dict[str, Child]
    _start: Callable[[str], None]

    def again(self, name: str) -> None:
        """Stop a process as whoever runs it does, and start it anew."""
        self.children[name].tell()
        self.children[name].wait()
        self._start(name)

    @property
    def settings(self) -> Settings:
        """As they are for all processes, but for the port."""
        return self.app.settings


def found_circles(store: MongoStore, number: int, first: int = 0) -> list[Circle]:
    """So many members in groups of 25, who save by cash and by phone and have a chat in Telegram."""
    circles = []
    for begin in range(first, first + number, PER_GROUP):
        numbers = range(begin, min(begin + PER_GROUP, first + number))
        members = [
            register(store, f"Member{n:04} Grace", f"+25677{2_900_000 + n}", f"{2_600 + n % 7_000}")
            for n in numbers
        ]
        leader, *others = members
        code = f"{20_000 + begin}"
        group = found_group(store, code, f"Umoja {begin}", Money(5_000, "UGX"), {leader: "chairperson"})
        let_in(store, group, code, leader, *others)
        for member in members:
            put_address(store, f"telegram:{member.phone[-9:]}", telegram.CHANNEL.name, member.id)
        circles.append(Circle(group, code, members))
    return circles


@contextmanager
def running(
    scratch: Path, number: int, webs: Mapping[str, Mapping[str, str]], given: Mapping[str, str]
) -> Iterator[Town]:
    """Everything, with so many members; each web server has settings of its own beside those that are `given`."""
    with ExitStack() as stack:
        stores = stack.enter_context(embedded(scratch))
        page, *ports = (free_port() for _ in range(1 + len(webs)))
        settings = settings_for(scratch, stores, bot=ports[0], page=page)
        environment = {**environment_of(**vars(settings)), **given}
        settings = load(environment)
        app = build(settings)
        stack.callback(app.close)
        circles = found_circles(app.store, number)
        config = scratch / "simulator.json"
        config.write_bytes(msgspec.json.encode(_simulated(settings, page, circles)))
        logs, children = scratch / "logs", dict[str, Child]()
        commands: dict[str, tuple[list[str], Mapping[str, str]]] = {
            "simulator": (["simulator", "--config", str(config)], {}),
            **{
                name: (["bot", "web"], {**own, "PORT": str(port)})
                for (name, own), port in zip(webs.items(), ports, strict=True)
            },
            **{role: (["bot", role], {}) for role in ("worker", "scheduler")},
        }

        def start(name: str) -> None:
            command, own = commands[name]
            children[name] = Child(name, command, {**environment_of(**vars(settings)), **own}, logs)

        stack.callback(_stop, children)
        for name in commands:
            start(name)
        town = Town(app, circles, dict(zip(webs, ports, strict=True)), children, start)
        for port in ports:
            wait_until(partial(is_well, port), f"a web server did not start: see {logs}")
        yield town


def _stop(children: Mapping[str, Child]) -> None:
    for child in children.values():
        child.tell()
    for child in children.values():
        child.wait()


def _simulated(settings: Settings, page: int, circles: Sequence[Circle]) -> dict[str, object]:
    """The members as their phones and providers know them."""
    wallet = {"minor": WALLET, "currency": "UGX"}
    people = [
        {"name": each.name, "phone": each.phone, "wallet": wallet} for circle in circles for each in circle.members
    ]
    return {
        "port": page, "bot_url": settings.public_url, "hook_secret": settings.hook_secret,
        "service_code": settings.service_code, "twilio_account_sid": settings.twilio_account_sid,
        "twilio_auth_token": settings.twilio_auth_token, "whatsapp_number": settings.twilio_whatsapp_number,
        "telegram_token": settings.telegram_bot_token, "telegram_secret": settings.telegram_secret,
        "people": people, "approve_after_seconds": 1.0,
    }  # fmt: skip


def is_well(port: int) -> bool:
    """Whether a web server reaches its stores."""
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok
    return False


def wait_until(is_so: Callable[[], bool], otherwise: str, seconds: float = START_SECONDS) -> None:
    """Raises SystemExit when it does not come about."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(otherwise)
        time.sleep(0.1)
