"""What looked like an end and is none, as it is heard: no officer who can act, a death that was none."""

import pytest

from bot.app import App
from domain.decisions.voting import Vote
from domain.groups.leave import RecordDeath
from domain.people.freeze import Freeze
from domain.records.person import membership_id
from tests.domain.officers import cash, proposed, set_rules
from tests.flows.talk import heard
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_where_no_officer_can_act_a_member_asks_for_another(
    app: App, converse: Transcript, village: Village
) -> None:
    app.store.memberships.change(membership_id(village.umoja, village.wanjiru.id), role="member")
    do(app.store, Freeze(village.nakato.id))
    converse("""
        > *384*7*rules#
        < CON No officer of Umoja can act: their accounts are frozen.
        < 1. Read the rules
        < 2. Name an officer
        < 0 Back
        > 2
        < CON chairperson: Nakato Ruth
        < secretary: nobody
        < treasurer: nobody
        < 1. Name a secretary
        < 2. Name a treasurer
        < 0 Back  00 Home
        > 1
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back  00 Home
        > okot
        < CON Okot James becomes secretary. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now 2 more people must agree.
    """)


def test_who_has_not_died_is_a_member_again(app: App, converse: Transcript, village: Village) -> None:
    set_rules(app.store, village)
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    do(app.store, RecordDeath(village.nakato.id, village.umoja, village.akello.id, "Akello Stella"))
    death = proposed(app.store, "exit")
    for officer in (village.wanjiru, village.okot):
        do(app.store, Vote(officer.id, death.id, death.digest, yes=True))
    converse(
        """
        > *384*7*members*akello#
        < CON 3. Akello Grace
        < 1. Pay out their money
        < 2. Has not died
        < 3. Forgot their PIN
        < 0 Back  00 Home
        > 2
        < CON How is it known? The officers will read it.
        < 0 Back  00 Home
        > She came
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 1 other officer must agree.
    """,
        by=village.nakato.phone,
    )
    converse(
        """
        > *384*7*decide#
        < CON Decide on what?
        < 1. Not dead: Akello Grace
        < 0 Back
        > 1
        < CON Akello Grace has not died: a member again, as before
        < Reason: She came
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END It is decided, with your vote.
    """,
        by=village.wanjiru.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "You are a member of Umoja as before: that you had died was recorded wrongly. See your balance."
    )
