"""Groups move in over the API: whose, checked whole, brought once, and no further than their sheets go."""

import io
import threading
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import Client, TestResponse, encode_multipart

from bot.imports.uploads import SMALL_BYTES
from bot.imports.work import carry_on_upload, uploads_due
from bot.spell import CLAIM
from bot.uploads import UPLOAD_BYTES_MAX
from domain.access.accounts import account_with, make_account
from domain.access.audit import audit_entries
from domain.access.tokens import make_api_token
from domain.mongo.file_parts import PART_BYTES
from domain.moving_in.arrive import AgreeToOpening
from domain.records.api_token import API_SCOPES
from domain.records.arrival import OBJECT_WITHIN
from domain.records.opening import OpeningBook
from domain.records.pin import Secret
from tests.bot.api.world import World, code_of
from tests.bot.imports.sheets import File, csv_files, many, spoilt
from tests.domain.moving_in.books import example
from tests.people import do
from tests.web import wsgi

AS_LONG_AS_IT_TAKES = 3_600.0
# Some days after the day of the sheets.
SHEETS_SENT_AT = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_sent(world: World) -> Iterator[None]:
    """Each test begins without uploads, arrivals and used-up limits, and with fresh tokens."""
    world.clock.forward(seconds=max(7_200, (SHEETS_SENT_AT - world.clock()).total_seconds()))
    for who in ("agent", "operator"):
        world.sign_in_account(who)
    yield
    for table in ("uploads", "upload_findings", "upload_groups", "file_parts", "arrivals", "commands"):
        world.app.store.database[table].delete_many({})


def send(world: World, files: Sequence[File], who: str = "operator", query: str = "") -> TestResponse:
    return world.ask(who, "POST", f"/api/imports{query}", **multipart(files))


def multipart(files: Sequence[File]) -> dict[str, Any]:
    """What the client sends. What is large it would leave open."""
    each = MultiDict([("files", FileStorage(io.BytesIO(contents), name)) for name, contents in files])
    boundary, body = encode_multipart(each)
    return {"data": body, "content_type": f'multipart/form-data; boundary="{boundary}"'}


def sent(world: World, files: Sequence[File], who: str = "operator", query: str = "") -> dict[str, Any]:
    answer = send(world, files, who, query)
    assert answer.status_code == 202, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def brought(world: World, id: str, who: str = "operator", **said: bool) -> dict[str, Any]:
    """Asked for, and done by a worker."""
    asked = world.ask(who, "POST", f"/api/imports/{id}/bring", json=said)
    assert (asked.status_code, asked.get_json()["data"]["state"]) == (202, "bringing"), asked.text
    carry_on_upload(world.app.store, id)
    found: dict[str, Any] = world.get(who, f"/api/imports/{id}")
    return found


def test_sheets_are_checked_brought_agreed_to_and_open(world: World) -> None:
    store, began = world.app.store, world.clock()
    checked = sent(world, csv_files(example()))
    figures = ("state", "groups", "ready", "wrong_groups", "members", "loans", "mistakes", "odd", "problem")
    assert [checked[each] for each in figures] == ["checked", 1, 1, 0, 4, 2, 0, 0, None]
    assert store.arrivals.count(id="G-0417") == 0, "nothing is brought before it is asked for"
    (group,) = world.get("operator", f"/api/imports/{checked['id']}/groups")
    assert (group["code"], group["outcome"], group["saved"]["minor"], group["cash"]["minor"]) == (
        "G-0417",
        "ready",
        210_000,
        179_500,
    )
    done = brought(world, checked["id"])
    assert (done["state"], done["brought"], done["before"], done["left_out"]) == ("brought", 1, 0, 0)
    (waiting,) = world.get("operator", "/api/arrivals")
    assert (waiting["code"], waiting["state"], waiting["agreed"]) == ("G-0417", "checked", 0)
    assert waiting["digest"] == group["digest"], "officers agree to what was shown"
    arrival = store.arrivals.get("G-0417")
    for officer in sorted(arrival.officers)[:2]:
        do(store, AgreeToOpening(officer, "G-0417", arrival.digest, yes=True))
    asked = {"codes": ["G-0417"]}
    early = world.ask("operator", "POST", "/api/arrivals/open", json=asked).get_json()["data"]
    assert [each["state"] for each in early] == ["told"], "members have three days"
    world.clock.forward(seconds=OBJECT_WITHIN.total_seconds())
    world.sign_in_account("operator")
    opened = world.ask("operator", "POST", "/api/arrivals/open", json=asked).get_json()["data"]
    assert [each["state"] for each in opened] == ["open"]
    assert [each["code"] for each in world.get("operator", "/api/arrivals?state=open")] == ["G-0417"]
    acts = [each.did for each in audit_entries(store) if each.did.startswith("import.") and each.at >= began]
    assert sorted(acts) == ["import.brought", "import.checked"]


