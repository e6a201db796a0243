"""
How updates reach the bot: posted to its webhook, a phone's one after the other, and again when it does not answer.

Source: Telegram, "Bot API", "setWebhook", "Making requests when getting updates".
"""

import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from simulator.telegram.params import Params, Refusal
from simulator.world import Switches, World

# How often Telegram tries is not published, only that it gives up.
ATTEMPTS_MAX = 4
LINE_MAX = 100
CONNECTIONS_MAX = 100

ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/\S*)?")
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{0,256}")

Json = dict[str, Any]


@dataclass(slots=True)
class Delivery:
    """One update on its way. `tried` is set after the first attempt; one that `leads` found nothing before it."""

    phone: str
    update: Json
    leads: bool = False
    attempts: int = 0
    answered: bool = False
    tried: threading.Event = field(default_factory=threading.Event)


class Webhook:
    """
    Until the bot sets a webhook, and when it has none any more, the config says where it is.

    `execute` does what the bot's answer asks for. Over plain HTTP and on any port, unlike Telegram.
    """

    def __init__(self, world: World, faults: Switches, execute: Callable[[Json], None]) -> None:
        self.world, self.faults, self._execute = world, faults, execute
        self._url, self._secret = "", world.config.telegram_secret
        self._allowed: list[Any] = []
        self._connections = 40
        self._error: Json = {}
        self._lines: dict[str, deque[Delivery]] = {}
        # They begin at the clock: to the bot, a simulator that is started again says nothing twice.
        self._ids = itertools.count(int(time.time()))
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        config = self.world.config
        return self._url or f"{config.bot_url.rstrip('/')}/hooks/telegram/{config.hook_secret}"

    def set(self, params: Params) -> None:
        """Raises Refusal."""
        url, secret = params.text("url"), params.text("secret_token")
        if url and not ADDRESS.fullmatch(url):
            raise Refusal(400, "bad webhook: An HTTPS URL must be provided for webhook")
        if not SECRET.fullmatch(secret):
            raise Refusal(400, "secret token contains unallowed characters")
        allowed = params.nested("allowed_updates", list)
        self._url = url
        self._secret = secret if url else self.world.config.telegram_secret
        self._allowed = self._allowed if allowed is None else allowed
        self._connections = min(max(1, params.number("max_connections") or 40), CONNECTIONS_MAX)
        self._drop_if_asked(params)

    def delete(self, params: Params) -> None:
        self._url, self._secret = "", self.world.config.telegram_secret
        self._drop_if_asked(params)

    def info(self) -> Json:
        with self._lock:
            pending = sum(map(len, self._lines.values()))
        info = {"url": self._url, "has_custom_certificate": False, "pending_update_count": pending}
        allowed = {"allowed_updates": self._allowed} if self._allowed else {}
        return info | self._error | {"max_connections": self._connections} | allowed

    def queue(self, phone: str, kind: str, body: Json) -> Delivery | None:
        """Put one update in the phone's line; None when the bot did not ask for its kind."""
        if self._allowed and kind not in self._allowed:
            return None
        with self._lock:
            line = self._lines.setdefault(phone, deque())
            delivery = Delivery(phone, {"update_id": next(self._ids), kind: body}, leads=not line)
            if len(line) < LINE_MAX:
                line.append(delivery)
            else:
                delivery.tried.set()  # a bot that is gone for so long loses it
        return delivery

    def deliver(self, delivery: Delivery) -> bool:
        """Whether the bot answered; if not, it is asked again later."""
        if delivery.leads:
            self._try(delivery)
        delivery.tried.wait(self.world.config.answer_seconds)
        return delivery.answered

    def _try(self, delivery: Delivery) -> None:
        """Try the first of a phone's line: what stands behind it waits until it is answered or given up."""
        with self._lock:
            if not self._is_first(delivery):
                return
        delivery.attempts += 1
        delivery.answered = self._hand_over(delivery.update)
        with self._lock:
            if self._is_first(delivery):
                self._go_on(delivery)
        delivery.tried.set()

    def _is_first(self, delivery: Delivery) -> bool:
        """Whether it is its turn; what was dropped stands in no line."""
        line = self._lines.get(delivery.phone)
        return line is not None and line[0] is delivery

    def _go_on(self, delivery: Delivery) -> None:
        """To the next in the line, or to the same one once more, ever more slowly."""
        line = self._lines[delivery.phone]
        wait = self.world.config.inbound_retry_seconds * 2 ** (delivery.attempts - 1)
        if delivery.answered or delivery.attempts == ATTEMPTS_MAX:
            wait = 0
            line.popleft()
        if not line:
            del self._lines[delivery.phone]
            return
        first = line[0]
        self.world.later(wait, lambda: self._try(first))

    def _hand_over(self, update: Json) -> bool:
        """Post an update, and do what the bot answers, unless a switch loses the answer."""
        if self.faults.take("update_lost_answer"):
            self._post(update)
        answered = False
        for _ in range(2 if self.faults.take("update_twice") else 1):
            answer = self._post(update)
            if answer is not None:
                self._execute(answer)
                answered = True
        return answered

    def _post(self, update: Json) -> Json | None:
        """The method call in the bot's answer, empty without one; None when it did not answer, or not with 2xx."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret} if self._secret else {}
        seconds = self.world.config.answer_seconds
        try:
            with self.world.http.post(
                self.url, json=update, headers=headers, timeout=seconds, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status_code < 300:
                    self._note(f"Wrong response from the webhook: {answer.status_code} {answer.reason}")
                    return None
                asked = answer.json() if answer.content else {}
        except requests.JSONDecodeError:
            return {}
        except requests.RequestException as failure:
            self._note(type(failure).__name__)
            return None
        return asked if isinstance(asked, dict) else {}

    def _note(self, problem: str) -> None:
        self._error = {"last_error_date": int(time.time()), "last_error_message": problem}

    def _drop_if_asked(self, params: Params) -> None:
        if params.text("drop_pending_updates").lower() in ("true", "1"):
            with self._lock:
                for delivery in itertools.chain.from_iterable(self._lines.values()):
                    delivery.tried.set()
                self._lines.clear()
