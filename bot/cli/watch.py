"""
A deployment after a release: how many requests fail, and how long they take, looked at until a time is over.

Asked is a Prometheus, or the operations port of each web process where there is none. What nobody can read is as
bad as what is too high: nobody would see what members get.
"""

import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

import click
import requests

ANSWER_SECONDS: Final = 10
WINDOW_SECONDS: Final = 120
UNREAD_MAX: Final = 3  # so many times in a row: a Prometheus may be started again
JUDGED_FROM: Final = 20  # of fewer requests, one that fails says nothing

ALWAYS: Final = "csb_info"  # which every process says, whatever it has done
# As the alerts count (deploy/prometheus/rules/recorded.yml): turns, and requests that are no message; what of them
# failed, and how long each took.
COUNTED: Final = ("csb_turns_total", 'csb_requests_total{kind!="message"}')
FAILED: Final = ('csb_turns_total{outcome="apology"}', 'csb_requests_total{kind!="message", status="5xx"}')
TOOK: Final = ("csb_turn_seconds_bucket", 'csb_request_seconds_bucket{kind!="message"}')

_LINE: Final = re.compile(r"^(csb_\w+)(?:\{(.*)\})? (\S+)", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Unread(Exception):
    """The figures cannot be read; it says why."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted: requests, those that failed, and those that took so many seconds at most, by the bound."""

    requests: float = 0
    failed: float = 0
    buckets: Mapping[float, float] = field(default_factory=dict)

    def since(self, before: "Sums") -> "Sums":
        """What came after; a process that began anew counts from nothing."""
        if self.requests < before.requests:
            return self
        buckets = {bound: count - before.buckets.get(bound, 0) for bound, count in self.buckets.items()}
        return Sums(self.requests - before.requests, self.failed - before.failed, buckets)

    @property
    def error_percent(self) -> float:
        """Of a hundred requests."""
        return 100 * self.failed / self.requests if self.requests else 0

    @property
    def p95_ms(self) -> float:
        """As Prometheus works it out: between two bounds, as if those in between were spread evenly."""
        bounds = sorted(self.buckets)
        wanted = 0.95 * self.buckets[bounds[-1]] if bounds else 0
        low, below = 0.0, 0.0
        for bound in bounds:
            count = self.buckets[bound]
            if wanted and count >= wanted:
                return 1_000 * (low if bound == inf else low + (bound - low) * (wanted - below) / (count - below))
            low, below = bound, count
        return 0


def read_text(text: str) -> Sums:
    """The sums in what a process says at /metrics. Raises Unread."""
    failed = requests_made = 0.0
    if not re.search(rf"^{ALWAYS}\b", text, re.MULTILINE):
        raise Unread("no process of ours says this")
    buckets = defaultdict[float, float](float)
    for name, written, value in _LINE.findall(text):
        labels = dict(_LABEL.findall(written))
        if labels.get("kind") == "message":
            continue  # it is a turn, and counted as one
        if name in ("csb_turns_total", "csb_requests_total"):
            requests_made += float(value)
            failed += float(value) if labels.get("outcome") == "apology" or labels.get("status") == "5xx" else 0
        elif name in ("csb_turn_seconds_bucket", "csb_request_seconds_bucket"):
            buckets[float(labels["le"])] += float(value)
    return Sums(requests_made, failed, buckets)


class Processes:
    """The operations ports of processes, each asked; what came within the window is what is judged."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._urls = list(urls)
        self._seen: deque[tuple[float, list[Sums]]] = deque()

    def read(self) -> Sums:
        """Raises Unread."""
        now, sums = time.monotonic(), [read_text(_get(url).text) for url in self._urls]
        self._seen.append((now, sums))
        while len(self._seen) > 2 and now - self._seen[1][0] >= WINDOW_SECONDS:
            self._seen.popleft()
        found = [each.since(before) for each, before in zip(sums, self._seen[0][1], strict=True)]
        buckets = defaultdict[float, float](float)
        for bound, count in (item for each in found for item in each.buckets.items()):
            buckets[bound] += count
        return Sums(sum(each.requests for each in found), sum(each.failed for each in found), buckets)


class Prometheus:
    """Who has the figures of all processes; `window` is how far back it looks."""

    def __init__(self, url: str, window: int = WINDOW_SECONDS) -> None:
        self._url, self._window = url.rstrip("/"), window

    def read(self) -> Sums:
        """Raises Unread."""
        if not self._ask(ALWAYS):
            raise Unread(f"{self._url} knows no process of ours")
        buckets = defaultdict[float, float](float)
        for each in TOOK:
            for labels, value in self._ask(f"sum by (le) (increase({each}[{self._window}s]))"):
                buckets[float(labels["le"])] += value
        return Sums(self._sum(COUNTED), self._sum(FAILED), buckets)

    def _sum(self, names: Iterable[str]) -> float:
        asked = (self._ask(f"sum(increase({each}[{self._window}s]))") for each in names)
        return sum(value for found in asked for _, value in found)

    def _ask(self, query: str) -> list[tuple[Mapping[str, str], float]]:
        answer = _get(f"{self._url}/api/v1/query", query=query)
        try:
            return [(each["metric"], float(each["value"][1])) for each in answer.json()["data"]["result"]]
        except (ValueError, KeyError, TypeError) as error:
            raise Unread(f"{self._url} answers what no Prometheus does") from error


def _get(url: str, **params: str) -> requests.Response:
    try:
        answer = requests.get(url, params=params, timeout=ANSWER_SECONDS)
    except requests.RequestException as error:
        raise Unread(f"{url}: {type(error).__name__}") from error
    if not answer.ok:
        raise Unread(f"{url}: {answer.status_code}")
    return answer


@dataclass(frozen=True, slots=True)
class Bounds:
    """Above either, it is no good."""

    error_percent: float
    p95_ms: float

    def crossed(self, sums: Sums) -> str:
        """What is too high; "" for nothing. Of few requests nothing is said."""
        if sums.requests < JUDGED_FROM:
            return ""
        if sums.error_percent > self.error_percent:
            return f"{sums.error_percent:.2f} % of the requests fail, more than {self.error_percent:g} %"
        if sums.p95_ms > self.p95_ms:
            return f"95 of 100 requests take {sums.p95_ms:.0f} ms, more than {self.p95_ms:g} ms"
        return ""


def watched(
    source: Processes | Prometheus, bounds: Bounds, minutes: float, every: float, say: Callable[[str], None]
) -> str:
    """What was no good, as soon as it is; "" when nothing was until the time is over."""
    until, unread = time.monotonic() + 60 * minutes, 0
    while True:
        try:
            sums = source.read()
        except Unread as error:
            unread += 1
            say(f"{_time()}  {error}")
            if unread == UNREAD_MAX:
                return f"the figures could not be read {UNREAD_MAX} times in a row"
        else:
            unread = 0
            few = "" if sums.requests >= JUDGED_FROM else " (too few to judge)"
            figures = f"{sums.error_percent:.2f} % failed, p95 {sums.p95_ms:.0f} ms"
            say(f"{_time()}  requests: {sums.requests:.0f}{few}, {figures}")
            if crossed := bounds.crossed(sums):
                return crossed
        left = until - time.monotonic()
        if left <= 0:
            return "the figures could not be read at the end" if unread else ""
        time.sleep(min(every, left))


def _time() -> str:
    return time.strftime("%H:%M:%S")


@click.command()
@click.option("--prometheus", default="", help="Where Prometheus is, like http://prometheus:9090.")
@click.option("--metrics", multiple=True, help="Or the /metrics of a web process; may be given several times.")
@click.option("--minutes", default=30.0, show_default=True, help="How long it is watched.")
@click.option("--every", default=15.0, show_default=True, help="Seconds between two looks.")
@click.option("--errors-max", default=1.0, show_default=True, help="So many requests in a hundred may fail.")
@click.option("--p95-max", default=1000.0, show_default=True, help="So many ms may 95 in a hundred take.")
def watch(
    prometheus: str, metrics: tuple[str, ...], minutes: float, every: float, errors_max: float, p95_max: float
) -> None:
    """Watch a deployment, and end with 1 as soon as it is no good."""
    if bool(prometheus) is bool(metrics):
        raise click.UsageError("Give --prometheus or --metrics.")
    source = Prometheus(prometheus) if prometheus else Processes(metrics)
    crossed = watched(source, Bounds(errors_max, p95_max), minutes, every, click.echo)
    if crossed:
        click.echo(f"✗ {crossed}")
        click.get_current_context().exit(1)
    click.echo(
        f"✓ watched for {minutes:g} minutes: no more than {errors_max:g} % failed, p95 at most {p95_max:g} ms"
    )
