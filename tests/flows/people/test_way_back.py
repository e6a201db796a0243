"""Whose number somebody else had closed comes back to it; and a chat that was linked to another leaves them."""

import pytest

from bot.app import App
from domain.decisions.voting import Vote
from domain.people.changed_hands import CloseNumber
from domain.people.chats import put_address
from domain.people.phones import person_with
from tests.flows.talk import MENU, WELCOME, every_channel
from tests.people import Village, do, register
from tests.phone import ChatPhone, TelegramPhone, Transcript, WhatsAppPhone

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")

OTHER = "+256772000556"
WHICH = """
    < CON A number changed hands here. Are you new, or were you here before?
    < 1. I am new
    < 2. I was here before
"""


@every_channel
def test_whoever_was_here_before_comes_back_with_their_pin_and_an_officer(
    app: App, converse: Transcript, village: Village
) -> None:
    """Somebody said by mistake that they were not Akello, who has the number still."""
    akello = village.akello
    do(app.store, CloseNumber(akello.id, akello.phone))
    converse(f"""
        > *384*7#
        {WELCOME}
        > 1
        {WHICH}
        < 0 Back
        > 2
        < CON What was your PIN?
        < 0 Back  00 Home
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < What was your PIN?
        < 0 Back  00 Home
        > 2581
        < END The number is right. Now 1 officer must agree.
    """)
    (asked,) = app.store.proposals.find(kind="phone", state="open")
    assert person_with(app.store, akello.phone) is None
    do(app.store, Vote(village.nakato.id, asked.id, asked.digest, yes=True))
    converse(f"""
        > *384*7#
        {MENU}
    """)


@every_channel
def test_whoever_is_new_registers_and_whoever_was_in_no_group_has_to(
    app: App, converse: Transcript, village: Village
) -> None:
    """The account of before stays its owner's; nobody could say that it is theirs who was in no group."""
    do(app.store, CloseNumber(village.akello.id, village.akello.phone))
    register(app.store, "Opio Peter", OTHER, "4826")
    do(app.store, CloseNumber(str(person_with(app.store, OTHER)), OTHER))
    converse(f"""
        > *384*7#
        {WELCOME}
        > 1
        {WHICH}
        < 0 Back
        > 1
        < CON What is your name?
        < 0 Back  00 Home
    """)
    converse(
        f"""
        > *384*7#
        {WELCOME}
        > 1
        {WHICH}
        < 0 Back
        > 2
        < CON What was your PIN?
        < 0 Back  00 Home
        > 4826
        < END You are in no group, and nobody can say that it is you. Register as somebody new.
        """,
        by=OTHER,
    )


@pytest.mark.parametrize("chat", [TelegramPhone, WhatsAppPhone])
def test_a_chat_that_no_number_names_only_forgets_them(app: App, village: Village, chat: type[ChatPhone]) -> None:
    """Akello linked her son's chat once. It is his alone again, and she has her number and her money."""
    linked = f"telegram:{OTHER[-9:]}" if chat is TelegramPhone else f"whatsapp:{OTHER}"
    put_address(app.store, linked, chat.channel.name, village.akello.id)
    Transcript(lambda number: chat(app, number), OTHER)(f"""
        > menu
        {MENU}
        > 99
        < Are you not Akello? Then this chat no longer knows them.
        < 1. Yes
        < 2. No
        < 0 Back
        > 1
        < This chat knows nobody now. Write to us to register.
        > menu
        {WELCOME}
    """)
    assert person_with(app.store, village.akello.phone) == village.akello.id
