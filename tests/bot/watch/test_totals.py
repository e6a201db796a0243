"""What processes have done, as Prometheus reads it: counted once, whichever process did it."""

import time
from collections.abc import Iterator
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector

from bot.config import Settings
from bot.measures import Measures
from bot.watch.parent import HERE, SILENT_SECONDS, Children, Parent
from bot.watch.process import Latest, registry_of
from bot.watch.totals import Totals, no_turns_yet
from tests.scraped import Samples, samples
from tests.waiting import until

FULL = {"pool": 10.0, "cpu": 20.0, "memory": 30.0, "disk": 40.0}


class Clock:
    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


def shown(totals: Totals) -> Samples:
    class Shown(Collector):
        def collect(self) -> Iterator[object]:  # type: ignore[override]
            return totals.families()

    registry = CollectorRegistry()
    registry.register(Shown())
    return samples(generate_latest(registry).decode())


def test_what_was_counted_for_the_page_is_told_to_prometheus_too(settings: Settings) -> None:
    totals = Totals()
    measures = Measures(settings.redis_url, pool=lambda: 50, disk="/")
    measures.begin("web", Latest(totals).take)
    for outcome in ("ok", "ok", "repeat", "refused", "apology", "lost"):
        measures.done("turn:ussd", 0.004, failed=outcome in ("apology", "lost"), outcome=outcome)
    measures.done("page:board.home", 0.7, outcome="2xx")
    measures.done("api:payments.one", 0.1, failed=True, outcome="5xx")
    measures.done("callback:callbacks.called", 0.1, outcome="4xx")
    measures.done("task:settle", 3, failed=True, outcome="failed")
    measures.looked_up("overview", True)
    measures.looked_up("overview", False)
    measures.mongo("find", 0.002, False)
    measures.mongo("find", 20, True)
    measures.redis_answered(0.0004, False)
    measures.redis_answered(2, True)
    measures.sent("sms", 0.2, True)
    measures.sent("sms", 0.2, False)
    measures.provider_heard("momo", 0.3, "answered")
    measures.provider_heard("momo", 5, "unknown")
    measures.flush()
    measures.close()  # what was told is not told again
    found = shown(totals)
    turns = {
        outcome: found["csb_turns_total", f'channel="ussd",outcome="{outcome}"']
        for outcome in ("ok", "repeat", "refused", "apology")
    }
    assert turns == {"ok": 2, "repeat": 1, "refused": 1, "apology": 2}
    requests = {labels: value for (name, labels), value in found.items() if name == "csb_requests_total" and value}
    assert requests == {
        'kind="message",status="2xx"': 4,
        'kind="message",status="4xx"': 1,
        'kind="message",status="5xx"': 1,
        'kind="page",status="2xx"': 1,
        'kind="api",status="5xx"': 1,
        'kind="callback",status="4xx"': 1,
    }
    assert found["csb_turn_seconds_bucket", 'channel="ussd",le="0.002"'] == 0
    assert found["csb_turn_seconds_bucket", 'channel="ussd",le="0.005"'] == 6
    assert found["csb_turn_seconds_count", 'channel="ussd"'] == 6
    assert found["csb_turn_seconds_sum", 'channel="ussd"'] == pytest.approx(0.024)
    assert found["csb_request_seconds_count", 'kind="message"'] == 6
    assert found["csb_mongo_seconds_bucket", 'command="find",le="15.0"'] == 1
    assert found["csb_mongo_seconds_bucket", 'command="find",le="+Inf"'] == 2
    assert (found["csb_mongo_errors_total", ""], found["csb_redis_errors_total", ""]) == (1, 1)
    assert found["csb_redis_seconds_count", ""] == 2
    assert found["csb_cache_total", 'cache="overview",outcome="hit"'] == 1
    assert found["csb_jobs_total", 'outcome="failed",task="settle"'] == 1
    assert found["csb_messages_total", 'channel="sms",outcome="failed"'] == 1
    assert found["csb_provider_requests_total", 'outcome="unknown",provider="momo"'] == 1
    assert found["csb_provider_seconds_count", 'provider="momo"'] == 2


def test_while_redis_is_away_prometheus_hears_each_thing_once() -> None:
    totals = Totals()
    away = Measures("redis://127.0.0.1:1/0", pool=lambda: 0, disk="/")
    away.begin("web", Latest(totals).take)
    away.done("turn:ussd", 0.1, outcome="ok")
    for _ in range(3):
        with pytest.raises(Exception, match=r"127\.0\.0\.1:1"):
            away.flush()
    away.close()
    assert shown(totals)["csb_turns_total", 'channel="ussd",outcome="ok"'] == 1


