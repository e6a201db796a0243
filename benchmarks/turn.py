"""
A turn over HTTP on every channel, against others doing next to nothing.

    python -m benchmarks.turn [--processes 1 2] [--callers 16 64] [--rounds 3] [--seconds 4] [--peer]

Interleaved: a bare Flask view (form in, one Redis GET and one SET, a screen out) and the same as a plain WSGI
callable with a held connection, both on granian; a menu turn of the bot over USSD, Telegram and WhatsApp (secret
or signature, JSON or form, buttons or TwiML included), and the amounts of a contribution over USSD, each typed and
taken back; lock, dedupe and trace are in all of the bot's. With `--peer` ussd-menu-builder on Express and ioredis
too, a menu a request (needs node and npm; installed once into .data/peer). Absolute figures move with the machine;
the ratios of one run hold.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import psutil
import redis

from benchmarks.callers import HOOK, OPENING, REQUESTS, Sample, keep_calling, user_of
from bot.app import App, build
from bot.config import Settings, load
from bot.local.stores import Stores, embedded
from channels import telegram, ussd
from domain.money import Money
from domain.mongo.store import CommandListener
from domain.people.chats import put_address
from domain.records.person import Talker
from flows import ask
from flows.dialogue import flow
from flows.engine.messages import Message
from flows.engine.screen import say
from flows.engine.sessions import Command, Keys, begin
from flows.engine.steps import Conversation
from tests.people import Villager, found_group, let_in, register
from tests.processes import free_port

PEER = Path(__file__).with_name("peer")
START_SECONDS = 30
SHORT = len(begin(Keys("", ""), "").parts)  # a begin, and no commit

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """One thing that is measured: which server answers it, and how it is called in the table."""

    server: str
    title: str


MEASURED: Final[Mapping[str, Measured]] = {
    "flask": Measured("flask", "bare Flask view, GET + SET"),
    "plain": Measured("plain", "plain callable, held connection"),
    "peer": Measured("peer", "ussd-menu-builder, Express"),
    "menu": Measured("bot", "bot: menu turn, USSD"),
    "telegram": Measured("bot", "bot: menu turn, Telegram"),
    "whatsapp": Measured("bot", "bot: menu turn, WhatsApp"),
    "amount": Measured("bot", "bot: amount turn, USSD"),
}


class Server:
    """One of the servers, in so many processes, on a port of its own."""

    def __init__(self, name: str, processes: int, environ: Mapping[str, str]) -> None:
        self.port = free_port()
        given = {**environ, "PORT": str(self.port), "WEB_PROCESSES": str(processes), "PROCESSES": str(processes)}
        self._process = subprocess.Popen(self._command(name, processes), env=given, stdout=subprocess.DEVNULL)

    def _command(self, name: str, processes: int) -> list[str]:
        if name == "peer":
            return ["node", str(peer_directory() / "server.js")]
        if name == "bot":
            return [sys.executable, "-m", "bot", "web", "--serve", "messages"]
        return [
            sys.executable, "-m", "granian", "--interface", "wsgi", f"benchmarks.turn_server:{name}",
            "--port", str(self.port), "--workers", str(processes), "--blocking-threads", "4",
            "--log-level", "error",
        ]  # fmt: skip

    def wait(self) -> None:
        """Raises TimeoutError when it does not start."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("a server did not start")

    def cpu_seconds(self) -> float:
        """What it and its children have worked so far."""
        process = psutil.Process(self._process.pid)
        worked = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        return sum(times.user + times.system for times in worked)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def peer_directory() -> Path:
    """Where the peer is installed. Raises SystemExit when npm cannot."""
    directory = Path(".data", "peer").resolve()
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "server.js"):
        shutil.copy(PEER / name, directory)
    if not (directory / "node_modules").is_dir():
        print("Installing ussd-menu-builder, Express and ioredis (once)", file=sys.stderr)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel", "error"]
        if subprocess.run(npm, cwd=directory, check=False).returncode:
            raise SystemExit("npm could not install the peer")
    return directory


@contextmanager
def serving(names: Sequence[str], processes: int, environ: Mapping[str, str]) -> Iterator[Mapping[str, Server]]:
    with ExitStack() as stack:
        servers = {}
        for name in dict.fromkeys(names):
            servers[name] = server = Server(name, processes, environ)
            stack.callback(server.stop)
        for server in servers.values():
            server.wait()
        yield servers


def measure(
    settings: Settings,
    servers: Mapping[str, Server],
    callers: Mapping[str, Sequence[str]],
    rounds: int,
    seconds: float,
) -> dict[str, Sample]:
    """`callers` are the phones of each thing that is measured; it is warmed up first, then they take turns."""
    client = redis.Redis.from_url(settings.redis_url)

    def redis_seconds() -> float:
        cpu = client.info("cpu")
        return float(cpu["used_cpu_user"] + cpu["used_cpu_sys"])

    def once(name: str, seconds: float, sample: Sample) -> None:
        server = servers[MEASURED[name].server]
        requests = [REQUESTS[name](settings, phone) for phone in callers[name]]
        keep_calling(
            server.port,
            requests,
            seconds,
            sample,
            lambda: (server.cpu_seconds(), redis_seconds()),
            opening=OPENING.get(name, 0),
        )

    samples = {name: Sample() for name in callers}
    for name in samples:
        once(name, 1, Sample())
    for _ in range(rounds):
        for name, sample in samples.items():
            once(name, seconds, sample)
    return samples