def test_everything_that_is_wrong_is_said_at_once_in_the_callers_language(world: World) -> None:
    files = spoilt(spoilt(csv_files(example()), "+256772000302", "2.56772E+11"), "2026-12-11", "soon")
    checked = sent(world, files)
    assert (checked["ready"], checked["wrong_groups"], checked["mistakes"]) == (0, 1, 2)
    path = f"/api/imports/{checked['id']}/findings"
    phone, due = world.get("operator", path)
    assert phone.items() >= {
        "severity": "error", "sheet": "members", "file": "members.csv", "row": 3, "column": "phone",
        "read": "2.56772E+11", "problem": "digits_lost",
    }.items()  # fmt: skip
    assert (due["column"], due["expected"]) == ("next_due", "This is no day: write it like 2026-11-20.")
    (first,) = world.ask("operator", "GET", f"{path}?limit=1", headers={"Accept-Language": "fr"}).get_json()[
        "data"
    ]
    assert first["expected"] != phone["expected"]
    walked = world.ask("operator", "GET", f"{path}?limit=1").get_json()
    assert [each["column"] for each in world.get("operator", f"{path}?after={walked['next']}")] == ["next_due"]
    refused = world.ask("operator", "POST", f"/api/imports/{checked['id']}/bring", json={})
    assert code_of(refused) == (409, "not_checked")


def test_what_is_odd_is_brought_when_somebody_says_that_it_is_right(world: World) -> None:
    odd = sent(world, spoilt(csv_files(example()), "18500", "20000"))
    assert (odd["odd_groups"], odd["odd"], odd["mistakes"]) == (1, 1, 0)
    assert (brought(world, odd["id"])["left_out"], world.app.store.arrivals.count(id="G-0417")) == (1, 0)
    assert brought(world, odd["id"], odd_is_right=True)["brought"] == 1


def test_the_same_files_are_the_same_import_whatever_they_are_called(world: World) -> None:
    files = csv_files(example())
    first = sent(world, files)
    brought(world, first["id"])
    again = sent(world, [(f"copy of {name}", contents) for name, contents in reversed(files)])
    assert again["id"] == first["id"]
    done = brought(world, again["id"])
    assert (done["brought"], done["before"]) == (0, 1)
    assert len(world.get("operator", "/api/imports")) == 1
    other = sent(world, spoilt(files, "Member Three", "Member 3"))
    assert other["id"] != first["id"]
    assert sent(world, files, query="?days=day_first")["id"] != first["id"]


def large_files(groups: int) -> list[File]:
    """Sheets that are a worker's, with many empty rows."""
    (name, contents), *others = csv_files(*many(groups))
    return [(name, contents + b"\n" * SMALL_BYTES), *others]


def test_large_sheets_are_a_workers_and_killed_in_the_middle_no_group_is_doubled(world: World) -> None:
    """Spells of no time: each does a group, and another worker goes on; one is killed before it wrote that."""
    store, files = world.app.store, large_files(12)
    upload = sent(world, files)
    assert (upload["state"], upload["done"]) == ("checking", 0)
    id = upload["id"]
    carry_on_upload(store, id, seconds=0)
    part = world.get("operator", f"/api/imports/{id}")
    assert (part["state"], part["done"], part["groups"], part["ready"]) == ("checking", 1, 12, 1)
    assert uploads_due(store, 10) == [id]
    carry_on_upload(store, id, seconds=AS_LONG_AS_IT_TAKES)
    assert world.get("operator", f"/api/imports/{id}")["ready"] == 12
    world.ask("operator", "POST", f"/api/imports/{id}/bring", json={})
    carry_on_upload(store, id, seconds=0)
    before = store.uploads.get(id)
    assert (before.done, before.brought) == (1, 1)
    carry_on_upload(store, id, seconds=0)
    # Its worker brought the second group and was killed before it said so.
    store.uploads.change(id, done=1, brought=1, next_at=store.now() + CLAIM)
    carry_on_upload(store, id, seconds=AS_LONG_AS_IT_TAKES)
    assert store.uploads.get(id).done == 1, "somebody may still be at it"
    world.clock.forward(seconds=CLAIM.total_seconds())
    carry_on_upload(store, id, seconds=AS_LONG_AS_IT_TAKES)
    done = store.uploads.get(id)
    assert (done.state, done.brought, done.before, done.left_out) == ("brought", 12, 0, 0)
    assert store.arrivals.count(state="checked") == 12
    for phone in (book.members[0].phone for book in many(12)):
        assert store.people.count(phone=phone) == 1


