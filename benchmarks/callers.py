"""The load of the benchmarks: phones on kept connections, and what each channel's provider posts for them."""

import itertools
import json
import os
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from typing import Final
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from bot.config import Settings
from channels.whatsapp import chat as whatsapp

HOOK = "bench"
USSD, TELEGRAM = f"/hooks/at/ussd/{HOOK}", f"/hooks/telegram/{HOOK}"
READY_A_SECOND = 12_000  # requests that are made before they are needed, of all callers

Requests = Callable[[Settings, str], Iterator[bytes]]

_calls = itertools.count(os.getpid() * 10_000_000)


@dataclass
class Sample:
    """Of each round requests a second, and CPU seconds a request of server and Redis; of each request its wait."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    redis_costs: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu_us(self) -> float:
        return statistics.median(self.costs) * 1e6

    @property
    def redis_us(self) -> float:
        return statistics.median(self.redis_costs) * 1e6

    @property
    def whole_us(self) -> float:
        return self.cpu_us + self.redis_us

    def percentile_ms(self, percent: int) -> float:
        return statistics.quantiles(self.waits, n=100)[percent - 1] * 1000


class Caller:
    """One phone on one kept connection. `requests` are the callbacks it sends, without end."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests, self.sent_at = requests, 0.0

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(next(self.requests))

    def receive(self) -> float:
        """The seconds the answer took. Raises AssertionError when it is not a screen."""
        screen = self.screen()
        assert "Sorry" not in screen, screen
        return time.perf_counter() - self.sent_at

    def screen(self) -> str:
        """The body of the answer. Raises AssertionError when it is no 200."""
        answer = self.socket.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        while b"content-length: %d" % len(body) not in head.lower():
            body += self.socket.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200"), answer
        return body.decode()


def keep_calling(
    port: int,
    callers: list[Iterator[bytes]],
    seconds: float,
    sample: Sample,
    cpu: Callable[[], tuple[float, float]],
    *,
    opening: int = 0,
) -> None:
    """
    Keep every phone waiting for an answer for some seconds. `cpu` says what server and Redis have worked.

    The requests are made beforehand: to sign one of Twilio's takes as long as to answer it, on the same cores. The
    first `opening` ones of each phone lead to what is measured, and are answered before.
    """
    ready = int(READY_A_SECOND * seconds / len(callers))
    phones = [Caller(port, chain(list(islice(requests, ready)), requests)) for requests in callers]
    for _ in range(opening):
        for phone in phones:
            phone.send()
            phone.receive()
    with selectors.DefaultSelector() as selector:
        for phone in phones:
            selector.register(phone.socket, selectors.EVENT_READ, phone)
            phone.send()
        begun, waits = time.perf_counter(), []
        before = cpu()
        while time.perf_counter() - begun < seconds:
            for key, _ in selector.select(timeout=5):
                waits.append(key.data.receive())
                key.data.send()
        took = time.perf_counter() - begun
        after = cpu()
        for phone in phones:
            phone.receive()
            phone.socket.close()
    sample.rates.append(len(waits) / took)
    sample.costs.append((after[0] - before[0]) / len(waits))
    sample.redis_costs.append((after[1] - before[1]) / len(waits))
    sample.waits.extend(waits)


def callback(path: str, phone: str, session: str, text: str) -> bytes:
    form = {
        "phoneNumber": phone, "serviceCode": "*384*7#", "text": text, "sessionId": session, "networkCode": "64110"
    }  # fmt: skip
    return posted(path, urlencode(form).encode())


def posted(path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", **headers: str) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: bot",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def new_calls(path: str) -> Requests:
    """A new call each time: the first screen of a member is the menu."""

    def requests(_settings: Settings, phone: str) -> Iterator[bytes]:
        while True:
            yield callback(path, phone, f"ATUid_{next(_calls):032x}", "")

    return requests


def telegram_menus(settings: Settings, phone: str) -> Iterator[bytes]:
    """The word "menu", with all that Telegram sends beside it."""
    user = {"id": user_of(phone), "is_bot": False, "first_name": "Akello", "language_code": "en"}
    chat = {"id": user_of(phone), "first_name": "Akello", "type": "private"}
    while True:
        number = next(_calls)
        message = {"message_id": number, "date": 1_790_000_000, "from": user, "chat": chat, "text": "menu"}
        body = json.dumps({"update_id": number, "message": message}).encode()
        secret = {"X_Telegram_Bot_Api_Secret_Token": settings.telegram_secret}
        yield posted(TELEGRAM, body, "application/json", **secret)


def whatsapp_menus(settings: Settings, phone: str) -> Iterator[bytes]:
    """The word "menu", with all that Twilio sends beside it, signed."""
    validator = RequestValidator(settings.twilio_auth_token)
    url = f"{settings.public_url}{whatsapp.PATH}"
    while True:
        sid = f"SM{next(_calls):032x}"
        form = {
            "MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": settings.twilio_account_sid,
            "ApiVersion": "2010-04-01", "From": f"whatsapp:{phone}", "To": "whatsapp:+14155238886",
            "WaId": phone.removeprefix("+"), "ProfileName": "Akello", "Body": "menu", "MessageType": "text",
            "NumMedia": "0", "NumSegments": "1", "ReferralNumMedia": "0", "SmsStatus": "received",
            "Forwarded": "false", "FrequentlyForwarded": "false", "ExternalUserId": "whatsapp:UG.456612345",
            "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Akello"}}}',
        }  # fmt: skip
        signature = {"X_Twilio_Signature": validator.compute_signature(url, form)}
        yield posted(whatsapp.PATH, urlencode(form).encode(), **signature)


def user_of(phone: str) -> int:
    """A member's id at Telegram."""
    return int(phone.removeprefix("+"))


def amounts(_settings: Settings, phone: str) -> Iterator[bytes]:
    """
    An amount, back, an amount, back … in one call, whose transcript grows. OPENING requests lead to the question.

    Only those ask MongoDB, for what is due: after whatever was left open by a call before, they begin at the menu.
    """
    session, text = f"ATUid_{next(_calls):032x}", ""
    for typed in chain(("", "1", "*00", "*1"), cycle(("*700", "*0"))):
        text += typed
        yield callback(USSD, phone, session, text)


OPENING: Final[Mapping[str, int]] = {"amount": 4}
REQUESTS: Final[Mapping[str, Requests]] = {
    "flask": new_calls("/flask"),
    "plain": new_calls("/plain"),
    "peer": new_calls("/peer"),
    "menu": new_calls(USSD),
    "telegram": telegram_menus,
    "whatsapp": whatsapp_menus,
    "amount": amounts,
}
