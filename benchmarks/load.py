"""
A hundred members for a minute, on all channels, by the API and on pages: is everybody answered, and soon enough?

    python -m benchmarks.load [--seconds 60] [--members 100] [--url https://staging.example.org] [--picture FILE]

Without `--url` it runs everything here: stores of its own, stand-ins for the providers, a web server of two
processes, worker and scheduler. With `--url` it goes there; the settings of that deployment stand in the
environment, and it founds groups of its own in its database: never in production. It ends with 1 when a target is
missed.
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.load_members import (
    OPERATOR_LOOKS,
    Acting,
    AnyPhone,
    Looker,
    Seen,
    Talker,
    Texter,
    TimedTelegram,
    TimedUssd,
    TimedWhatsApp,
    api_looks,
    page_looks,
    program,
    signed_in_by_account,
    signed_in_by_code,
)
from benchmarks.town import Circle, found_circles, running, wait_until
from bot.app import App, build
from bot.config import load
from bot.measured import Tally
from bot.measured import seen as measured
from bot.measures import FLUSH_SECONDS
from bot.setting import BadSettings
from domain.access.accounts import make_account, otp_of
from domain.access.tokens import make_api_token
from domain.mongo.verify import verify_book
from domain.records.api_token import ApiScope
from domain.records.payment import OPEN
from domain.records.pin import Secret
from tests.chaos.members import Server

TURNS: Final = ("USSD", "SMS", "WhatsApp", "Telegram")
# By kind: 95 of 100 answers within so many milliseconds.
TARGETS_MS: Final[Mapping[str, int]] = {
    **dict.fromkeys(TURNS, 50), "API": 200, "pages": 200, "database": 100, "aggregates": 1_000,
}  # fmt: skip
CACHE_HITS_MIN: Final = 70
# What a member of each group does, by their place in it: the first leads it.
PLACES: Final = ("leader", *["USSD"] * 9, *["SMS"] * 2, *["WhatsApp"] * 5, *["Telegram"] * 5, *["API"] * 3)
WARM_SECONDS: Final = 5  # before the clock starts: processes make their connections
SETTLE_SECONDS: Final = 90
OPERATOR: Final = ("load@example.org", "correct horse battery")
GIVEN: Final = {
    "WEB_PROCESSES": "2", "FEATURE_SMS_MENUS_ENABLED": "true",
    # All of them come from one address here.
    "RATE_LIMIT_MAX_REQUESTS": "1000000",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What was measured of one kind, in milliseconds."""

    kind: str
    count: int
    p50: float
    p95: float
    p99: float

    @property
    def target(self) -> int:
        """95 of 100 within so many."""
        return TARGETS_MS[self.kind]

    @property
    def holds(self) -> bool:
        """Whether it is met."""
        return self.p95 < self.target


@dataclass
class Report:
    """What came of it; `lacking` is each target that was missed, in words."""

    rows: list[Row] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    cache_hits: float | None = None
    hits_of: Mapping[str, float] = field(default_factory=dict)
    paid: int = 0
    busy: str = ""
    seconds: float = 0
    cores: Mapping[str, float] = field(default_factory=dict)

    @property
    def lacking(self) -> list[str]:
        """In the order of the table."""
        found = [
            f"{row.kind}: p95 is {row.p95:.0f} ms, not below {row.target}" for row in self.rows if not row.holds
        ]
        found += [f"{len(self.wrong)} errors"] if self.wrong else []
        if self.cache_hits is not None and self.cache_hits <= CACHE_HITS_MIN:
            found.append(f"{self.cache_hits:.0f} % were found in the cache, not more than {CACHE_HITS_MIN}")
        return found

    def lines(self) -> Iterator[str]:
        """A table, and what does not fit into one."""
        yield f"{'':12}{'answers':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'target':>9}"
        for row in self.rows:
            mark = "✓" if row.holds else "✗"
            times = f"{row.p50:9.1f}{row.p95:9.1f}{row.p99:9.1f}"
            yield f"{row.kind:12}{row.count:9,}{times}{'<' + str(row.target):>9} {mark}"
        answers = sum(row.count for row in self.rows if row.kind != "database")
        yield f"\n{answers:,} answers, {answers / self.seconds:,.0f} a second; {self.busy}"
        if self.cores:
            yield "of a core: " + ", ".join(f"{name} {part:.2f}" for name, part in self.cores.items())
        yield f"{self.paid} contributions came to their end; errors: {len(self.wrong)}"
        if self.cache_hits is not None:
            each = ", ".join(f"{name} {hits:.0f} %" for name, hits in self.hits_of.items())
            yield f"found in the cache: {self.cache_hits:.1f} % (target: more than {CACHE_HITS_MIN} %): {each}"
        for words, times_seen in Counter(self.wrong).most_common(10):
            yield f"  {times_seen} x {words}"


