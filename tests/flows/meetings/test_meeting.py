"""A meeting as it is heard: counted open, the roll called, counted closed; cash that is short."""

import pytest

from bot.app import App
from domain.meetings.count import Counted
from domain.meetings.meeting import OpenMeeting
from domain.money import Money
from domain.records.person import membership_id
from domain.savings.fines import fines_due
from tests.conftest import Clock
from tests.domain.officers import cash, umoja
from tests.flows.talk import Dial
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = [pytest.mark.chats("telegram"), pytest.mark.usefixtures("rules")]


def test_a_meeting_from_its_opening_to_its_close(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    converse(
        """
        > *384*7*meeting#
        < CON Open a meeting of Umoja. Your PIN?
        < 0 Back
        > 2580
        < CON Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
        > 5000
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > 500
        < END Meeting 1 is open. For the roll call choose Meeting again.
    """,
        by=village.nakato.phone,
    )
    converse(
        """
        > *384*7*meeting*1#
        < CON Name who is absent, late or excused. Your PIN?
        < 0 Back  00 Home
        > 2580
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back  00 Home
        > okot
        < CON Okot James today?
        < 1. Absent
        < 2. Late
        < 3. Excused
        < 4. Present
        < 0 Back  00 Home
        > 2
        < CON Okot James: Late.
        < 1. Name another
        < 2. All are named
        < 0 Back  00 Home
        > 1
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back  00 Home
        > 3
        < CON Akello Grace today?
        < 1. Absent
        < 2. Late
        < 3. Excused
        < 4. Present
        < 0 Back  00 Home
        > 1
        < CON Akello Grace: Absent.
        < 1. Name another
        < 2. All are named
        < 0 Back  00 Home
        > 2
        < END Noted. Everybody else is present.
    """,
        by=village.nakato.phone,
    )
    cash(app.store, village, village.okot, 10_500, village.wanjiru)
    converse(
        """
        > *384*7*meeting#
        < CON Meeting of 5 Oct. Absent 1, late 1, excused 0.
        < 1. Roll call
        < 2. Close the meeting
        < 3. Cash since the last close
        < 0 Back
        > 2
        < CON 2 members were late or absent. Fine UGX 1,500 in all?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Close the meeting of Umoja. Your PIN?
        < 0 Back  00 Home
        > 1470
        < CON Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
        > 15000
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > 1000
        < END Meeting 1 is closed.
        < Cash box UGX 15,000, social fund UGX 1,000.
        < 2 fines, UGX 1,500.
        > *384*7*meeting#
        < END Umoja has held and closed its meeting of today. The next is on 12 Oct.
    """,
        by=village.wanjiru.phone,
    )
    assert fines_due(app.store, village.umoja, village.akello.id) == ugx(1_000)
    there = {each.person: each.presence for each in app.store.attendance.find(group=village.umoja)}
    assert (there[village.nakato.id], there[village.okot.id]) == ("present", "late")
    clock.forward(days=2)
    converse(
        """
        > *384*7*meeting#
        < CON Umoja meets on 12 Oct. Meet today all the same?
        < 1. Yes
        < 2. No
        < 0 Back
        > 1
        < CON Open a meeting of Umoja. Your PIN?
        < 0 Back  00 Home
        > 2580
        < CON As at the last close, 5 Oct: Cash box UGX 15,000, social fund UGX 1,000.
        < Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
    """,
        by=village.nakato.phone,
    )


@pytest.mark.chats("whatsapp", "sms")
def test_cash_that_is_short_is_counted_again_or_booked_by_two_officers(
    app: App, converse: Transcript, village: Village
) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    converse(
        """
        > *384*7*meeting#
        < CON Open a meeting of Umoja. Your PIN?
        < 0 Back
        > 1470
        < CON Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
        > 4000
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > 1
        < CON The cash box has UGX 1,000 less than the books. The social fund has UGX 500 less than the books.
        < 1. Count again
        < 2. Record it
        < 0 Back  00 Home
        > 1
        < CON Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
        > 4600
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > 500
        < CON The cash box has UGX 400 less than the books.
        < 1. Count again
        < 2. Record it
        < 0 Back  00 Home
        > 2
        < CON Why? The officers will read it.
        < 0 Back  00 Home
        > a note was torn
        < END Another officer must agree, with Decide in the menu. Then count again.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["1010"] == 5_000
    converse(
        """
        > *384*7*decide*1#
        < CON …
        < Reason: a note was torn
        < Counted on 5 Oct at 09:00.
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
    assert app.store.books.totals(village.umoja)["1010"] == 4_600
    converse(
        """
        > *384*7*meeting#
        < CON Open a meeting of Umoja. Your PIN?
        < 0 Back
        > 1470
        < CON Count the cash box. How much is in it?
        < 1. Nothing
        < 0 Back  00 Home
        > 4600
        < CON Count the social fund's cash.
        < 1. Nothing
        < 0 Back  00 Home
        > 500
        < END Meeting 1 is open. For the roll call choose Meeting again.
    """,
        by=village.wanjiru.phone,
    )


def test_a_meeting_that_another_officer_opened_meanwhile_is_said(app: App, phone: Dial, village: Village) -> None:
    nakato = phone(village.nakato.phone)
    nakato.dial("*384*7*meeting#")
    nakato.type("2580")
    nakato.type("1")
    count = Counted(Money(0, "UGX"), Money(0, "UGX"))
    do(app.store, OpenMeeting(village.wanjiru.id, village.umoja, count))
    assert nakato.type("1") == "END Umoja has a meeting open. Close it first, under Meeting."
    assert umoja(app.store, village).meeting.endswith(":2026-10-05")


def test_so_many_are_named_in_one_go_and_more_in_the_next(app: App, phone: Dial, village: Village) -> None:
    """A conversation holds sixty answers: the ninth member is named in a second one."""
    count = Counted(Money(0, "UGX"), Money(0, "UGX"))
    do(app.store, OpenMeeting(village.wanjiru.id, village.umoja, count))
    app.store.memberships.change(membership_id(village.umoja, village.okot.id), role="member")
    nakato = phone(village.nakato.phone)
    nakato.dial("*384*7*meeting*1#")
    nakato.type("2580")
    for _ in range(7):
        for typed in ("okot", "2", "1"):
            nakato.type(typed)
    nakato.type("okot")
    nakato.type("1")
    assert nakato.type("1") == "END Noted. Choose Meeting again to name more."
    (there,) = app.store.attendance.find(group=village.umoja)
    assert there.presence == "absent"