def test_a_phone_of_another_group_is_asked_about_in_whatever_spell_that_one_was_read(world: World) -> None:
    """Each spell does one group; the last one has the phone of somebody in the first."""
    store, books = world.app.store, many(3)
    theirs = books[0].members[0].phone
    members = [replace(each, name="Somebody Else", phone=theirs) if each.number == 3 else each
               for each in books[2].members]  # fmt: skip
    (name, contents), *others = csv_files(*books[:2], replace(books[2], members=tuple(members)))
    id = sent(world, [(name, contents + b"\n" * SMALL_BYTES), *others])["id"]
    for _ in books:
        carry_on_upload(store, id, seconds=0)
    assert world.get("operator", f"/api/imports/{id}")["odd_groups"] == 1
    (found,) = world.get("operator", f"/api/imports/{id}/findings")
    assert (found["problem"], found["read"]) == ("phone_of_another", theirs)
    world.ask("operator", "POST", f"/api/imports/{id}/bring", json={})
    for _ in books:
        carry_on_upload(store, id, seconds=0)
    done = store.uploads.get(id)
    assert (done.state, done.brought, done.left_out) == ("brought", 2, 1)


def test_files_that_come_again_in_another_order_are_whole(world: World) -> None:
    (name, contents), *others = csv_files(example())
    files = [(name, contents + b"\n" * (2 * PART_BYTES)), *others]
    for each in (files, files[::-1]):
        id = sent(world, each)["id"]
        carry_on_upload(world.app.store, id)
        assert world.get("operator", f"/api/imports/{id}")["ready"] == 1


def test_what_is_odd_and_here_already_was_brought_before(world: World) -> None:
    odd = spoilt(csv_files(example()), "18500", "20000")
    brought(world, sent(world, odd)["id"], odd_is_right=True)
    again = brought(world, sent(world, odd)["id"])
    assert (again["brought"], again["before"], again["left_out"]) == (0, 1, 0)


def test_a_worker_that_was_thought_dead_writes_nothing_any_more(world: World) -> None:
    store = world.app.store
    id = sent(world, large_files(1))["id"]
    upload = store.uploads.get(id)
    store.uploads.change(id, turn=upload.turn + 1, next_at=store.now() + CLAIM)
    assert store.uploads.change(id, when={"turn": upload.turn}, done=50) is None
    assert store.uploads.get(id).done == 0