def row_of(kind: str, seconds: Sequence[float]) -> Row:
    """Needs two or more."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return Row(kind, len(seconds), *(1_000 * cuts[each - 1] for each in (50, 95, 99)))


class Database:
    """How long MongoDB takes for what it is asked, by its own count, from when this was made."""

    def __init__(self, app: App) -> None:
        self._client = app.store.database.client
        self._before = self._now()

    def _now(self) -> Counter[int]:
        """By microseconds from which a bucket begins, how many took so long."""
        said: dict[str, Any] = self._client.admin.command({"serverStatus": 1, "opLatencies": {"histograms": True}})
        kinds = (said["opLatencies"][each] for each in ("reads", "writes", "transactions"))
        return Counter({each["micros"]: each["count"] for kind in kinds for each in kind["histogram"]})

    def row(self) -> Row:
        """As if those of a bucket were spread evenly up to its end, which is twice its beginning or less."""
        took = self._now()
        took.subtract(self._before)
        buckets = sorted((micros, count) for micros, count in took.items() if count > 0)
        return Row("database", sum(count for _, count in buckets), *(_within(buckets, p) for p in (50, 95, 99)))


def _within(buckets: Sequence[tuple[int, int]], percent: int) -> float:
    """So many milliseconds took that many of a hundred at most."""
    left = sum(count for _, count in buckets) * percent / 100
    for micros, count in buckets:
        if count >= left:
            return (micros + micros * left / count) / 1_000
        left -= count
    return 0.0


# What our processes are called, by what stands in their command line.
PROCESSES: Final = {
    "spawn_main": "web", "-m bot web": "web", "-m bot worker": "worker", "-m bot scheduler": "scheduler",
    "-m simulator": "stand-ins", "mongod ": "MongoDB", "valkey-server": "Redis",
}  # fmt: skip


def worked() -> Counter[str]:
    """Milliseconds of a core that each of our processes has worked so far, and this one, which is the members."""
    own = psutil.Process()
    found = Counter({"members": _worked(own)})
    for process in own.children(recursive=True):
        with suppress(psutil.Error):
            line = " ".join(process.cmdline())
            name = next((name for part, name in PROCESSES.items() if part in line and "keeper.py" not in line), "")
            found[name] += _worked(process) if name else 0
    return found


def _worked(process: psutil.Process) -> int:
    times = process.cpu_times()
    return round(1_000 * (times.user + times.system))


@contextmanager
def deployed(url: str, members: int) -> Iterator[tuple[App, Sequence[Circle], str]]:
    """Everything here, or what is at an address; who is in it, and where."""
    if not url:
        with (
            tempfile.TemporaryDirectory(prefix="load-") as scratch,
            running(Path(scratch), members, {"web": {}}, GIVEN) as town,
        ):
            yield town.app, town.circles, f"http://127.0.0.1:{town.webs['web']}"
        return
    try:
        settings = load()
    except BadSettings as wrong:
        raise SystemExit(f"These settings are missing or wrong:\n{wrong}") from wrong
    if settings.app_env == "production":
        raise SystemExit("Groups of a load do not belong into production: APP_ENV says that this is.")
    app = build(settings)
    try:
        first = app.store.groups.count() * 1_000 % 90_000  # another time, other numbers
        yield app, found_circles(app.store, members, first), url.rstrip("/")
    finally:
        app.close()


def members_of(
    app: App, circles: Sequence[Circle], url: str, seen: Seen, is_over: threading.Event
) -> list[Acting]:
    """Each of them, and somebody of the operator."""
    settings = app.settings
    server = Server(
        url, settings.public_url, settings.telegram_secret, settings.twilio_auth_token,
        settings.twilio_account_sid, settings.hook_secret,
    )  # fmt: skip
    scopes: tuple[ApiScope, ...] = ("groups:read", "members:read", "books:read", "money:read")
    token, _ = make_api_token(app.store, "load", scopes, timedelta(days=1), everywhere=True)
    phones: dict[str, type[AnyPhone]] = {
        "USSD": TimedUssd, "WhatsApp": TimedWhatsApp, "Telegram": TimedTelegram,
    }  # fmt: skip
    off = {"SMS"} if not settings.feature_sms_menus_enabled else set[str]()
    off |= {"WhatsApp"} if not settings.twilio_account_sid else set()
    off |= {"Telegram"} if not settings.telegram_bot_token else set()
    found: list[Acting] = []
    for circle in circles:
        for place, member in enumerate(circle.members):
            what = PLACES[place % len(PLACES)]
            of = (seen, is_over, len(found))
            if what == "leader":
                http = signed_in_by_code(server, member.phone, partial(_code_of, app, member.id))
                found.append(Looker(server, http, page_looks(circle.code), *of))
            elif what == "API":
                looks = api_looks(circle.code, range(1, 6))
                found.append(Looker(server, program(token), looks, *of))
            elif what == "SMS" and what not in off:
                found.append(Texter(server, member, *of))
            else:
                phone = phones["USSD" if what in off else what](server, member)
                phone.seen = seen
                found.append(Talker(phone, 1_000 + len(found), *of))
    email, password = OPERATOR
    account = make_account(app.store, f"{app.store.new_id()}-{email}", "Load", "operator", Secret(password))
    http = signed_in_by_account(server, account.email, password, otp_of(app.store, account).now())
    found.append(Looker(server, http, OPERATOR_LOOKS, seen, is_over, len(found)))
    return found


def _code_of(app: App, person: str) -> str:
    """The code that came to their phone last."""
    return str(app.store.notices.find(person=person, kind="sign_in_code")[-1].values["code"])


def measure(url: str, members: int, seconds: float) -> Report:
    """Let them all do what they do for so long."""
    with deployed(url, members) as (app, circles, where):
        seen, is_over = Seen(), threading.Event()
        acting = members_of(app, circles, where, seen, is_over)
        for each in acting:
            each.start()
        time.sleep(WARM_SECONDS)
        seen.waits.clear()
        database, begun = Database(app), time.monotonic()
        load_before, worked_before = os.getloadavg()[0], worked()
        time.sleep(seconds)
        took, rows = time.monotonic() - begun, [database.row()]
        cores = {name: ms / 1_000 / took for name, ms in (worked() - worked_before).most_common()}
        waits = {kind: list(each) for kind, each in seen.waits.items()}
        is_over.set()
        for each in acting:
            each.join()
        rows += [row_of(kind, each) for kind, each in waits.items() if len(each) > 1]
        rows.sort(key=lambda row: [*TARGETS_MS].index(row.kind))
        busy = (
            f"load of the machine {load_before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
        )
        report = Report(rows, seen.wrong, seconds=took, busy=busy, cores=cores)
        report.paid = _settled(app, circles, seen) if not url else len(seen.paid)
        time.sleep(FLUSH_SECONDS + 1)
        counted = measured(app.measures.redis, minutes=2 + int(took // 60))
        report.cache_hits = _hits(counted.of("cache:"))
        views = sorted(name for name in counted.tallies if name.startswith("cache:"))
        report.hits_of = {name.partition(":")[2]: _hits(counted.tallies[name]) or 0 for name in views}
        return report


def _hits(looks: Tally) -> float | None:
    """Of a hundred; who looks in vain counts as failed."""
    return None if looks.error_rate is None else float(100 * (1 - looks.error_rate))


def _settled(app: App, circles: Sequence[Circle], seen: Seen) -> int:
    """Contributions that came to their end: whoever heard that theirs is asked for has it in the book, once."""
    wait_until(
        lambda: not app.store.payments.count(state=list(OPEN)), "payments are still under way", SETTLE_SECONDS
    )
    for person, amount in seen.paid:
        found = [each.state for each in app.store.payments.find(person=person) if each.amount.minor == amount]
        if found != ["succeeded"]:
            seen.wrong.append(f"a contribution is {found or 'lost'}")
    for circle in circles:
        seen.wrong += [f"book: {problem.text}" for problem in verify_book(app.store.books, circle.id)]
    return len(seen.paid)


def draw(report: Report, path: Path) -> None:
    """p50, p95 and p99 of each kind, and where p95 should be, on a scale of powers of ten."""
    import matplotlib

    matplotlib.use("svg" if path.suffix == ".svg" else "agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.5 * len(report.rows) + 1.4))
    for place, row in enumerate(reversed(report.rows)):
        axes.plot(
            [row.p50, row.p99], [place, place], color="#b9c4c9", linewidth=6, solid_capstyle="round", zorder=1
        )
        color = "#1d6b52" if row.holds else "#b3261e"
        axes.scatter([row.p50, row.p99], [place, place], color="#6b7a80", s=30, zorder=2)
        axes.scatter([row.p95], [place], color=color, s=70, zorder=3)
        axes.plot([row.target] * 2, [place - 0.35, place + 0.35], color="#8a5a2b", linewidth=2)
        axes.annotate(f"{row.p95:.0f}", (row.p95, place), (0, 8), textcoords="offset points", ha="center", size=8)
    axes.set_yticks(range(len(report.rows)), [row.kind for row in reversed(report.rows)])
    axes.set_xscale("log")
    axes.set_xticks([1, 10, 100, 1_000], ["1 ms", "10 ms", "100 ms", "1 s"])
    axes.set_title("p50, p95 (large) and p99 of each kind, and the target of p95 (line)", size=10, loc="left")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.grid(axis="x", color="#e6e6e6")
    axes.set_axisbelow(True)
    figure.tight_layout()
    with matplotlib.rc_context({"svg.hashsalt": "load"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every target is met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="", help="a deployment that runs; none: everything here")
    parser.add_argument("--members", type=int, default=100, help="in groups of 25 (%(default)s)")
    parser.add_argument("--seconds", type=float, default=60, help="how long (%(default)s)")
    parser.add_argument("--picture", type=Path, help="an .svg or .png to write, as docs/images/load.svg")
    wanted = parser.parse_args(arguments)
    report = measure(wanted.url, wanted.members, wanted.seconds)
    print("\n".join(report.lines()))
    if wanted.picture:
        draw(report, wanted.picture)
    for line in report.lacking:
        print(f"✗ {line}")
    if not report.lacking:
        print("✓ every target is met")
    return 1 if report.lacking else 0


if __name__ == "__main__":
    sys.exit(main())
