"""
Real processes, real kills: `make chaos ARGS="--seconds 60 --seed 7"`.

Web, worker, scheduler, MongoDB and Redis run as an operator runs them, and are killed, frozen and emptied in turn,
while members save on three channels. At the end nothing may be lost, doubled, or told wrongly: whoever heard that
it was done has one payment, nobody has two for one wish, whoever heard that nothing happened was told the truth,
the books are whole, and the wallets have exactly what the books have. What died has to be back without hands.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import psutil
import redis
import requests
from requests import RequestException

from bot.app import build
from bot.config import Settings, environment_of, load
from bot.local.children import Child
from bot.local.stores import Stores, embedded
from channels import telegram
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.people.chats import put_address
from domain.records.payment import OPEN
from tests.chaos.members import HOOK, Phone, Saver, Server, TelegramPhone, UssdPhone, Walker, WhatsAppPhone
from tests.people import Villager, found_group, let_in, register
from tests.processes import free_port

PAYMENTS_EACH: Final = 5  # one less than an hour allows
WALLET: Final = 200_000
FROZEN_SECONDS: Final = 3.0
REST_SECONDS: Final = 1.0  # between two events
HEAL_SECONDS: Final = 60
STEADY: Final = 25  # answers in a row
END_SECONDS: Final = 150
PROBE: Final = "+256773999999"


@dataclass(frozen=True)
class Town:
    """What is running. `pids` finds a part by its name."""

    settings: Settings
    stores: Stores
    children: dict[str, Child]
    scratch: Path

    def pids(self, part: str) -> list[int]:
        """The processes of a part: of MongoDB and Redis the server, of the web its master or its workers."""
        found = []
        for process in psutil.Process().children(recursive=True):
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if "keeper.py" not in line and re.search(_LINES[part], line):
                found.append(process.pid)
        return found

    def revive(self) -> None:
        self.stores.revive()
        for child in self.children.values():
            if child.has_ended():
                child.restart()

    def answers(self) -> bool:
        """Whether somebody who dials sees a screen."""
        form = {"phoneNumber": PROBE, "sessionId": f"ATUid_{os.urandom(16).hex()}", "text": ""}
        try:
            url = f"http://127.0.0.1:{self.settings.port}/hooks/at/ussd/{self.settings.hook_secret}"
            answer = requests.post(url, data=form, timeout=8)
        except RequestException:
            return False
        return answer.status_code == 200 and answer.text.startswith("CON ")


# Of each part; tests/faults starts the first four in another way.
_LINES: Final = {
    "web": r"-m (bot|tests\.faults\.clocked \S+) web",
    "web worker": "spawn_main",
    "worker": r"-m (bot|tests\.faults\.clocked \S+)( second)? worker",
    "scheduler": r"-m (bot|tests\.faults\.clocked \S+) scheduler",
    "MongoDB": "bin/mongod ",
    "Redis": "valkey-server ",
}


def killed(part: str) -> Callable[[Town], None]:
    def happens(town: Town) -> None:
        _send(signal.SIGKILL, town.pids(part)[:1])

    return happens


def frozen(part: str) -> Callable[[Town], None]:
    def happens(town: Town) -> None:
        pids = town.pids(part)[:1]
        _send(signal.SIGSTOP, pids)
        try:
            time.sleep(FROZEN_SECONDS)
        finally:  # also when the run is broken off: what stands still does not end
            _send(signal.SIGCONT, pids)

    return happens


def _send(number: signal.Signals, pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(pid, number)


def emptied(town: Town) -> None:
    redis.Redis.from_url(town.settings.redis_url).flushall()


EVENTS: Final[dict[str, Callable[[Town], None]]] = {
    "a web process is killed": killed("web worker"),
    "the web server is killed": killed("web"),
    "the worker is killed": killed("worker"),
    "the scheduler is killed": killed("scheduler"),
    "MongoDB is killed": killed("MongoDB"),
    "MongoDB is frozen": frozen("MongoDB"),
    "Redis is killed": killed("Redis"),
    "Redis is frozen": frozen("Redis"),
    "Redis is emptied": emptied,
    "a web process is frozen": frozen("web worker"),
}


def settings_for(scratch: Path, stores: Stores, port: int, phones: int) -> Settings:
    secret, at = "0123456789abcdef" * 2, f"http://127.0.0.1:{phones}"
    given = {
        "APP_ENV": "test", "MONGO_URI": stores.mongo_uri, "REDIS_URL": stores.redis_url, "DATA_DIR": str(scratch),
        "PORT": str(port), "WEB_PROCESSES": "2", "PUBLIC_URL": f"http://127.0.0.1:{port}", "HOOK_SECRET": HOOK,
        "SESSION_SECRET": secret, "PIN_PEPPER": secret, "JWT_SECRET": secret, "REFRESH_TOKEN_SECRET": secret,
        "AT_API_URL": at, "AT_API_KEY": "chaos", "TWILIO_API_URL": f"{at}/twilio",
        "TWILIO_ACCOUNT_SID": f"AC{'0' * 31}1", "TWILIO_AUTH_TOKEN": secret,
        "TWILIO_WHATSAPP_NUMBER": "+14155238886",
        "TELEGRAM_BOT_TOKEN": "123456:simulated", "TELEGRAM_API_URL": f"{at}/telegram",
        "MOMO_API_URL": f"{at}/momo", "MOMO_ENVIRONMENT": "simulator", "MOMO_SUBSCRIPTION_KEY": "chaos",
        "MOMO_API_USER": "chaos", "MOMO_API_KEY": "chaos",
    }  # fmt: skip
    return load(given)


def found_members(store: MongoStore, number: int) -> list[Villager]:
    leader = register(store, "Nakato Ruth", "+256772900000", "2580")
    group = found_group(store, "10101", "Umoja", Money(5_000, "UGX"), {leader: "chairperson"})
    rules = replace(store.groups.get(group).constitution, members_max=0)
    store.groups.change(group, constitution=rules)
    members = [
        register(store, f"Member{n:03} Grace", f"+2567729{n:05}", f"{2_600 + n}") for n in range(1, number + 1)
    ]
    let_in(store, group, "10101", leader, *members)
    for member in members:
        put_address(store, f"telegram:{member.phone[-9:]}", telegram.CHANNEL.name, member.id)
    return members


@contextmanager
def running(
    scratch: Path, number: int, on: AbstractContextManager[Stores] | None = None, *, spare: bool = False
) -> Iterator[tuple[Town, list[Villager]]]:
    """
    Everything, with so many members in one group; `on` stores of their own unless others are given. With a `spare`
    there is a second worker and a second scheduler.
    """
    with ExitStack() as stack:
        stores = stack.enter_context(on or embedded(scratch))
        port, phones = free_port(), free_port()
        settings = settings_for(scratch, stores, port, phones)
        app = build(settings)
        members = found_members(app.store, number)
        app.close()
        people = [
            {"name": each.name, "phone": each.phone, "wallet": {"minor": WALLET, "currency": "UGX"}}
            for each in members
        ]
        config = {
            "port": phones, "bot_url": settings.public_url, "hook_secret": HOOK, "people": people,
            "twilio_auth_token": settings.twilio_auth_token, "approve_after_seconds": 1.0,
        }  # fmt: skip
        path = scratch / "simulator.json"
        path.write_bytes(msgspec.json.encode(config))
        environment, logs = environment_of(**vars(settings)), scratch / "logs"
        commands = {
            "simulator": ["simulator", "--config", str(path)],
            **{role: ["bot", role] for role in ("web", "worker", "scheduler")},
            **({f"spare {role}": ["bot", role] for role in ("worker", "scheduler")} if spare else {}),
        }
        children = {name: Child(name, command, environment, logs) for name, command in commands.items()}
        for child in children.values():
            stack.callback(child.wait)
        for child in children.values():
            stack.callback(child.tell)
        town = Town(settings, stores, children, scratch)
        if seconds_until(town.answers, HEAL_SECONDS) is None:
            raise SystemExit(f"the web server did not start: {children['web'].last_words()}")
        yield town, members


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all of it held, 1 when it did not."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long things go wrong (%(default)s)")
    parser.add_argument("--members", type=int, default=24, help="a third on each channel (%(default)s)")
    parser.add_argument("--walkers", type=int, default=16, help="who only type and go back (%(default)s)")
    parser.add_argument(
        "--quiet", action="store_true", help="let nothing go wrong: then there is no apology either"
    )
    parser.add_argument("--seed", type=int, default=1, help="what happens in which order (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave stores and logs behind, and say where")
    wanted = parser.parse_args(arguments)
    scratch = Path(tempfile.mkdtemp(prefix="chaos-"))
    with running(scratch, wanted.members + wanted.walkers) as (town, members):
        savers, walkers = members[: wanted.members], members[wanted.members :]
        dice = None if wanted.quiet else random.Random(wanted.seed)
        wrong = play(town, savers, walkers, wanted.seconds, dice)
    if wanted.keep or wrong:
        click.echo(f"\nStores and logs: {scratch}")
    else:
        subprocess.run(["rm", "-r", str(scratch)], check=True)
    for line in wrong:
        click.echo(f"WRONG  {line}")
    click.echo("0 lost, 0 doubled, 0 false words" if not wrong else f"{len(wrong)} things went wrong")
    return 1 if wrong else 0


def play(
    town: Town, saving: list[Villager], walking: list[Villager], seconds: float, dice: random.Random | None
) -> list[str]:
    """Let members save and walk while things go wrong, as the `dice` say; what did not hold."""
    is_over = threading.Event()
    savers = savers_of(town, saving, seconds, is_over)
    walkers = [Walker(UssdPhone(server_of(town), each), 3_000 + n, is_over) for n, each in enumerate(walking)]
    for each in (*savers, *walkers):
        each.start()
    supervisor = threading.Thread(target=supervise, args=[town, is_over], daemon=True)
    supervisor.start()
    begun = time.monotonic()
    wrong, healed = _break_things(town, seconds, dice) if dice else _wait(seconds)
    for saver in savers:
        saver.join(END_SECONDS)
    walked = sum(walker.turns for walker in walkers), time.monotonic() - begun
    wrong += [f"{saver.phone.member.name} still waits for an answer" for saver in savers if saver.is_alive()]
    wrong += account_for(town, savers)
    is_over.set()
    supervisor.join()
    for walker in walkers:
        walker.join(HEAL_SECONDS)
        wrong += walker.nonsense
    apologies = sum(walker.apologies for walker in walkers)
    apologised = {word for saver in savers for payment in saver.payments for word in payment.told} - {"done"}
    if dice is None and (apologies or apologised):
        wrong.append(f"{apologies} apologies to walkers, {apologised or 'none'} to savers, and nothing went wrong")
    _tell(savers, healed)
    walks = f"{len(walkers)} walkers, {walked[0] / walked[1]:,.0f} a second, {apologies} apologies"
    click.echo(f"\n{walked[0]:,} turns of {walks}")
    return wrong


def _wait(seconds: float) -> tuple[list[str], dict[str, list[float]]]:
    time.sleep(seconds)
    return [], {}


def server_of(town: Town) -> Server:
    settings = town.settings
    return Server(
        f"http://127.0.0.1:{settings.port}", settings.public_url, settings.telegram_secret,
        settings.twilio_auth_token, settings.twilio_account_sid,
    )  # fmt: skip


def savers_of(town: Town, members: list[Villager], seconds: float, is_over: threading.Event) -> list[Saver]:
    server = server_of(town)
    kinds: tuple[type[Phone], ...] = (UssdPhone, TelegramPhone, WhatsAppPhone)
    rest = seconds / (PAYMENTS_EACH + 1)
    savers = []
    for number, member in enumerate(members):
        amounts = [1_000 + number * PAYMENTS_EACH + n for n in range(PAYMENTS_EACH)]
        phone = kinds[number % len(kinds)](server, member)
        savers.append(Saver(phone, amounts, lambda: is_over.wait(1.0), rest=rest))
    return savers


def supervise(town: Town, is_over: threading.Event) -> None:
    """What an operator's machine does: start again what has ended."""
    while not is_over.wait(0.5):
        town.revive()


