"""The phones page in a browser, for every test here."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug import Response

from tests.browsing import chromium_running
from tests.simulator.conftest import GRACE, Bot, Phones
from tests.simulator.page.on_page import WHATSAPP_HOOK, WIDE, silent
from tests.waiting import WAIT_SECONDS


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_running() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, bot: Bot, phones: Phones) -> Iterator[Page]:
    """Akello Grace's phones, on a wide screen, before a bot that says nothing by itself."""
    bot.pages["/api/groups"] = lambda _request: Response('{"data": []}', content_type="application/json")
    bot.pages[WHATSAPP_HOOK] = silent
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(WAIT_SECONDS * 1000)
    expect.set_options(timeout=WAIT_SECONDS * 1000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{phones.sim.url}/static/index.html#{quote(GRACE)}")
    expect(page.get_by_test_id("tg-start")).to_be_visible()
    yield page
    context.close()
    assert complaints == []
