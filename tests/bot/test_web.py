"""HTTP from outside: the JSON API, the callbacks, health, and what is said and logged when something breaks."""

import contextlib
import io
import json
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import sentry_sdk
import structlog
from pymongo import MongoClient
from werkzeug.test import Client, TestResponse

from bot.app import App, build
from bot.clients import client_of
from bot.config import Settings
from bot.logs import log, name_in_log, set_up
from bot.queue import Queue
from bot.scrubbing import scrub
from domain.money import Money
from domain.mongo.store import MongoStore, utc_now
from domain.people.profile import SetLanguage
from domain.records.person import Talker
from domain.savings.contribute import Contribute
from domain.store import Store
from flows.dialogue import flow, read
from flows.engine.link import HeldLink
from flows.engine.steps import Conversation
from tests.conftest import PINS, Clock
from tests.leaks import leaked
from tests.people import Village, arrives, do
from tests.phone import Phone
from tests.sentry import Sentry
from tests.served import Served
from tests.waiting import WAIT_SECONDS
from tests.web import wsgi

Dial = Callable[[str], Phone]
# What somebody typed, and a token of the API: what an error of ours must not pass on.
TYPED = "'2581' by csb_0a1B2c3D4e5F6g7H eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"


@pytest.fixture
def web(app: App) -> Client:
    return Client(wsgi(app))


def problem(response: TestResponse) -> tuple[int, str]:
    """The status and code of an error, which always has the one shape."""
    body = response.get_json()
    assert body.keys() == {"success", "error"} and body["success"] is False, body
    assert body["error"].keys() == {"code", "message", "request_id", "fields"}, body
    assert body["error"]["message"]
    assert body["error"]["request_id"] == response.headers["X-Request-Id"]
    return response.status_code, body["error"]["code"]


