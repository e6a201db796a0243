"""What all pages stand on: forms, the masked token, files for ever, a stylesheet that old browsers can read."""

import gzip
import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from marshmallow import Schema
from werkzeug.test import Client

from bot.app import App
from bot.pages.charts import HEIGHT, Chart
from bot.pages.forms import (
    FROM_BEFORE,
    NO_DAY,
    NOT_OFFERED,
    REQUIRED,
    TOO_LONG,
    Chosen,
    Day,
    Form,
    Typed,
    read_form,
)
from bot.pages.static import address_of
from bot.shield.csrf import MaskedCsrf, masked, masked_token, unmasked
from domain.money import Money
from flows.words.texts import Label
from tests.web import wsgi

STYLE: Final = Path(__file__).parents[3] / "bot" / "pages" / "static" / "page.css"


class Sample(Form):
    name = Typed(most=10)
    words = Typed(required=False, most=30, lines=True)
    day = Day()
    kind = Chosen(["a", "b"], default="a")


@pytest.mark.parametrize(
    ("given", "values", "errors"),
    [
        ({"name": " Ruth "}, {"name": "Ruth", "words": "", "day": None, "kind": "a"}, {}),
        (
            {"name": "Ru\x00th\n", "words": "a\r\nb", "day": "5/10/2026", "kind": "b", "csrf_token": "x"},
            {"name": "Ruth", "words": "a\nb", "day": date(2026, 10, 5), "kind": "b"},
            {},
        ),
        (
            {"name": "Ruth", "day": "2026-10-05"},
            {"name": "Ruth", "words": "", "day": date(2026, 10, 5), "kind": "a"},
            {},
        ),
        ({}, {}, {"name": REQUIRED}),
        ({"name": "  "}, {}, {"name": REQUIRED}),
        ({"name": "x" * 11, "day": "31/2/2026"}, {}, {"name": TOO_LONG, "day": NO_DAY}),
        ({"name": "Ruth", "kind": "c"}, {}, {"kind": NOT_OFFERED}),
        ({"name": "Ruth", "role": "operator"}, {}, {"": FROM_BEFORE}),
    ],
)
def test_a_form_is_read_or_says_what_is_wrong_beside_each_field(
    given: dict[str, str], values: dict[str, object], errors: dict[str, Label]
) -> None:
    schema: Schema = Sample()
    read = read_form(schema, given)
    assert (read.values, read.errors, read.ok) == (values, errors, not errors)
    assert "csrf_token" not in read.typed and read.typed.get("name") == given.get("name")


def test_the_token_never_stands_in_two_pages_in_the_same_letters() -> None:
    token = "IjEyMzQ1Njc4OTBhYmNkZWYi.aSdF3g.x-_Y"
    pages = {masked(token) for _ in range(50)}
    assert len(pages) == 50 and {unmasked(each) for each in pages} == {token}
    assert {unmasked(each) for each in ("", "x", "%", "ééé", "AAAA" * 9 + "_")} & {token} == set()


def test_bars_are_as_long_as_what_they_show_and_stand_on_one_line() -> None:
    rows = [("a", Money(10, "UGX")), ("b", Money(-10, "UGX")), ("c", Money(5, "UGX")), ("d", Money(0, "UGX"))]
    up, down, half, none = Chart("Saved", "Month", rows).bars
    assert (up.height, down.height, half.height, none.height) == (HEIGHT / 2, HEIGHT / 2, HEIGHT / 4, 0)
    assert {up.y + up.height, down.y, half.y + half.height} == {HEIGHT / 2} and down.below and not up.below
    assert Chart("Saved", "Month", []).bars == [] and Chart("Saved", "Month", [("a", 0)]).bars[0].height == 0


def test_a_file_is_kept_for_a_year_under_a_name_that_changes_with_it(app: App) -> None:
    web, address = Client(wsgi(app)), address_of("page.css")
    found = web.get(address, headers={"Accept-Encoding": "gzip"})
    assert found.status_code == 200 and found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(found.data) == STYLE.read_bytes() and found.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in found.headers
    assert web.get(address.replace("page.", "page.0")).status_code == 404
    assert web.get("/static/page.css").status_code == 404


def test_the_stylesheet_needs_nothing_that_a_proxy_browser_cannot_do() -> None:
    style = re.sub(r"/\*.*?\*/", "", STYLE.read_text(), flags=re.DOTALL)
    assert [
        word for word in ("grid", "var(", "calc(", "sticky", "@import", "url(", "@font-face") if word in style
    ] == []
    assert len(gzip.compress(style.encode())) < 4_000


def test_a_person_is_told_in_a_page_and_a_program_in_json(app: App) -> None:
    web = Client(wsgi(app))
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "fr-FR"}
    seen = web.get("/nowhere", headers=browser)
    assert seen.status_code == 404 and seen.mimetype == "text/html" and '<html lang="fr">' in seen.text
    assert "default-src 'none'" in seen.headers["Content-Security-Policy"]
    assert web.get("/nowhere").get_json()["error"]["code"] == "not_found"
    assert web.get("/nowhere", headers={"Accept": "*/*"}).mimetype == "application/json"
    chosen = web.get("/nowhere?speak=sw&a=<b>", headers=browser)
    assert '<html lang="sw">' in chosen.text and "<b>" not in chosen.text
    assert '<html lang="sw">' in web.get("/nowhere", headers=browser).text, "it was chosen before"


def test_a_form_without_its_token_is_refused_where_tokens_are_checked() -> None:
    flask = Flask("checked")
    flask.secret_key = "key-of-the-tests-0123456789abcdef"
    MaskedCsrf(flask)

    @flask.get("/form")
    def form() -> str:
        return masked_token()

    @flask.post("/form")
    def posted() -> str:
        return "done"

    web, other = flask.test_client(), flask.test_client()
    token = web.get("/form").text
    assert web.post("/form", data={"csrf_token": token}).text == "done"
    for wrong in ({}, {"csrf_token": ""}, {"csrf_token": token[:-4] + "AAA="}, {"csrf_token": unmasked(token)}):
        assert web.post("/form", data=wrong).status_code == 400, wrong
    assert other.post("/form", data={"csrf_token": token}).status_code == 400, "it is of another browser"
    flask.config["WTF_CSRF_ENABLED"] = False
    assert web.get("/form").text == "" and web.post("/form").text == "done"
