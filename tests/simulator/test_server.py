"""The page's side of the simulator: people, switches, events, and the books read through it."""

import subprocess
import sys
from typing import Any

import pytest
import requests
from werkzeug import Request, Response

from simulator.server import Simulator
from simulator.world import Config
from tests.processes import ROOT, tell_to_stop
from tests.simulator.conftest import GRACE, OKOT, Bot, Phones, Start
from tests.waiting import WAIT_SECONDS


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"smoke": {}}, "no provider smoke"),
        ({"sms": {"explode": 1}}, "no switch explode"),
        ({"sms": {"no_report": -2}}, "no_report does not take -2"),
        ({"sms": {"no_report": True}}, "no_report does not take True"),
        ({"sms": {"rejects": 1}}, "rejects does not take 1"),
        ({"sms": {"rejects": {GRACE: "Tired"}}}, "rejects does not take"),
        ({"sms": 1}, "The body is a JSON object"),
        ([], "The body is a JSON object"),
    ],
)
def test_a_switch_that_is_none_is_refused_and_nothing_set(phones: Phones, body: Any, problem: str) -> None:
    before = phones.get("faults")
    refused = phones.http.post(f"{phones.sim.url}/sim/faults", json=body)
    assert refused.status_code == 400
    assert problem in refused.json()["error"]
    assert phones.get("faults") == before


def test_reset_puts_every_switch_back(phones: Phones) -> None:
    before = phones.get("faults")
    set_to = phones.post("faults", sms={"rejects": {GRACE: "RiskHold"}}, ussd={"no_end_event": 3}).json()
    assert set_to["sms"]["rejects"] == {GRACE: "RiskHold"}
    assert set_to["ussd"]["no_end_event"] == 3
    assert phones.post("faults/reset").json() == before == phones.get("faults")


def test_the_page_hears_of_its_own_phone_and_can_resume(phones: Phones) -> None:
    def stream(phone: str, last: str = "") -> requests.Response:
        headers = {"Last-Event-ID": last} if last else {}
        url = f"{phones.sim.url}/sim/events"
        return phones.http.get(url, params={"phone": phone}, headers=headers, stream=True)

    def lines(answer: requests.Response, count: int) -> list[str]:
        with answer:
            said = (line for line in answer.iter_lines(1, decode_unicode=True) if line)
            return [next(said) for _ in range(count)]

    live = stream(GRACE)
    assert live.headers["Content-Type"].startswith("text/event-stream")
    for phone, text in ((OKOT, "not hers"), (GRACE, "one"), (GRACE, "two")):
        phones.sim.sms.send([phone], text, "CHAMA")
    retry, first, kind, data = lines(live, 4)
    assert (retry, first, kind) == ("retry: 1000", "id: 2", "event: sms")
    assert '"text": "one"' in data
    assert '"text": "two"' in lines(stream(GRACE, last="2"), 4)[3]
    # Ids begin again with the simulator: a page that saw more than there is gets everything.
    assert '"text": "one"' in lines(stream(GRACE, last="999"), 4)[3]


def test_a_page_that_listens_does_not_hold_the_simulator_up(phones: Phones) -> None:
    answer = phones.http.get(f"{phones.sim.url}/sim/events", stream=True)
    assert next(answer.iter_lines(1)) == b"retry: 1000"
    phones.sim.stop()
    assert b"data" not in answer.raw.read(), "the stream ended"


def test_simulators_of_one_process_know_nothing_of_each_other(start: Start) -> None:
    one, other = start(), start()
    one.post("faults", sms={"no_report": 3})
    one.sim.sms.send([GRACE], "one", "CHAMA")
    assert (other.get("faults")["sms"]["no_report"], other.get("sms", phone=GRACE)["messages"]) == (0, [])
    other.sim.sms.send([GRACE], "other", "CHAMA")
    for phones, text in ((one, "one"), (other, "other")):
        assert [each["text"] for each in phones.get("sms", phone=GRACE)["messages"]] == [text]
        assert phones.http.get(f"{phones.sim.url}/").url == f"{phones.sim.url}/static/index.html"


def test_people_are_shown_with_what_their_wallets_hold(phones: Phones) -> None:
    shown = phones.get("people")
    assert shown["service_code"] == "*384*7#"
    assert [(p["name"], p["wallet"]) for p in shown["people"]] == [
        ("Akello Grace", "UGX 200,000"),
        ("Okot James", "UGX 200,000"),
    ]


