"""
A turn over HTTP on every channel, against the same server doing next to nothing.

    python -m benchmarks.turn [--seconds 4] [--rounds 3] [--clients 64]

One granian process serves six things, interleaved: a bare Flask view (form in, one Redis GET and one SET, a screen
out), the same as a plain WSGI callable with a held connection, a menu turn of the bot over USSD, Telegram and
WhatsApp (secret or signature, JSON or form, buttons or TwiML included), and amount turns of a contribution over
USSD; lock, dedupe and trace are in all of them. Absolute figures move with the machine; the ratios of one run
hold.
"""

import argparse
import itertools
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import psutil
from twilio.request_validator import RequestValidator

from bot.app import App, build
from bot.config import Settings, load
from bot.local.stores import Stores, embedded
from channels import telegram, ussd
from channels.whatsapp import chat as whatsapp
from domain.money import Money
from domain.mongo.store import CommandListener
from domain.people.chats import put_address
from domain.records.person import Member, Stranger
from flows import ask
from flows.dialogue import flow
from flows.engine.messages import Message
from flows.engine.screen import say
from flows.engine.sessions import Keys, Opened, Sessions
from flows.engine.steps import Conversation
from tests.people import Villager, found_group, let_in, register

HOOK = "bench"
PATHS = {
    "flask": "/flask",
    "plain": "/plain",
    "menu": f"/hooks/at/ussd/{HOOK}",
    "telegram": f"/hooks/telegram/{HOOK}",
    "whatsapp": whatsapp.PATH,
    "amount": f"/hooks/at/ussd/{HOOK}",
}
TITLES = {
    "flask": "bare Flask view, GET + SET",
    "plain": "plain callable, held connection",
    "menu": "bot: menu turn, USSD",
    "telegram": "bot: menu turn, Telegram",
    "whatsapp": "bot: menu turn, WhatsApp",
    "amount": "bot: amount turn, USSD",
}
ROUNDS_OF_A_CALL = 20

Requests = Callable[[Settings, str], Iterator[bytes]]

_calls = itertools.count(os.getpid() * 10_000_000)


@dataclass
class Sample:
    """Requests a second of each round, the CPU seconds of the server for each, and the seconds each took."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu_us(self) -> float:
        return statistics.median(self.costs) * 1e6

    def percentile_ms(self, percent: int) -> float:
        return statistics.quantiles(self.waits, n=100)[percent - 1] * 1000


def cpu_seconds(pid: int) -> float:
    """What a process and its children have worked so far."""
    process = psutil.Process(pid)
    worked = [each.cpu_times() for each in (process, *process.children())]
    return sum(times.user + times.system for times in worked)


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
        answer = self.socket.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        while b"content-length: %d" % len(body) not in head.lower():
            body += self.socket.recv(65_536)
        assert head.startswith(b"HTTP/1.1 200") and b"Sorry" not in body, answer
        return time.perf_counter() - self.sent_at


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


def menus(settings: Settings, phone: str) -> Iterator[bytes]:
    """A new call each time: the first screen of a member is the menu."""
    while True:
        yield callback(PATHS["menu"], phone, f"ATUid_{next(_calls):032x}", "")


def telegram_menus(settings: Settings, phone: str) -> Iterator[bytes]:
    """The word "menu", with all that Telegram sends beside it."""
    user = {"id": user_of(phone), "is_bot": False, "first_name": "Akello", "language_code": "en"}
    chat = {"id": user_of(phone), "first_name": "Akello", "type": "private"}
    while True:
        number = next(_calls)
        message = {"message_id": number, "date": 1_790_000_000, "from": user, "chat": chat, "text": "menu"}
        body = json.dumps({"update_id": number, "message": message}).encode()
        secret = {"X_Telegram_Bot_Api_Secret_Token": settings.telegram_secret}
        yield posted(PATHS["telegram"], body, "application/json", **secret)


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
        yield posted(PATHS["whatsapp"], urlencode(form).encode(), **signature)


def user_of(phone: str) -> int:
    """A member's id at Telegram."""
    return int(phone.removeprefix("+"))


