"""What stands in a line of our log and in a report, and what stands in none."""

import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Final

import pytest
import structlog
from click.testing import CliRunner
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.test import Client

from bot.app import App
from bot.cli.people import person
from bot.config import load
from bot.jobs import carry_out
from bot.logs import LEVELS, about, access, log, name_in_log, report, set_up, take_over
from bot.reports import without_secrets
from bot.scrubbing import scrub, scrub_error, scrub_path
from bot.setting import BadSettings
from domain.money import Money
from domain.savings.contribute import Contribute
from tests.conftest import Clock
from tests.people import Village, do
from tests.web import wsgi

NEW, OLD = (f"{each}2kLxq8vN2kLxq8vN2kLxq8" for each in ("new", "old"))
PASSWORD: Final = "red1s-passw0rd"

Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lines(app: App) -> Iterator[Lines]:
    """What is written by some work, at a level."""
    handlers, level = logging.root.handlers[:], logging.root.level

    def written(work: Callable[[], object], level: str = "http") -> list[dict[str, Any]]:
        said = io.StringIO()
        logging.root.handlers.clear()
        with redirect_stderr(said):
            set_up(replace(app.settings, log_level=level), role="web")  # type: ignore[arg-type]
            copy_context().run(work)
        assert said.getvalue().isascii(), "whatever a client sends, a terminal shows it as it is"
        return [json.loads(line) for line in said.getvalue().splitlines()]

    yield written
    structlog.reset_defaults()
    clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    set_up(app.settings, role="test")


def one_of_each() -> None:
    for name in LEVELS:
        if name == "http":
            access("GET", "/", 200, 0.01)
        else:
            getattr(log(), name)(name)
    logging.getLogger("a.library").warning("it says")
    logging.getLogger("a.library").error("it cries")


def test_each_of_five_levels_has_those_before_it(lines: Lines) -> None:
    names = ["error", "warn", "info", "http", "debug"]
    for number, level in enumerate(names, start=1):
        ours = [line["level"] for line in lines(one_of_each, level) if "logger" not in line]
        assert ours == names[:number]
        assert load({"LOG_LEVEL": level.upper()}).log_level == level
    assert load({"LOG_LEVEL": "warning"}).log_level == "warn", "as it was called before"


def test_what_libraries_say_and_nobody_caught_are_lines_of_ours_too(lines: Lines) -> None:
    def libraries() -> None:
        bind_contextvars(request_id="abc")
        logging.getLogger("a.library").warning("called %s", "+256772000101")
        logging.getLogger("a.library").info("not this")

    (line,) = lines(libraries)
    assert (line["level"], line["logger"], line["event"]) == ("warn", "a.library", "called …101")
    assert (line["role"], line["request_id"]) == ("web", "abc")


def test_an_error_in_a_thread_and_a_warning_are_lines_of_ours(lines: Lines) -> None:
    def fail() -> None:
        raise ValueError("'2581' is no amount")

    def work() -> None:
        hooks = sys.excepthook, threading.excepthook
        take_over()
        try:
            thread = threading.Thread(target=fail, name="beside")
            thread.start()
            thread.join()
            with warnings.catch_warnings():
                warnings.simplefilter("always")
                logging.captureWarnings(False)  # a command of another test may have begun it
                logging.captureWarnings(True)
                warnings.warn("soon gone", UserWarning, stacklevel=1)
        finally:
            sys.excepthook, threading.excepthook = hooks
            logging.captureWarnings(False)

    failed, warned = lines(work)
    assert (failed["event"], failed["thread"], failed["level"]) == ("a thread ended", "beside", "error")
    assert failed["exception"].endswith("\nValueError: '…' is no amount")
    assert warned["logger"] == "py.warnings" and "soon gone" in warned["event"]


