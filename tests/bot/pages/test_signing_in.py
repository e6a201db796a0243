"""Signing in on a page: by the code that came, once; wrong beside right; and out again, here and elsewhere."""

import re

import pytest
from werkzeug.test import Client

from bot.app import App
from bot.pages.signing_in import _wanted
from tests.bot.pages.leading import signed_in, token
from tests.conftest import Clock
from tests.people import Village
from tests.web import wsgi


def code_of(app: App, person: str) -> str:
    (notice,) = app.store.notices.find(person=person, kind="sign_in_code", sort="-created_at", limit=1)
    return str(notice.values["code"])


def test_who_is_nobody_sees_what_everybody_sees(app: App, village: Village) -> None:
    web = Client(wsgi(app))
    known = web.post("/sign-in", data={"phone": "+256 772 000 100", "to": ""} | token(web))
    unknown = web.post("/sign-in", data={"phone": "00256772999999", "to": ""} | token(web))
    assert known.status_code == unknown.status_code == 200
    seen = [re.sub(r'name="csrf_token" value="[^"]+"', "", each.text) for each in (known, unknown)]
    assert seen[0].replace("772000100", "772999999") == seen[1]
    for wrong in ("", "12", "abc", "0772"):
        refused = web.post("/sign-in", data={"phone": wrong, "to": ""} | token(web))
        assert refused.status_code == 422 and 'aria-invalid="true"' in refused.text, wrong


def test_a_code_signs_in_once_and_a_wrong_one_does_not(app: App, village: Village) -> None:
    web = Client(wsgi(app))
    web.post("/sign-in", data={"phone": village.nakato.phone, "to": "/groups/10101/books"} | token(web))
    code = code_of(app, village.nakato.id)
    form = {"phone": village.nakato.phone, "to": "/groups/10101/books"}
    wrong = "1" * len(code) if code != "1" * len(code) else "2" * len(code)
    for bad in (wrong, "", "what?"):
        answer = web.post("/sign-in/code", data=form | {"code": bad} | token(web))
        assert answer.status_code in (409, 422) and 'id="code-wrong"' in answer.text, bad
        assert web.get("/me").status_code == 303
    right = web.post("/sign-in/code", data=form | {"code": code} | token(web))
    assert (right.status_code, right.headers["Location"]) == (303, "/groups/10101/books")
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert web.get("/me").status_code == 200 and web.get("/sign-in").status_code == 303
    other = Client(wsgi(app))
    again = other.post("/sign-in/code", data=form | {"code": code} | token(other))
    assert again.status_code == 409 and other.get("/me").status_code == 303


def test_where_one_is_signed_in_is_listed_and_closed(app: App, village: Village, clock: Clock) -> None:
    one = signed_in(app, village.nakato.id)
    clock.forward(seconds=1)  # of two codes of one moment either is the newest
    two = signed_in(app, village.nakato.id)
    stranger = signed_in(app, village.okot.id)
    assert one.get("/me").text.count('action="/me/sessions/') == 2
    (session,) = [
        each.id for each in app.store.web_sessions.find(owner=village.okot.id, of="person", closed_at=None)
    ]
    one.post(f"/me/sessions/{session}", data=token(one, "/me"))
    assert stranger.get("/me").status_code == 200, "it is not theirs to close"
    own = [each.id for each in app.store.web_sessions.find(owner=village.nakato.id, of="person", sort="began_at")]
    for each in own:
        two.post(f"/me/sessions/{each}", data=token(two, "/me"))
    assert one.get("/me").status_code == 303
    leaves = signed_in(app, village.wanjiru.id)
    assert leaves.post("/sign-out", data=token(leaves, "/me")).headers["Location"] == "/sign-in"
    assert leaves.get("/groups/10101").status_code == 303
    idle = signed_in(app, village.akello.id)
    clock.forward(minutes=21)
    assert idle.get("/groups/10101").headers["Location"] == "/sign-in?to=%2Fgroups%2F10101"


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/groups/10101?first=51", "/groups/10101?first=51"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-out", "/"),
        ("groups", "/"),
    ],
)
def test_one_goes_on_to_a_page_of_ours(asked: str, goes: str) -> None:
    assert _wanted(asked) == goes


def test_the_first_page_leads_to_the_one_group(app: App, village: Village) -> None:
    web = signed_in(app, village.nakato.id)
    assert web.get("/").headers["Location"] == "/groups/10101"
    assert "Umoja" in web.get("/groups").text
    nobody = Client(wsgi(app))
    assert nobody.get("/").headers["Location"].startswith("/sign-in")