def pay(app: App, village: Village, minor: int = 5_500) -> str:
    """Akello's contribution, confirmed; answers with its reference."""
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(minor, "UGX")))
    arrives(app.store, app.store.payments.get(asked["payment"]))
    return str(asked["ref"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.5", "192.0.2.1"),  # said by the client itself
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.9, 203.0.113.5", "203.0.113.5"),  # what stands before it, the client says
        (2, "198.51.100.9, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.1"),  # past the proxies
        (1, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (1, "nobody", "192.0.2.1"),
    ],
)
def test_a_client_is_known_by_what_our_proxies_say(proxies: int, forwarded: str, client: str) -> None:
    assert client_of("192.0.2.1", forwarded, proxies) == client


def test_every_error_has_one_shape(web: Client) -> None:
    assert problem(web.get("/nothing")) == (404, "not_found")
    assert problem(web.get("/api/nothing")) == (404, "not_found")
    assert problem(web.get("/hooks/momo/hook/payment/x")) == (405, "method_not_allowed")
    put = web.put("/api/groups")
    assert problem(put) == (405, "method_not_allowed")
    assert "GET" in put.headers["Allow"]
    too_large = web.post("/hooks/at/dlr/hook", data={"id": "x" * 100_000})
    assert problem(too_large) == (413, "request_entity_too_large")
    assert problem(web.post("/hooks/at/dlr/hook", data={})) == (400, "malformed_request")
    assert problem(web.post("/hooks/at/dlr/wrong", data={})) == (404, "not_found")


# Mobile money's callback


CALLBACK = {
    "externalId": "C2AB3CD",
    "amount": "5500",
    "currency": "UGX",
    "payer": {"partyIdType": "MSISDN", "partyId": "256772000101"},
    "status": "SUCCESSFUL",
}


def called_at(app: App, payment: str) -> str:
    """The path at which MTN calls us about a payment."""
    return urlsplit(app.settings.addresses("momo").of("payment", payment)).path


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("body", [json.dumps(CALLBACK), "", "{", "\xff" * 100])
def test_a_callback_is_a_hint_to_ask_now_and_nothing_more(
    app: App, web: Client, village: Village, clock: Clock, method: str, body: str
) -> None:
    """It says SUCCESSFUL, unsigned: nothing is posted before the provider itself was asked."""
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    id = asked["payment"]
    assert app.store.payments.due(clock(), 10) == []
    answer = web.open(called_at(app, id), method=method, data=body, content_type="application/json")
    assert (answer.status_code, answer.data) == (200, b"")
    assert app.store.payments.due(clock(), 10) == [id]
    assert app.store.payments.get(id).state == "created"
    assert app.store.books.totals(village.umoja) == {}


def test_a_callback_for_nothing_of_ours_is_taken_and_forgotten(
    app: App, web: Client, village: Village, clock: Clock
) -> None:
    pay(app, village)
    (paid,) = app.store.payments.find(state="succeeded")
    for reference in (paid.id, str(uuid.uuid4())):
        assert web.post(called_at(app, reference), json=CALLBACK).status_code == 200
    for made_up in (paid.id, f"{paid.id}.0123456789abcdef", "x", ".", "%2e%2e", "é.é", "x" * 1_000):
        assert web.post(f"/hooks/momo/hook/payment/{made_up}", json=CALLBACK).status_code == 200
    assert app.store.payments.due(clock(), 10) == []
    path = called_at(app, paid.id).replace("/hook/", "/wrong/")
    assert problem(web.post(path, json=CALLBACK)) == (404, "not_found")


def test_the_address_of_one_payment_is_not_that_of_another(
    app: App, web: Client, village: Village, clock: Clock
) -> None:
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    other: Any = do(app.store, Contribute(village.umoja, village.wanjiru.id, Money(5_500, "UGX")))
    mac = called_at(app, asked["payment"]).rpartition(".")[2]
    assert web.post(f"/hooks/momo/hook/payment/{other['payment']}.{mac}", json=CALLBACK).status_code == 200
    assert app.store.payments.due(clock(), 10) == []


def test_a_callback_counts_though_the_queue_is_away(app: App, village: Village, clock: Clock) -> None:
    web = Client(wsgi(replace(app, queue=Queue("redis://127.0.0.1:9"))))
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    assert web.post(called_at(app, asked["payment"])).status_code == 200
    assert app.store.payments.due(clock(), 10) == [asked["payment"]]


@pytest.mark.parametrize(("secret", "is_ours"), [("newerhook", True), ("hook", True), ("older", False)])
def test_after_a_rotation_the_addresses_of_before_are_called_too(
    settings: Settings, village: Village, secret: str, is_ours: bool
) -> None:
    """Of providers that sign nothing, and of Telegram, whose secret token is made of what is in its address."""
    rotated = replace(settings, hook_secret="newerhook", hook_secret_previous="hook")
    app = build(rotated, pins=PINS, prepared=True)
    web, token = Client(wsgi(app)), replace(rotated, hook_secret=secret).telegram_secret
    form = {"sessionId": secret, "phoneNumber": village.akello.phone, "serviceCode": "*384*7#", "text": ""}
    called = (
        web.post(f"/hooks/at/ussd/{secret}", data=form),
        web.post(f"/hooks/momo/{secret}/payment/{uuid.uuid4()}", json=CALLBACK),
        web.post(
            f"/hooks/telegram/{secret}", json={"update_id": 1}, headers={"X-Telegram-Bot-Api-Secret-Token": token}
        ),
    )
    assert [each.status_code for each in called] == [200 if is_ours else 404] * 3
    app.close()


# Health


def test_health_is_good_while_both_stores_answer(app: App, web: Client) -> None:
    answer = web.get("/health")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "version": app.settings.app_version})


def test_health_is_bad_without_redis(app: App) -> None:
    away = replace(app, link=HeldLink("redis://127.0.0.1:9"))
    assert problem(Client(wsgi(away)).get("/health")) == (503, "unavailable")


def test_health_is_bad_without_mongodb(app: App) -> None:
    client: MongoClient[dict[str, Any]] = MongoClient("mongodb://127.0.0.1:9", timeoutMS=200)
    nowhere = MongoStore(client["x"], app.store.books, app.store.pins, (), {}, "", utc_now)
    assert problem(Client(wsgi(replace(app, store=nowhere))).get("/health")) == (503, "unavailable")
    ready = Client(wsgi(replace(app, store=nowhere))).get("/api/health/ready")
    assert (problem(ready), ready.headers["Retry-After"]) == ((503, "unavailable"), "60")
    client.close()


# When a conversation breaks


@pytest.fixture
def broken(app: App) -> Client:
    """The same service with a conversation that fails where a mistake of ours would, and says too much."""

    @flow("broken")
    def broken(who: Talker) -> Conversation:
        yield from read("nothing", nothing)
        digits = who.phone[1:]
        raise RuntimeError(f"no balance for {who.phone}, {digits} or phoneNumber=%2B{digits}: {TYPED}")

    return Client(wsgi(replace(app, engine=app.engine.over(app.link, broken))))


def nothing(_store: Store) -> None:
    return None