def test_a_person_has_one_name_in_the_log_and_nothing_gives_them_away(
    app: App, lines: Lines, village: Village
) -> None:
    def work() -> None:
        about(village.akello.id)
        log().info("one")
        about(lambda: village.akello.id)  # asked for when a line is written
        log().info("two")
        about(village.okot.id)
        log().info("three")
        about("")
        log().info("four")

    one, two, three, four = lines(work)
    assert one["member"] == two["member"] == name_in_log(village.akello.id) != three["member"]
    assert re.fullmatch(r"m[a-z2-7]{8}", one["member"]) and "member" not in four
    assert scrub(one["member"]) == one["member"], "it is never taken for a number"
    of_before = name_in_log(village.akello.id)
    set_up(replace(app.settings, session_secret="another-secret-of-the-tests-0123456789"), role="test")
    assert name_in_log(village.akello.id) == of_before, "secrets that are changed now and then change no name"
    set_up(replace(app.settings, pin_pepper="another-pepper-of-the-tests-0123456789"), role="test")
    assert name_in_log(village.akello.id) != of_before, "without our key it cannot be worked out"


def test_an_operator_finds_the_name_of_a_person(app: App, village: Village) -> None:
    @contextmanager
    def opened(_role: str) -> Iterator[App]:
        yield app

    def asked(phone: str) -> tuple[int, str]:
        ran = CliRunner().invoke(person, ["name-in-log", phone], obj=opened)
        return ran.exit_code, ran.output

    assert asked(village.akello.phone) == (0, f"{name_in_log(village.akello.id)}  Akello Grace\n")
    status, said = asked("+256772999999")
    assert status != 0 and "nobody has this number" in said


def test_a_page_writes_a_line_with_its_route_and_who_asked(app: App, lines: Lines, village: Village) -> None:
    def work() -> None:
        client = Client(wsgi(app))
        client.get("/api/payments/5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11", headers={"X-Request-Id": "from-a-proxy"})
        client.get("/nowhere/+256772000101/%E2%80%AE%0Aevil")
        client.get("/api/payments/256772000101", headers={"X-Request-Id": "256772000101"})
        client.get(f"/mail/{village.akello.id}/0123456789")
        client.post("/hooks/at/dlr/hook", data={"id": "x", "status": "Sent"})
        log().info("after")

    api, nowhere, number, mail, callback, after = lines(work)
    assert (api["method"], api["path"], api["status"]) == ("GET", "/api/payments/<id>", 401)
    assert (api["request_id"], api["payment"]) == ("from-a-proxy", "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11")
    assert api["ms"] > 0 and api["level"] == "http"
    assert (nowhere["path"], nowhere["status"]) == ("/nowhere/…101/\u202e\nevil", 404)
    assert (number["request_id"], number["payment"]) == ("…101", "…101")
    assert mail["path"] == "/mail/…"
    assert (callback["path"], callback["status"]) == ("/hooks/at/dlr/…", 200)
    assert not {"request_id", "payment", "member"} & {*after}, "the thread goes on to another request"


def test_a_page_of_somebody_who_is_signed_in_names_them_as_their_turns_do(
    app: App, lines: Lines, village: Village
) -> None:
    akello, client = village.akello, Client(wsgi(app))
    client.post("/api/auth/code", json={"phone": akello.phone})
    (sent,) = app.store.notices.find(person=akello.id, kind="sign_in_code")
    signed = client.post("/api/auth/login", json={"phone": akello.phone, "code": sent.values["code"]}).get_json()
    bearer = {"Authorization": f"Bearer {signed['token']}"}
    (line,) = lines(lambda: client.get("/api/groups", headers=bearer))
    assert (line["path"], line["status"], line["member"]) == ("/api/groups", 200, name_in_log(akello.id))


def test_at_info_no_request_is_a_line(app: App, lines: Lines) -> None:
    assert lines(lambda: Client(wsgi(app)).get("/nowhere"), "info") == []


def test_a_job_says_of_which_payment_and_whom_its_lines_are(
    app: App, lines: Lines, village: Village, clock: Clock
) -> None:
    paid: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    id = paid["payment"]
    app.store.database["payments"].update_one({"_id": id}, {"$set": {"provider": "gone"}})
    clock.forward(seconds=10)
    (line,) = lines(lambda: carry_out(app, "settle", [id]))
    assert (line["task"], line["id"], line["payment"]) == ("settle", id, id)
    assert (line["member"], line["level"]) == (name_in_log(village.akello.id), "warn")
    assert village.akello.id not in json.dumps(line)


