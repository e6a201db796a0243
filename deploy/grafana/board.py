"""
Grafana's board, as a table of panels: `python -m deploy.grafana.board` writes it to `deploy/grafana/dashboards/`.

Where a figure has a place in `domain/board/targets.py`, its lines (target, warning, critical) come from there, so
that the board, the operator's page and the API call the same value good. The others have the line at which their
alert fires.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from domain.board.targets import TARGETS, Metric

FILE: Final = Path(__file__).parent / "dashboards" / "community-savings-bot.json"
SOURCE: Final = {"type": "prometheus", "uid": "prometheus"}
COLUMNS: Final = 24

Unit = Literal["percentunit", "s", "reqps", "ops", "short", "dtdurations"]


@dataclass(frozen=True, slots=True)
class Panel:
    """
    A curve for each query: its expression, and how it is called. `lines` is a metric of the table of targets, or
    the alert with the value at which it fires.
    """

    title: str
    about: str
    queries: Mapping[str, str]
    unit: Unit = "short"
    lines: Metric | tuple[str, float] | None = None
    stacked: bool = False


def p95(histogram: str, by: str = "") -> str:
    """95 of 100 took so long at most, for each value of a label."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile(0.95, sum by ({labels}) (rate({histogram}_bucket[$__rate_interval])))"


def rate(counter: str, by: str) -> str:
    """How many there were in a second, for each value of a label."""
    return f"sum by ({by}) (rate({counter}[$__rate_interval]))"


DAY: Final = 24 * 3600

