"""Chromium, as the tests of pages use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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
