"""A bot of a few lines that records what reaches it, and a simulator that calls it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from werkzeug import Request, Response

from simulator.server import Simulator
from tests.served import Served
from tests.waiting import WAIT_SECONDS

GRACE, OKOT, STRANGER = "+256772000101", "+256772000102", "+254711000999"
SECRET = "hush"


@dataclass(frozen=True)
class Call:
    """One request the bot got. `hook` is the callback's name, or the path of anything else."""

    hook: str
    path: str
    headers: dict[str, str]
    body: str
    form: dict[str, str]


@dataclass
class Bot:
    """Answers its USSD hook with `screens` in turn, a path of `pages` with its page, the rest with `status`."""

    url: str = ""
    screens: deque[str | Response] = field(default_factory=deque)
    pages: dict[str, Callable[[Request], Response]] = field(default_factory=dict)
    status: int = 200
    calls: list[Call] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        body = request.get_data(as_text=True)
        form = dict(parse_qsl(body, keep_blank_values=True))
        hook = request.path.split("/")[3] if request.path.startswith("/hooks/at/") else request.path
        with self.changed:
            self.calls.append(Call(hook, request.path, dict(request.headers), body, form))
            answer = self.screens.popleft() if hook == "ussd" else Response(status=self.status)
            if page := self.pages.get(request.path):
                answer = page(request)
            self.changed.notify_all()
        if answer == "hang":
            self.released.wait()
            answer = "END too late"
        if isinstance(answer, str):
            answer = Response(answer, content_type="text/plain")
        return answer(environ, start)

    def called(self, hook: str, count: int = 1) -> list[Call]:
        """The calls of one hook, once there are `count` of them."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.so_far(hook)) >= count, timeout=WAIT_SECONDS)
            found = self.so_far(hook)
        assert len(found) == count, f"{len(found)} calls of {hook}"
        return found

    def so_far(self, hook: str) -> list[Call]:
        with self.changed:
            return [call for call in self.calls if call.hook == hook]


@pytest.fixture
def bot() -> Iterator[Bot]:
    bot = Bot()
    with closing(Served(bot)) as served:
        bot.url = served.url
        yield bot
        bot.released.set()


@dataclass
class Phones:
    """The simulator's control API, called as the page calls it."""

    sim: Simulator
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.http.post(f"{self.sim.url}/sim/{path}", json=body)

    def get(self, path: str, **query: str) -> Any:
        return self.http.get(f"{self.sim.url}/sim/{path}", params=query).json()

    def dial(self, phone: str = GRACE, code: str = "*384*7#") -> dict[str, Any]:
        answer: dict[str, Any] = self.post("ussd/dial", phone=phone, code=code).json()
        return answer

    def reply(self, session: str, text: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.post("ussd/reply", session=session, text=text).json()
        return answer


Start = Callable[..., Phones]


@pytest.fixture
def start(bot: Bot) -> Iterator[Start]:
    """Start a simulator of two people in front of the bot; keywords are its settings."""
    started: list[Simulator] = []

    def start(**settings: Any) -> Phones:
        people = [
            {"name": "Akello Grace", "phone": GRACE, "network": "64110"},
            {"name": "Okot James", "phone": OKOT, "network": "63903"},
        ]
        config = {"port": 0, "bot_url": bot.url, "hook_secret": SECRET, "people": people}
        sim = Simulator(config | {"delivery_seconds": 0.01, "inbound_retry_seconds": 0.01} | settings)
        sim.start()
        started.append(sim)
        return Phones(sim)

    yield start
    for sim in started:
        sim.stop()


@pytest.fixture
def phones(start: Start) -> Phones:
    return start()