def amounts(settings: Settings, phone: str) -> Iterator[bytes]:
    """Contribute, then an amount, back, an amount, back … in one call, whose transcript grows."""
    path = PATHS["amount"]
    while True:
        session, text = f"ATUid_{next(_calls):032x}", "1"
        yield callback(path, phone, session, "")
        yield callback(path, phone, session, text)
        for _ in range(ROUNDS_OF_A_CALL):
            for typed in ("700", "0"):
                text += f"*{typed}"
                yield callback(path, phone, session, text)


def bare(path: str) -> Requests:
    """The callbacks of new calls, to one of what we are compared with."""

    def requests(settings: Settings, phone: str) -> Iterator[bytes]:
        while True:
            yield callback(path, phone, f"ATUid_{next(_calls):032x}", "")

    return requests


REQUESTS: Final[Mapping[str, Requests]] = {
    "flask": bare(PATHS["flask"]),
    "plain": bare(PATHS["plain"]),
    "menu": menus,
    "telegram": telegram_menus,
    "whatsapp": whatsapp_menus,
    "amount": amounts,
}


def load_server(
    server: int, port: int, name: str, settings: Settings, phones: list[str], seconds: float, sample: Sample
) -> None:
    """Keep every phone waiting for an answer for some seconds."""
    callers = [Caller(port, REQUESTS[name](settings, phone)) for phone in phones]
    with selectors.DefaultSelector() as selector:
        for caller in callers:
            selector.register(caller.socket, selectors.EVENT_READ, caller)
            caller.send()
        begun, waits = time.perf_counter(), []
        worked = cpu_seconds(server)
        while time.perf_counter() - begun < seconds:
            for key, _ in selector.select(timeout=5):
                waits.append(key.data.receive())
                key.data.send()
        took = time.perf_counter() - begun
        sample.costs.append((cpu_seconds(server) - worked) / len(waits))
        for caller in callers:
            caller.receive()
            caller.socket.close()
    sample.rates.append(len(waits) / took)
    sample.waits.extend(waits)


