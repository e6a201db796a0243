"""The phones page in a browser, in front of the real stand-ins: what a person sees, taps and hears of."""

import itertools
import json
from uuid import uuid4

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect
from werkzeug import Response

from domain.money import Money
from payments.momo import MomoDisbursements
from payments.port import Transfer
from tests.simulator.conftest import GRACE, OKOT, Bot, Phones, Start
from tests.simulator.page.on_page import (
    LIST,
    SMALL,
    WHATSAPP_HOOK,
    WIDE,
    ask_grace,
    keyboard,
    no_sideways,
    show_amina,
    silent,
    telegram,
    whatsapp,
)

pytestmark = pytest.mark.browser


def test_a_list_opens_as_a_sheet_and_its_row_reaches_the_bot(page: Page, phones: Phones, bot: Bot) -> None:
    shown = page.get_by_test_id
    shown("wa-input").fill("hi")
    shown("wa-input").press("Enter")
    expect(shown("wa-list").get_by_role("img", name="delivered")).to_be_visible()
    whatsapp(phones, LIST)

    shown("wa-open-list").click()
    expect(shown("wa-row").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(shown("wa-row").first).to_be_hidden()
    expect(shown("wa-open-list")).to_be_focused()

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(shown("wa-list")).to_contain_text("Balance")
    hi, tapped = bot.called(WHATSAPP_HOOK, 2)
    assert (hi.form["Body"], tapped.form["ListId"]) == ("hi", "balance")


def test_what_the_bot_does_not_take_is_said_and_the_next_success_clears_it(page: Page, bot: Bot) -> None:
    bot.pages[WHATSAPP_HOOK] = lambda _request: Response("?", status=500)
    shown = page.get_by_test_id
    shown("wa-hello").click()
    alert = page.locator("#whatsapp").get_by_role("alert")
    expect(alert).to_contain_text("HTTP 500")
    expect(shown("wa-list").get_by_role("img", name="sent")).to_be_visible()
    bot.pages[WHATSAPP_HOOK] = silent
    shown("wa-input").fill("again")
    shown("wa-send").click()
    expect(alert).to_be_hidden()


def test_a_telegram_message_changes_in_place_and_a_deleted_one_vanishes(page: Page, phones: Phones) -> None:
    shown = page.get_by_test_id
    shown("tg-start").click()
    expect(shown("tg-input")).to_be_visible()
    chat = phones.sim.telegram.chats.of(GRACE).id
    asked = telegram(
        phones, "sendMessage", chat_id=chat, text="How much?", reply_markup=keyboard("5,500", "Other")
    )
    expect(shown("tg-button")).to_have_text(["5,500", "Other"])
    shown("tg-button").first.focus()
    telegram(
        phones,
        "editMessageText",
        chat_id=chat,
        message_id=asked["message_id"],
        text="Your PIN?",
        reply_markup=keyboard("Back"),
    )
    expect(shown("tg-list")).to_contain_text("Your PIN?edited")
    expect(shown("tg-list")).not_to_contain_text("How much?")
    expect(shown("tg-button")).to_be_focused()

    shown("tg-input").fill("3069")
    shown("tg-send").click()
    expect(shown("tg-list")).to_contain_text("3069")
    typed = phones.get("telegram", phone=GRACE)["messages"][-1]
    telegram(phones, "deleteMessage", chat_id=chat, message_id=typed["id"])
    expect(shown("tg-list")).not_to_contain_text("3069")
    expect(shown("tg-list")).to_contain_text("Your PIN?")


def test_a_tap_is_answered_with_a_toast_and_a_number_is_shared(page: Page, phones: Phones, bot: Bot) -> None:
    shown = page.get_by_test_id
    shown("tg-start").click()
    expect(shown("tg-input")).to_be_visible()
    chat = phones.sim.telegram.chats.of(GRACE).id
    ask = {"keyboard": [[{"text": "Share my number", "request_contact": True}]], "one_time_keyboard": True}
    telegram(phones, "sendMessage", chat_id=chat, text="Who are you?", reply_markup=ask)
    shown("tg-contact").click()
    expect(shown("tg-contact")).to_be_hidden()
    expect(shown("tg-list")).to_contain_text(f"Contact: {GRACE}")

    telegram(phones, "sendMessage", chat_id=chat, text="Hello", reply_markup=keyboard("Old"))
    shown("tg-button").click()
    _start, _contact, tapped = bot.called("/hooks/telegram/hush", 3)
    query = json.loads(tapped.body)["callback_query"]
    telegram(phones, "answerCallbackQuery", callback_query_id=query["id"], text="An old button")
    expect(shown("tg-toast")).to_have_text("An old button")


def test_the_commands_are_offered_and_a_blocked_bot_can_be_let_in_again(page: Page, phones: Phones) -> None:
    telegram(phones, "setMyCommands", commands=[{"command": "balance", "description": "What I have saved"}])
    shown = page.get_by_test_id
    shown("tg-start").click()
    shown("tg-commands").click()
    page.get_by_role("button", name="/balance").click()
    expect(shown("tg-list")).to_contain_text("/balance")
    page.locator("#telegram").get_by_role("button", name="More").click()
    shown("tg-block").click()
    expect(shown("tg-input")).to_be_hidden()
    expect(shown("tg-start")).to_have_text("Unblock")
    shown("tg-start").click()
    expect(shown("tg-input")).to_be_visible()


def test_another_person_s_chats_are_others(page: Page, phones: Phones) -> None:
    shown = page.get_by_test_id
    shown("wa-hello").click()
    expect(shown("wa-list")).to_contain_text("hi")
    shown("person-select").select_option(OKOT)
    expect(shown("wa-list")).not_to_contain_text("hi")
    shown("person-select").select_option(GRACE)
    expect(shown("wa-list")).to_contain_text("hi")


def test_a_small_screen_shows_one_phone_at_a_time_and_never_scrolls_sideways(page: Page) -> None:
    shown = page.get_by_test_id
    assert no_sideways(page)
    expect(shown("tab-ussd")).to_be_hidden()
    page.set_viewport_size(SMALL)
    expect(shown("dial-service")).to_be_visible()
    expect(shown("wa-input")).to_be_hidden()
    shown("tab-ussd").focus()
    for tab, seen in (("whatsapp", "wa-input"), ("telegram", "tg-start"), ("books", "books")):
        page.keyboard.press("ArrowRight")
        expect(shown(f"tab-{tab}")).to_be_focused()
        expect(shown(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
        expect(shown(seen)).to_be_visible()
        expect(shown("dial-service")).to_be_hidden()
        assert no_sideways(page)
    page.keyboard.press("ArrowRight")
    expect(shown("tab-ussd")).to_be_focused()
    page.set_viewport_size(WIDE)
    expect(shown("books")).to_be_visible()


def test_a_small_screen_that_shows_a_chat_leads_to_the_prompt(page: Page, phones: Phones) -> None:
    shown = page.get_by_test_id
    page.set_viewport_size(SMALL)
    shown("tab-telegram").click()
    expect(shown("momo-notice")).to_be_hidden()
    ask_grace(phones)
    shown("momo-notice").click()
    expect(shown("momo-notice")).to_be_hidden()
    expect(shown("tab-ussd")).to_have_attribute("aria-selected", "true")
    shown("momo-pin").fill("12345")
    shown("momo-approve").click()
    expect(shown("wallet")).to_have_text("UGX 194,500")


def test_who_has_m_pesa_pays_from_its_menu_with_the_keyboard_alone(page: Page, start: Start, bot: Bot) -> None:
    """Unasked: M-Pesa confirms it to her by SMS, and to the bot with the account that she typed."""
    expect(page.get_by_test_id("paybill-open")).to_be_hidden()  # Grace is with MTN
    show_amina(page, start, bot)
    shown = page.get_by_test_id
    shown("paybill-open").press("Enter")
    expect(shown("paybill-business")).to_have_value("174379")
    expect(shown("paybill-account")).to_be_focused()
    page.keyboard.type("20202-0143")
    page.keyboard.press("Tab")
    page.keyboard.type("550")
    page.keyboard.press("Enter")
    expect(shown("paybill-pin")).to_be_focused()
    page.keyboard.type("11111")
    page.keyboard.press("Enter")
    expect(shown("paybill").get_by_role("alert")).to_have_text("Wrong PIN. Try again.")
    expect(shown("paybill-pin")).to_be_focused()
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    expect(shown("ussd-screen")).to_have_text("Sent. M-PESA confirms it by SMS.")
    expect(shown("sms-item")).to_contain_text("Confirmed. KES 550 sent to 174379 for account 20202-0143.")
    expect(shown("wallet")).to_have_text("KES 19,450")
    (told,) = bot.called("/came")
    assert json.loads(told.body)["BillRefNumber"] == "20202-0143"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "The account number is wrong."),
        ({"business": "174370"}, "There is no such business number."),
        ({"amount": "90000"}, "There is not enough money in the wallet."),
    ],
)
def test_what_is_not_taken_stays_in_the_wallet_and_it_is_said_why(
    page: Page, start: Start, bot: Bot, typed: dict[str, str], said: str
) -> None:
    phones = show_amina(page, start, bot)
    refuses = {"ResultCode": "C2B00012" if not typed else "0", "ResultDesc": "as the code says"}
    bot.pages["/asked"] = lambda _request: Response(json.dumps(refuses), content_type="application/json")
    phones.sim.daraja.faults.set({"validates": True})
    shown = page.get_by_test_id
    shown("paybill-open").click()
    for name, value in ({"account": "20202-0134", "amount": "550", "pin": "12345"} | typed).items():
        shown(f"paybill-{name}").fill(value)
    shown("paybill-pay").click()
    expect(shown("ussd-screen")).to_contain_text(said)
    shown("ussd-ok").click()
    shown("paybill-open").click()
    expect(shown("paybill-account")).to_have_value("20202-0134")
    expect(shown("paybill-pin")).to_have_value("")
    page.keyboard.press("Escape")
    expect(shown("paybill")).to_be_hidden()
    expect(shown("wallet")).to_have_text("KES 20,000")
    assert bot.so_far("/came") == []