def print_samples(samples: Mapping[str, Sample], title: str) -> None:
    """A line each, with its ratios to what it is compared with."""
    against = "peer" if "peer" in samples else "plain"
    print(f"\n{title:34}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'x Flask':>9}{'x ' + against:>9}", end="")
    print(f"{'CPU us':>8}{'x USSD':>8}{'Redis':>7}{'whole':>7}{'x ' + against:>9}")
    flask, other, menu = samples["flask"], samples[against], samples["menu"]
    for name, sample in samples.items():
        print(
            f"{MEASURED[name].title:34}{sample.rate:8,.0f}{sample.percentile_ms(50):8.1f}"
            f"{sample.percentile_ms(99):8.1f}{sample.rate / flask.rate:9.2f}{sample.rate / other.rate:9.2f}"
            f"{sample.cpu_us:8.0f}{sample.cpu_us / menu.cpu_us:8.2f}{sample.redis_us:7.0f}{sample.whole_us:7.0f}"
            f"{sample.whole_us / other.whole_us:9.2f}"
        )


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
        before, names = app.link.round_trips, len(counted.names)
        app.engine.handle(message(app, villager.phone, session, text))
        return app.link.round_trips - before, len(counted.names) - names

    turn("warm", "")
    print(f"\n{'turn':34}{'Redis round trips':>19}{'MongoDB commands':>19}")
    for title, text in (("menu", ""), ("contribute (reads what is due)", "1"), ("amount", "1*700")):
        redis, mongo = turn("counted", text)
        print(f"{title:34}{redis:19}{mongo:19}")
    app.close()


def message(app: App, phone: str, session: str, text: str) -> Message:
    return ussd.to_message({"phoneNumber": phone, "sessionId": session, "text": text})


class InMemory:
    """A way to Redis that costs nothing, to see what the engine costs."""

    def __init__(self) -> None:
        self.session, self.profile = b"", b""

    def do(self, command: Command[T]) -> T:
        parts = command.parts
        if parts[0] != "EVALSHA":
            return command.read(None)
        if len(parts) == SHORT:
            return command.read([0, b"0", self.session, self.profile])
        *_, session, profile, _trace, _seconds = parts
        self.session, self.profile = session, profile or self.profile
        return command.read(1)


@flow("fourteen")
def fourteen(me: Talker) -> Conversation:
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
    """What a server of a benchmark is given."""
    secret = "0123456789abcdef" * 2
    given = {
        "APP_ENV": "test", "MONGO_URI": stores.mongo_uri, "REDIS_URL": stores.redis_url, "DATA_DIR": directory,
        "SESSION_SECRET": secret, "PIN_PEPPER": secret, "JWT_SECRET": secret, "HOOK_SECRET": HOOK,
        "MOMO_ENVIRONMENT": "simulator", "MOMO_SUBSCRIPTION_KEY": "k", "MOMO_API_USER": "u", "MOMO_API_KEY": "k",
        "TELEGRAM_BOT_TOKEN": "123456:bench", "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}", "TWILIO_AUTH_TOKEN": secret,
        "TWILIO_WHATSAPP_NUMBER": "+14155238886",
    }  # fmt: skip
    return {**os.environ, **given}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.turn", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=4, help="of one round (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each, interleaved; medians (default: 3)")
    parser.add_argument("--callers", type=int, nargs="+", default=[16, 64], help="at once (default: 16 64)")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], help="of a server (default: 1 2)")
    parser.add_argument("--peer", action="store_true", help="measure ussd-menu-builder beside the bot")
    options = parser.parse_args()
    if options.peer and not shutil.which("npm"):
        parser.error("--peer needs node and npm")
    names = [name for name in MEASURED if name != "peer" or options.peer]
    with tempfile.TemporaryDirectory() as directory, embedded(Path(directory)) as stores:
        environ = environment(stores, directory)
        settings = load(environ)
        members = found_members(settings, 2 * max(options.callers))
        phones = [member.phone for member in members]
        for processes in options.processes:
            with serving([MEASURED[name].server for name in names], processes, environ) as servers:
                for number in options.callers:
                    # Who is in the middle of a contribution is offered to go on: amounts are typed by others.
                    callers = {
                        name: phones[number:][:number] if name == "amount" else phones[:number] for name in names
                    }
                    samples = measure(settings, servers, callers, options.rounds, options.seconds)
                    print_samples(samples, f"{processes} process{'es' * (processes > 1)}, {number} callers")
        count_round_trips(settings, members[0])
        app = build(settings)
        engine_cpu(app, members[0].phone)
        app.close()


if __name__ == "__main__":
    main()