def _break_things(town: Town, seconds: float, dice: random.Random) -> tuple[list[str], dict[str, list[float]]]:
    """Every event by turns, in an order that the dice say; what did not heal, and how quickly the others did."""
    wrong: list[str] = []
    healed: dict[str, list[float]] = {}
    ends_at, left = time.monotonic() + seconds, list[str]()
    while time.monotonic() < ends_at:
        if not left:
            left = dice.sample(sorted(EVENTS), len(EVENTS))
        what = left.pop()
        sys.stderr.write(f"{ends_at - time.monotonic():5.0f} s left  {what} …")
        sys.stderr.flush()
        EVENTS[what](town)
        took = _seconds_until_steady(town.answers)
        if took is None:
            wrong.append(f"{what}: nobody was answered for {HEAL_SECONDS} s")
        else:
            healed.setdefault(what, []).append(took)
        sys.stderr.write(f" answered after {took} s\n" if took is None else f" answered after {took:.1f} s\n")
        time.sleep(REST_SECONDS)
    return wrong, healed


def account_for(town: Town, savers: list[Saver]) -> list[str]:
    """Everything that has to add up, once mobile money has come to its end."""
    app = build(town.settings)
    store = app.store
    try:
        if seconds_until(lambda: not store.payments.count(state=list(OPEN)), END_SECONDS) is None:
            return [f"{store.payments.count(state=list(OPEN))} payments are still under way"]
        wrong = []
        wallets = {each["phone"]: each["wallet"] for each in _people(town)}
        for saver in savers:
            wrong += saver.nonsense
            paid: Counter[int] = Counter()
            asked: Counter[int] = Counter()
            for payment in store.payments.find(person=saver.phone.member.id):
                asked[payment.amount.minor] += 1
                paid[payment.amount.minor] += payment.state == "succeeded"
            for wish in saver.payments:
                wrong += wish.lies
                if asked[wish.amount] > 1:
                    wrong.append(f"UGX {wish.amount:,} was asked for {asked[wish.amount]} times: {wish.told}")
                if wish.is_over and not asked[wish.amount]:
                    wrong.append(f"UGX {wish.amount:,} was lost: {wish.told}")
            spent = sum(amount * times for amount, times in paid.items())
            if wallets[saver.phone.member.phone] != f"UGX {WALLET - spent:,}":
                wrong.append(
                    f"{saver.phone.member.name} has {wallets[saver.phone.member.phone]} after paying {spent:,}"
                )
        for group in store.groups.find():
            wrong += [
                f"the book of {group.name}: {problem.text}" for problem in verify_book(store.books, group.id)
            ]
        return wrong
    finally:
        app.close()


