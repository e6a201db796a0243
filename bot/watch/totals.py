"""What a process has done since it began, as Prometheus reads it: out of the sums of `bot/measures.py`."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from bot.measures import BOUNDS_MS
from bot.watch.names import BY_NAME, Exposed

V = TypeVar("V")
Labels = tuple[str, ...]
# A metric, and its labels of what a name says after its colon.
_Seconds = tuple[str, Callable[[str], Labels]]
_Outcome = Callable[[str, str], Iterable[tuple[str, Labels]]]

_REQUEST: Final = "csb_requests_total"
# How a turn comes out, and the status of its answer; what was lost had none, and its member a provider's error.
TURNS: Final[Mapping[str, tuple[str, str]]] = {
    "ok": ("ok", "2xx"),
    "repeat": ("repeat", "2xx"),
    "apology": ("apology", "2xx"),
    "refused": ("refused", "4xx"),
    "lost": ("apology", "5xx"),
}
KINDS: Final = ("message", "page", "api", "callback")
STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")


def _itself(label: str) -> Labels:
    return (label,)


def _always(*labels: str) -> Callable[[str], Labels]:
    return lambda _label: labels


# Histograms by the kind of a name: of "turn:ussd" the kind is "turn", and the label "ussd".
_SECONDS: Final[Mapping[str, Sequence[_Seconds]]] = {
    "turn": (("csb_turn_seconds", _itself), ("csb_request_seconds", _always("message"))),
    "page": (("csb_request_seconds", _always("page")),),
    "api": (("csb_request_seconds", _always("api")),),
    "callback": (("csb_request_seconds", _always("callback")),),
    "mongo": (("csb_mongo_seconds", _itself),),
    "redis": (("csb_redis_seconds", _always()),),
    "task": (("csb_job_seconds", _itself),),
    "provider": (("csb_provider_seconds", _itself),),
}


def _turn(label: str, outcome: str) -> Iterable[tuple[str, Labels]]:
    heard, status = TURNS[outcome]
    return (("csb_turns_total", (label, heard)), (_REQUEST, ("message", status)))


def _counted(metric: str) -> _Outcome:
    return lambda label, outcome: ((metric, (label, outcome)),)


def _request(kind: str) -> _Outcome:
    return lambda _label, outcome: ((_REQUEST, (kind, outcome)),)


# Counters by the kind of a name and how it came out.
_OUTCOMES: Final[Mapping[str, _Outcome]] = {
    "turn": _turn,
    "page": _request("page"),
    "api": _request("api"),
    "callback": _request("callback"),
    "cache": _counted("csb_cache_total"),
    "task": _counted("csb_jobs_total"),
    "message": _counted("csb_messages_total"),
    "provider": _counted("csb_provider_requests_total"),
}
_ERRORS: Final = {"mongo": "csb_mongo_errors_total", "redis": "csb_redis_errors_total"}


def no_turns_yet(channels: Iterable[str]) -> dict[str, int]:
    """The sums of a process that answers on these, before the first turn: a rate needs a 0 to see the first."""
    return {f"turn:{channel}|={outcome}": 0 for channel in channels for outcome in TURNS}


class Totals:
    """
    The sums of all that was told, from the first moment on. One for a process; the parent of several web processes
    is told by each of them, so that they are one to whoever reads it.
    """

    def __init__(self) -> None:
        self._lock, self._sums = threading.Lock(), Counter[str]()
        self._from_the_start: list[tuple[str, Labels]] = [
            *((name, ()) for name in _ERRORS.values()),
            *((_REQUEST, (kind, status)) for kind in KINDS for status in STATUSES),
        ]

    def add(self, sums: Mapping[str, int]) -> None:
        """These were done since it was told last."""
        with self._lock:
            self._sums.update(sums)

    def families(self) -> Iterator[Metric]:
        """Counters and histograms."""
        with self._lock:
            sums = dict(self._sums)
        counts = Counter[tuple[str, Labels]](dict.fromkeys(self._from_the_start, 0))
        seconds: defaultdict[tuple[str, Labels], Counter[str]] = defaultdict(Counter)
        for field, count in sums.items():
            name, _, part = field.rpartition("|")
            kind, _, label = name.partition(":")
            if part.startswith("="):
                counts.update(dict.fromkeys(_OUTCOMES[kind](label, part[1:]), count))
            elif part != "e":
                for metric, labels in _SECONDS.get(kind, ()):
                    seconds[metric, labels(label)][part] += count
            elif kind in _ERRORS:
                counts[_ERRORS[kind], ()] += count
        yield from _counters(counts)
        yield from _histograms(seconds)


def gauges(values: Iterable[tuple[str, Labels, float]]) -> Iterator[Metric]:
    """Values as they are now, each with the name of its metric and its labels."""
    families: dict[str, GaugeMetricFamily] = {}
    for name, labels, value in values:
        known = BY_NAME[name]
        if name not in families:
            families[name] = GaugeMetricFamily(name, known.about, labels=known.labels)
        families[name].add_metric(labels, value)
    yield from families.values()


def _counters(counts: Mapping[tuple[str, Labels], int]) -> Iterator[Metric]:
    for known, of in _by_metric(counts):
        family = CounterMetricFamily(known.name, known.about, labels=known.labels)
        for labels, count in of:
            family.add_metric(labels, count)
        yield family


def _histograms(seconds: Mapping[tuple[str, Labels], Counter[str]]) -> Iterator[Metric]:
    for known, of in _by_metric(seconds):
        family = HistogramMetricFamily(known.name, known.about, labels=known.labels)
        for labels, parts in of:
            family.add_metric(labels, _cumulated(parts), parts["us"] / 1_000_000)
        yield family


def _by_metric(of: Mapping[tuple[str, Labels], V]) -> Iterator[tuple[Exposed, list[tuple[Labels, V]]]]:
    found: defaultdict[str, list[tuple[Labels, V]]] = defaultdict(list)
    for (name, labels), value in sorted(of.items(), key=lambda each: each[0]):
        found[name].append((labels, value))
    for name, each in found.items():
        yield BY_NAME[name], each


def _cumulated(parts: Mapping[str, int]) -> list[tuple[str, float]]:
    """So many took as long as a bound or less, bound for bound."""
    bounds = [*(str(bound / 1000) for bound in BOUNDS_MS), "+Inf"]
    buckets, so_far = [], 0
    for number, bound in enumerate(bounds):
        so_far += parts.get(str(number), 0)
        buckets.append((bound, float(so_far)))
    return buckets