ROWS: Final[Mapping[str, Sequence[Panel]]] = {
    "What members and officers feel": (
        Panel(
            "Error rate",
            "Apologies, and answers that say we failed, of all answers.",
            {"csb:error_ratio:rate5m": "errors"},
            "percentunit",
            "error_rate",
        ),
        Panel(
            "Response time",
            "95 of 100 answers took so long at most.",
            {"csb:answer_seconds:p95_5m": "{{what}}"},
            "s",
            "p95",
        ),
        Panel(
            "Turns",
            "Turns of conversations in a second, by channel and how they ended.",
            {rate("csb_turns_total", "channel, outcome"): "{{channel}} {{outcome}}"},
            "reqps",
            stacked=True,
        ),
        Panel(
            "Requests",
            "Pages, API, providers' callbacks and messages in a second, by status.",
            {rate("csb_requests_total", "kind, status"): "{{kind}} {{status}}"},
            "reqps",
            stacked=True,
        ),
        Panel(
            "Turns, by channel",
            "95 of 100 turns took so long at most.",
            {p95("csb_turn_seconds", "channel"): "{{channel}}"},
            "s",
            "p95",
        ),
        Panel("Processes", "Those that answer Prometheus, by what they are.", {"sum by (job) (up)": "{{job}}"}),
    ),
    "Money and messages": (
        Panel(
            "Payments",
            "Payments that have not ended, by their state.",
            {"max by (state) (csb_payments)": "{{state}}"},
            stacked=True,
        ),
        Panel(
            "Oldest open payment",
            "Its age, by its state.",
            {"csb:payment_open_oldest:seconds": "{{state}}"},
            "s",
            ("PaymentsStuck", 3600),
        ),
        Panel(
            "Providers",
            "Of our questions to a provider of mobile money, those that it did not answer.",
            {"csb:provider_unanswered:ratio5m": "{{provider}}"},
            "percentunit",
            ("ProviderFailing", 0.2),
        ),
        Panel(
            "Providers' time",
            "95 of 100 questions to a provider took so long at most.",
            {p95("csb_provider_seconds", "provider"): "{{provider}}"},
            "s",
        ),
        Panel(
            "Messages",
            "Messages handed to a channel's provider in a second.",
            {rate("csb_messages_total", "channel, outcome"): "{{channel}} {{outcome}}"},
            "ops",
            stacked=True,
        ),
        Panel(
            "Oldest message",
            "How long the oldest message has waited that is somebody's own: a receipt, a code.",
            {"max(csb_outbox_oldest_seconds)": "message"},
            "s",
            ("OutboxOld", 300),
        ),
        Panel(
            "Work that waits",
            "Jobs in Redis, and what was set aside because it could not be done.",
            {"max by (queue) (csb_queue_jobs)": "{{queue}}", "max(csb_stuck)": "set aside"},
        ),
        Panel(
            "Oldest work",
            "How long what is due has waited for a worker.",
            {"max(csb_queue_oldest_seconds)": "work"},
            "s",
        ),
        Panel(
            "Work done",
            "Pieces of work in a second, by what they are and how they ended.",
            {rate("csb_jobs_total", "task, outcome"): "{{task}} {{outcome}}"},
            "ops",
            stacked=True,
        ),
    ),
    "Machines": (
        Panel("Processor", "", {"csb_machine_cpu_used_ratio": "{{instance}}"}, "percentunit", "cpu"),
        Panel("Memory", "", {"csb_machine_memory_used_ratio": "{{instance}}"}, "percentunit", "memory"),
        Panel(
            "Disk",
            "What of it is in use.",
            {"1 - csb_machine_disk_free_ratio": "{{instance}}"},
            "percentunit",
            "disk",
        ),
        Panel(
            "Connections to MongoDB",
            "Of those a process may have, the part in use.",
            {"csb:pool_used:ratio": "{{instance}}"},
            "percentunit",
            "database_pool",
        ),
    ),
    "Stores": (
        Panel(
            "MongoDB's time",
            "95 of 100 commands took so long at most.",
            {p95("csb_mongo_seconds", "command"): "{{command}}"},
            "s",
        ),
        Panel(
            "Redis's time",
            "95 of 100 round trips of a turn took so long at most.",
            {p95("csb_redis_seconds"): "round trip"},
            "s",
        ),
        Panel(
            "Errors of the stores",
            "Commands in a second that a store did not do.",
            {
                "sum(rate(csb_mongo_errors_total[$__rate_interval]))": "MongoDB",
                "sum(rate(csb_redis_errors_total[$__rate_interval]))": "Redis",
            },
            "ops",
        ),
        Panel(
            "Found in the cache",
            "Of the views that were looked for, those that were there.",
            {
                'sum(rate(csb_cache_total{outcome="hit"}[$__rate_interval])) '
                "/ sum(rate(csb_cache_total[$__rate_interval]))": "found"
            },
            "percentunit",
            "cache_hits",
        ),
        Panel(
            "Behind the primary",
            "How far each member of the replica set is behind.",
            {"max by (member) (csb_mongo_replica_lag_seconds)": "{{member}}"},
            "s",
            ("ReplicaLag", 10),
        ),
        Panel(
            "Primary, and read-only",
            "1 while MongoDB has a primary; 1 while members can move no money.",
            {"max(csb_mongo_primary)": "primary", "max(csb_read_only)": "read-only"},
        ),
    ),
    "How the groups do": (
        Panel(
            "Default rate",
            "Of what was lent in a year, what is owed on loans over 90 days late or written off.",
            {"max(csb_loan_default_ratio)": "default rate"},
            "percentunit",
            "default_rate",
        ),
        Panel(
            "Collection rate",
            "Of what fell due in 30 days, what was paid.",
            {"min(csb_collection_ratio)": "collection rate"},
            "percentunit",
            "collection_rate",
        ),
        Panel(
            "Approval rate",
            "Of the loans that were decided in 30 days, those that were agreed to.",
            {"max(csb_loan_approval_ratio)": "approval rate"},
            "percentunit",
            "approval_rate",
        ),
    ),
    "What has to be proven again": (
        Panel(
            "Last backup",
            "How long ago it was made.",
            {"time() - max(csb_backup_success_timestamp_seconds)": "backup"},
            "dtdurations",
            ("BackupMissing", 26 * 3600),
        ),
        Panel(
            "Last restore on trial",
            "How long ago one went well.",
            {"time() - max(csb_restore_test_success_timestamp_seconds)": "restore"},
            "dtdurations",
            ("RestoreTestOld", 8 * DAY),
        ),
        Panel(
            "Books verified",
            "How long ago all of them were found to be right.",
            {"time() - max(csb_books_verified_timestamp_seconds)": "books"},
            "dtdurations",
            ("BooksNotVerified", 26 * 3600),
        ),
        Panel(
            "Scheduler and workers",
            "Seconds since the scheduler's last round, and how many workers are there.",
            {"time() - max(csb_scheduler_round_timestamp_seconds)": "seconds", "max(csb_workers)": "workers"},
        ),
        Panel(
            "Age of secrets",
            "In days.",
            {"max by (secret) (csb_secret_age_days)": "{{secret}}"},
            "short",
            ("SecretOld", 90),
        ),
        Panel(
            "Versions",
            "How many processes of each version there are.",
            {"sum by (version, role) (csb_info)": "{{version}} {{role}}"},
        ),
    ),
}


