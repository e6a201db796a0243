"""A village with the bot and its providers, each on an address of its own, and people who call as on the page."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests

from bot.app import App
from bot.config import Settings
from simulator.server import Simulator
from tests.conftest import Clock
from tests.wired import Wired, joined

AKELLO, NAKATO, NEWCOMER = "+256772000101", "+256772000100", "+256772000199"


class Living(Wired):
    def __init__(self, app: App, simulator: Simulator, clock: Clock) -> None:
        super().__init__(app, simulator, clock.forward)
        self.clock, self.group = clock, self.village.umoja

    def post(self, path: str, **body: str) -> dict[str, str]:
        answer = requests.post(f"{self.simulator.url}/sim/{path}", json=body)
        assert answer.ok, answer.text
        return dict(answer.json())

    def call(self, phone: str, *typed: str) -> str:
        """Dial and type; answers with the last screen."""
        screen = self.post("ussd/dial", phone=phone, code="*384*7#")
        for text in typed:
            assert screen["open"], screen["text"]
            screen = self.post("ussd/reply", session=screen["session"], text=text)
        return screen["text"]


@contextmanager
def living(settings: Settings, clock: Clock) -> Iterator[Living]:
    """A village on these stores."""
    phones = {"Akello Grace": AKELLO, "Nakato Ruth": NAKATO, "Achieng Mary": NEWCOMER}
    with joined(settings, clock, phones) as (app, simulator):
        yield Living(app, simulator, clock)
    app.close()
