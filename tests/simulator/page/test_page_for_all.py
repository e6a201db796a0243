"""The phones page for whoever cannot see it, or badly: axe-core finds nothing, whatever is on the phones."""

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from werkzeug import Response

from tests.simulator.conftest import GRACE, Bot, Phones, Start
from tests.simulator.page.on_page import (
    ACCOUNT,
    LIST,
    SMALL,
    TOKEN,
    WHATSAPP_HOOK,
    WIDE,
    ask_grace,
    keyboard,
    no_sideways,
    show_amina,
    telegram,
    whatsapp,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def axe() -> str:
    """The library, as its package has it."""
    pytest.importorskip(
        "axe_playwright_python", reason="axe is not installed: pip install -r requirements/test.txt"
    )
    return (files("axe_playwright_python") / "axe.min.js").read_text()


def found(page: Page, axe: str) -> list[str]:
    """What axe finds, each with where; also that what is said of a button has the words that stand on it."""
    page.evaluate(axe)
    report: Any = page.evaluate(
        "axe.run({rules: {'label-content-name-mismatch': {enabled: true}}, resultTypes: ['violations']})"
    )
    return [
        f"{each['impact']} {each['id']}: {node['html'][:160]}"
        for each in report["violations"]
        for node in each["nodes"]
    ]


def everything_at_once(phones: Phones, bot: Bot) -> None:
    """Something on each phone: a call, messages, a prompt, buttons, a list, a file, a toast."""
    bot.pages["/files/1/statement.txt"] = lambda _: Response("Statement", content_type="text/plain")
    bot.screens.extend(["CON Hello Akello\n1. Contribute\n2. Balance\n0 Back"])
    phones.sim.sms.send([GRACE], "You paid UGX 5,500 to Umoja.", "CHAMA")
    phones.post("whatsapp/send", phone=GRACE, text="hi")
    whatsapp(phones, LIST)
    form = {
        "To": f"whatsapp:{GRACE}",
        "From": "whatsapp:+14155238886",
        "MediaUrl": f"{bot.url}/files/1/statement.txt",
    }
    url = f"{phones.sim.url}/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert phones.http.post(url, data=form, auth=(ACCOUNT, TOKEN)).ok
    phones.post("telegram/start", phone=GRACE)
    chat = phones.sim.telegram.chats.of(GRACE).id
    offered = keyboard("5,500", "Other", "Back")
    telegram(phones, "sendMessage", chat_id=chat, text="How much?", reply_markup=offered)


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["1280", "390"])
def test_axe_finds_nothing_on_any_phone(
    page: Page, phones: Phones, bot: Bot, axe: str, size: ViewportSize
) -> None:
    shown = page.get_by_test_id
    page.set_viewport_size(size)
    assert found(page, axe) == []
    everything_at_once(phones, bot)
    for tab in ("ussd", "whatsapp", "telegram", "books"):
        if size == SMALL:
            shown(f"tab-{tab}").click()
        assert (tab, found(page, axe)) == (tab, [])
        assert no_sideways(page)
    if size == SMALL:
        shown("tab-ussd").click()
    shown("dial-service").click()
    expect(shown("ussd-screen")).to_contain_text("Hello Akello")
    assert found(page, axe) == []
    page.locator("#faults summary").click()
    assert found(page, axe) == []


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["1280", "390"])
def test_axe_finds_nothing_on_what_opens_over_a_phone(
    page: Page, phones: Phones, bot: Bot, axe: str, size: ViewportSize
) -> None:
    """A list of WhatsApp, a prompt for a payment, and the notice that leads to it."""
    shown = page.get_by_test_id
    page.set_viewport_size(size)
    everything_at_once(phones, bot)
    if size == SMALL:
        shown("tab-whatsapp").click()
    expect(shown("document")).to_be_visible()
    shown("wa-open-list").click()
    expect(shown("wa-row").first).to_be_focused()
    assert found(page, axe) == []
    page.keyboard.press("Escape")
    ask_grace(phones)
    if size == SMALL:
        expect(shown("momo-notice")).to_be_visible()
        assert found(page, axe) == []
        shown("momo-notice").click()
    expect(shown("momo-pin")).to_be_visible()
    assert found(page, axe) == []


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["1280", "390"])
def test_axe_finds_nothing_on_the_menu_of_m_pesa(
    page: Page, start: Start, bot: Bot, axe: str, size: ViewportSize
) -> None:
    show_amina(page, start, bot)
    page.set_viewport_size(size)
    page.get_by_test_id("paybill-open").click()
    expect(page.get_by_test_id("paybill-pay")).to_be_visible()
    assert found(page, axe) == []
    assert no_sideways(page)


def test_a_file_opens_from_the_chat(page: Page, phones: Phones, bot: Bot) -> None:
    everything_at_once(phones, bot)
    with page.context.expect_page() as opened:
        page.get_by_test_id("document").click()
    expect(opened.value.locator("body")).to_contain_text("Statement")
    assert bot.called(WHATSAPP_HOOK)