def thresholds(panel: Panel) -> list[dict[str, Any]]:
    """
    The lines of a panel, as Grafana wants them: from each value on, a colour. The first has no value, and is for
    all that is below the others.

    Where less is worse the colours run the other way, from the critical line up to the target.
    """
    if panel.lines is None:
        return [{"color": "green", "value": None}]
    if not isinstance(panel.lines, str):
        return [{"color": "green", "value": None}, {"color": "red", "value": panel.lines[1]}]
    wants = TARGETS[panel.lines]
    if wants.target is None or wants.warning is None or wants.critical is None:
        return [{"color": "green", "value": None}]
    scale = 100 if wants.unit == "percent" else 1000
    target, warning, critical = (float(each / scale) for each in (wants.target, wants.warning, wants.critical))
    if wants.less_is_worse:
        colors, values = ("red", "orange", "yellow", "green"), (None, critical, warning, target)
    else:
        colors, values = ("green", "yellow", "orange", "red"), (None, target, warning, critical)
    return [{"color": color, "value": value} for color, value in zip(colors, values, strict=True)]


def board() -> dict[str, Any]:
    """The whole board, as Grafana's file of it."""
    return {
        "uid": "community-savings-bot",
        "title": "Community Savings Bot",
        "description": "Yellow: past the target; orange: a warning; red: critical. See deploy/grafana/board.py.",
        "tags": ["community-savings-bot"],
        "timezone": "browser",
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": list(_laid_out()),
    }


def _laid_out() -> Iterator[dict[str, Any]]:
    """Each row under its heading, three panels beside each other, four where they are four."""
    number, y = 0, 0
    for heading, panels in ROWS.items():
        number += 1
        place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
        yield {"id": number, "type": "row", "title": heading, "collapsed": False, "gridPos": place, "panels": []}
        y += 1
        beside = 4 if len(panels) == 4 else 3
        for at, panel in enumerate(panels):
            number += 1
            width = COLUMNS // beside
            place = {"x": at % beside * width, "y": y + at // beside * 8, "w": width, "h": 8}
            yield {"id": number, "gridPos": place, **_drawn(panel)}
        y += -(-len(panels) // beside) * 8


def _drawn(panel: Panel) -> dict[str, Any]:
    custom = {
        "lineWidth": 1,
        "fillOpacity": 20 if panel.stacked else 0,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if panel.lines else "off"},
    }
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": thresholds(panel)},
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + at), "expr": expr, "legendFormat": legend, "datasource": SOURCE}
            for at, (expr, legend) in enumerate(panel.queries.items())
        ],
    }


def written() -> str:
    """What stands in the file."""
    return json.dumps(board(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
