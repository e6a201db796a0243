"""Invitations by conversation: an officer makes one, and who has its code is let in at once; on every channel."""

from typing import Any

import pytest

from bot.app import App
from domain.groups.invite import Invite
from domain.people.phones import person_with
from flows.words.notices import words_of
from tests.conftest import Clock
from tests.flows.talk import AGREE, NEWCOMER, WELCOME
from tests.people import Village, do, register
from tests.phone import TelegramPhone, Transcript

pytestmark = pytest.mark.chats("sms")

ON_THE_WAY = f"""
    > *384*7#
    {WELCOME}
    > 1
    < CON What is your name?
    < 0 Back
    > Achieng Mary
    < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
    < 0 Back  00 Home
    > 2468
    {AGREE}
    > 2468
    < CON Type your group's code, or 1 if you have none
    < 0 Back  00 Home
"""


def invited(app: App, village: Village, phone: str = "") -> str:
    answer: Any = do(app.store, Invite(village.nakato.id, village.umoja, phone))
    return str(answer["token"])


def test_a_number_is_invited_and_its_owner_is_in_at_once(app: App, converse: Transcript, village: Village) -> None:
    phone = converse(
        """
        > *384*7#
        …
        > invite
        < CON How do you invite to Umoja?
        < 1. By phone number
        < 2. By a code I give out
        < 0 Back
        > 1
        < CON What is the phone number?
        < 0 Back  00 Home
        > 0772 000 199
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END +256772000199 is invited by a message with the code …, good until 19 Oct.
        """,
        by=village.nakato.phone,
    )
    (invitation,) = app.store.invitations.find()
    assert invitation.id in phone.screen
    (text,) = app.store.notices.find(kind="invitation")
    assert words_of(text, "en") == (
        f"You are invited to Umoja by Nakato Ruth. Dial *384*7#, and for your group's code type {invitation.id}. "
        "It is good for 14 days."
    )
    converse(
        f"""
        {ON_THE_WAY}
        > {invitation.id[:5]} {invitation.id[5:]}
        < END Welcome Achieng Mary! You are now a member of Umoja.
        > *384*7#
        < CON Hello Achieng
        < Not you? 99
        < 1. Contribute
        …
        """,
        by=NEWCOMER,
    )


def test_a_code_for_anybody_is_given_to_the_officer(app: App, converse: Transcript, village: Village) -> None:
    phone = converse(
        """
        > *384*7#
        …
        > invite
        …
        > 2
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END With the code … one person can join Umoja, until 19 Oct.
        """,
        by=village.nakato.phone,
    )
    (invitation,) = app.store.invitations.find()
    assert invitation.id in phone.screen
    assert app.store.notices.find(kind="invitation") == []


@pytest.mark.chats("whatsapp")
def test_a_member_of_another_group_joins_with_it_and_saves_at_once(
    app: App, converse: Transcript, village: Village
) -> None:
    opio = register(app.store, "Opio Peter", "+256772000110", "4826")
    converse(
        f"""
        > *384*7#
        …
        > join
        < CON Type the group's code. Its secretary knows it.
        < 0 Back
        > {invited(app, village)}
        < END Welcome! You are now a member of Umoja. You can save now.
        > *384*7#
        < CON Hello Opio
        < Not you? 99
        < 1. Contribute
        …
        """,
        by=opio.phone,
    )


@pytest.mark.chats("telegram")
def test_what_is_wrong_with_an_invitation_is_said_and_nothing_typed_is_lost(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    old = invited(app, village)
    clock.forward(days=14)
    used, for_another = invited(app, village), invited(app, village, "+256772000177")
    app.store.invitations.change(used, used_by=village.okot.id)
    converse(
        f"""
        {ON_THE_WAY}
        > {old}
        < CON This invitation is no longer good. Ask an officer for a new one. Type another code…
        < 0 Back  00 Home
        > {used}
        < CON This invitation was used already. Ask an officer for a new one. Type another code…
        < 0 Back  00 Home
        > {for_another}
        < CON This invitation is for another phone number. Type another code, or 1 if you have none
        < 0 Back  00 Home
        > {village.code}
        < END Welcome Achieng Mary! Umoja must accept you first. We will send you a message.
        """,
        by=NEWCOMER,
    )


def test_a_link_with_a_token_lets_a_member_in_and_one_with_a_group_s_code_asks(app: App, village: Village) -> None:
    opio = register(app.store, "Opio Peter", "+256772000110", "4826")
    atim = register(app.store, "Atim Rose", "+256772000111", "4827")
    token = invited(app, village)
    said = TelegramPhone(app, opio.phone).send(f"/start g_{token}")
    assert said.startswith("Welcome! You are now a member of Umoja. You can save now.")
    said = TelegramPhone(app, atim.phone).send(f"/start g_{village.code}")
    assert said.startswith("You asked to join Umoja.")


def test_a_link_with_a_token_lets_a_newcomer_in(app: App, village: Village) -> None:
    token = invited(app, village)
    chat = TelegramPhone(app, NEWCOMER)
    chat.send(f"/start g_{token}")
    for typed in ("1", "Achieng Mary", "2468", "2468"):
        said = chat.type(typed)
    assert said.startswith("Welcome Achieng Mary! You are now a member of Umoja.")
    assert person_with(app.store, NEWCOMER) is not None
