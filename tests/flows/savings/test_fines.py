"""Fines as they are heard: paying one, charging one, asking that one is waived."""

import pytest

from bot.app import App
from domain.savings.fines import FineMember, RecordFine, fines_due
from tests.domain.officers import proposed, vote
from tests.flows.talk import Dial, heard
from tests.money import ugx
from tests.people import Village, arrives, do
from tests.phone import Transcript

pytestmark = [pytest.mark.chats("sms"), pytest.mark.usefixtures("rules")]


@pytest.mark.chats("telegram", "whatsapp")
def test_a_fine_is_charged_by_number_and_paid_by_mobile_money(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        """
        > *384*7*fine#
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back
        > akello
        < CON Fine Akello Grace for what?
        < 1. UGX 1,000, absence
        < 2. UGX 500, coming late
        < 3. UGX 2,000, disorder
        < 4. Something else
        < 0 Back  00 Home
        > 3
        < CON Fine Akello Grace UGX 2,000 for disorder? Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Akello Grace is fined UGX 2,000, and is told.
    """,
        by=village.nakato.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "You are fined UGX 2,000 for disorder in Umoja, says Nakato Ruth. "
        "Pay it or ask for a waiver under My fines in the menu."
    )
    converse("""
        > *384*7*fines#
        < CON Your fines. Your PIN?
        < 0 Back
        > 2581
        < CON Fines you owe in Umoja. Pay which?
        < 1. UGX 2,000, disorder
        < 2. Ask for a waiver
        < 0 Back  00 Home
        > 1
        < END Now approve UGX 2,000 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    arrives(app.store, payment)
    converse("""
        > *384*7*fines#
        < CON Your fines. Your PIN?
        < 0 Back
        > 2581
        < END You owe no fine in Umoja.
    """)


def test_a_waiver_is_decided_by_the_other_officers(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    converse(
        """
        > *384*7*fine*3#
        < CON Akello Grace owes 1 fine.
        < 1. Fine
        < 2. Waive a fine
        < 0 Back  00 Home
        > 2
        < CON Waive which fine of Akello Grace?
        < 1. UGX 500, coming late
        < 0 Back  00 Home
        > 1
        < CON Why? The officers will read it.
        < 0 Back  00 Home
        > the bus broke down
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 2 other officers must agree.
    """,
        by=village.nakato.phone,
    )
    assert proposed(app.store, "waiver").values["reason"] == "the bus broke down"
    for officer in (village.wanjiru, village.okot):
        converse(
            f"""
            > *384*7*decide#
            < CON Decide on what?
            < 1. …Akello Grace…
            < 0 Back
            > 1
            < CON …UGX 500…
            < Reason: the bus broke down
            < 1. Agree
            < 2. Do not agree
            < 0 Back  00 Home
            > 1
            < CON Your PIN?
            < 0 Back  00 Home
            > {officer.pin}
            < END …
        """,
            by=officer.phone,
        )
    assert fines_due(app.store, village.umoja, village.akello.id) == ugx(0)
    assert heard(app, village.akello.phone)[-1] == (
        "Your fine of UGX 500 for coming late in Umoja was waived. You do not have to pay it."
    )


def test_one_s_own_fine_is_not_offered_to_be_waived(app: App, phone: Dial, village: Village) -> None:
    do(app.store, FineMember(village.wanjiru.id, village.umoja, village.nakato.id, "late"))
    nakato = phone(village.nakato.phone)
    assert nakato.dial("*384*7*fine*1#").startswith("CON Fine Nakato Ruth for what?")


def test_a_reason_that_was_fined_today_is_said_to_be(app: App, phone: Dial, village: Village) -> None:
    do(app.store, FineMember(village.wanjiru.id, village.umoja, village.akello.id, "late"))
    nakato = phone(village.nakato.phone)
    said = nakato.dial("*384*7*fine*3*1*2#")
    assert said == "END This member was already fined for this today.", "before the PIN"
    assert fines_due(app.store, village.umoja, village.akello.id) == ugx(500)


@pytest.mark.chats("telegram", "whatsapp")
def test_a_fine_for_what_the_rules_do_not_list_has_a_reason_and_an_amount(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(
        """
        > *384*7*fine*3#
        < CON Fine Akello Grace for what?
        < 1. UGX 1,000, absence
        < 2. UGX 500, coming late
        < 3. UGX 2,000, disorder
        < 4. Something else
        < 0 Back  00 Home
        > 4
        < CON Fine Akello Grace for what? Type it in a few words.
        < 0 Back  00 Home
        > 12
        < CON Please type 2 to 30 letters.
        < Fine Akello Grace for what? Type it in a few words.
        < 0 Back  00 Home
        > lost the key
        < CON Fine Akello Grace how much? At most UGX 5,000.
        < 0 Back  00 Home
        > 5100
        < CON At most UGX 5,000.
        < Fine Akello Grace how much? At most UGX 5,000.
        < 0 Back  00 Home
        > 1500
        < CON Fine Akello Grace UGX 1,500 for lost the key?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Akello Grace is fined UGX 1,500, and is told.
    """,
        by=village.nakato.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "You are fined UGX 1,500 for lost the key in Umoja, says Nakato Ruth. "
        "Pay it or ask for a waiver under My fines in the menu."
    )
    (fine,) = app.store.fines.find(person=village.akello.id)
    do(app.store, RecordFine(village.wanjiru.id, fine.id))
    assert "in cash to Umoja for fine (lost the key). Still to pay: UGX 0." in heard(app, village.akello.phone)[-1]


@pytest.mark.chats("telegram", "whatsapp")
def test_whoever_is_fined_asks_for_a_waiver_and_reads_of_it_on_the_statement(
    app: App, converse: Transcript, village: Village
) -> None:
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    converse("""
        > *384*7*fines#
        < CON Your fines. Your PIN?
        < 0 Back
        > 2581
        < CON Fines you owe in Umoja. Pay which?
        < 1. UGX 500, coming late
        < 2. UGX 2,000, disorder
        < 3. Ask for a waiver
        < 0 Back  00 Home
        > 3
        < CON Which fine is to be waived?
        < 1. UGX 500, coming late
        < 2. UGX 2,000, disorder
        < 0 Back  00 Home
        > 1
        < CON Why? The officers will read it.
        < 0 Back  00 Home
        > the bus broke down
        < END Now 2 other officers must agree.
    """)
    vote(app.store, proposed(app.store, "waiver"), village.wanjiru, village.okot)
    assert heard(app, village.akello.phone)[-1] == (
        "Your fine of UGX 500 for coming late in Umoja was waived. Still to pay: UGX 2,000, "
        "under My fines in the menu."
    )
    converse("""
        > *384*7*fines#
        < CON Your fines. Your PIN?
        < 0 Back
        > 2581
        < CON Fines you owe in Umoja. Pay which?
        < 1. UGX 2,000, disorder
        < 2. Ask for a waiver
        < 3. Waived fines
        < 0 Back  00 Home
        > 3
        < END Waived on 5 Oct: UGX 500, coming late
    """)
    converse("""
        > *384*7*statement#
        < CON Your last transactions. Your PIN?
        < 0 Back
        > 2581
        < END Umoja
        < …UGX 500: fine waived (coming late)
    """)
