"""Calls as they are: they drop and go on, are dialled with answers, or are mixed up by an operator."""

from dataclasses import replace

import pytest

from bot.app import App
from channels.sms import menu as sms_menu
from domain.groups.join import Decide, JoinGroup
from flows import ask
from flows.dialogue import flow
from flows.engine.messages import Message
from flows.engine.screen import say
from flows.engine.steps import Conversation
from tests.conftest import Clock
from tests.flows.talk import MENU, MENU_HINT, Dial
from tests.people import Village, do, register
from tests.phone import Phone, Transcript
from tests.web import wsgi


@pytest.fixture
def channel() -> str:
    """Only a call breaks off."""
    return "ussd"


OFFER = """
    < CON You were not finished. Go on?
    < 1. Continue
    < 2. Start again
"""
AMOUNT = """
    < CON Umoja, meeting of 5 Oct. How much?
    < 1. Pay UGX 5,500
    < 0 Back
"""
AMOUNT_HINT = "Please type the amount in digits only, like 5500."
SURE = """
    < CON Pay UGX 2,000 to Umoja?
    < 1. Yes
    < 2. No
    < 0 Back  00 Home
"""


# A dropped call


def test_a_dropped_call_goes_on_where_it_was(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > 1
        {AMOUNT}
        -- dropped
        > *384*7#
        {OFFER}
        > 1
        {AMOUNT}
    """)


def test_a_dropped_call_can_start_again(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > 1
        {AMOUNT}
        -- dropped
        > *384*7#
        {OFFER}
        > 2
        {MENU}
    """)


