"""The pages in a browser: nothing serious for who sees or moves otherwise, and none wider than a phone."""

import pytest
from playwright.sync_api import Browser

from bot.app import App
from tests.bot.pages.leading import PAGES, settled
from tests.browsing import on_a_phone, press, wrong_on
from tests.conftest import Clock


@pytest.mark.browser
def test_every_page_can_be_used_by_all_and_on_a_phone(
    app: App, clock: Clock, browser: Browser, address: str
) -> None:
    """Signed in through the real forms, on a screen of 320 pixels."""
    made = settled(app, clock)
    page = on_a_phone(browser)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "422" not in message.text else None)

    def look(path: str) -> list[str]:
        small = page.evaluate(
            "[...document.querySelectorAll("
            "'a.button, button, nav a, input:not([type=hidden]), select, .list a, td a, th a')]"
            ".map(e => (e.type == 'radio' || e.type == 'checkbox' ? e.parentElement : e))"
            ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        return [*wrong_on(page, path), *(f"{path}: less than 44 pixels: {each}" for each in small)]

    page.goto(f"{address}/sign-in?to=/groups/10101")
    wrong = look("/sign-in")
    assert len(fetched) <= 3, fetched
    page.get_by_label("Your phone number").fill(app.store.people.get("ada").phone)
    press(page, "Send me a code")
    wrong += look("/sign-in, the code")
    (notice,) = app.store.notices.find(person="ada", kind="sign_in_code", sort="-created_at", limit=1)
    page.get_by_label("Code").fill(str(notice.values["code"]))
    press(page, "Sign in")
    assert page.url == f"{address}/groups/10101"
    loan = app.store.loans.find(group=made.group, person="dan")[0].id
    cast = app.store.broadcasts.find(group=made.group)[0].id
    for path in (*PAGES, f"/loans/{loan}", f"/messages/{cast}"):
        page.goto(f"{address}/groups/10101{path}")
        wrong += look(path)
    page.goto(f"{address}/groups/10101/messages")
    page.get_by_label("My own words").check()
    page.get_by_label("Your own words").fill("Come on Monday")
    press(page, "See how it reads")
    wrong += look("/messages/preview")
    page.goto(f"{address}/me")
    wrong += look("/me")
    page.close()
    assert wrong == []
    assert complaints == []
