"""A form counts only when it comes from a page of ours."""

import re
from dataclasses import replace
from typing import Final

import pytest
from werkzeug.test import Client

from bot.app import App
from bot.config import load
from bot.setting import BadSettings
from bot.shield.csrf import masked
from bot.web import pages_app
from tests.people import Village

HTML: Final = {"Accept": "text/html"}


def token(web: Client) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', web.get("/sign-in", headers=HTML).text)
    assert found is not None
    return found[1]


def test_a_form_of_another_site_changes_nothing(app: App, village: Village) -> None:
    web, other = Client(pages_app(app)), Client(pages_app(app))
    form = {"phone": village.nakato.phone, "to": ""}
    mine, theirs = token(web), token(other)
    for wrong in (
        {},
        {"csrf_token": ""},
        {"csrf_token": "x"},
        {"csrf_token": theirs},
        {"csrf_token": masked("x")},
    ):
        refused = web.post("/sign-in", data=form | wrong, headers=HTML)
        assert refused.status_code == 400 and "too old" in refused.text, wrong
        assert app.store.notices.find(kind="sign_in_code") == []
    in_a_header = web.post("/sign-in", data=form, headers={"X-CSRFToken": mine})
    assert (in_a_header.status_code, in_a_header.get_json()["error"]["code"]) == (400, "bad_request")
    assert web.post("/sign-out", headers=HTML).status_code == 400
    assert web.post("/sign-in", data=form | {"csrf_token": mine}, headers=HTML).status_code == 200
    assert len(app.store.notices.find(kind="sign_in_code")) == 1


def test_every_address_that_takes_a_form_asks_for_it(app: App) -> None:
    """Over the map of addresses, so one that is added tomorrow too; but those that programs post to."""
    flask = pages_app(app)
    web, asked = Client(pages_app(app)), set[str]()
    for rule in flask.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        if "POST" in (rule.methods or ()) and not path.startswith(("/api/", "/hooks/", "/mail/", "/check/")):
            found = web.post(path, headers=HTML)
            assert found.status_code == 400 and "too old" in found.text, path
            asked.add(path)
    assert {"/sign-in", "/sign-in/code", "/sign-out"} < asked and len(asked) > 10


def test_the_cookie_of_pages_signs_nobody_in_to_the_api(app: App) -> None:
    """Else whatever another site posts there with it would count."""
    web = Client(pages_app(app))
    token(web)
    assert web.get("/api/groups").status_code == 401


def test_it_can_be_switched_off_and_not_in_production(app: App, village: Village) -> None:
    off = Client(pages_app(replace(app, settings=replace(app.settings, csrf_protection=False))))
    assert off.post("/sign-in", data={"phone": village.nakato.phone, "to": ""}).status_code == 200
    assert "csrf_token" not in off.get("/sign-in", headers=HTML).text
    for name, value in (("CSRF_PROTECTION", "false"), ("CORS_ORIGIN", "http://app.example.org")):
        with pytest.raises(BadSettings, match=rf"{name}: must be \w+ in production"):
            load({"APP_ENV": "production", name: value})