def test_the_offer_stands_until_it_is_answered(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        > 1
        {AMOUNT}
        -- dropped
        > *384*7#
        {OFFER}
        > 7
        < CON Please choose a number from 1 to 2.
        < You were not finished. Go on?
        < 1. Continue
        < 2. Start again
        -- dropped
        > *384*7#
        {OFFER}
        > perhaps
        < CON Please choose a number from 1 to 2.
        < You were not finished. Go on?
        < 1. Continue
        < 2. Start again
        > yes.
        {AMOUNT}
    """)


def test_a_call_in_which_nothing_was_answered_is_not_offered(converse: Transcript) -> None:
    converse(f"""
        > *384*7#
        {MENU}
        -- dropped
        > *384*7#
        {MENU}
    """)


def test_a_finished_call_is_not_offered(converse: Transcript) -> None:
    converse(f"""
        > *384*7*1*2000*2#
        {SURE}
        > 2
        < END Nothing was paid.
        > *384*7#
        {MENU}
    """)


@pytest.mark.parametrize(("minutes", "first"), [(30, "CON You were not finished"), (31, "CON Hello Akello")])
def test_a_call_is_offered_for_half_an_hour(
    phone: Dial, village: Village, clock: Clock, minutes: int, first: str
) -> None:
    akello = phone(village.akello.phone)
    akello.dial()
    akello.type("1")
    clock.forward(minutes=minutes)
    assert akello.dial().startswith(first)


def test_a_new_call_asks_for_the_pin_again_and_keeps_the_rest(converse: Transcript) -> None:
    """Whoever picks up the phone after a dropped call may be somebody else."""
    converse(f"""
        > *384*7*1*2000#
        {SURE}
        > 1
        < CON Pay UGX 2,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        -- dropped
        > *384*7#
        {OFFER}
        > 1
        < CON Pay UGX 2,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref C…
    """)


@pytest.mark.parametrize("yes", ["yes", "oui", "NDIYO", "Continue"])
def test_going_on_is_said_in_any_language(phone: Dial, village: Village, yes: str) -> None:
    akello = phone(village.akello.phone)
    question = akello.dial("*384*7*1#")
    assert "Go on?" in akello.dial()
    assert akello.type(yes) == question


@pytest.mark.parametrize("no", ["no", "NON", "hapana"])
def test_beginning_anew_is_said_in_any_language(phone: Dial, village: Village, no: str) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1#")
    assert "Go on?" in akello.dial()
    assert akello.type(no).startswith("CON Hello Akello")


def test_a_verdict_on_one_applicant_is_none_on_another(app: App, phone: Dial, village: Village) -> None:
    opio = register(app.store, "Opio Peter", "+256772000110", "4826")
    atim = register(app.store, "Atim Rose", "+256772000111", "4827")
    for applicant in (opio, atim):
        do(app.store, JoinGroup(applicant.id, village.code))
    nakato = phone(village.nakato.phone)
    nakato.dial()
    nakato.type("approve")
    nakato.type("1")
    assert nakato.screen.startswith("CON Opio Peter (+256772000110) in Umoja?")
    nakato.type("1")
    do(app.store, Decide(village.wanjiru.id, village.umoja, opio.id, welcome=True))
    nakato.dial()
    assert "1. Atim Rose" in nakato.type("1")
    assert nakato.type("1").startswith("CON Atim Rose (+256772000111) in Umoja?")


def test_another_channel_goes_on_with_what_a_call_began(app: App, phone: Dial, village: Village) -> None:
    phone(village.akello.phone).dial("*384*7*1#")
    number = village.akello.phone

    def chat(id: str, typed: str) -> str:
        return app.engine.handle(Message(sms_menu.CHANNEL, number, id, number, typed=typed)).text

    assert chat("1", "2000").startswith("You were not finished. Go on?")
    assert chat("2", "continue").startswith("Umoja, meeting of 5 Oct. How much?")
    assert chat("3", "2000").startswith("Pay UGX 2,000 to Umoja?")


# What was dialled with the code, and what follows it


DIALLED = {
    "*384*7*1#": "CON Umoja, meeting of 5 Oct. How much?",
    "*384*7*1*2000#": "CON Pay UGX 2,000 to Umoja?",
    "*384*7*1*2000*1#": "CON Pay UGX 2,000 to Umoja?",
    "*384*7*1*2000*1*2581#": "CON Pay UGX 2,000 to Umoja?",
    "*384*7*1*1*2581#": "CON Pay UGX 5,500 to Umoja. Your PIN?",
    "*384*7*2*2581#": "CON Your balance. Your PIN?",
    "*384*7*9*1*1#": f"CON {MENU_HINT}",
    "*384*7*1*-5*1#": f"CON {AMOUNT_HINT}",
    "*384*7*language*9#": "CON Please choose a number from 1 to 3.",
}


def test_answers_dialled_with_the_code_stop_before_a_confirmation_a_pin_and_a_slip(
    app: App, phone: Dial, village: Village
) -> None:
    akello = phone(village.akello.phone)
    for code, first_line in DIALLED.items():
        assert (code, akello.dial(code).split("\n")[0]) == (code, first_line)
    assert app.store.payments.open_of(village.akello.id) == []


def test_answers_dialled_beyond_the_end_are_of_no_use(phone: Dial, village: Village) -> None:
    assert phone(village.akello.phone).dial("*384*7*help*1*1#").startswith("END Save by mobile money:")


def test_a_transcript_that_does_not_follow_ends_the_call_and_keeps_the_journal(
    phone: Dial, village: Village
) -> None:
    akello = phone(village.akello.phone)
    akello.dial()
    akello.type("1")
    assert akello.post(text="2*2581") == "END Sorry, this call got mixed up. Please dial again."
    akello.dial()
    assert akello.type("1").startswith("CON Umoja, meeting of 5 Oct. How much?")


def test_a_star_inside_an_answer_is_part_of_it(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1#")
    assert akello.type("2000*1").startswith("CON Please type the amount in digits only")
    assert akello.type("2000").startswith("CON Pay UGX 2,000 to Umoja?")


# What people type


AMOUNTS = {
    "2000": "Pay UGX 2,000 to Umoja?",
    "2 000": "Pay UGX 2,000 to Umoja?",
    "UGX 2000": "Pay UGX 2,000 to Umoja?",
    "٢٠٠٠": "Pay UGX 2,000 to Umoja?",
    "25500": "Pay UGX 25,500 to Umoja?",
    "25501": "At most UGX 25,500.",
    "1" * 30: "At most UGX 25,500.",
    "1" * 10_000: "At most UGX 25,500.",
    "1,500": "Pay UGX 1,500 to Umoja?",
    "1 500/=": "Pay UGX 1,500 to Umoja?",
    "1.5k": "Pay UGX 1,500 to Umoja?",
    "500.00": "Pay UGX 500 to Umoja?",
    "500,00": "UGX 500 or UGX 500,000? Please type 500 or 500000.",
    "2": "At least UGX 100. Please type it like 5500.",
    "99": "At least UGX 100. Please type it like 5500.",
    "1.5": AMOUNT_HINT,
    "-5": AMOUNT_HINT,
    "1e9": AMOUNT_HINT,
    "500*": AMOUNT_HINT,
    "500#": AMOUNT_HINT,
    "KES 500": "The group counts in UGX, not in KES. Please type the amount in digits only.",
    "💰": AMOUNT_HINT,
    "\x00": AMOUNT_HINT,
    "": AMOUNT_HINT,
}


def test_an_amount_is_read_in_one_way_or_asked_for_again(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    for typed, first_line in AMOUNTS.items():
        akello.dial("*384*7*1#")
        heard = akello.type(typed).removeprefix("CON ").split("\n")
        assert (typed, heard[0]) == (typed, first_line)
        if not first_line.startswith("Pay"):
            assert heard[1:] == ["Umoja, meeting of 5 Oct. How much?", "1. Pay UGX 5,500", "0 Back"]
            assert akello.type("2000").startswith("CON Pay UGX 2,000 to Umoja?")


@pytest.mark.parametrize("typed", ["0", "00"])
def test_zero_is_the_way_back_where_it_is_no_amount(phone: Dial, village: Village, typed: str) -> None:
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1#")
    assert akello.type(typed).startswith("CON Hello Akello")


def test_a_name_of_letters_is_one(phone: Dial) -> None:
    stranger = phone("+256772000199")
    for name in ("Zawadi Neema", "Ŋabirɔ", "O'Brien-Okot", "Akiba", "N" * 40):
        stranger.dial("*384*7*1#")
        assert (name, "choose a PIN" in stranger.type(name).replace("\n", " ")) == (name, True)


A_NAME = "A name is two letters or more, without digits or signs, like Akello Grace."


def test_what_is_no_name_is_asked_for_again(phone: Dial) -> None:
    stranger = phone("+256772000199")
    stranger.dial("*384*7*1#")
    for name in ("N", "N" * 41, "😀😀", "12", "a\x00b", "", "x" * 10_000, "=SUM(A1)", "<b>x</b>"):
        heard = stranger.type(name).removeprefix("CON ")
        assert (name, heard) == (name, f"{A_NAME}\nWhat is your name?\n0 Back")


# Long lists


@pytest.fixture
def long_list(app: App, village: Village) -> Phone:
    """A phone on which a list of fourteen is shown."""

    @flow("long_list")
    def long_list() -> Conversation:
        villages = {f"v{number}": f"Village {number}" for number in range(1, 15)}
        chosen = yield from ask.choice("village", "Which village?", villages)
        yield from ask.text("why", f"{chosen}: why?", most=20)
        return say("Good.")

    listed = replace(app, engine=app.engine.over(app.link, lambda _who: long_list()))
    return Phone(wsgi(listed), app.settings.hook_secret, village.akello.phone)


def test_a_long_list_is_paged_with_one_numbering(long_list: Phone) -> None:
    first = long_list.dial()
    second = long_list.type("98")
    assert first.startswith("CON Which village?\n1. Village 1\n") and first.endswith("\n98 More")
    pages = [page.removeprefix("CON ").split("\n") for page in (first, second)]
    shown = [line for page in pages for line in page if "Village" in line]
    assert shown == [f"{number}. Village {number}" for number in range(1, 15)]
    assert long_list.type("98") == second  # there is no more
    assert long_list.type("12").startswith("CON v12: why?")


def test_what_a_hint_pushes_off_the_page_is_seen_before_the_next(long_list: Phone) -> None:
    first = long_list.dial()
    hinted = long_list.type("x")
    assert "1. Village 1" in hinted and "8. Village 8" in first and "8. Village 8" not in hinted
    assert long_list.type("98") == first
    second = long_list.type("98")
    assert "14. Village 14" in second
    assert long_list.type("x").startswith("CON Please choose")
    assert long_list.type("98") == second


def test_an_option_of_another_page_can_be_chosen(long_list: Phone) -> None:
    long_list.dial()
    assert long_list.type("14").startswith("CON v14: why?")


def test_a_last_screen_of_several_pages_has_the_ways_out_until_its_end(app: App, village: Village) -> None:
    @flow("long_text")
    def long_text() -> Conversation:
        yield from ask.text("name", "Whose?", most=20)
        yield from ask.text("why", "Why?", most=20)
        return say("\n".join(f"{number}. Villager of a long name" for number in range(1, 12)))

    listed = replace(app, engine=app.engine.over(app.link, lambda _who: long_text()))
    akello = Phone(wsgi(listed), app.settings.hook_secret, village.akello.phone)
    assert akello.dial() == "CON Whose?"
    akello.type("Okot")
    first = akello.type("Near")
    assert first.startswith("CON 1. Villager") and first.endswith("\n98 More  0 Back  00 Home")
    second = akello.type("98")
    assert second.startswith("CON 5. Villager") and second.endswith("\n98 More  0 Back  00 Home")
    assert akello.type("7") == second  # no answer, and the page stays
    assert akello.type("0") == "CON Why?\n0 Back"
    assert akello.type("Far") == first
    assert akello.type("00") == "CON Whose?"
    akello.type("Okot")
    akello.type("Near")
    akello.type("98")
    last = akello.type("98")
    assert last.startswith("END 9. Villager") and last.endswith("11. Villager of a long name")


def test_a_list_that_one_comes_back_to_is_at_its_first_page(long_list: Phone) -> None:
    first = long_list.dial()
    long_list.type("98")
    long_list.type("12")
    assert long_list.type("0") == first
