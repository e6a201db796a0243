"""The settings of what we hear of ourselves: the log, errors and traces."""

import importlib.util
from dataclasses import dataclass

from bot.setting import Dsn, Level, Percent, Url, setting


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """A part of `Settings`."""

    log_level: Level = setting(
        "error, warn, info, http or debug; from http on a line is written for each request", "info"
    )
    sentry_dsn: Dsn = setting("where errors are reported; empty: only to the log", secret=True)
    traces_url: Url = setting(
        "the OpenTelemetry collector that traces are sent to over HTTP, like http://collector:4318; empty: none. "
        "It needs requirements/tracing.txt",
        "",
    )
    new_relic_license_key: str = setting(
        "New Relic's license key; traces are then sent there, or by TRACES_URL to another host of it", secret=True
    )
    traces_percent: Percent = setting("of a hundred turns, pages and jobs, how many are traced", 10)


def wrong_tracing(settings: LogSettings) -> dict[str, str]:
    """Traces are an extra: what makes them may not be installed, and that is said before anything starts."""
    given = {"traces_url": settings.traces_url, "new_relic_license_key": settings.new_relic_license_key}
    switched_on = [name for name, value in given.items() if value]
    if not switched_on or _is_installed("opentelemetry.exporter.otlp.proto.http"):
        return {}
    return {switched_on[0]: "needs requirements/tracing.txt: pip install -r requirements/locked/tracing.txt"}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False
