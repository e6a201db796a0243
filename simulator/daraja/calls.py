"""How Daraja calls the bot: once, later, and with the faults that it was told to show."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import requests

from simulator.daraja.access import Json
from simulator.world import Switches, World

HEADERS: Final = {"Content-Type": "application/json;charset=UTF-8"}


class Caller:
    """The callbacks of one product, whose switches are `faults`."""

    def __init__(self, world: World, faults: Switches) -> None:
        self._world, self._faults = world, faults

    def tell(self, url: str, body: Json, shortcode: str, *, at_once: bool = False) -> None:
        """One call, which nothing repeats: the answer is not looked at."""
        if self._faults.take("no_callback"):
            return
        times = 2 if self._faults.take("callback_twice") else 1
        for _ in range(times):
            if at_once:
                with suppress(requests.RequestException):
                    self.post(url, body, shortcode)
            else:
                wait = self._faults.get("callback_ms") / 1_000
                self._world.later(wait, lambda: self.post(url, body, shortcode))

    def post(self, url: str, body: Json, shortcode: str, seconds: float | None = None) -> Json | None:
        """The JSON that the bot answers with; None when it is none."""
        answer = self._world.http.post(
            url,
            data=json.dumps(body),
            headers=HEADERS | {"BusinessShortCode": shortcode},
            timeout=seconds or self._world.config.answer_seconds,
        )
        try:
            said = answer.json() if answer.status_code == 200 else None
        except ValueError:
            return None
        return said if isinstance(said, dict) else None

    def after(self, wait: str, job: Callable[[], object]) -> None:
        """As long after this as a switch says."""
        self._world.after(self._faults.get(wait), job)