def test_two_uploads_of_the_same_files_at_once_are_one(world: World) -> None:
    files, heard = csv_files(example()), list[int]()
    clients = [Client(wsgi(world.app)) for _ in range(2)]
    for client in clients:
        client.get("/api/health")

    def one(client: Client) -> None:
        bearer = {"Authorization": f"Bearer {world.bearers['operator']}"}
        answer = client.post("/api/imports", **multipart(files), headers=bearer)
        heard.append(answer.status_code)

    threads = [threading.Thread(target=one, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [202, 202]
    (upload,) = world.get("operator", "/api/imports")
    assert (upload["groups"], upload["ready"]) == (1, 1)
    assert len(world.get("operator", f"/api/imports/{upload['id']}/groups")) == 1


def test_an_agent_brings_their_own_groups_and_sees_no_others(world: World) -> None:
    store = world.app.store
    other = make_account(store, "other@example.org", "Other", "agent", Secret("a long way to Kampala by bus"))
    mine, theirs, nobodys = many(3)
    files = csv_files(
        _of(mine, "agent@example.org"),
        _of(theirs, other.email),
        nobodys,
    )
    checked = sent(world, files, "agent")
    assert (checked["ready"], checked["wrong_groups"]) == (2, 1)
    (found,) = world.get("agent", f"/api/imports/{checked['id']}/findings")
    assert (found["column"], found["read"], found["problem"]) == ("agent_code", other.email, "not_yours")
    brought(world, checked["id"], "agent")
    assert {each["code"] for each in world.get("agent", "/api/arrivals")} == {mine.code, nobodys.code}
    assert store.arrivals.get(nobodys.code).book.agent == "agent@example.org", "the group is theirs when it opens"
    whole = sent(world, csv_files(_of(theirs, other.email)))
    brought(world, whole["id"])
    assert len(world.get("operator", "/api/arrivals")) == 3
    assert len(world.get("agent", "/api/arrivals")) == 2
    taken = {"code": theirs.code, "reason": "mine"}
    for path, said in (("send-back", taken), ("open", {"codes": [theirs.code]})):
        assert code_of(world.ask("agent", "POST", f"/api/arrivals/{path}", json=said)) == (404, "no_such_group")
    # The code of another agent's group, though it went back, is no way into it.
    assert world.ask("operator", "POST", "/api/arrivals/send-back", json=taken).status_code == 200
    again = sent(world, csv_files(_of(theirs, "agent@example.org")), "agent")
    assert (again["ready"], again["wrong_groups"]) == (0, 1)
    for path in ("", "/findings", "/groups"):
        found_by_operator = world.ask("operator", "GET", f"/api/imports/{checked['id']}{path}")
        assert code_of(found_by_operator) == (404, "not_found"), "an upload is its sender's"
    assert account_with(store, "agent@example.org") is not None


def _of(book: OpeningBook, agent: str) -> OpeningBook:
    return replace(book, agent=agent)


def test_a_token_for_all_groups_brings_any_and_one_for_some_groups_none(world: World) -> None:
    store, valid = world.app.store, timedelta(days=1)
    world.bearers["machine"], _ = make_api_token(store, "machine", ["imports"], valid, everywhere=True)
    assert sent(world, csv_files(example()), "machine")["ready"] == 1
    some = [world.village.umoja]
    world.bearers["some"], _ = make_api_token(store, "some", API_SCOPES, valid, groups=some)
    world.bearers["reads"], _ = make_api_token(store, "reads", ["groups:read"], valid, groups=some)
    assert code_of(send(world, csv_files(example()), "some")) == (403, "missing_scope")
    assert code_of(send(world, csv_files(example()), "reads")) == (403, "missing_scope")


def workbook(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), contents)
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("a.csv", b"x" * (UPLOAD_BYTES_MAX + 1))], 422, "larger than 16 megabytes"),
        ([("a.csv", b"x" * (UPLOAD_BYTES_MAX + 200_000))], 413, "too much at once"),
        ([("macros.xlsm", workbook(xl__vbaProject_dot_bin=b"x"))], 422, "macros"),
        ([("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)))], 422, "letters of photo.jpg cannot be read"),
        ([("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")], 422, "password"),
        ([("letter.csv", b"Dear sir,\nwe are a group\n")], 422, "no row with the names"),
        ([("empty.csv", b"")], 422, "no row"),
        ([("../../etc/group.csv", b"nothing")], 422, "group.csv has no row"),
        ([(f"{n}.csv", b"x") for n in range(13)], 422, "wrong or missing"),
        ([], 422, "wrong or missing"),
    ],
    ids=["large", "larger", "macros", "photo", "old", "letter", "empty", "path", "many", "none"],
)
def test_what_cannot_be_used_is_refused_whole_and_nothing_stays(
    world: World, files: list[File], status: int, said: str
) -> None:
    check_refused_whole(world, files, status, said)


def test_a_workbook_that_unpacks_to_more_than_it_may_is_refused_whole_and_nothing_stays(world: World) -> None:
    bomb = workbook(xl__sheet_dot_xml=b"\0" * 210_000_000)
    check_refused_whole(world, [("bomb.xlsx", bomb)], 422, "larger than 100 megabytes when it is unpacked")


def check_refused_whole(world: World, files: list[File], status: int, said: str) -> None:
    refused = send(world, files)
    assert code_of(refused)[0] == status
    assert said in refused.get_json()["error"]["message"]
    store = world.app.store
    assert store.uploads.find() == [] and store.database["file_parts"].count_documents({}) == 0


def test_a_large_file_that_cannot_be_used_says_why_when_it_was_looked_at(world: World) -> None:
    """It was kept before anybody knew, so that no worker that is killed loses it."""
    upload = sent(world, [("notes.csv", b"some words;and others\n" * 20_000)])
    assert upload["state"] == "checking"
    carry_on_upload(world.app.store, upload["id"])
    failed = world.get("operator", f"/api/imports/{upload['id']}")
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "no_header")
    assert failed["problem"]["message"].startswith("notes.csv has no row with the names")


def test_uploads_are_bounded_in_an_hour_and_gone_after_some_days(world: World) -> None:
    files = csv_files(example())
    for _ in range(20):
        sent(world, files)
    assert code_of(send(world, files)) == (429, "too_many_files")
    (upload,) = world.get("operator", "/api/imports")
    world.clock.forward(days=7)
    world.sign_in_account("operator")
    assert world.get("operator", "/api/imports") == []
    assert code_of(world.ask("operator", "GET", f"/api/imports/{upload['id']}")) == (404, "not_found")


def test_the_empty_sheets_are_there(world: World) -> None:
    answer = world.ask("agent", "GET", "/api/imports/template.xlsx")
    assert answer.data[:2] == b"PK" and "attachment" in answer.headers["Content-Disposition"]
