"""Which sites may ask the API from a browser."""

from dataclasses import replace
from typing import Final

import pytest
from werkzeug.test import Client

from bot.app import App
from bot.config import load
from bot.setting import BadSettings
from bot.web import pages_app

OURS: Final = "https://app.example.org"
ASKS: Final = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}


def test_the_sites_named_may_ask_the_api_and_nobody_else(app: App) -> None:
    named = replace(app.settings, cors_origin=f"{OURS}, https://two.example.org:8443")
    web, none = Client(pages_app(replace(app, settings=named))), Client(pages_app(app))
    for client, origin, path, allowed in (
        (web, OURS, "/api/groups", True),
        (web, OURS, "/api/nowhere", True),
        (web, "https://two.example.org:8443", "/api/groups", True),
        (web, "https://app.example.org.evil.example", "/api/groups", False),
        (web, "https://appxexample.org", "/api/groups", False),
        (web, "http://app.example.org", "/api/groups", False),
        (web, "https://app.example.org:444", "/api/groups", False),
        (web, "null", "/api/groups", False),
        (web, OURS, "/sign-in", False),
        (web, OURS, "/hooks/at/dlr/hook", False),
        (none, OURS, "/api/groups", False),
    ):
        for method, more in (("GET", {}), ("OPTIONS", ASKS)):
            found = client.open(path, method=method, headers={"Origin": origin, **more})
            said = found.headers.get("Access-Control-Allow-Origin")
            assert said == (origin if allowed else None), (origin, path, method)
            assert "Access-Control-Allow-Credentials" not in found.headers
    asked = web.options("/api/groups", headers={"Origin": OURS, **ASKS})
    assert asked.status_code == 200 and "Authorization" in asked.headers["Access-Control-Allow-Headers"].title()
    told = web.get("/api/groups", headers={"Origin": OURS})
    assert told.status_code == 401 and "Retry-After" in told.headers["Access-Control-Expose-Headers"]
    assert "Origin" in told.headers["Vary"]


WRONG: Final = (
    "*", "null", "app.example.org", "https://app.example.org/", "https://*.example.org", "https://a,",
    "https://user@a.example", "https://A.example", "ftp://a.example", "https://a.example\x00",
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_site_that_no_browser_would_name_so_stops_the_start(wrong: str) -> None:
    with pytest.raises(BadSettings, match=r"CORS_ORIGIN: must be origins like https://app\.example\.org"):
        load({"APP_ENV": "test", "CORS_ORIGIN": wrong})
