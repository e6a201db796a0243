"""The first page: how the service is and how the groups are, each metric with where it should be."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal

from flask import Response
from redis.exceptions import RedisError

from bot.app import App
from bot.logs import log
from bot.measured import Seen, seen
from bot.metrics import metrics, works
from bot.pages.operator.desk import Desk, desk_page
from domain.board.dashboard import InCurrency, dashboard
from domain.board.targets import Metric, MetricState, MetricUnit
from domain.money import Money
from flows.words.texts import Text, nt, t

METRICS: Final[Mapping[Metric, Text]] = {
    "error_rate": t("Error rate"),
    "p95": t("Response time, 95 of 100"),
    "cpu": t("Processor"),
    "memory": t("Memory"),
    "disk": t("Disk"),
    "database_pool": t("Connections to the database"),
    "cache_hits": t("Found in the cache"),
    "default_rate": t("Default rate"),
    "collection_rate": t("Collection rate"),
    "approval_rate": t("Approval rate"),
}
STATES: Final[Mapping[MetricState, Text]] = {
    "good": t("On target"),
    "off": t("Off target"),
    "warning": t("Warning"),
    "critical": t("Critical"),
    "unknown": t("Nothing measured"),
    "untargeted": t("No target"),
}
_HowSaid = Literal["count", "amount", "rate"]
# The figures of the groups of each currency, in a row each.
_ROWS: Final[Sequence[tuple[Text, _HowSaid, Callable[[InCurrency], object]]]] = (
    (t("Groups"), "count", lambda each: each.groups),
    (t("Members"), "count", lambda each: each.members),
    (t("Savings"), "amount", lambda each: each.savings),
    (t("Lent"), "amount", lambda each: each.lent),
    (t("Loans"), "count", lambda each: each.loans),
    (t("In loans more than 1 day late"), "rate", lambda each: each.par1),
    (t("In loans more than 30 days late"), "rate", lambda each: each.par30),
    (t("In loans more than 90 days late"), "rate", lambda each: each.par90),
    (t("Default rate"), "rate", lambda each: each.default),
    (t("Collection rate"), "rate", lambda each: each.collection),
    (t("Money in today"), "amount", lambda each: each.money_in),
    (t("Money out today"), "amount", lambda each: each.money_out),
)
_NOTHING: Final = Seen({}, {}, [])


@desk_page("", agents=True)
def overview(desk: Desk) -> Response:
    """An agent sees how their groups are; how the service is, is the operator's."""
    found = dashboard(desk.store, desk.groups, desk.app.views.totals(desk.groups))
    rows = [(label, said, [of(each) for each in found.currencies]) for label, said, of in _ROWS]
    if not desk.operates:
        return desk.page("overview.html", found=found, rows=rows, measured=found.measured, **_words())
    now, away = _seen(desk.app)
    return desk.page(
        "overview.html",
        found=found,
        rows=rows,
        measured=metrics(now, found),
        works=works(desk.app, now),
        requests=now.requests.count,
        away=away,
        messages=_messages(desk, now.messages_today),
        **_words(),
    )


def _seen(app: App) -> tuple[Seen, bool]:
    """What was measured, and whether it cannot be read now: the rest of the page is there all the same."""
    try:
        return seen(app.measures.redis), False
    except RedisError as error:
        log().warning("redis is away: nothing measured is shown", error=type(error).__name__)
        return _NOTHING, True


def _messages(desk: Desk, sent: Mapping[str, int]) -> list[tuple[str, int, Money | None]]:
    """By what people call the channel: how many went today, and what those that cost something cost at least."""
    price = desk.store.offered.message_costs.text
    titles = {"sms": "SMS", "email": "E-mail", **desk.store.channel_titles}
    costs = {"sms": price} if price else {}
    return [
        (
            titles.get(channel, channel),
            count,
            Money(costs[channel].minor * count, costs[channel].currency) if channel in costs else None,
        )
        for channel, count in sorted(sent.items())
    ]


def _words() -> dict[str, Any]:
    return {"metric_names": METRICS, "metric_states": STATES, "say_metric": say_metric, "say_wait": say_wait}


def say_metric(value: Fraction | None, unit: MetricUnit) -> str | None:
    """A value in its unit: "0.1%", "200 ms"; None where there is none."""
    if value is None:
        return None
    return f"{round(value)} ms" if unit == "milliseconds" else f"{_tenths(value)}%"


def say_wait(seconds: int) -> Text:
    """How long, in the unit that fits."""
    if seconds < 2 * 60:
        return nt("{count} second", "{count} seconds", seconds)
    if seconds < 2 * 3600:
        return nt("{count} minute", "{count} minutes", seconds // 60)
    if seconds < 2 * 86_400:
        return nt("{count} hour", "{count} hours", seconds // 3600)
    return nt("{count} day", "{count} days", seconds // 86_400)


def _tenths(value: Fraction) -> str:
    """In percent, to a tenth, and to a hundredth where it is less than one."""
    digits = 2 if 0 < value < 1 else 1
    return f"{float(value):.{digits}f}".rstrip("0").rstrip(".")
