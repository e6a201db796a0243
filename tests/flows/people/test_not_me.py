"""Whoever has a number now says that they are not its owner of before, who comes back."""

import pytest

from bot.app import App
from domain.people.changed_hands import who_had
from domain.people.phones import person_with
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp", "sms")


def test_a_newcomer_says_so_and_the_number_is_free(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7#
        < CON Hello Akello
        < Not you? 99
        …
        > 99
        < CON Are you new to this number, and not Akello? Then their account leaves it.
        < 1. Yes
        < 2. No
        < 0 Back
        > 1
        < END This number is free of the account now. Dial again, or write to us, to register.
        """,
        by=village.akello.phone,
    )
    assert person_with(app.store, village.akello.phone) is None
    assert who_had(app.store, village.akello.phone) == village.akello.id


def test_who_says_no_changes_nothing(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*99#
        < CON Are you new to this number, and not Akello? Then their account leaves it.
        …
        > 2
        < END The account stays as it was.
        """,
        by=village.akello.phone,
    )
    assert person_with(app.store, village.akello.phone) == village.akello.id