class Counted(CommandListener):
    """Counts the commands that are sent to MongoDB."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: object) -> None:
        self.names.append(str(getattr(event, "command_name", "")))

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...


def count_round_trips(settings: Settings, villager: Villager) -> None:
    """What one turn asks of Redis and MongoDB, once a process knows the member."""
    counted = Counted()
    app = build(settings, listeners=[counted])

    def turn(session: str, text: str) -> tuple[int, int]:
        before, names = app.sessions.round_trips, len(counted.names)
        app.engine.handle(message(app, villager.phone, session, text))
        return app.sessions.round_trips - before, len(counted.names) - names

    turn("warm", "")
    print(f"\n{'turn':34}{'Redis round trips':>19}{'MongoDB commands':>19}")
    for title, text in (("menu", ""), ("contribute (reads what is due)", "1"), ("amount", "1*700")):
        redis, mongo = turn("counted", text)
        print(f"{title:34}{redis:19}{mongo:19}")
    app.close()


def message(app: App, phone: str, session: str, text: str) -> Message:
    return ussd.to_message({"phoneNumber": phone, "sessionId": session, "text": text})


class InMemory(Sessions):
    """Sessions that cost nothing, to see what the engine costs."""

    def __init__(self) -> None:
        self.session, self.profile = b"", b""

    def begin(self, keys: Keys, token: str) -> Opened:
        return Opened(keys, token, b"0", self.session, self.profile)

    def commit(
        self, opened: Opened, *, reply: bytes, session: bytes, profile: bytes, trace: bytes, repeats_seconds: int
    ) -> bool:
        self.session, self.profile = session, profile or self.profile
        return True

    def person_at(self, address: str) -> str | None:
        return None

    def remember_address(self, address: str, person: str) -> None: ...


@flow("fourteen")
def fourteen(me: Member | Stranger) -> Conversation:
    """A list that takes several screens."""
    yield from ask.choice("which", "Which group?", {str(n): f"Savings group {n}" for n in range(1, 15)})
    return say("Done")


def engine_cpu(app: App, phone: str) -> None:
    """CPU of the engine alone: decode, replay, render, encode; without HTTP and Redis."""
    print(f"\n{'engine alone':34}{'CPU µs a turn':>19}")
    cases = (
        ("menu turn", None, [""]),
        ("amount turn", None, ["", "1", "1*700"]),
        ("menu of 14 options, paged", fourteen, [""]),
    )
    for title, conversation, texts in cases:
        engine = app.engine.over(InMemory(), conversation)
        costs = []
        for number in range(2_000):
            for text in texts:
                turn = message(app, phone, f"call-{number}", text)
                begun = time.thread_time()
                engine.handle(turn)
                cost = time.thread_time() - begun
            costs.append(cost * 1e6)
        print(f"{title:34}{statistics.median(costs):19.0f}")


def found_members(settings: Settings, number: int) -> list[Villager]:
    app = build(settings)
    leader = register(app.store, "Nakato Ruth", "+256772900000", "2580")
    group = found_group(app.store, "10101", "Umoja", Money(500, "UGX"), {leader: "chairperson"})
    rules = replace(app.store.groups.get(group).constitution, members_max=0)  # more phones than a village has
    app.store.groups.change(group, constitution=rules)
    members = [register(app.store, "Akello Grace", f"+2567729{n:05}", "2581") for n in range(1, number + 1)]
    let_in(app.store, group, "10101", leader, *members)
    for member in members:
        put_address(app.store, f"telegram:{user_of(member.phone)}", telegram.CHANNEL.name, member.id)
    app.close()
    return members


def environment(stores: Stores, directory: str) -> dict[str, str]:
    secret = "0123456789abcdef" * 2
    given = {
        "APP_ENV": "test", "MONGO_URI": stores.mongo_uri, "REDIS_URL": stores.redis_url, "DATA_DIR": directory,
        "SESSION_SECRET": secret, "PIN_PEPPER": secret, "JWT_SECRET": secret, "HOOK_SECRET": HOOK,
        "MOMO_ENVIRONMENT": "simulator", "MOMO_SUBSCRIPTION_KEY": "k", "MOMO_API_USER": "u", "MOMO_API_KEY": "k",
        "TELEGRAM_BOT_TOKEN": "123456:bench", "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}", "TWILIO_AUTH_TOKEN": secret,
        "TWILIO_WHATSAPP_NUMBER": "+14155238886",
    }  # fmt: skip
    return {**os.environ, **given}


def serve(environ: dict[str, str], port: int, threads: int) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "benchmarks.turn_server:application",
            "--port", str(port), "--workers", "1", "--blocking-threads", str(threads), "--log-level", "error",
        ],
        env=environ,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server
        except OSError:
            time.sleep(0.1)
    server.terminate()
    raise TimeoutError("the server did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def print_samples(samples: Mapping[str, Sample], clients: int) -> None:
    """A line each, with its ratio to what we are compared with."""
    flask, plain = samples["flask"].rate, samples["plain"].rate
    print(f"{f'{clients} phones':34}", end="")
    print(f"{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'x Flask':>9}{'x plain':>9}{'CPU µs':>9}{'x USSD':>9}")
    for name, sample in samples.items():
        print(
            f"{TITLES[name]:34}{sample.rate:9,.0f}{sample.percentile_ms(50):9.1f}{sample.percentile_ms(99):9.1f}"
            f"{sample.rate / flask:9.2f}{sample.rate / plain:9.2f}"
            f"{sample.cpu_us:9.0f}{sample.cpu_us / samples['menu'].cpu_us:9.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4, help="of one round (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each, interleaved; medians (default: 3)")
    parser.add_argument("--clients", type=int, default=64, help="phones at once (default: 64)")
    parser.add_argument("--threads", type=int, default=4, help="of the server (default: 4)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory)) as stores:
        environ = environment(stores, directory)
        settings = load(environ)
        members = found_members(settings, 2 * options.clients)
        # Who is in the middle of a contribution is offered to go on with it: amounts are typed by others.
        phones = [member.phone for member in members[: options.clients]]
        savers = [member.phone for member in members[options.clients :]]
        callers = {name: savers if name == "amount" else phones for name in PATHS}
        port = free_port()
        server = serve(environ, port, options.threads)
        samples = {name: Sample() for name in PATHS}
        try:
            for name in PATHS:
                load_server(server.pid, port, name, settings, callers[name], 1, Sample())
            for _ in range(options.rounds):
                for name, sample in samples.items():
                    load_server(server.pid, port, name, settings, callers[name], options.seconds, sample)
        finally:
            server.terminate()
            server.wait()
        print_samples(samples, options.clients)
        count_round_trips(settings, members[0])
        app = build(settings)
        engine_cpu(app, members[0].phone)
        app.close()


if __name__ == "__main__":
    main()
