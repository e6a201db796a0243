"""Traces: what is sent to a collector of ours, and that nothing in it leaks."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings, environment_of, load
from bot.jobs import carry_out
from bot.setting import BadSettings
from bot.telemetry import NEW_RELIC, NEW_RELIC_EUROPE, new_relic
from domain.money import Money
from domain.savings.contribute import Contribute
from tests.collector import Collector, attributes, collecting
from tests.conftest import PINS, Clock
from tests.leaks import anything_leaked, leaked
from tests.people import Village, do
from tests.processes import ROOT
from tests.web import wsgi

KEY = "eu01xx-license-key-0123456789"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@contextmanager
def traced(settings: Settings, collector: Collector, clock: Clock, **changed: Any) -> Iterator[App]:
    """All of it is sent once this is left."""
    changed = {"traces_url": collector.url, "traces_percent": 100, **changed}
    with closing(build(replace(settings, **changed), clock=clock, pins=PINS, prepared=True)) as app:
        yield app


def test_a_page_is_a_span_and_what_the_stores_did_for_it_are_spans_inside(
    settings: Settings, app: App, village: Village, collector: Collector, clock: Clock
) -> None:
    with traced(settings, collector, clock) as traces:
        client = Client(wsgi(traces))
        client.get("/api/groups", headers={"Authorization": "Bearer csb_nobody-s-token-0123456789"})
        client.get("/check/10101/no-receipt-2581?a=2581")
    page, inside = collector.of("api")
    assert page.name == "api /api/groups" and attributes(page) == {"method": "GET"}
    assert "mongo find" in inside or "mongo findAndModify" in inside, inside
    (path, headers, _), *_ = collector.requests
    assert path == "/v1/traces" and "Api-Key" not in headers
    sent = b"".join(body for _, _, body in collector.requests)
    assert b"community-savings-bot" in sent
    assert leaked(sent, "nobody-s-token", "2581") == []


def test_a_job_is_a_span_with_the_provider_inside(
    settings: Settings, app: App, village: Village, collector: Collector, clock: Clock
) -> None:
    paid: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    clock.forward(seconds=10)
    with traced(settings, collector, clock) as traces:
        carry_out(traces, "settle", [paid["payment"]])  # nobody is at the provider's address
    job, inside = collector.of("job")
    assert attributes(job) == {"task": "settle"}
    assert "provider momo" in inside and "mongo findAndModify" in inside
    (asked,) = [each for each in collector.spans if each.name == "provider momo"]
    assert asked.status.code == asked.status.STATUS_CODE_ERROR and not asked.status.message
    assert job.start_time_unix_nano <= asked.start_time_unix_nano < asked.end_time_unix_nano
    sent = b"".join(body for _, _, body in collector.requests).decode("latin-1")
    assert anything_leaked(sent) == [] and village.akello.id not in sent and paid["payment"] not in sent


def test_a_job_that_cannot_be_done_is_a_span_that_failed_and_says_nothing_of_why(
    settings: Settings, app: App, village: Village, collector: Collector, clock: Clock
) -> None:
    paid: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    app.store.database["payments"].update_one({"_id": paid["payment"]}, {"$set": {"provider": "gone"}})
    clock.forward(seconds=10)
    with traced(settings, collector, clock) as traces:
        carry_out(traces, "settle", [paid["payment"]])
    job, _ = collector.of("job")
    assert job.status.code == job.status.STATUS_CODE_ERROR and not job.status.message
    assert not job.events, "an exception would be one, with its text"


def test_what_is_not_under_way_is_no_trace(
    settings: Settings, app: App, collector: Collector, clock: Clock
) -> None:
    """A look of the scheduler, say: a span that belongs to nothing helps nobody."""
    with traced(settings, collector, clock) as traces:
        traces.store.ping()
    assert collector.spans == []


def test_new_relic_is_told_by_its_key(settings: Settings, app: App, collector: Collector, clock: Clock) -> None:
    with traced(settings, collector, clock, new_relic_license_key=KEY) as traces:
        Client(wsgi(traces)).get("/nowhere")
    (_, headers, body), *_ = collector.requests
    assert headers["Api-Key"] == KEY and KEY.encode() not in body
    assert collector.of("page")[0].name == "page none"
    assert (new_relic(KEY), new_relic("us-key")) == (NEW_RELIC_EUROPE, NEW_RELIC)


def test_of_a_hundred_so_many_are_traced(settings: Settings, app: App, collector: Collector, clock: Clock) -> None:
    with traced(settings, collector, clock, traces_percent=1) as traces:
        for _ in range(300):
            with traces.spans.span("turn", channel="x"):
                traces.spans.ended("redis", 0.001, False)
    assert len(collector.spans) < 200


def test_off_nothing_that_makes_or_sends_them_is_loaded(settings: Settings) -> None:
    asks = (
        "import sys; from bot.config import load; from bot.app import build\n"
        "app = build(load(), prepared=True); app.close()\n"
        "print({'bot.telemetry', 'opentelemetry.exporter', 'opentelemetry.sdk.trace.export'} & {*sys.modules})"
    )
    command, given = [sys.executable, "-c", asks], environment_of(**vars(settings))
    ran = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


@pytest.mark.parametrize("name", ["TRACES_URL", "NEW_RELIC_LICENSE_KEY"])
def test_switched_on_without_the_extra_nothing_starts_and_it_says_what_to_install(
    settings: Settings, name: str
) -> None:
    without = "import sys; sys.modules['opentelemetry'] = None; from bot.cli.main import main; main(['scheduler'])"
    given = environment_of(**vars(settings)) | {name: "http://127.0.0.1:9" if name == "TRACES_URL" else KEY}
    command = [sys.executable, "-c", without]
    ran = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"{name}: needs requirements/tracing.txt: pip install" in ran.stderr and KEY not in ran.stderr


def test_a_percentage_is_one(settings: Settings) -> None:
    for wrong in ("0", "101", "ten"):
        with pytest.raises(BadSettings, match="TRACES_PERCENT: must be a whole number from 1 to 100"):
            load({"TRACES_PERCENT": wrong, "DATA_DIR": str(settings.data_dir)})