def test_the_keys_of_the_phone_write_into_the_menu_of_m_pesa(page: Page, start: Start, bot: Bot) -> None:
    show_amina(page, start, bot)
    shown = page.get_by_test_id
    shown("paybill-open").click()
    for digit in "202020143":
        shown(f"key-{digit}").click()
    shown("key-call").click()
    expect(shown("paybill-amount")).to_be_focused()
    for digit in "5509":
        shown(f"key-{digit}").click()
    shown("key-clear").click()
    expect(shown("paybill-account")).to_have_value("202020143")
    expect(shown("paybill-amount")).to_have_value("550")
    shown("key-end").click()
    expect(shown("paybill-open")).to_be_visible()


def pay_grace(phones: Phones) -> None:
    mtn = MomoDisbursements(
        base_url=f"{phones.sim.url}/momo",
        subscription_key="any",
        api_user=str(uuid4()),
        api_key="any",
        environment="simulator",
    )
    mtn.pay(Transfer(str(uuid4()), "P1", Money(5_500, "UGX"), GRACE, "Share-out P1", "Share-out P1"))


def test_money_that_comes_is_in_the_wallet_and_among_the_messages(page: Page, phones: Phones) -> None:
    shown = page.get_by_test_id
    pay_grace(phones)
    expect(shown("wallet")).to_have_text("UGX 205,500")
    expect(shown("sms-item")).to_contain_text("You have received UGX 5,500 from Community Savings. Share-out P1")
    page.reload()
    expect(shown("sms-item")).to_contain_text("You have received UGX 5,500")


@pytest.mark.parametrize("slow", ["**/sim/people", "**/sim/messages?*"])
def test_an_answer_older_than_what_has_happened_does_not_undo_it(page: Page, phones: Phones, slow: str) -> None:
    requests = itertools.count()
    late: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        is_first = next(requests) == 0  # asked before the answer is fetched: the next one may come meanwhile
        answer = route.fetch()
        if is_first:  # the page begins with it; the one it asks for once events come is the one that is late
            route.fulfill(response=answer)
        else:
            late.append((route, answer))

    address = page.url
    page.goto("about:blank")  # so that nothing the page before still asks for is counted
    page.route(slow, hold)
    page.goto(address)
    while not late:
        page.wait_for_timeout(10)
    pay_grace(phones)
    expect(page.get_by_test_id("wallet")).to_have_text("UGX 205,500")
    expect(page.get_by_test_id("sms-item")).to_have_count(1)
    route, answer = late[0]
    route.fulfill(response=answer)
    page.evaluate("fetch('/sim/faults').then((later) => later.text())")
    expect(page.get_by_test_id("wallet")).to_have_text("UGX 205,500")
    expect(page.get_by_test_id("sms-item")).to_have_count(1)
