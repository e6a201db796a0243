"""The operator's pages in a browser: nothing serious for who sees or moves otherwise, none wider than a phone."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload

from bot.app import App
from bot.imports.work import carry_on_upload
from domain.access.accounts import make_account, otp_of
from domain.records.pin import Secret
from tests.bot.imports.sheets import csv_files, many, spoilt
from tests.bot.pages.leading import settled
from tests.bot.pages.operating import ALL, PASSWORD, stuck_in, worked_out
from tests.browsing import on_a_phone, press, wrong_on
from tests.conftest import Clock
from tests.domain.moving_in.books import example

# Where pictures of the pages go, for somebody who looks at them.
PICTURES = os.environ.get("PICTURES")


@pytest.mark.browser
def test_the_operator_s_pages_can_be_used_by_all_and_on_a_phone(
    app: App, clock: Clock, browser: Browser, address: str
) -> None:
    """Signed in through the real form, on a screen of 320 pixels."""
    made = settled(app, clock)
    id = stuck_in(app, made.group, "fay")
    worked_out(app)
    clock.forward(days=1)
    worked_out(app)
    clock.forward(days=1)
    worked_out(app)
    app.measures.done("turn:ussd", 0.3, failed=True)
    app.measures.done("message:sms", 0.3)
    app.measures.flush()
    clock.forward(seconds=(datetime(2026, 11, 25, tzinfo=UTC) - clock()).total_seconds())
    account = make_account(app.store, "amina@example.org", "Amina", "operator", Secret(PASSWORD))
    page = on_a_phone(browser)
    wrong: list[str] = []

    def look(path: str) -> None:
        wrong.extend(wrong_on(page, path))
        if PICTURES:
            name = path.strip("/").replace("/", "-") or "overview"
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
            page.set_viewport_size({"width": 320, "height": 800})

    page.goto(f"{address}/sign-in?to=/operator")
    page.get_by_label("E-mail").fill("amina@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(otp_of(app.store, account).at(clock()))
    press(page, "Sign in")
    assert page.url == f"{address}/operator"
    for path in (*(each for each in ALL if "." not in each), f"/stuck/{id}"):  # a file is no page
        page.goto(f"{address}/operator{path}")
        look("/stuck/one" if id in path else path)
    page.goto(f"{address}/operator/people")
    page.get_by_label("Phone number").fill(app.store.people.get("fay").phone)
    page.get_by_label("Why").fill("They called about a payment")
    press(page, "Look up")
    look("/people/one")
    page.goto(f"{address}/operator/audit")
    look("/audit")
    right, wrong_ones = csv_files(*many(2)), spoilt(csv_files(example()), "2026-12-11", "soon")
    for files in (wrong_ones, right):
        page.goto(f"{address}/operator/imports")
        page.locator("input[type=file]").set_input_files(
            [FilePayload(name=name, mimeType="text/csv", buffer=contents) for name, contents in files]
        )
        press(page, "Check")
        look("/imports/wrong" if files is wrong_ones else "/imports/right")
    press(page, "Bring them")
    look("/imports/bringing")
    carry_on_upload(app.store, page.url.rpartition("/")[2])
    page.reload()
    look("/imports/brought")
    page.goto(f"{address}/operator/imports")
    look("/imports/arriving")
    page.goto(f"{address}/operator/audit")
    look("/audit")
    page.close()
    assert wrong == []