def test_work_that_is_named_by_a_person_names_nobody(app: App, lines: Lines, village: Village) -> None:
    app.store.database["referrals"].insert_one({"_id": village.akello.id, "next_at": app.store.now()})
    (line,) = lines(lambda: carry_out(app, "referrals", [village.akello.id]))
    assert (line["event"], line["id"]) == ("referrals failed", name_in_log(village.akello.id))
    assert village.akello.id not in json.dumps(line)


def test_what_waits_beside_a_turn_knows_its_request(lines: Lines) -> None:
    """As the hands of a turn do: they run in its context (`flows/engine/drive.py`)."""

    def work() -> None:
        bind_contextvars(request_id="of-the-turn")
        with ThreadPoolExecutor(1) as hands:
            hands.submit(copy_context().run, lambda: log().info("beside")).result()

    assert lines(work)[0]["request_id"] == "of-the-turn"


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


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("Bearer csb_0a1B2c3D4e5F6g7H is not good", "Bearer … is not good"),
        ("csb_turns_total", "csb_turns_total"),
        ("of eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl, which", "of …, which"),
        ("https://bot.example.org/check/10101/ABCD-EFGH?a=1", "https://bot.example.org/check/…"),
        ("people 5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11: ValidationError", "people …: ValidationError"),
        ("NotFound: memberships 5b0c1c34-6f0e:0a3d0f6f1a11", "NotFound: memberships …"),
        ("people of 3 groups", "people of 3 groups"),
        ("payments ws_CO_01102026093001250708374149: Duplicate", "payments ws_CO_…149: Duplicate"),
        ("'2581' is no amount", "'2581' is no amount"),
    ],
)
def test_tokens_and_links_are_left_out_of_every_text(said: str, left: str) -> None:
    assert scrub(said) == left


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("/hooks/momo/s3cret/73519", "/hooks/momo/…/…"),
        ("/hooks/momo_africa/s3cret/x", "/hooks/momo_africa/…/x"),
        ("/hooks/airtel/s3cret/payment", "/hooks/airtel/…/payment"),
        ("/hooks/pawapay/s3cret/deposits", "/hooks/pawapay/…/deposits"),
        (
            "/hooks/momo/s3cret/5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
            "/hooks/momo/…/5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
        ),
        (
            "/hooks/daraja/s3cret/stk/5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11.0123456789abcdef",
            "/hooks/daraja/…/stk/5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11.…",
        ),
        ("/nowhere/2581/x", "/nowhere/…/x"),
        ("/groups/<code>/members", "/groups/<code>/members"),
        ("/static/0123abcd.css", "/static/0123abcd.css"),
    ],
)
def test_an_address_that_somebody_made_up_holds_nothing_that_they_would_have_typed(asked: str, left: str) -> None:
    assert scrub_path(asked) == left


def test_an_id_that_ends_in_twelve_digits_is_no_phone() -> None:
    id = "423bd420-ad31-45c8-8162-479945125091"
    assert scrub(f"payments {id}: settled") == f"payments {id}: settled"
    assert scrub("8162-479945125091") == "8162-…091"


def test_where_a_document_has_to_be_found_its_id_stays() -> None:
    said = "people 5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11 of +256772000101"
    assert scrub(said, people=False) == "people 5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11 of …101"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("'2581' is no amount", "'…' is no amount"),
        ("typed 1*2000*1*2581", "typed 1*…*1*…"),
        ("line 12 of 345", "line 12 of 345"),
        ("127.0.0.1:27017 is away", "127.0.0.1:27017 is away"),
        ("5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11", "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11"),
    ],
)
def test_digits_that_stand_alone_are_left_out_of_what_an_error_says(said: str, left: str) -> None:
    assert scrub_error(said) == left


def test_in_production_the_hook_secret_before_is_as_long() -> None:
    with pytest.raises(BadSettings, match=r"HOOK_SECRET_PREVIOUS: must have 20 letters and digits"):
        load({"APP_ENV": "production", "HOOK_SECRET": NEW, "HOOK_SECRET_PREVIOUS": "short"})
