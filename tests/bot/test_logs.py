"""What stands in no line of a log and in no report."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.app import App
from bot.config import load
from bot.logs import log, report, set_up
from bot.reports import without_secrets
from bot.scrubbing import scrub
from bot.setting import BadSettings

NEW, OLD = (f"{each}2kLxq8vN2kLxq8vN2kLxq8" for each in ("new", "old"))
PASSWORD: Final = "red1s-passw0rd"


def test_no_secret_is_in_a_log_or_a_report(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    """Wherever it stands: what is left out is the value, not the places where somebody thought of it."""
    uri = f"redis://:{PASSWORD}@10.0.0.1/0"
    settings = replace(app.settings, hook_secret=NEW, hook_secret_previous=OLD, redis_url=uri)
    set_up(settings, role="test")
    try:
        log().warning("called", path=f"/hooks/at/dlr/{NEW}", deep=[{"was": (OLD, f"http://x/y/{OLD}/1")}])
        report("it failed", ValueError(f"key={NEW}/x"), uri=uri, secret=settings.pin_pepper, why=f"no {PASSWORD}")
        event: Any = {"exception": {"values": [{"value": OLD}]}, "request": {"url": NEW}}
        written = capfd.readouterr().err + json.dumps(without_secrets(event, None))
        assert written.count(r"\u2026") >= 7 and "it failed" in written
        assert [each for each in settings.secrets if len(each) >= 12 and each in written] == []
        assert PASSWORD in settings.secrets and scrub(f"at {NEW}") == "at …"
    finally:
        set_up(app.settings, role="test")


def test_in_production_the_hook_secret_before_is_as_long() -> None:
    with pytest.raises(BadSettings, match=r"HOOK_SECRET_PREVIOUS: must have 20 letters and digits"):
        load({"APP_ENV": "production", "HOOK_SECRET": NEW, "HOOK_SECRET_PREVIOUS": "short"})
