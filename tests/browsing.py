"""Chromium, as the tests of pages use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.waiting import WAIT_SECONDS

_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """The test is skipped where no Chromium is installed."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS)
        yield browser
        browser.close()


def press(page: Page, button: str) -> None:
    """Until the page is there that it leads to: a click alone returns while the old one may still be shown."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def on_a_phone(browser: Browser) -> Page:
    """A page on a screen of 320 pixels."""
    page = browser.new_page(viewport={"width": 320, "height": 800}, locale="en-GB")
    page.set_default_timeout(WAIT_SECONDS * 1000)
    return page


def wrong_on(page: Page, path: str) -> list[str]:
    """
    What is serious for who sees or moves otherwise; a page is no wider than its screen, and what is moved sideways
    shows that it goes on, has a name and is moved by keys too.
    """
    found = Axe().run(page).response["violations"]
    wrong = [each for each in found if each["impact"] in ("serious", "critical")]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    unseen = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth)"
        ".map(e => [e, getComputedStyle(e)]).filter(([e, style]) => style.overflowX == 'auto' && !("
        "style.backgroundImage.includes('gradient') && e.tabIndex == 0 && e.getAttribute('role') == 'region'))"
        ".map(([e]) => e.outerHTML.slice(0, 100))"
    )
    return [
        *(f"{path}: goes on and does not show it: {each}" for each in unseen),
        *(f"{path}: {each['id']} {each['nodes'][0]['html']}" for each in wrong),
        *([f"{path}: wider than the screen"] if wide else []),
    ]
