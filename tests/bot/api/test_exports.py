"""Figures are asked for over the API: whose, made in spells, fetched by links that end and cannot be forged."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from python_calamine import load_workbook

from bot.exports.asked import LINK_VALID, carry_on_export, exports_due, file_at
from bot.signed_links import SignedLinks
from bot.spell import CLAIM, Spell
from domain.access.accounts import account_with, disable_account
from domain.access.agents import add_programme, put_in_programme
from domain.access.audit import audit_entries
from domain.access.tokens import make_api_token
from domain.mongo.forget import take_out
from domain.people.consents import SayConsent
from domain.records.asked_export import AskedExport
from domain.records.forgotten import LeftBehind
from tests.bot.api.world import World, code_of
from tests.people import do


@pytest.fixture(autouse=True)
def nothing_asked(world: World) -> Iterator[None]:
    world.clock.forward(hours=2)
    for who in ("agent", "operator"):
        world.sign_in_account(who)
    yield
    for table in ("exports", "file_parts"):
        world.app.store.database[table].delete_many({})


def asks(world: World, who: str = "operator", **said: str) -> dict[str, Any]:
    answer = world.ask(who, "POST", "/api/exports", json={"file": "programme"} | said)
    assert answer.status_code == 202, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    assert (data["state"], data["link"]) == ("waiting", None)
    return data


def made(world: World, who: str = "operator", **said: str) -> dict[str, Any]:
    id = asks(world, who, **said)["id"]
    carry_on_export(world.app.store, id)
    found: dict[str, Any] = world.get(who, f"/api/exports/{id}")
    return found


def path_of(world: World, found: dict[str, Any]) -> str:
    link: str = found["link"]
    assert link.startswith(f"{world.app.settings.public_url}/exports/")
    return link.removeprefix(world.app.settings.public_url)


def rows_at(world: World, path: str) -> list[dict[str, str]]:
    """What is fetched by whoever has the link, without a token."""
    answer = world.web.get(path)
    assert answer.status_code == 200, answer.text
    assert len(answer.data) == answer.content_length
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_file_is_asked_for_made_and_fetched_without_a_token(world: World) -> None:
    found = made(world)
    assert (found["state"], found["groups"], found["done"], found["rows"]) == ("ready", 2, 2, 2)
    rows = rows_at(world, path_of(world, found))
    assert [row["group_code"] for row in rows] == sorted(
        ("10101", "20202"), key=lambda code: world.app.store.groups.find(code=code)[0].id
    )
    fetched = world.web.get(path_of(world, found))
    assert fetched.headers["Content-Disposition"].startswith("attachment; filename=")
    assert fetched.headers["Referrer-Policy"] == "no-referrer"
    (act,) = [each for each in audit_entries(world.app.store, limit=3) if each.did == "exported"]
    assert act.by == f"account:{account_with(world.app.store, 'operator@example.org').id}"  # type: ignore[union-attr]


def test_a_file_that_is_ready_says_how_many_groups_are_in_it(world: World) -> None:
    """One whose opening was undone is in none."""
    groups = world.app.store.groups
    (undone,) = groups.find(code="20202")
    groups.change(undone.id, undone=True)
    for form in ("csv", "xlsx"):
        found = made(world, format=form)
        assert (found["groups"], found["done"]) == (1, 1)
    groups.change(undone.id, undone=False)


@pytest.mark.parametrize("file", ["programme", "members", "transactions", "loans"])
def test_both_formats_have_the_same_rows(world: World, file: str) -> None:
    plain, book = made(world, file=file), made(world, file=file, format="xlsx")
    rows = rows_at(world, path_of(world, plain))
    answer = world.web.get(path_of(world, book))
    sheet = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert len(sheet) - 1 == len(rows) == book["rows"] == plain["rows"]
    assert sheet[0] == list(rows[0])
    place = sheet[0].index("group_code")
    assert [line[place] for line in sheet[1:]] == [row["group_code"] for row in rows]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_who_takes_a_consent_back_before_the_file_is_made_is_in_none(world: World, form: str) -> None:
    store, akello = world.app.store, world.village.akello

    def whole(file: str, *, withdrawn: bool) -> str:
        """All that a file says. They agree when it is asked for."""
        do(store, SayConsent(akello.id, "programme", agrees=True))
        id = asks(world, file=file, format=form)["id"]
        if withdrawn:
            do(store, SayConsent(akello.id, "programme", agrees=False))
        carry_on_export(store, id)
        answer = world.web.get(path_of(world, world.get("operator", f"/api/exports/{id}")))
        if form == "csv":
            return answer.text
        return str(load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python())

    said = whole("members", withdrawn=False)
    assert akello.name in said and akello.phone in said
    for file in ("programme", "members", "transactions", "loans"):
        said = whole(file, withdrawn=True)
        assert akello.name not in said and akello.phone.strip("+") not in said, file


def test_whoever_is_killed_in_the_middle_leaves_no_row_out_and_none_twice(world: World) -> None:
    store = world.app.store
    whole = rows_at(world, path_of(world, made(world, file="transactions")))
    id = asks(world, file="transactions")["id"]
    carry_on_export(store, id, seconds=0)
    part = world.get("operator", f"/api/exports/{id}")
    assert (part["state"], part["done"], part["groups"]) == ("waiting", 1, 2)
    # The second group is written, and its worker dies before it says so.
    before = store.exports.get(id)
    carry_on_export(store, id, seconds=0)
    kept = {name: getattr(before, name) for name in ("done", "rows", "after", "parts", "size")}
    store.exports.change(id, state="waiting", next_at=store.now() + CLAIM, **kept)
    assert exports_due(store, 10) == []
    world.clock.forward(seconds=CLAIM.total_seconds())
    assert exports_due(store, 10) == [id]
    carry_on_export(store, id)
    found = world.get("operator", f"/api/exports/{id}")
    assert found["state"] == "ready"
    assert rows_at(world, path_of(world, found)) == whole


def test_an_agent_has_their_own_groups_and_nobody_elses_export(world: World) -> None:
    store = world.app.store
    theirs = made(world, "agent")
    assert [row["group_code"] for row in rows_at(world, path_of(world, theirs))] == ["10101"]
    assert code_of(world.ask("operator", "GET", f"/api/exports/{theirs['id']}")) == (404, "not_found")
    whole = made(world)
    assert code_of(world.ask("agent", "GET", f"/api/exports/{whole['id']}")) == (404, "not_found")
    assert [each["id"] for each in world.get("agent", "/api/exports")] == [theirs["id"]]
    programme = add_programme(store, "south", "South")
    put_in_programme(store, store.groups.find(code="20202"), programme)
    for code in ("south", "nowhere"):  # one that none of theirs is in does not exist for them
        refused = world.ask("agent", "POST", "/api/exports", json={"file": "programme", "programme": code})
        assert code_of(refused)[0] == 422
    assert [row["group_code"] for row in rows_at(world, path_of(world, made(world, programme="south")))] == [
        "20202"
    ]


def test_a_file_is_theirs_for_as_long_as_its_groups_are(world: World) -> None:
    store, umoja = world.app.store, world.village.umoja
    found, agent = made(world, "agent"), store.groups.get(umoja).agent
    store.groups.change(umoja, agent="")
    assert world.get("agent", f"/api/exports/{found['id']}")["link"] is None
    store.groups.change(umoja, agent=agent)
    assert world.get("agent", f"/api/exports/{found['id']}")["link"] is not None


def test_who_may_no_more_when_it_is_made_gets_nothing(world: World) -> None:
    store = world.app.store
    id, account = asks(world, "agent")["id"], account_with(store, "agent@example.org")
    assert account is not None
    disable_account(store, account, True)
    carry_on_export(store, id)
    assert (store.exports.get(id).state, store.exports.get(id).why) == ("failed", "no_right")
    disable_account(store, account, False)


def test_a_token_exports_the_groups_it_is_for(world: World) -> None:
    valid, umoja = timedelta(days=1), world.village.umoja
    for name, scopes in (("exporter", ["exports"]), ("reader", ["money:read"])):
        world.bearers[name], _ = make_api_token(world.app.store, name, scopes, valid, groups=[umoja])  # type: ignore[arg-type]
    found = made(world, "exporter")
    assert [row["group_code"] for row in rows_at(world, path_of(world, found))] == ["10101"]
    assert code_of(world.ask("reader", "POST", "/api/exports", json={"file": "loans"})) == (403, "missing_scope")


def test_a_link_ends_and_cannot_be_made_or_used_for_anything_else(world: World) -> None:
    found = made(world)
    path = path_of(world, found)
    _, _, token, name = path.split("/")
    id, ends, signature = token.rsplit("-", 2)
    other = made(world, file="loans")
    for_files = SignedLinks("file", world.app.settings.session_secrets, world.clock)
    forged = {
        "other end": f"{id}-{int(ends) + 3_600}-{signature}",
        "other file": f"{other['id']}-{ends}-{signature}",
        "other purpose": for_files.made(id, LINK_VALID)[0],
        "unsigned": f"{id}-{ends}-",
        "half": id,
        "nothing": "x",
        "letters": f"{id}-é-{signature}",
    }
    for why, wrong in forged.items():
        assert code_of(world.web.get(f"/exports/{wrong}/{name}")) == (404, "not_found"), why
    assert code_of(world.web.get(f"/exports/{token}/other.csv")) == (410, "gone")
    assert world.web.get(path).status_code == 200
    world.clock.forward(seconds=LINK_VALID.total_seconds())
    assert code_of(world.web.get(path)) == (410, "gone")
    page = world.web.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, "This link is over." in page.text) == (410, True)
    world.sign_in_account("operator")
    assert rows_at(world, path_of(world, world.get("operator", f"/api/exports/{found['id']}")))


def test_who_is_at_a_file_when_somebody_is_forgotten_writes_nothing_of_them(world: World) -> None:
    """What was read before has their name in it; the file is begun anew."""
    store = world.app.store
    id = asks(world, file="members")["id"]
    carry_on_export(store, id, seconds=0)
    at_it = Spell.begun(store.exports, id, store.now)
    assert at_it is not None and at_it.item.done == 1
    take_out(store.database, "nobody", LeftBehind((), (), "Former member", {}, {}, ()))
    assert at_it.write(store.exports, state="ready", next_at=None) is None
    assert store.database["file_parts"].count_documents({}) == 0
    world.clock.forward(seconds=CLAIM.total_seconds())
    carry_on_export(store, id)
    found = world.get("operator", f"/api/exports/{id}")
    assert (found["state"], found["done"]) == ("ready", 2)
    assert len(rows_at(world, path_of(world, found))) == found["rows"] > 0


def test_a_file_is_there_for_some_days_and_its_parts_end_with_it(world: World) -> None:
    store = world.app.store
    found = made(world)
    parts = list(store.database["file_parts"].find())
    assert {each["until"] for each in parts} == {store.exports.get(found["id"]).until}
    assert store.exports.get(found["id"]).until - store.now() == store.offered.files_kept == timedelta(days=7)
    world.clock.forward(days=7)
    world.sign_in_account("operator")
    assert world.get("operator", "/api/exports") == []
    assert file_at(store, found["id"]) is None


def test_parts_that_are_gone_are_no_half_file(world: World) -> None:
    found = made(world)
    world.app.store.database["file_parts"].delete_many({})
    assert code_of(world.web.get(path_of(world, found))) == (410, "gone")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"file": "everything"}, "file"),
        ({"file": "loans", "format": "pdf"}, "format"),
        ({"file": "loans", "from": "soon"}, "from"),
        ({"file": "loans", "from": "2026-10-02", "to": "2026-10-01"}, "to"),
        ({"file": "loans", "programme": "nowhere"}, "programme"),
        ({"file": "loans", "groups": ["20202"]}, "groups"),
        ({}, "file"),
    ],
)
def test_what_cannot_be_exported_is_refused_by_name(world: World, said: dict[str, Any], field: str) -> None:
    answer = world.ask("operator", "POST", "/api/exports", json=said)
    assert code_of(answer) == (422, "validation_failed")
    assert list(answer.get_json()["error"]["fields"]) == [field]


def test_a_workbook_that_would_be_too_long_says_so(world: World) -> None:
    store = world.app.store
    id = asks(world, file="transactions", format="xlsx")["id"]
    carry_on_export(store, id, rows_max=3)
    found: AskedExport = store.exports.get(id)
    assert (found.state, found.why, found.parts) == ("failed", "too_long", ())


def test_what_the_columns_mean_is_there(world: World) -> None:
    answer = world.ask("agent", "GET", "/api/exports/definitions.csv")
    assert answer.data.startswith(b"\xef\xbb\xbffile,column,kind,definition")
