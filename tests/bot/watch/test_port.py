"""The operations port: what it answers, to whom, and when."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click
import pytest
import requests
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from bot.app import App
from bot.cli.main import main
from bot.config import Settings, parent_port
from bot.life import Life
from bot.measures import Measures
from bot.watch.port import NotReady, Watched, operations_port, own_address
from bot.watch.process import registry_of
from bot.watch.role import SILENT_SECONDS, watched, watched_web
from bot.watch.totals import Totals
from tests.processes import free_port
from tests.scraped import samples, types
from tests.waiting import WAIT_SECONDS

HOST = "127.0.0.1"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """What is to be answered by a port that is open."""

    lives = True
    error: Exception | None = None

    def __init__(self, settings: Settings, port: int) -> None:
        self.url = f"http://{HOST}:{port}"
        registry: CollectorRegistry = registry_of(settings, "worker", Totals(), dict)
        self.watched = Watched(registry, lambda: self.lives, self._check)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers=headers, timeout=WAIT_SECONDS)

    def said(self, path: str) -> tuple[int, str]:
        answer = self.get(path)
        return answer.status_code, answer.text.strip()


@pytest.fixture
def asked(settings: Settings) -> Iterator[Asked]:
    found = Asked(settings, free_port())
    with operations_port(HOST, int(found.url.rpartition(":")[2]), found.watched):
        yield found


def test_live_and_ready_say_what_is_so_now(asked: Asked) -> None:
    assert (asked.said("/live"), asked.said("/ready")) == ((200, "live"), (200, "ready"))
    asked.lives = False
    assert asked.said("/live") == (503, "it hangs")
    asked.error = NotReady("it is about to stop")
    assert asked.said("/ready") == (503, "it is about to stop")
    asked.error = ConnectionError("mongodb://savings:pass-of-the-tests-1234@10.0.0.1 is away")
    assert asked.said("/ready") == (503, "a store is away"), "nothing of what the driver says"


def test_metrics_are_read_as_prometheus_asks_for_them(asked: Asked) -> None:
    plain = asked.get("/metrics")
    assert plain.headers["Content-Type"].startswith("text/plain")
    assert types(plain.text)["csb_requests_total"] == "counter"
    assert samples(plain.text)["csb_info", 'role="worker",version="0.1.0"'] == 1
    newer = asked.get("/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert newer.headers["Content-Type"].startswith("application/openmetrics-text") and "# EOF" in newer.text


def test_there_is_nothing_else_and_nothing_is_changed_there(asked: Asked) -> None:
    for path in ("/", "/health", "/metrics/", "/../etc/passwd", "//"):
        assert asked.said(path) == (404, "There is nothing here.")
    assert requests.post(f"{asked.url}/metrics", data="x", timeout=WAIT_SECONDS).status_code == 501
    assert asked.said("/live?x=1")[0] == 200
    assert "Python" not in str(asked.get("/live").headers)
    connection = http.client.HTTPConnection(asked.url.removeprefix("http://"), timeout=WAIT_SECONDS)
    connection.putrequest("GET", "/" + "x" * 70_000)
    connection.endheaders()
    assert connection.getresponse().status == 414
    connection.close()


def test_who_connects_and_says_nothing_keeps_nobody_out(asked: Asked) -> None:
    port = int(asked.url.rpartition(":")[2])
    silent = [socket.create_connection((HOST, port)) for _ in range(20)]
    assert asked.said("/live") == (200, "live")
    for each in silent:
        each.close()


def test_a_port_that_is_taken_is_named_and_0_is_none(settings: Settings) -> None:
    shown = Asked(settings, 0).watched
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(click.ClickException, match="METRICS_HOST, METRICS_PORT: cannot listen"),
            operations_port(HOST, port, shown),
        ):
            pass
    with operations_port(HOST, 0, shown) as open_port:
        assert open_port == 0


@pytest.mark.parametrize(
    ("host", "asked"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("10.1.2.3", "10.1.2.3")]
)
def test_a_process_asks_itself_where_it_listens(host: str, asked: str) -> None:
    assert own_address(host) == asked
    assert own_address("web.internal") == "web.internal"


def health(**settings: object) -> tuple[int, str]:
    given = {name.upper(): str(value) for name, value in settings.items()}
    ran = CliRunner(env=given).invoke(main, ["health"])
    return ran.exit_code, ran.output.strip()


def test_health_is_what_live_says_and_the_image_asks_it(asked: Asked) -> None:
    port = int(asked.url.rpartition(":")[2])
    asked.error = NotReady("a store is away")  # which is no reason to start it again
    assert health(metrics_port=port, app_env="test") == (0, "live")
    assert health(metrics_port=port, metrics_host="0.0.0.0", app_env="test") == (0, "live")
    asked.lives = False
    assert health(metrics_port=port, app_env="test") == (1, "Error: it hangs")


def test_health_without_a_port_or_without_an_answer_is_1_and_says_why() -> None:
    status, said = health(metrics_port=0, app_env="test")
    assert status == 1 and "METRICS_PORT is 0" in said
    port = free_port()
    assert health(metrics_port=port, app_env="test") == (1, f"Error: nobody answers on port {port}")


@contextmanager
def worker_port(app: App, life: Life) -> Iterator[str]:
    settings = replace(app.settings, metrics_port=free_port())
    with watched(replace(app, settings=settings, life=life), "worker"):
        yield f"http://{HOST}:{settings.metrics_port}"


def statuses(url: str) -> tuple[int, int]:
    """Of /live and /ready."""
    live, ready = (requests.get(f"{url}/{each}", timeout=WAIT_SECONDS) for each in ("live", "ready"))
    return live.status_code, ready.status_code


def test_a_worker_that_looks_for_no_jobs_does_not_live_and_is_ready_until_it_stops(app: App) -> None:
    clock = Clock()
    life = Life(clock)
    with worker_port(app, life) as url:
        assert statuses(url) == (200, 200)
        clock.now += SILENT_SECONDS["worker"] + 1
        assert statuses(url) == (503, 200)
        life.beat()
        assert statuses(url) == (200, 200)
        life.stop()
        assert statuses(url) == (200, 503), "it ends what it has in hand, and that is work"


def test_while_a_store_is_away_it_is_not_ready_and_lives(app: App) -> None:
    away = Measures("redis://127.0.0.1:1/0", pool=lambda: 0, disk="/")
    with worker_port(replace(app, measures=away), Life()) as url:
        assert statuses(url) == (200, 503)
    away.close()


def test_a_web_server_whose_processes_are_not_there_yet_is_not_ready(settings: Settings) -> None:
    settings = replace(settings, metrics_port=free_port())
    with watched_web(settings) as life:
        url = f"http://{HOST}:{settings.metrics_port}"
        assert requests.get(f"{url}/ready", timeout=WAIT_SECONDS).text == "it starts\n"
        assert requests.get(f"{url}/live", timeout=WAIT_SECONDS).status_code == 200
        assert parent_port() and not life.stopping
    assert not parent_port(), "no other process is told of it"