@pytest.fixture
def logged(settings: Settings) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What this process wrote to its log."""
    written = io.StringIO()
    with contextlib.redirect_stderr(written):
        set_up(settings, role="web")
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


Logged = Callable[[], list[dict[str, Any]]]


def test_a_conversation_that_breaks_apologises_is_reported_and_goes_on_afterwards(
    app: App, phone: Dial, broken: Client, village: Village, logged: Logged
) -> None:
    do(app.store, SetLanguage(village.akello.id, "sw"))
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*2000#")
    akello.type("1")
    heard = broken.post("/hooks/at/ussd/hook", data=akello.form() | {"text": "1*2000*1*2581"})
    sorry = "END Samahani, imeshindikana. Hakuna kilichopotea. Jaribu tena baada ya dakika moja."
    assert (heard.status_code, heard.text) == (200, sorry)

    (line,) = logged()
    assert (line["event"], line["level"], line["role"], line["channel"]) == ("turn failed", "error", "web", "ussd")
    assert "RuntimeError: no balance for …101, …101 or phoneNumber=%2B…101" in line["exception"]
    assert leaked(json.dumps(line), "2581") == []

    assert akello.type("2581").startswith("END Sasa thibitisha UGX 2,000")


def test_a_store_that_is_away_is_an_apology_too(app: App, village: Village, logged: Logged) -> None:
    link = HeldLink("redis://127.0.0.1:9")
    away = replace(app, link=link, engine=app.engine.over(link))
    heard = Phone(wsgi(away), "hook", village.akello.phone).dial()
    assert heard == "END Sorry, that did not work. Nothing was lost. Please try again in a minute."
    assert [line["event"] for line in logged()] == ["turn failed"]


def test_an_error_report_holds_no_request_no_pin_and_no_number(
    settings: Settings, phone: Dial, broken: Client, village: Village
) -> None:
    """Through Sentry's own SDK, to an address of ours. It warns of none of what we ask it for."""
    sentry = Sentry()
    server = Served(sentry)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        set_up(replace(settings, sentry_dsn=f"{server.url.replace('//', '//key@')}/1"), role="web")
    akello = phone(village.akello.phone)
    akello.dial("*384*7*2#")
    broken.post("/hooks/at/ussd/hook", data=akello.form() | {"text": "2*2581"})
    sentry_sdk.flush(WAIT_SECONDS)
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    server.close()
    reports = [json.loads(line) for envelope in sentry.reports for line in envelope.splitlines()]
    (event,) = [each for each in reports if "exception" in each]
    assert event["exception"]["values"][-1]["value"].startswith("no balance for …101, …101 or phone")
    assert "request" not in event
    assert '"vars"' not in json.dumps(event), "no local variables"
    assert event["tags"]["member"] == name_in_log(village.akello.id)
    secrets = ("2581", "56772000101", settings.jwt_secret, TYPED, *TYPED.split()[-2:], village.akello.id)
    assert leaked("".join(sentry.reports), *secrets) == []
    assert [str(each.message) for each in warned] == []


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("+256772000101", "…101"),
        ("from 256772000101.", "from …101."),
        ("phoneNumber=%2B256772000101&x", "phoneNumber=%2B…101&x"),
        ({"dup": [{"phone": "+254711000999"}]}, {"dup": [{"phone": "…999"}]}),
        (("0772000101", 7), ["…101", 7]),
        (
            "no media at https://bot.example.org/files/0a1b-1790000000-2c3d/statement.txt",
            "no media at https://bot.example.org/files/…/statement.txt",
        ),
        (
            "/hooks/momo/s3cret/5b0c1c34, https://bot.example.org/hooks/at/ussd/s3cret?x, /hooks/telegram/s3cret",
            "/hooks/momo/…/5b0c1c34, https://bot.example.org/hooks/at/ussd/…?x, /hooks/telegram/…",
        ),
        ("/hooks/twilio/status", "/hooks/twilio/status"),
        ("ATXid_9b1f0000000000000000000000000000", "ATXid_9b1f0000000000000000000000000000"),
        ("5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11", "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11"),
        ("UGX 5,500 in 2026", "UGX 5,500 in 2026"),
    ],
)
def test_a_phone_number_keeps_its_last_three_digits(said: object, logged: object) -> None:
    assert scrub(said) == logged


def test_a_line_of_the_log_is_one_object_with_where_it_comes_from(logged: Logged, settings: Settings) -> None:
    log().info("hello\nthere", phone="+256772000101", count=1)
    log().debug("not this")
    (line,) = logged()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "hello\nthere",
        "level": "info",
        "phone": "…101",
        "count": 1,
        "app": settings.app_name,
        "version": settings.app_version,
        "role": "web",
    }


def test_the_whole_way_of_a_pin_leaves_nothing_in_the_log(phone: Dial, village: Village, logged: Logged) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1*1#")
    for typed in ("1111", "25x1", "2581"):
        akello.type(typed)
    assert akello.screen.startswith("END Now approve UGX 5,500")
    assert logged() == []