def test_what_has_not_happened_yet_is_0_and_not_nothing() -> None:
    """Prometheus sees the first of something as a rise only where it saw a 0 before."""
    totals = Totals()
    totals.add(no_turns_yet(["ussd"]))
    found = shown(totals)
    assert found["csb_requests_total", 'kind="api",status="5xx"'] == 0
    assert found["csb_turns_total", 'channel="ussd",outcome="apology"'] == 0
    assert found["csb_mongo_errors_total", ""] == 0


@pytest.fixture
def children() -> Iterator[tuple[Children, Totals, Clock]]:
    totals, clock = Totals(), Clock()
    heard = Children(totals, 2, clock)
    yield heard, totals, clock
    heard.close()


def test_the_processes_of_a_web_server_are_one(
    children: tuple[Children, Totals, Clock], settings: Settings
) -> None:
    heard, totals, _ = children
    first, second = (Parent(heard.port, lambda: 0, no_turns_yet(["ussd"])) for _ in range(2))
    until(lambda: heard.are_there)
    first.tell({"turn:ussd|=ok": 3, "turn:ussd|4": 3, "turn:ussd|us": 30_000}, FULL)
    second.tell({"turn:ussd|=ok": 4, "turn:ussd|5": 4, "turn:ussd|us": 70_000}, FULL | {"pool": 100.0, "cpu": 5.0})
    until(lambda: heard.full == FULL | {"pool": 100.0})
    registry = registry_of(settings, "web", totals, lambda: heard.full)
    found = samples(generate_latest(registry).decode())
    assert found["csb_turns_total", 'channel="ussd",outcome="ok"'] == 7
    assert found["csb_turn_seconds_sum", 'channel="ussd"'] == pytest.approx(0.1)
    assert (found["csb_mongo_pool_in_use", ""], found["csb_mongo_pool_size", ""]) == (20, 20)
    assert found["csb_machine_cpu_used_ratio", ""] == pytest.approx(0.2)
    assert found["csb_machine_disk_free_ratio", ""] == pytest.approx(0.6)
    assert found["csb_info", 'role="web",version="0.1.0"'] == 1


def test_each_has_to_come_and_later_on_one_is_enough(children: tuple[Children, Totals, Clock]) -> None:
    heard, _, _ = children
    first = Parent(heard.port, lambda: 0, {})
    first.tell({}, FULL)
    until(lambda: bool(heard.full))
    assert not heard.are_there, "the second is on its way"
    second = Parent(heard.port, lambda: 0, {})
    until(lambda: heard.are_there)
    first.close()
    until(lambda: not heard.full)
    assert heard.are_there, "the other does its work"
    second.close()
    until(lambda: not heard.are_there)


def test_a_process_that_is_started_anew_goes_on_where_the_one_before_stopped(
    children: tuple[Children, Totals, Clock],
) -> None:
    heard, totals, _ = children
    for _ in range(2):
        one = Parent(heard.port, lambda: 0, {})
        one.tell({"turn:ussd|=ok": 3}, FULL)
        until(lambda: bool(heard.full))
        one.close()
        until(lambda: not heard.full)  # who is gone is nothing to worry about: another is started
        assert not heard.hangs
    assert shown(totals)["csb_turns_total", 'channel="ussd",outcome="ok"'] == 6


def test_a_process_that_says_nothing_and_one_whose_loop_stands_still_hang(
    children: tuple[Children, Totals, Clock],
) -> None:
    heard, _, clock = children
    silent = [0.0]
    one, other = (Parent(heard.port, lambda: silent[0], {}) for _ in range(2))
    until(lambda: heard.are_there)
    clock.now += SILENT_SECONDS - 1
    assert not heard.hangs
    clock.now += 2
    assert heard.hangs
    one.tell({}, FULL)
    other.tell({}, FULL)
    until(lambda: not heard.hangs)
    silent[0] = SILENT_SECONDS + 1  # its thread talks, and its loop does not go on
    one.tell({}, FULL)
    until(lambda: heard.hangs)


def test_somebody_else_on_this_machine_tells_nothing(children: tuple[Children, Totals, Clock]) -> None:
    heard, totals, _ = children
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client((HERE, heard.port), authkey=b"a guess")
    silent = Client((HERE, heard.port))
    one = Parent(heard.port, lambda: 0, {})  # and it still listens to its own
    one.tell({"turn:ussd|=ok": 1}, FULL)
    until(lambda: ("csb_turns_total", 'channel="ussd",outcome="ok"') in shown(totals))
    silent.close()
