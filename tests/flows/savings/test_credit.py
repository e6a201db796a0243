"""Credit and what the social fund misses, as they are heard."""

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.meetings.meeting import OpenMeeting
from domain.savings.fines import FineMember
from tests.conftest import Clock
from tests.domain.officers import counted, set_rules
from tests.flows.talk import heard
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


@pytest.fixture(autouse=True)
def rules(app: App, village: Village) -> None:
    """Akello has UGX 3,000 of credit."""
    set_rules(app.store, village)
    legs = (Posting("1010", 3_000), Posting("2030", -3_000, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "credit", "as it was", app.store.now(), legs))


def test_a_fine_is_paid_from_credit(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    converse("""
        > *384*7*credit#
        < CON Your credit. Your PIN?
        < 0 Back
        > 2581
        < CON Your credit is UGX 3,000. Pay what?
        < 1. Fine: UGX 2,000, disorder
        < 2. Social fund, UGX 500
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 2,000 from your credit?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Paid: UGX 2,000. Your credit is now UGX 1,000.
    """)


def test_at_a_meeting_an_officer_pays_it(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    do(app.store, OpenMeeting(village.nakato.id, village.umoja, counted(3_000), extraordinary=True))
    converse(
        """
        > *384*7*cash*akello#
        < CON What is the cash of Akello Grace for?
        < 1. Savings
        < 2. Fine: UGX 2,000, disorder
        < 3. No cash: from their credit
        < 0 Back  00 Home
        > 3
        < CON The credit of Akello Grace is UGX 3,000. Pay what?
        < 1. Fine: UGX 2,000, disorder
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 2,000 from the credit of Akello Grace, as they say. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Paid from the credit of Akello Grace: UGX 2,000. They are told.
    """,
        by=village.wanjiru.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "Your credit in Umoja has paid UGX 2,000 for a fine. Not right? Tell another officer."
    )


def test_who_has_no_credit_is_told_so(converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*credit#
        < CON Your credit. Your PIN?
        < 0 Back
        > 9513
        < END You have no credit in Umoja.
    """,
        by=village.okot.phone,
    )


def test_what_was_missed_is_paid_by_phone(app: App, clock: Clock, converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*pay_social#
        < CON Your social fund. Your PIN?
        < 0 Back
        > 2581
        < END You owe nothing to the social fund of Umoja.
    """)
    clock.forward(weeks=2)
    converse("""
        > *384*7*pay_social#
        < CON Your social fund. Your PIN?
        < 0 Back
        > 2581
        < CON You owe UGX 1,000 to the social fund of Umoja. How much?
        < 1. Pay UGX 1,000
        < 0 Back  00 Home
        > 1
        < END Now approve UGX 1,000 on your phone with your mobile money PIN. Ref C…
    """)
    converse("""
        > *384*7*pay_social#
        < CON Your social fund. Your PIN?
        < 0 Back
        > 2581
        < CON UGX 1,000 is waiting for your approval on your phone.
        < You owe UGX 500 to the social fund of Umoja. How much?
        < 1. Pay UGX 500
        < 0 Back  00 Home
        > 1
        < END Now approve UGX 500 on your phone with your mobile money PIN. Ref C…
    """)
    converse("""
        > *384*7*pay_social#
        < CON Your social fund. Your PIN?
        < 0 Back
        > 2581
        < END UGX 1,500 is waiting for your approval on your phone.
    """)