def _people(town: Town) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = requests.get(f"{town.settings.at_api_url}/sim/people", timeout=10).json()[
        "people"
    ]
    return people


def _tell(savers: list[Saver], healed: dict[str, list[float]]) -> None:
    told = Counter(word for saver in savers for payment in saver.payments for word in payment.told)
    click.echo(f"\n{'what members were told':34}{'times':>8}")
    for word, times in sorted(told.items()):
        click.echo(f"{word:34}{times:8}")
    if not healed:
        return
    click.echo(f"\n{'what happened':34}{'times':>8}{'answered after, s':>20}{'at worst':>10}")
    for what, seconds in sorted(healed.items()):
        click.echo(f"{what:34}{len(seconds):8}{sorted(seconds)[len(seconds) // 2]:20.1f}{max(seconds):10.1f}")


def _seconds_until_steady(answers: Callable[[], bool]) -> float | None:
    """How long it took until everybody was answered for a while; None when that did not come about."""
    begun = since = time.monotonic()
    in_a_row = 0
    while in_a_row < STEADY:
        if time.monotonic() - begun > HEAL_SECONDS:
            return None
        if answers():
            in_a_row += 1
        else:
            in_a_row, since = 0, time.monotonic()
        time.sleep(0.1)
    return since - begun


def seconds_until(is_so: Callable[[], bool], most: float) -> float | None:
    """How long it took; None when it did not come about."""
    begun = time.monotonic()
    while time.monotonic() - begun < most:
        if is_so():
            return time.monotonic() - begun
        time.sleep(0.1)
    return None


if __name__ == "__main__":
    sys.exit(main())
