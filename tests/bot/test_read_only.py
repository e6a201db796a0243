"""Read-only mode from outside: the switch, the API, the pages, the tasks, and books that fail by themselves."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from werkzeug.test import Client

from bot.app import App
from bot.cli.main import main
from bot.jobs import TASKS, Scheduler, carry_out
from bot.verifying import verification_due, verify_some
from domain.access.accounts import make_account, otp_of
from domain.access.audit import audit_entries
from domain.board.read_only import begin_read_only, end_read_only
from domain.money import Money
from domain.records.pin import Secret
from domain.savings.contribute import Contribute, RecordCash
from tests.bot.api.world import make_world
from tests.bot.pages.leading import signed_in, token
from tests.conftest import Clock
from tests.people import Village, do
from tests.web import wsgi

PASSWORD = "quiet harbour window 41"
SAID = "Just now you can only look. Nothing can be paid or changed."
Type = Callable[..., Result]


@pytest.fixture
def typed(app: App, tmp_path: Path) -> Type:
    """Types a command of the bot, with the test's stores for its environment."""

    def run(*arguments: str) -> Result:
        settings = app.settings
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "PIN_PEPPER": settings.pin_pepper,
            "DATA_DIR": str(tmp_path),
        }
        return CliRunner().invoke(main, [*arguments], env=given)

    return run


@pytest.fixture
def operator(app: App, clock: Clock) -> Client:
    """A browser in which an operator is signed in."""
    account = make_account(app.store, "amina@example.org", "Amina", "operator", Secret(PASSWORD))
    web = Client(wsgi(app))
    given = {
        "email": account.email,
        "password": PASSWORD,
        "totp": otp_of(app.store, account).at(clock()),
        "to": "",
    }
    assert web.post("/sign-in/account", data=given | token(web)).status_code == 303
    return web


def seen(app: App) -> str:
    """Why it is on, "" where it is off, as the store has it."""
    found = app.store.deployment.one(id="deployment")
    return found.read_only.why if found and found.read_only else ""


def broken(app: App, village: Village) -> None:
    """A book in which somebody changed an amount."""
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    change = {"$inc": {"postings.0.amount": 1}}
    assert app.store.database["entries"].update_one({"book": village.umoja}, change).modified_count == 1


# The switch


def test_it_is_switched_at_a_terminal(app: App, typed: Type) -> None:
    assert typed("read-only", "show").output == "Read-only mode is off.\n"
    assert typed("read-only", "on").exit_code == 2, "somebody has to say why"
    on = typed("read-only", "on", "--why", "the disk is full")
    assert on.exit_code == 0 and on.output.endswith("by terminal: the disk is full\n")
    again = typed("read-only", "on", "--why", "another reason")
    assert again.output == on.output
    shown = typed("read-only", "show")
    assert (shown.exit_code, shown.output) == (1, on.output)
    assert typed("read-only", "off").output == "Read-only mode is off.\n"
    assert sorted((each.did, each.why) for each in audit_entries(app.store)) == [
        ("read_only.off", "the disk is full"),
        ("read_only.on", "the disk is full"),
    ]


def test_an_operator_says_why_and_is_asked_once_more(app: App, operator: Client) -> None:
    def post(**fields: str) -> str:
        answer = operator.post("/operator/read-only", data=fields | token(operator, "/me"))
        return answer.text if answer.status_code != 303 else "done"

    assert "Please fill this in." in post(to="on", why="")
    asked = post(to="on", why="the books look odd")
    assert "Yes, switch it on" in asked and "on every channel" in asked and seen(app) == ""
    assert post(to="on", why="the books look odd", sure="1") == "done"
    assert seen(app) == "the books look odd"
    page = operator.get("/operator/read-only").text
    assert "amina@example.org" in page and SAID in page
    assert "Yes, switch it off" in post(to="off", why="they are whole") and seen(app)
    assert post(to="off", why="they are whole", sure="1") == "done"
    assert seen(app) == "" and SAID not in operator.get("/operator/read-only").text
    acts = [each for each in audit_entries(app.store) if each.did.startswith("read_only.")]
    assert {(each.did, each.by_name, each.why) for each in acts} == {
        ("read_only.off", "Amina", "they are whole"),
        ("read_only.on", "Amina", "the books look odd"),
    }


# Pages and API


def test_pages_are_read_and_what_would_change_something_is_refused(app: App, village: Village) -> None:
    leader = signed_in(app, village.nakato.id)
    begin_read_only(app.store, "test", "a test")
    assert SAID in leader.get(f"/groups/{village.code}").text
    page = leader.get(f"/groups/{village.code}/messages").text
    assert SAID in page
    assert "En ce moment, vous pouvez seulement consulter." in leader.get(f"/groups/{village.code}?speak=fr").text


