"""Cash that is not right, as it is heard: the member says so, another officer answers."""

from typing import Any

import pytest

from bot.app import App
from domain.savings.contribute import Contribute
from domain.treasury.settle import payment_succeeded
from tests.domain.officers import cash
from tests.flows.talk import Dial, heard
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = [pytest.mark.chats("sms"), pytest.mark.usefixtures("rules")]


def contest(converse: Transcript) -> None:
    converse("""
        > *384*7*contest#
        < CON Your cash. Your PIN?
        < 0 Back
        > 2581
        < CON Which is not right?
        < 1. 5 Oct UGX 5,500 in, savings
        < 0 Back  00 Home
        > 1
        < CON What is not right? The officers will read it.
        < 0 Back  00 Home
        > I gave 10000
        < END All officers of Umoja are told.
    """)
    converse("""
        > *384*7*contest#
        < CON Your cash. Your PIN?
        < 0 Back
        > 2581
        < CON Which is not right?
        < 1. 5 Oct UGX 5,500 in, savings
        < 0 Back  00 Home
        > 1
        < END You told the officers about this already. They will answer you.
    """)


@pytest.mark.chats("whatsapp")
def test_a_record_that_is_contested_is_taken_back_and_both_are_told(
    app: App, converse: Transcript, village: Village
) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    contest(converse)
    assert heard(app, village.okot.phone)[-1] == (
        "Please check: Akello Grace of Umoja says a cash record of UGX 5,500 is wrong. "
        "Choose Cash records in the menu."
    )
    converse(
        """
        > *384*7*records#
        < CON Which record of cash?
        < 1. Akello Grace, UGX 5,500
        < 2. Another record
        < 0 Back
        > 1
        < CON Akello Grace says: I gave 10000. Written down by Wanjiru Mary: 5 Oct UGX 5,500 in, savings
        < 1. Cancel this record
        < 2. It is right
        < 0 Back  00 Home
        > 1
        < CON Why? The member will read it.
        < 0 Back  00 Home
        > we counted again
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END The record is cancelled. Both are told.
    """,
        by=village.nakato.phone,
    )
    said = (
        "The cash record of UGX 5,500 for Akello Grace in Umoja was cancelled, "
        "because: we counted again. It does not count."
    )
    assert heard(app, village.akello.phone)[-1] == heard(app, village.wanjiru.phone)[-1] == said
    assert set(app.store.books.totals(village.umoja).values()) == {0}
    converse("""
        > *384*7*contest#
        < CON Your cash. Your PIN?
        < 0 Back
        > 2581
        < END No cash was written down for you in Umoja lately.
    """)


@pytest.mark.chats("telegram")
def test_a_record_that_is_right_stands_with_the_reason(app: App, converse: Transcript, village: Village) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    contest(converse)
    converse(
        """
        > *384*7*records*1*2#
        < CON Why? The member will read it.
        < 0 Back  00 Home
        > you signed for it
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END The record is kept. The member is told why.
    """,
        by=village.nakato.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "Your cash record of UGX 5,500 in Umoja is kept, because: you signed for it. "
        "Not right? Tell another officer."
    )
    assert app.store.books.totals(village.umoja)["1010"] == 5_000


def test_a_record_that_nobody_contests_is_found_by_its_member(
    app: App, converse: Transcript, village: Village
) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    converse(
        """
        > *384*7*records#
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back
        > akello
        < CON Cancel which record of Akello Grace?
        < 1. 5 Oct UGX 5,500 in, savings
        < 0 Back  00 Home
        > 1
        < CON Why? The member will read it.
        < 0 Back  00 Home
        > it was Okot who paid
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END The record is cancelled. Both are told.
    """,
        by=village.nakato.phone,
    )


def test_whoever_wrote_it_down_does_not_answer_for_it(app: App, phone: Dial, village: Village) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    wanjiru = phone(village.wanjiru.phone)
    assert wanjiru.dial("*384*7*records*3*1#") == (
        "END This is your own, or you wrote it down. Another officer of Umoja has to do it."
    )
    assert app.store.books.totals(village.umoja)["1010"] == 5_000


def test_mobile_money_that_was_meant_for_something_else_becomes_credit(
    app: App, converse: Transcript, village: Village
) -> None:
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, ugx(5_500)))
    payment_succeeded(app.store, app.store.payments.get(asked["payment"]), "provider-id")
    converse(
        """
        > *384*7*records*akello#
        < CON Cancel which record of Akello Grace?
        < 1. 5 Oct UGX 5,500 in, savings, by phone
        < 0 Back  00 Home
        > 1
        < CON What was it meant for? The officers and the member will read it.
        < 0 Back  00 Home
        > school fees
        < CON Put UGX 5,500 on the credit of Akello Grace instead. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now 1 other officer must agree.
    """,
        by=village.wanjiru.phone,
    )
    converse(
        """
        > *384*7*decide#
        < CON Decide on what?
        < 1. Payment to credit: Akello Grace
        < 0 Back
        > 1
        < CON UGX 5,500 paid by Akello Grace becomes their credit
        < By mobile money, for: savings
        < Reason: school fees
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END It is decided, with your vote.
    """,
        by=village.nakato.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "Your payment of UGX 5,500 to Umoja is now your credit there, because: school fees. "
        "Not right? Tell another officer."
    )
