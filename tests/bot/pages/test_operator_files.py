"""The pages of sheets and of files: what is wrong in a table, brought by a button, fetched by a link."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from bot.app import App
from bot.exports.asked import carry_on_export, exports_due
from bot.imports.work import carry_on_upload
from domain.access.audit import audit_entries
from domain.board.read_only import begin_read_only
from domain.moving_in.arrive import BringGroup
from tests.bot.imports.sheets import File, csv_files, many, spoilt
from tests.bot.pages.leading import token
from tests.bot.pages.operating import Desk
from tests.conftest import Clock
from tests.domain.moving_in.books import example
from tests.people import Village, do

Desks = Callable[..., Desk]


@pytest.fixture(autouse=True)
def after_the_meeting(clock: Clock) -> None:
    clock.forward(seconds=(datetime(2026, 11, 25, tzinfo=UTC) - clock()).total_seconds())


def send(at: Desk, files: Sequence[File], **fields: str) -> TestResponse:
    data: MultiDict[str, object] = MultiDict(fields | token(at.web, "/me"))
    for name, contents in files:
        data.add("files", FileStorage(io.BytesIO(contents), name))
    return at.web.post("/operator/imports", data=data, headers={"Accept": "text/html"})


def test_sheets_are_checked_corrected_and_brought_on_pages(app: App, desk: Desks) -> None:
    amina = desk("Amina")
    empty = amina.get("/imports").text
    assert "You have sent no sheets" in empty and "No group is on its way." in empty
    wrong = send(amina, spoilt(csv_files(example()), "2026-12-11", "<b>soon</b>"))
    assert wrong.status_code == 303
    page = amina.web.get(wrong.location, headers={"Accept": "text/html"}).text
    for said in (
        "loans.csv",
        "row 2",
        "next_due",
        "&lt;b&gt;soon&lt;/b&gt;",
        "write it like 2026-11-20",
        "1 mistake",
    ):
        assert said in page, said
    assert "<b>soon" not in page and "Bring them" not in page
    right = send(amina, csv_files(example()))
    page = amina.web.get(right.location, headers={"Accept": "text/html"}).text
    assert "Nothing is wrong with these sheets." in page and "UGX 210,000" in page
    path = right.location.removeprefix("/operator")
    assert amina.post(f"{path}/bring").status_code == 303
    assert "Look again" in amina.get(path).text and "<progress" in amina.get(path).text
    carry_on_upload(app.store, path.rpartition("/")[2])
    assert "1 brought, 0 brought before, 0 left out" in amina.get(path).text
    waiting = amina.get("/imports").text
    assert "G-0417" in waiting and "0 of 2 officers agreed" in waiting
    nowhere = amina.post("/imports/send-back", code="G-9999", reason="x")
    assert (nowhere.status_code, app.store.arrivals.get("G-0417").state) == (422, "checked")
    assert amina.post("/imports/send-back", code="G-0417", reason="The box was counted again").status_code == 303
    assert "It went back: The box was counted again" in amina.get("/imports").text
    acts = {each.did for each in audit_entries(app.store)}
    assert {"import.checked", "import.brought", "import.sent_back"} <= acts


def test_what_is_odd_needs_a_tick(app: App, desk: Desks) -> None:
    amina = desk("Amina")
    path = send(amina, spoilt(csv_files(example()), "18500", "20000")).location.removeprefix("/operator")
    assert "I looked at what is odd" in amina.get(path).text
    for ticked, brought in (({}, 0), ({"odd_is_right": "1"}, 1)):
        assert amina.post(f"{path}/bring", **ticked).status_code == 303
        carry_on_upload(app.store, path.rpartition("/")[2])
        assert app.store.arrivals.count(state="checked") == brought


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "Choose one file or more."),
        ([("a.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)))], "The letters of a.jpg cannot be read."),
        ([("a.csv", b"Dear sir\n")], "a.csv has no row with the names of the columns"),
        ([(f"{n}.csv", b"x") for n in range(13)], "Choose one file or more."),
    ],
    ids=["none", "photo", "letter", "many"],
)
def test_what_cannot_be_used_is_said_beside_the_field(
    desk: Desks,
    files: list[File],
    said: str,
) -> None:
    answer = send(desk("Amina"), files)
    assert answer.status_code == 422
    assert re.search(rf'class="error" id="files-wrong">{re.escape(said)}', answer.text)


def test_a_form_of_another_site_sends_nothing(app: App, desk: Desks) -> None:
    amina = desk("Amina")
    data = MultiDict([("files", (io.BytesIO(b"x"), "a.csv"))])
    assert amina.web.post("/operator/imports", data=data).status_code == 400
    assert amina.web.post("/operator/exports", data={"file": "loans"}).status_code == 400
    assert app.store.uploads.find() == [] and app.store.exports.find() == []


def test_an_agent_sees_their_own_sheets_files_and_groups(
    app: App,
    village: Village,
    desk: Desks,
) -> None:
    store = app.store
    amina, baraka, chege = desk("Amina"), desk("Baraka", "agent", (village.umoja,)), desk("Chege", "agent")
    mine, theirs = many(2)
    path = send(baraka, csv_files(replace(mine, agent="baraka@example.org"))).location.removeprefix("/operator")
    assert chege.get(path).status_code == amina.get(path).status_code == 404
    assert chege.post(f"{path}/bring").status_code == 404
    assert baraka.post(f"{path}/bring").status_code == 303
    carry_on_upload(store, path.rpartition("/")[2])
    do(store, BringGroup("command line", replace(theirs, agent="chege@example.org")))
    assert mine.code in baraka.get("/imports").text and theirs.code not in baraka.get("/imports").text
    refused = baraka.post("/imports/send-back", code=theirs.code, reason="mine")
    assert (refused.status_code, store.arrivals.get(theirs.code).state) == (422, "checked")
    assert baraka.post("/exports", file="programme").status_code == 303
    (id,) = exports_due(store, 10)
    carry_on_export(store, id)
    assert store.exports.get(id).theirs == (village.umoja,)
    assert "Download" in baraka.get("/exports").text
    assert "Download" not in chege.get("/exports").text and "Download" not in amina.get("/exports").text


def test_a_file_is_asked_for_followed_and_fetched(app: App, village: Village, desk: Desks) -> None:
    amina = desk("Amina")
    assert "You have asked for no files" in amina.get("/exports").text
    wrong = {
        "first": {"file": "loans", "first": "soon"},
        "last": {"file": "loans", "first": "2/10/2026", "last": "1/10/2026"},
        "programme": {"file": "loans", "programme": "nowhere"},
        "file": {"file": "everything"},
    }
    for field, typed in wrong.items():
        answer = amina.post("/exports", **typed)
        assert (answer.status_code, f'id="{field}-wrong"' in answer.text) == (422, True), field
    assert app.store.exports.find() == []
    assert amina.post("/exports", file="programme", first="1/10/2026", form="xlsx").status_code == 303
    assert "A worker will look at it in a moment." in amina.get("/exports").text
    (id,) = exports_due(app.store, 10)
    carry_on_export(app.store, id)
    (link,) = re.findall(r'href="(/exports/[^"]+)"', amina.get("/exports").text)
    assert amina.web.get(link).data[:2] == b"PK"


def test_nothing_is_brought_while_the_service_only_shows(app: App, desk: Desks) -> None:
    amina = desk("Amina")
    path = send(amina, csv_files(example())).location.removeprefix("/operator")
    begin_read_only(app.store, "account:amina", "looking at the books")
    assert amina.post(f"{path}/bring").status_code == 503
    assert app.store.uploads.get(path.rpartition("/")[2]).state == "checked"
