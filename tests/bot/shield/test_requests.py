"""What a request is called, and that what it brings forges no header, no line of a log and no query."""

import json
import logging
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

import pytest
from werkzeug.test import Client

from bot.app import App
from bot.logs import log, set_up
from bot.request_ids import request_id_of
from bot.web import pages_app
from tests.people import Village

OURS: Final = re.compile(r"[0-9a-f]{32}")
EVIL: Final = 'x\r\nX-Evil: 1\n{"event": "paid"}\x1b[2J\x00\u2028'
QUERIES: Final = ('{"$gt": ""}', "$where", "[$ne]=1", "{$ne: null}", "'; return true; //")
HTML: Final = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("3f2c9a1e-77", True),
        ("A" * 64, True),
        ("lb.node_1-00042", True),
        ("", False),
        ("short", False),
        ("A" * 65, False),
        ("abcdefgh\n", False),
        ("abcdefgh\r\nX-Evil: 1", False),
        ('abcdefgh"', False),
        ("<script>abcdefgh", False),
        ("-abcdefgh", False),
        ("абвгдежз", False),
    ],
)
def test_a_request_keeps_a_well_formed_name_and_else_gets_one(given: str, kept: bool) -> None:
    name = request_id_of(given)
    assert (name == given) is kept and (kept or OURS.fullmatch(name))


def test_the_name_is_in_answer_error_and_log(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    web = Client(pages_app(app))
    for path, status in (("/health", 200), ("/nowhere", 404), ("/sign-in", 200), ("/api/groups", 401)):
        found = web.get(path, headers={"X-Request-Id": "proxy-00042"})
        assert (found.status_code, found.headers["X-Request-Id"]) == (status, "proxy-00042")
        if found.is_json and status != 200:
            assert found.get_json()["error"]["request_id"] == "proxy-00042"
    made = [web.get("/nowhere").headers["X-Request-Id"] for _ in range(2)]
    assert all(OURS.fullmatch(each) for each in made) and len({*made}) == 2
    set_up(app.settings, role="test")
    capfd.readouterr()
    broken: Any = None  # so that an address fails
    Client(pages_app(replace(app, files=broken))).get("/files/a/b", headers={"X-Request-Id": "proxy-00043"})
    log().warning("after it")
    failed, after = (json.loads(line) for line in capfd.readouterr().err.splitlines()[-2:])
    assert (failed["request_id"], failed["role"]) == ("proxy-00043", "test") and "request_id" not in after


def test_one_event_is_one_line_whatever_is_in_it(
    app: App, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # as in a process of ours
    set_up(app.settings, role="test")
    log().warning(EVIL, who=EVIL)
    logging.getLogger("some.library").warning("said %s", EVIL)
    try:
        raise ValueError(EVIL)
    except ValueError as error:
        log().error("failed", exc_info=error)
    written = capfd.readouterr().err.splitlines()
    assert [json.loads(each)["level"] for each in written] == ["warn", "warn", "error"]
    assert json.loads(written[1])["logger"] == "some.library"
    assert all(each.isprintable() and each.isascii() for each in written)


def test_nothing_that_is_sent_makes_a_header_or_fails(app: App, village: Village) -> None:
    """Query, path, form and headers, at each address that anybody can ask for."""
    web = Client(pages_app(app))
    for text in (EVIL, *QUERIES):
        sent = quote(text, safe="")
        for path in (
            f"/sign-in?to=/{sent}",
            f"/sign-in?speak={sent}",
            f"/check/{sent}/{sent}",
            f"/files/{sent}/{sent}",
            f"/mail/{sent}/{sent}",
            f"/groups/{sent}",
            f"/{sent}",
            f"/static/{sent}",
            f"/hooks/at/dlr/{sent}",
            f"/api/groups/{sent}",
        ):
            brought = {"Accept-Language": text.split("\r")[0], "Cookie": f"session={sent}"}
            found = web.get(path, headers={**HTML, **brought})
            assert found.status_code < 500, (path, found.text)
            assert "X-Evil" not in found.headers and not [v for v in found.headers.values() if "\n" in v], path


def test_an_operator_of_a_query_is_never_more_than_text(app: App, village: Village) -> None:
    """Forms have text only, and what is no text is refused before a store is asked."""
    web = Client(pages_app(app))
    token = re.search(r'name="csrf_token" value="([^"]+)"', web.get("/sign-in", headers=HTML).text)
    assert token is not None
    for text in QUERIES:
        for name in ("phone", "phone[$ne]", "phone.$gt", "$where"):
            sent = web.post("/sign-in", data={name: text, "to": "", "csrf_token": token[1]}, headers=HTML)
            assert sent.status_code == 422, (name, text)
    assert app.store.notices.find(kind="sign_in_code") == []
    for wrong in ({"$gt": ""}, {"$ne": None}, ["x"], {"$where": "1"}, 1, True):
        for body in (
            {"email": wrong, "password": "x" * 12, "totp": "123456"},
            {"email": "a@example.org", "password": wrong, "totp": "123456"},
            {"phone": wrong, "code": "12345678"},
            {"phone": village.nakato.phone, "code": wrong},
            {"$where": "1"},
        ):
            assert web.post("/api/auth/login", json=body).status_code == 422, body
        assert web.post("/api/auth/code", json={"phone": wrong}).status_code == 422
        assert web.post("/api/auth/refresh", json={"refresh_token": wrong}).status_code == 422
    assert app.store.notices.find(kind="sign_in_code") == []
