"""Whoever was in the middle of a conversation with the version before goes on with this one, and finishes it."""

import pytest

from tests.upgrade.before import Reopened
from tests.wired import Chat

TALKS = {
    "contribute at the PIN": """
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Pay UGX 3,000 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 3,000 on your phone with your mobile money PIN. Ref C…
    """,
    "an amount": """
        > lots
        < CON Please type the amount in digits only, like 5500.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 1
        < CON Pay UGX 5,500 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C…
    """,
    "borrow at the terms": """
        > 1
        < CON A PIN is 4 or 5 digits.
        < Your limit in Umoja. Your PIN?
        < 0 Back
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Your limit in Umoja. Your PIN?
        < 0 Back
        > 2580
        < CON UGX 20,000: you pay back UGX …
        …
        > 1
        < CON What is the UGX 20,000 for?
        …
        > 2
        < END Ref L…. Your officers decide. We will send you a message.
    """,
    "repay at the question": """
        > 1
        < CON A PIN is 4 or 5 digits.
        < Your loans. Your PIN?
        < 0 Back
        > 2580
        < CON Pay UGX 10,000 on loan L…?
        …
        > 1
        < END Now approve UGX 10,000 on your phone with your mobile money PIN. Ref C…
    """,
    "send a loan at the PIN": """
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Pay UGX 30,000 to Okot James. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END UGX 30,000 is on its way to Okot James.
    """,
    "a stranger at the second PIN": """
        > 2580
        < CON We keep your name, number and savings, so that your group can save here.
        < See My data. To agree, type the PIN again.
        < 0 Back  00 Home
        > 1470
        < CON The two PINs differ. Type it again, or 0 to choose another.
        < We keep your name, number and savings, so that your group can
        < 98 More  0 Back  00 Home
        > 98
        < CON We keep your name, number and savings, so that your group can save here.
        < See My data. To agree, type the PIN again.
        < 0 Back  00 Home
        > 2580
        < CON Type your group's code, or 1 if you have none
        < 0 Back  00 Home
        > 10101
        < END Welcome Namugga Joy! Umoja must accept you first. We will send you a message.
    """,
    "a stranger at the name": """
        > 7
        < A name is two letters or more, without digits or signs, like Akello Grace.
        < What is your name?
        < 0 Back
        > Ouma Peter
        < Ouma, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 9513
        < We keep your name, number and savings, so that your group can save here.
        < See My data. To agree, type the PIN again.
        < 0 Back  00 Home
        > 9513
        < Type your group's code, or 1 if you have none
        < 0 Back  00 Home
        > 10101
        < Welcome Ouma Peter! Umoja must accept you first. We will send you a message.
    """,
    "share-out at the PIN": """
        > 2580
        < Another officer pays you your part.
    """,
    "a button": """
        > 1
        < Pay UGX 5,000 to Akiba. Your PIN?
        < 0 Back  00 Home
        > 1470
        < Now approve UGX 5,000 on your phone with your mobile money PIN. Ref C…
    """,
    "withdraw at the PIN": """
        > 1111
        < Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Your savings in Kazi. Your PIN?
        < 0 Back  00 Home
        > 2581
        < Take UGX 7,000 out of Kazi?
        …
        > 1
        < Now 2 officers must agree, then you get your money.
    """,
    "a vote at the PIN": """
        > 1111
        < Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < Your PIN?
        < 0 Back  00 Home
        > 9513
        < It is decided, with your vote.
    """,
}

# Those at whose end money is asked for, or sent.
MOVES = {
    "contribute at the PIN", "an amount", "repay at the question", "send a loan at the PIN",
    "a button", "a vote at the PIN",
}  # fmt: skip


@pytest.mark.parametrize("talk", TALKS)
def test_a_conversation_goes_on_where_it_was_and_its_money_moves(reopened: Reopened, talk: str) -> None:
    reopened.goes_on(talk, TALKS[talk])
    store, moves = reopened.app.store, talk in MOVES
    assert store.consents.count() == ("stranger" in talk), "who reads the words now, and nobody of before"
    known = {payment["_id"] for payment in reopened.left.mongo["payments"]}
    assert store.payments.count() == len(known) + moves
    reopened.settle()
    (*asked,) = (payment for payment in store.payments.find() if payment.id not in known)
    assert [payment.state for payment in asked] == ["succeeded"] * moves
    reopened.audit()


def test_a_meeting_is_closed_on_the_count_that_was_begun_before(reopened: Reopened) -> None:
    """The cash box was counted wrongly before, so both are counted again."""
    totals = reopened.totals("umoja")
    reopened.goes_on(
        "a meeting at its count",
        f"""
        > 5x
        < CON Please type the amount in digits only, like 5500.
        < Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > {totals["1040"]}
        < CON …
        …
        > 1
        < CON …
        …
        > {totals["1010"]}
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > {totals["1040"]}
        < END Meeting 4 is closed.
        …
    """,
    )
    assert reopened.group("umoja").meeting == ""
    reopened.audit()


def test_a_new_number_is_proved_by_the_code_that_was_sent_before(reopened: Reopened) -> None:
    code = reopened.sent_code("+256772000195")
    reopened.goes_on(
        "a new number at its code",
        f"""
        > {int(code) + 1 if int(code) < 999_999 else 100_000:06}
        < CON Wrong code. 4 tries left.
        …
        > {code}
        < CON New number +256772000195. Your PIN?
        < 0 Back  00 Home
        > 9513
        < END The number is right. Now 1 officer must agree.
    """,
    )


def test_a_stranger_in_a_chat_is_known_by_the_code_that_was_sent_before(reopened: Reopened) -> None:
    reopened.goes_on(
        "a stranger at the code",
        f"""
        > {reopened.sent_code("+256772000197")}
        < What is your name?
        < 0 Back  00 Home
        > Ouma Peter
        …
    """,
    )


def test_a_call_that_broke_off_before_is_offered_again_at_the_menu_it_was_at(reopened: Reopened) -> None:
    phone = reopened.phone(reopened.who("auma").phone)
    assert phone.dial() == "CON You were not finished. Go on?\n1. Continue\n2. Start again"
    # There is more behind the same menu now, and one option has a plainer name: each has the number it had.
    left = reopened.left.talks["a menu"]["screen"].replace("Ask social fund", "Ask for a grant")
    before, now = left.split("\n"), phone.type("1").split("\n")
    assert before[-1] == "0 Back" and now[: len(before) - 1] == before[:-1]
    assert phone.type("3").startswith("CON Your savings in Umoja. Your PIN?")
    assert phone.type(reopened.who("auma").pin) == "END For your own loan: UGX 13,400."


def test_what_was_begun_in_a_call_goes_on_in_a_chat(reopened: Reopened) -> None:
    akello = reopened.who("akello")
    (address,) = reopened.app.store.addresses.find(person=akello.id)
    chat = Chat(reopened.app, int(address.id.partition(":")[2]))
    assert chat.type("hello").startswith("You were not finished. Go on?")
    assert chat.type("1").startswith("Pay UGX 3,000 to Umoja. Your PIN?")
    assert chat.type(akello.pin).startswith("Now approve UGX 3,000 on your phone")


def test_a_button_of_a_screen_before_the_last_is_still_too_old(reopened: Reopened) -> None:
    chat = reopened.held("a button")
    assert isinstance(chat, Chat)
    chat.taps = {key: payload.replace(payload[1:7], "000000") for key, payload in chat.taps.items()}
    assert chat.type("1").startswith("That button is old. You are here:\nAkiba, meeting of 5 Oct.")