def test_the_api_answers_503_with_its_code_and_keeps_no_such_answer(app: App, clock: Clock) -> None:
    """So the same request is good when it ends."""
    world = make_world(app, clock)
    begin_read_only(app.store, "test", "a test")
    path, key = "/api/groups/10101/contributions", {"Idempotency-Key": "the-same"}
    body = {"amount": {"minor": 5_500, "currency": "UGX"}, "again": True}
    refused = world.ask("member", "POST", path, json=body, headers=key)
    assert refused.status_code == 503, refused.text
    assert refused.headers["Retry-After"] == "60"
    assert refused.get_json()["error"]["code"] == "read_only"
    assert world.ask("member", "GET", "/api/savings").status_code == 200
    end_read_only(app.store)
    assert world.ask("member", "POST", path, json=body, headers=key).status_code == 202


# Tasks


def test_tasks_that_move_money_or_bind_somebody_rest_and_what_is_due_stays_due(
    app: App, village: Village, clock: Clock
) -> None:
    """Messages, files and the log go on."""
    assert {name for name, task in TASKS.items() if not task.always} == {
        *(
            "settle",
            "confirm",
            "dividend",
            "arrive",
            "remind",
            "remind_members",
            "referrals",
            "expire",
            "expire_request",
            "reconcile",
            "upload",
        ),
        *("take_words", "take_books", "take_payers"),
    }
    asked = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    assert isinstance(asked, dict)
    clock.forward(seconds=5)
    begin_read_only(app.store, "test", "a test")
    before = app.store.payments.get(asked["payment"])
    assert Scheduler(app.store, app.queue).round(["settle"]) == 0
    carry_out(app, "settle", [before.id])  # poked before it began
    assert app.store.payments.get(before.id) == before
    end_read_only(app.store)
    assert Scheduler(app.store, app.queue).round(["settle"]) == 1


def test_the_scheduler_and_workers_know_of_every_task_whether_it_rests(app: App) -> None:
    begin_read_only(app.store, "test", "a test")
    assert {name for name, task in TASKS.items() if task.rests_in(app.store)} == {
        name for name, task in TASKS.items() if not task.always
    }


# Books that fail


def test_every_book_is_verified_each_night_once(app: App, village: Village, clock: Clock) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    clock.forward(hours=18 + 0.5)  # half past midnight, UTC
    assert verification_due(app.store, 10) == []
    clock.forward(hours=1)
    (id,) = verification_due(app.store, 10)
    carry_out(app, "verify", [id])
    carry_out(app, "verify", [id])
    assert verification_due(app.store, 10) == []
    (run,) = app.store.runs.find()
    assert (run.kind, run.ok, run.details) == ("ledger_verify", True, {"books": "1", "problems": "0"})
    clock.forward(days=1)
    assert verification_due(app.store, 10) == [f"ledger_verify:{clock():%Y-%m-%d}"] != [id]
    assert seen(app) == ""


def test_a_book_that_fails_at_night_switches_it_on_by_itself(app: App, village: Village, clock: Clock) -> None:
    broken(app, village)
    clock.forward(days=1)
    (id,) = verification_due(app.store, 10)
    carry_out(app, "verify", [id])
    assert seen(app) == "the books do not verify: group 10101"
    assert app.store.figures.get(village.umoja).red == ("books",), "whoever visits groups sees it at once"
    (run,) = app.store.runs.find()
    assert run.ok is False and int(run.details["problems"]) > 0
    (line,) = [each for each in audit_entries(app.store) if each.did == "read_only.on"]
    assert line.where == "books"


def test_a_run_that_was_killed_goes_on_behind_the_last_book_it_wrote_down(
    app: App, village: Village, clock: Clock
) -> None:
    clock.forward(days=1)
    (id,) = verification_due(app.store, 10)
    details = {"after": "~", "books": "7", "problems": "0"}  # behind every id
    verify_some(app.store, id)
    app.store.runs.change(id, ended_at=None, ok=None, details=details)
    verify_some(app.store, id)
    assert app.store.runs.get(id).details == {"books": "7", "problems": "0"}
    assert clock() - app.store.runs.get(id).began_at < timedelta(days=1)


def test_ledger_verify_at_a_terminal_does_the_same(app: App, village: Village, typed: Type) -> None:
    whole = typed("ledger", "verify")
    assert whole.exit_code == 0 and seen(app) == ""
    broken(app, village)
    found = typed("ledger", "verify")
    assert found.exit_code == 1 and re.search("problems found in the books: [1-9]", found.output)
    assert seen(app) == "the books do not verify: group 10101"
    assert sorted(str(each.ok) for each in app.store.runs.find(kind="ledger_verify")) == ["False", "True"]
