"""The three processes as they are deployed, watched from outside, and told to stop."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymongo
import pytest
import redis
import requests

from bot.app import build
from bot.config import Settings, environment_of
from bot.local.stores import Stores
from tests.collector import Collector, attributes, collecting
from tests.conftest import settings_for
from tests.leaks import anything_leaked
from tests.people import Village, found_village
from tests.processes import ROOT, Process, Web, free_port, new_call
from tests.scraped import Samples, samples
from tests.waiting import WAIT_SECONDS, until


@dataclass
class Deployed:
    village: Village
    web: Web
    worker: Process
    scheduler: Process
    log: Path
    collector: Collector

    def metrics(self, process: Process) -> Samples:
        return samples(process.asked("/metrics").text)


@contextmanager
def started(settings: Settings, command: str) -> Iterator[Process]:
    """One that is ready."""
    process = Process(replace(settings, metrics_port=free_port()), command)
    try:
        until(process.is_ready)
        yield process
    finally:
        process.end()


@pytest.fixture(scope="module")
def deployed(
    stores: Stores, mongo: pymongo.MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    mongo.drop_database("watched")
    directory = tmp_path_factory.mktemp("watched")
    settings = replace(
        settings_for(stores, directory, "watched"), web_processes=2, drain_seconds=60, log_level="http"
    )
    with redis.Redis.from_url(settings.redis_url) as link:
        link.flushdb()
    app = build(settings)
    village = found_village(app.store)
    app.close()
    log = directory / "web.log"
    with ExitStack() as running:
        collector = running.enter_context(collecting())
        written = running.enter_context(log.open("wb"))
        traced = replace(settings, traces_url=collector.url, traces_percent=100)
        web = Web(replace(traced, metrics_port=free_port()), stderr=written)
        running.callback(web.end)
        # One after the other: they are quicker than all at once.
        until(web.is_ready)
        worker, scheduler = (running.enter_context(started(settings, each)) for each in _BESIDE)
        yield Deployed(village, web, worker, scheduler, log, collector)


_BESIDE = ("worker", "scheduler")


def test_each_is_watched_on_a_port_of_its_own(deployed: Deployed) -> None:
    web, phone = deployed.web, deployed.village.akello.phone
    for _ in range(4):
        assert web.dial(phone).startswith("CON Hello Akello")
    call = new_call()
    assert web.dial(phone, "", call) == web.dial(phone, "", call)
    web.dial("+256772000101", "1", "")  # nobody knows the call: it begins
    assert requests.post(f"{web.url}/hooks/at/ussd/hook", data={}, timeout=WAIT_SECONDS).status_code == 400
    # Whoever is gone before all of it came lost nothing of ours.
    web.begin("POST /hooks/at/ussd/hook HTTP/1.1\nHost: bot\nContent-Length: 500\n\n", b"phone").close()

    def turns(outcome: str) -> float:
        return deployed.metrics(web)["csb_turns_total", f'channel="ussd",outcome="{outcome}"']

    # Of both processes together, whichever answered.
    until(lambda: (turns("ok"), turns("repeat"), turns("refused")) == (6, 1, 2))
    assert turns("apology") == 0
    found = deployed.metrics(web)
    assert found["csb_requests_total", 'kind="message",status="2xx"'] == 7
    assert found["csb_turn_seconds_count", 'channel="ussd"'] == 9
    assert found["csb_redis_seconds_count", ""] >= 14
    assert found["csb_info", 'role="web",version="0.1.0"'] == 1

    # The village's messages are due, and nobody takes them.
    failed = ("csb_messages_total", 'channel="sms",outcome="failed"')
    until(lambda: deployed.metrics(deployed.worker).get(failed, 0) > 0)
    assert deployed.metrics(deployed.worker)["csb_jobs_total", 'outcome="done",task="deliver"'] > 0
    of_all = deployed.metrics(deployed.scheduler)
    assert (of_all["csb_workers", ""], of_all["csb_mongo_primary", ""]) == (1, 1)
    assert of_all["csb_scheduler_round_timestamp_seconds", ""] > 0
    assert ("csb_workers", "") not in found, "what is the deployment's is the scheduler's to say"


def test_the_image_asks_its_process_how_it_is(deployed: Deployed) -> None:
    command = [sys.executable, "-m", "bot", "health"]
    given = environment_of(**vars(deployed.worker.settings))
    ran = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "live\n"), ran.stderr


def test_told_to_stop_it_says_so_first_and_goes_on_until_it_is_left_out(deployed: Deployed) -> None:
    """With sixty seconds to do so, of which nobody waits for the end: told twice, it ends."""
    web, phone = deployed.web, deployed.village.okot.phone
    assert web.asked("/ready").status_code == 200
    web.tell_to_stop()
    until(lambda: web.asked("/ready").status_code == 503)
    assert web.asked("/ready").text == "it is about to stop\n" and web.asked("/live").status_code == 200
    assert web.dial(phone).startswith("CON Hello Okot"), "who comes all the same is answered"
    assert web.stop() == 0
    with pytest.raises(requests.ConnectionError):
        web.asked("/live")
    # Each line that the server wrote is one of ours, with what is known of its request and nothing that leaks.
    written = deployed.log.read_text()
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    requested = [each for each in lines if each["event"] == "request"]
    assert {each["level"] for each in requested} == {"http"}
    turn = next(each for each in requested if each["method"] == "POST" and each["status"] == 200)
    assert (turn["path"], turn["channel"]) == ("/hooks/at/ussd/…", "ussd")
    assert turn["request_id"] and turn["ms"] > 0
    assert anything_leaked(written) == []
    assert "/hook" in written and "hook/" not in written.replace("/hooks/", "")
    assert [line for line in written.splitlines() if not line.startswith(("{", "Serving on "))] == []


def test_each_turn_was_a_span_with_its_commands_inside(deployed: Deployed) -> None:
    """The web server that has ended sent all it had."""
    spans = deployed.collector.spans
    turns = [each for each in spans if each.name == "turn"]
    assert len(turns) >= 8 and {attributes(each)["channel"] for each in turns} == {"ussd"}
    # Opened and kept; of the first in each process it was asked whose phone it is.
    inside = [[each.name for each in spans if each.parent_span_id == turn.span_id] for turn in turns]
    assert ["redis", "redis"] in inside
    assert any("mongo find" in each for each in inside), "what a hand asks MongoDB is a part of the turn too"
    sent = b"".join(body for _, _, body in deployed.collector.requests).decode("latin-1")
    assert anything_leaked(sent) == [] and deployed.village.akello.id not in sent


@pytest.mark.parametrize("role", _BESIDE)
def test_a_worker_and_a_scheduler_end_when_they_are_told(deployed: Deployed, role: str) -> None:
    process: Process = getattr(deployed, role)
    assert process.asked("/live").status_code == 200
    process.tell_to_stop()
    assert process.process.wait(WAIT_SECONDS) == 0