def test_a_book_is_read_through_with_the_token_and_its_etag(bot: Bot, start: Start) -> None:
    def book(request: Request) -> Response:
        if request.headers["Authorization"] != "Bearer letmein":
            return Response(status=401)
        if request.headers.get("If-None-Match") == '"41"':
            return Response(status=304, headers={"ETag": '"41"'})
        return Response('{"version": 41}', content_type="application/json", headers={"ETag": '"41"'})

    bot.pages["/api/groups/10101/books"] = book
    phones = start(api_token="letmein")
    url = f"{phones.sim.url}/sim/book?group=10101"
    first = requests.get(url)
    assert (first.json(), first.headers["ETag"]) == ({"version": 41}, '"41"')
    again = requests.get(url, headers={"If-None-Match": '"41"'})
    assert (again.status_code, again.text) == (304, "")
    told = [(event.kind, event.data) for event in phones.sim.world.events(0)]
    assert told == [("ledger", {"group": "10101"})], "a version is news once"

    assert requests.get(f"{start(api_token='wrong').sim.url}/sim/book?group=10101").status_code == 401


@pytest.mark.parametrize("group", ["", "../groups", "a/b", "é", "1" * 33])
def test_a_group_that_is_no_code_is_not_asked_for(bot: Bot, phones: Phones, group: str) -> None:
    refused = phones.http.get(f"{phones.sim.url}/sim/book", params={"group": group})
    assert refused.status_code == 400
    assert bot.calls == []


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Host": "localhost:{port}", "Origin": "http://localhost:{port}"}, True),
        ({"Host": "127.0.0.2:{port}"}, True),
        ({"Host": "[::1]:{port}", "Origin": "http://[::1]:{port}"}, True),
        ({"Host": "phones.example.org", "Origin": "https://phones.example.org"}, True),
        ({"Origin": "https://Phones.example.org:8443"}, True),  # a tunnel that passes its own Host on
        ({"Host": "evil.example.com:{port}"}, False),
        ({"Host": "evil.example.com:{port}", "Origin": "http://evil.example.com:{port}"}, False),
        ({"Host": "localhost.evil.example.com"}, False),
        ({"Host": "10.0.0.7:{port}"}, False),
        ({"Host": ""}, False),
        ({"Host": "[::1"}, False),
        ({"Origin": "https://evil.example.com"}, False),
        ({"Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[::1"}, False),
    ],
)
def test_only_this_machine_and_the_own_page_are_listened_to(
    start: Start, headers: dict[str, str], taken: bool
) -> None:
    """A page of another site in the same browser, and a name of its own that it lets point here."""
    phones = start(hosts=["Phones.example.org"])
    sim = phones.sim
    sent = {name: value.format(port=sim.url.rpartition(":")[2]) for name, value in headers.items()}
    before = phones.get("faults")
    answer = requests.post(f"{sim.url}/sim/faults", json={"sms": {"no_report": 3}}, headers=sent)
    read = requests.get(f"{sim.url}/sim/people", headers=sent)
    assert (answer.status_code, read.status_code) == ((200, 200) if taken else (403, 403))
    if not taken:
        assert phones.get("faults") == before
        assert "simulator" in answer.json()["error"]


def test_no_image_of_another_sites_page_makes_the_bot_write_or_listens(phones: Phones) -> None:
    """It has no Origin, and the Bot API takes GET; a link to our page may stand anywhere."""
    sends = "telegram/bot123456:simulated/sendMessage?chat_id=1&text=Hello"
    asked = [
        (path, site, phones.http.get(f"{phones.sim.url}/{path}", headers={"Sec-Fetch-Site": site}).status_code)
        for path in (sends, "sim/people", "sim/events", "static/index.html", "")
        for site in ("cross-site", "same-site")
    ]
    assert {path: status for path, _, status in asked if status != 200} == dict.fromkeys(
        (sends, "sim/people", "sim/events"), 403
    )
    for site in ("same-origin", "none"):
        assert phones.http.get(f"{phones.sim.url}/sim/people", headers={"Sec-Fetch-Site": site}).ok


def test_groups_of_a_bot_that_is_gone_are_502(start: Start) -> None:
    phones = start(bot_url="http://127.0.0.1:9")
    assert phones.get("groups") == {"error": "The bot does not answer"}


@pytest.mark.parametrize(
    ("config", "problem"),
    [({"prot": 9100}, TypeError), ({"people": [{"phone": GRACE}]}, TypeError)],
)
def test_a_config_with_a_slip_in_it_does_not_start(config: dict[str, Any], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        Simulator(Config.from_json(config))


def test_it_says_where_the_phones_are_and_ends_when_it_is_told() -> None:
    command = [sys.executable, "-m", "simulator", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().removeprefix("The phones are at ").strip()
            assert requests.get(address, timeout=WAIT_SECONDS).ok
            tell_to_stop(process.pid)
            assert process.wait(WAIT_SECONDS) == 0
        finally:
            process.kill()
