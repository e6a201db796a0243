"""A release is watched: what is too high ends it, what is not does not, and nobody watches blindly."""

import json
import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.cli.watch import JUDGED_FROM, Bounds, Sums, read_text, watch
from bot.watch.totals import Totals
from tests.served import Answers, standing_in

BOUNDS = Bounds(error_percent=1, p95_ms=1_000)


def text_of(requests: int, failed: int, slow: int = 0) -> str:
    """What a process says at /metrics after so many turns, of which some failed, and some took five seconds."""
    return "\n".join(
        (
            "# HELP csb_turns_total What members were answered.",
            'csb_info{version="1",role="web"} 1',
            f'csb_turns_total{{channel="ussd",outcome="ok"}} {requests - failed}',
            f'csb_turns_total{{channel="ussd",outcome="apology"}} {failed}',
            f'csb_turn_seconds_bucket{{channel="ussd",le="0.1"}} {requests - slow}',
            f'csb_turn_seconds_bucket{{channel="ussd",le="5"}} {requests}',
            f'csb_turn_seconds_bucket{{channel="ussd",le="+Inf"}} {requests}',
            # The same turns once more, as requests; and pages, which nobody asked for.
            f'csb_requests_total{{kind="message",status="5xx"}} {requests}',
            f'csb_request_seconds_bucket{{kind="message",le="+Inf"}} {requests}',
            'csb_requests_total{kind="page",status="5xx"} 0',
            "python_gc_objects_collected_total 5e3",
            "",
        )
    )


@pytest.mark.parametrize(
    ("requests", "failed", "slow", "crossed"),
    [
        pytest.param(1_000, 0, 0, "", id="all is well"),
        pytest.param(1_000, 10, 0, "", id="one in a hundred may fail"),
        pytest.param(1_000, 11, 0, "1.10 % of the requests fail, more than 1 %", id="more may not"),
        pytest.param(1_000, 0, 50, "", id="five in a hundred may be slow"),
        pytest.param(1_000, 0, 100, "95 of 100 requests take 2550 ms, more than 1000 ms", id="ten may not"),
        pytest.param(JUDGED_FROM - 1, 1, 9, "", id="too few to judge"),
        pytest.param(JUDGED_FROM, 1, 9, "5.00 % of the requests fail, more than 1 %", id="enough to judge"),
        pytest.param(0, 0, 0, "", id="nobody was there"),
    ],
)
def test_what_is_too_high_is_said(requests: int, failed: int, slow: int, crossed: str) -> None:
    before = read_text(text_of(5_000, 700, 900))
    after = read_text(text_of(5_000 + requests, 700 + failed, 900 + slow))
    assert BOUNDS.crossed(after.since(before)) == crossed


def test_a_process_that_began_anew_counts_from_nothing() -> None:
    after = read_text(text_of(100, 3)).since(read_text(text_of(5_000, 0)))
    assert (after.requests, after.failed) == (100, 3)


def run(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(watch, [*arguments, "--every", "0.01"])
    return found.exit_code, found.output


def test_the_ports_of_processes_are_asked_until_it_is_no_good() -> None:
    texts = [text_of(100, 50), text_of(200, 50), text_of(300, 55)]

    def answers(_: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], str]:
        return 200, [], texts.pop(0) if len(texts) > 1 else texts[0]

    with standing_in(answers) as port:
        code, said = run("--metrics", f"http://127.0.0.1:{port}/metrics")
    lines = [re.sub(r"^\d\d:\d\d:\d\d  ", "", line) for line in said.splitlines()]
    assert (code, lines[:3]) == (
        1,
        [
            "requests: 0 (too few to judge), 0.00 % failed, p95 0 ms",
            "requests: 100, 0.00 % failed, p95 95 ms",
            "requests: 200, 2.50 % failed, p95 95 ms",
        ],
    )
    assert lines[3] == "✗ 2.50 % of the requests fail, more than 1 %"


@pytest.mark.parametrize(
    ("failed", "code", "said"),
    [(5, 0, "✓ watched for 0 minutes: no more than 1 % failed"), (20, 1, "✗ 2.00 % of the requests fail")],
)
def test_prometheus_is_asked(failed: int, code: int, said: str) -> None:
    asked: list[str] = []

    def answers(request: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], str]:
        query = parse_qs(urlsplit(request.path).query)["query"][0]
        asked.append(query)
        found: list[tuple[dict[str, str], int]] = []
        if query == "csb_info":
            found = [({"role": "web"}, 1)]
        elif "csb_turn_seconds_bucket" in query:
            found = [({"le": "0.1"}, 1_000), ({"le": "+Inf"}, 1_000)]
        elif 'outcome="apology"' in query:
            found = [({}, failed)]
        elif "csb_turns_total[" in query:
            found = [({}, 1_000)]
        result = [{"metric": labels, "value": [1_790_000_000, str(value)]} for labels, value in found]
        return 200, [], json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}})

    with standing_in(answers) as port:
        ended, output = run("--prometheus", f"http://127.0.0.1:{port}/", "--minutes", "0")
    assert ended == code and output.splitlines()[-1].startswith(said), output
    assert 'sum(increase(csb_requests_total{kind!="message", status="5xx"}[120s]))' in asked


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, "", "503"),
        (200, "no metric of ours 1\n", "no process of ours says this"),
        (200, "", "no process of ours says this"),
    ],
)
def test_figures_that_nobody_can_read_end_it_too(status: int, body: str, said: str) -> None:
    with standing_in(lambda _: (status, [], body)) as port:
        code, output = run("--metrics", f"http://127.0.0.1:{port}/metrics")
    assert code == 1 and output.count(said) == 3
    assert output.endswith("✗ the figures could not be read 3 times in a row\n")


def test_a_process_of_ours_can_be_read() -> None:
    """What it says of itself, by the code that says it, is what is looked for."""
    totals = Totals()
    totals.add({"turn:ussd|=ok": 90, "turn:ussd|=lost": 10, "turn:ussd|3": 100, "turn:ussd|us": 400_000})
    totals.add({"page:board.home|=5xx": 4, "page:board.home|=2xx": 6, "page:board.home|12": 10})
    registry = CollectorRegistry()

    class Said(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from totals.families()
            yield GaugeMetricFamily("csb_info", "Always 1.", 1)

    registry.register(Said())
    sums = read_text(generate_latest(registry).decode())
    assert (sums.requests, sums.failed) == (110, 14)
    assert BOUNDS.crossed(sums).startswith("12.73 % of the requests fail")


def always(body: str) -> Answers:
    return lambda _asked: (200, [], body)


def test_a_prometheus_that_knows_nothing_of_us_ends_it() -> None:
    nothing = json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}})
    for body, said in ((nothing, "knows no process of ours"), ("<html>", "answers what no Prometheus does")):
        with standing_in(always(body)) as port:
            code, output = run("--prometheus", f"http://127.0.0.1:{port}")
        assert code == 1 and output.count(said) == 3


def test_who_is_asked_has_to_be_said_and_be_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert run()[0] == run("--metrics", url, "--prometheus", url)[0] == 2
    code, output = run("--prometheus", url)
    assert code == 1 and "ConnectionError" in output


def test_no_requests_have_no_rate() -> None:
    assert (Sums().error_percent, Sums().p95_ms) == (0, 0)
