"""A member without a phone, written down by an officer; and their first call once they have one."""

import pytest

from bot.app import App
from domain.decisions.voting import Vote
from domain.groups.enroll import Enroll
from domain.people.new_phone import ChangePhone
from domain.records.consent import CONSENT_VERSION
from tests.flows.talk import AGREE
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")

NEW = "+256772000555"


def test_an_officer_writes_a_member_down(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*enroll#
        < CON What is the name of the member who has no phone?
        < 0 Back
        > 7
        < CON Please type it in Latin letters, like Akello Grace.
        < What is the name of the member who has no phone?
        < 0 Back
        > Auma Rose
        < CON Auma Rose joins Umoja, without a phone. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Auma Rose is number 5 in Umoja. Officers write down their cash.
        """,
        by=village.nakato.phone,
    )
    assert app.store.notices.count(kind="enrolled", person=village.wanjiru.id) == 1


def test_no_code_for_a_pin_is_offered_for_who_has_no_phone(
    app: App, converse: Transcript, village: Village
) -> None:
    do(app.store, Enroll(village.nakato.id, village.umoja, "Auma Rose"))
    converse(
        """
        > *384*7*members*5#
        < CON 5. Auma Rose
        < 1. Suspend
        < 2. New phone number
        < 3. Expel
        < 4. Record a death
        < 5. See savings and debts
        < 0 Back  00 Home
        > 5
        < CON See what Auma Rose has and owes. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END 5. Auma Rose
        < No phone
        < Saved: UGX 0
        < Loans: UGX 0
        < Fines: UGX 0
        < Meetings: 0 of 0
        """,
        by=village.nakato.phone,
    )


def test_with_a_phone_they_choose_a_pin_before_they_see_anything(
    app: App, converse: Transcript, village: Village
) -> None:
    number = do(app.store, Enroll(village.nakato.id, village.umoja, "Auma Rose"))
    (rose,) = app.store.memberships.find(group=village.umoja, number=number)
    do(app.store, ChangePhone(village.nakato.id, village.umoja, rose.person, NEW))
    (proposal,) = app.store.proposals.find(kind="phone", state="open")
    do(app.store, Vote(village.wanjiru.id, proposal.id, proposal.digest, yes=True))
    converse(
        f"""
        > *384*7#
        < CON Karibu / Welcome / Bienvenue
        < 1. English
        < 2. Francais
        < 3. Kiswahili
        > 1
        < CON Are you Auma?
        < 1. Yes
        < 2. No
        < 0 Back
        > 1
        < CON Auma, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 7412
        {AGREE}
        > 7412
        < END Welcome! You have a PIN now. Keep it secret.
        > *384*7*balance#
        < CON Your balance. Your PIN?
        < 0 Back
        > 7412
        < END Umoja: UGX 0, 0 shares, due UGX 5,500 by 5 Oct
        """,
        by=NEW,
    )
    (agreed,) = app.store.consents.find()
    assert (agreed.person, agreed.purpose, agreed.version) == (rose.person, "service", CONSENT_VERSION)
