"""The public status page: what is measured and said, in three languages, and when our stores are away for real."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from bot.app import App, build
from bot.cli.main import main
from bot.local.stores import embedded
from bot.measured import Seen, Tally
from bot.measures import BOUNDS_MS, Gauges
from bot.status import LATE_SECONDS, lines_of
from domain.access.audit import audit_entries
from domain.board.status import Public, plan_work, say
from tests.conftest import PEPPER, PINS, settings_for
from tests.people import found_village
from tests.web import wsgi

NOTHING_SAID = Public([], [], [])
BYTES_MAX = 30 * 1024


def measured(workers: int = 1, **failed: int) -> Seen:
    """A hundred of each were done, of which so many failed."""
    tallies = {name.replace("_", ":", 1): Tally(count, 0, {len(BOUNDS_MS): 100}) for name, count in failed.items()}
    worker = Gauges("worker", "machine", 1, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Seen(tallies, {}, [worker] * workers)


def states(seen: Seen, late: int = 0) -> dict[str, str]:
    lines = lines_of(
        seen, NOTHING_SAID, datetime.now(UTC), channels={"telegram": False}, providers=["momo"], late=late
    )
    return {each.provider or each.component: each.state for each in lines}


def test_a_component_is_as_its_measures_are() -> None:
    well = {"ussd": "works", "whatsapp": "works", "sms": "works", "momo": "works", "web": "works"}
    assert states(measured()) == well, "what is switched off is not listed"
    assert states(measured(turn_ussd=9)) == well
    assert states(measured(turn_ussd=10)) == well | {"ussd": "trouble"}
    assert states(measured(turn_ussd=50)) == well | {"ussd": "away"}
    assert states(measured(message_whatsapp=30, provider_momo=90)) == well | {
        "whatsapp": "trouble",
        "momo": "away",
    }
    assert states(measured(**{"page_board.home": 20})) == well | {"web": "trouble"}
    late = well | {"sms": "trouble", "momo": "trouble"}
    assert states(measured(workers=0)) == late
    assert states(measured(), late=LATE_SECONDS) == well
    assert states(measured(), late=LATE_SECONDS + 1) == late


@pytest.fixture
def anybody(app: App) -> Client:
    return Client(wsgi(app))


def test_anybody_sees_what_works_and_what_was_said(app: App, anybody: Client) -> None:
    made = say(app.store, "Calls <b>end</b> early.", ["ussd"])
    begins = app.store.now()
    plan_work(app.store, "We change machines.", begins.replace(year=2027), begins.replace(year=2028))
    shown = anybody.get("/status")
    assert shown.status_code == 200
    assert len(shown.data) <= BYTES_MAX
    assert "<script" not in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Some things do not work as they should." in shown.text
    assert "Calls &lt;b&gt;end&lt;/b&gt; early." in shown.text
    assert "We change machines." in shown.text
    assert "Calls to *384*7#" in shown.text
    told = anybody.get("/status.json").get_json()
    assert told["state"] == "trouble"
    assert {"name": "mobile_money", "state": "trouble", "provider": "momo"} in told["components"], "no worker"
    assert [each["id"] for each in told["incidents"]] == [made.id]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Is everything working?"),
        ("fr", "Est-ce que tout fonctionne ?"),
        ("sw", "Je, kila kitu kinafanya kazi?"),
    ],
)
def test_it_speaks_three_languages(anybody: Client, language: str, title: str) -> None:
    shown = anybody.get("/status", headers={"Accept-Language": language})
    assert f"<h1>{title}</h1>" in shown.text
    assert f'<html lang="{language}">' in shown.text


def test_nothing_of_groups_members_or_machines_is_on_it(app: App, anybody: Client) -> None:
    village = found_village(app.store)
    say(app.store, "Calls end early.")
    for path in ("/status", "/status.json"):
        shown = anybody.get(path).text
        for each in (
            "Akello",
            "Umoja",
            village.code,
            village.akello.id,
            "772000",
            "127.0.0.1",
            "mongodb",
            "redis",
        ):
            assert each not in shown, each


def test_it_is_asked_as_often_as_anybody_likes(app: App) -> None:
    pages = Client(wsgi(replace(app, settings=replace(app.settings, rate_limit_max_requests=1))))
    assert [pages.get(path).status_code for path in ("/status", "/status.json") * 3] == [200] * 6


def test_it_is_there_when_both_stores_are_away(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with embedded(tmp_path / "stores") as stores:
        settings = settings_for(stores, tmp_path / "data")
        app = build(settings, pins=PINS, timeout_seconds=4)
        say(app.store, "Calls end early.", ["ussd"])
        pages = Client(wsgi(app))
        before = pages.get("/status.json").get_json()
        assert before["records_away_since"] is None
    app.status.look()
    away = pages.get("/status")
    assert away.status_code == 200
    assert "We cannot reach our own records, and nothing works until we can." in away.text
    assert re.search(r"Since \d{4}-\d\d-\d\d \d\d:\d\d UTC", away.text)
    assert "Calls end early." in away.text, "what was said before is known"
    assert re.search(r"Seen .* UTC, \d+ minutes? ago\.", away.text)
    told = pages.get("/status.json").get_json()
    assert told["state"] == "away"
    assert {each["state"] for each in told["components"]} == {"away"}
    assert told["records_away_since"]
    assert told["at"] >= before["at"], "it is seen anew now and then, as long as it can be"
    assert json.loads((tmp_path / "data" / "status.json").read_text())["said"]["open"], "for the next process"
    app.close()


def test_an_operator_says_plans_and_resolves(app: App, tmp_path: Path) -> None:
    given = {
        "MONGO_URI": app.settings.mongo_uri,
        "MONGO_DATABASE": app.settings.mongo_database,
        "REDIS_URL": app.settings.redis_url,
        "PIN_PEPPER": PEPPER,
        "DATA_DIR": str(tmp_path),
    }

    def type_(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["status", *arguments], env=given)
        return done.output.strip() if done.exit_code == 0 else f"{done.exit_code}: {done.output.strip()}"

    id = type_("say", "Calls end early.", "--about", "ussd", "--away")
    assert type_("say", "We know why.", "--id", id) == id
    planned = type_("plan", "Machines are changed.", "--from", "2099-12-01 22:00", "--until", "2099-12-01 23:00")
    assert [line.split()[:2] for line in type_("list").splitlines()] == [[id, "open"], [planned, "planned"]]
    assert type_("resolve", id, "It is put right.") == id
    assert type_("list").splitlines()[1].endswith("It is put right.")
    assert type_("resolve", id).startswith("2: Error: nothing that is open is called that")
    assert type_("say", "Call 0772 000 111").startswith("2: Error: the words may have")
    assert type_("plan", "W", "--from", "2099-12-01 22:00", "--until", "2099-12-01 21:00").startswith(
        "2: Error: planned"
    )
    acts = sorted(each.did for each in audit_entries(app.store))
    assert acts == ["status.planned", "status.resolved", "status.said", "status.said"]
