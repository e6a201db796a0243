"""What every answer tells a browser, whatever was asked for and however it went."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from werkzeug.test import Client

from bot.app import App
from bot.pages.static import address_of
from bot.shield.headers import EVERY, FOR_EVER, PAGE
from bot.web import pages_app

HTML: Final = {"Accept": "text/html"}
HSTS: Final = "max-age=31536000; includeSubDomains; preload"
# A method and an address, what is accepted, the status, and what this answer says otherwise than every other.
ANSWERS: Final[list[tuple[str, str, Mapping[str, str], int, Mapping[str, str]]]] = [
    ("GET", "/health", {}, 200, {}),
    ("GET", "/sign-in", HTML, 200, PAGE),
    ("GET", "/", HTML, 303, {}),
    ("GET", "/nowhere", {}, 404, {}),
    ("GET", "/nowhere", HTML, 404, PAGE),
    ("GET", "/api/nowhere", {}, 404, {}),
    ("PUT", "/health", {}, 405, {}),
    ("OPTIONS", "/health", {}, 200, {}),
    ("POST", "/hooks/at/dlr/hook", {}, 400, {}),
    ("GET", "/static/none.css", {}, 404, {}),
    ("GET", "the stylesheet", {}, 200, FOR_EVER),
    ("GET", "/files/any/thing", {}, 500, {}),
    ("GET", "/files/any/thing", HTML, 500, PAGE),
]


def test_every_answer_has_them_a_refusal_and_an_error_too(app: App) -> None:
    for by_tls in (False, True):
        settings = replace(app.settings, public_url="https://bot.example.org") if by_tls else app.settings
        broken: Any = None  # so that one of the addresses fails
        web = Client(pages_app(replace(app, settings=settings, files=broken)))
        for method, path, accepts, status, own in ANSWERS:
            path = address_of("page.css") if path == "the stylesheet" else path
            found = web.open(path, method=method, headers=accepts)
            assert found.status_code == status, (method, path)
            expected = {**EVERY, **own, **({"Strict-Transport-Security": HSTS} if by_tls else {})}
            said = {name: found.headers.get(name, "") for name in expected}
            said["Vary"] = said.get("Vary", "").removesuffix(", Accept-Encoding")
            assert said == {"Vary": "", **expected}, (method, path)
            assert ("Strict-Transport-Security" in found.headers) is by_tls


@pytest.mark.parametrize("policy", [EVERY["Content-Security-Policy"], PAGE["Content-Security-Policy"]])
def test_nothing_runs_and_nothing_comes_from_elsewhere(policy: str) -> None:
    rules = {name: sources for name, *sources in (rule.split() for rule in policy.split("; "))}
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == ["'none'"]
    allowed = {source for sources in rules.values() for source in sources}
    assert allowed <= {"'none'", "'self'", "data:"} and not {"script-src", "connect-src"} & {*rules}
