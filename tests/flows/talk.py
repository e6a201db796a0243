"""What several conversations share: the menus, a payment that went through, the SMS that wait."""

from collections.abc import Callable
from typing import Final, Literal, cast

import pytest

from bot.app import App
from domain.money import Money
from domain.people.phones import person_with
from domain.savings.contribute import Contribute, RecordCash
from flows.words.notices import words_of
from tests.people import Village, Villager, arrives, do, register
from tests.phone import Phone, Talks

Dial = Callable[[str], Phone]

Name = Literal["ussd", "telegram", "whatsapp", "sms"]
CHATS: Final[tuple[Name, ...]] = ("telegram", "whatsapp", "sms")
# For the transcript of a file in which most kinds of screens are seen.
every_channel = pytest.mark.chats(*CHATS)


def channel_of(item: pytest.Item) -> Name | None:
    """The channel on which a test hears its transcript; None for one without, or that says itself on which."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return None
    if any("channel" in mark.args[0] for mark in item.iter_markers("parametrize")):
        return None
    return cast(Name | None, item.callspec.params.get("channel"))


NEWCOMER = "+256772000199"
KNOWS_YOU = "Welcome back Akello! This chat knows you now."

MENU = """
    < CON Hello Akello
    < Not you? 99
    < 1. Contribute
    < 2. Balance
    < 3. Loans
    < 4. My money
    < 5. My group
    < 6. Settings
    < 7. Help
"""
OFFICERS_MENU = """
    < CON Hello Nakato
    < Not you? 99
    < 1. Contribute
    < 2. Balance
    < 3. Loans
    < 4. My money
    < 5. My group
    < 6. At the meeting
    < 7. Lead the group
    < 8. Settings
    < 9. Help
"""
MENU_HINT = "Please choose a number from 1 to 7."
MENU_OF_NO_GROUP = """
    < 1. Join a group
    < 2. Start a group
    < 3. Settings
    < 4. Help
"""
# What stands on the screen that a first PIN is typed on again: to what its owner agrees by that.
AGREE = """
    < CON We keep your name, number and savings, so that your group can save here.
    < See My data. To agree, type the PIN again.
    < 0 Back  00 Home
"""

WELCOME = """
    < CON Karibu / Welcome / Bienvenue
    < 1. English
    < 2. Francais
    < 3. Kiswahili
"""


def inputs(transcript: str) -> int:
    """How often somebody dials or types in it."""
    return sum(line.strip().startswith(">") for line in transcript.splitlines())


def opened(phone: Talks, name: str, *typed: str) -> str:
    """Ask for a conversation by its name, then type: its PIN, and what follows. The last screen."""
    phone.dial(f"*384*7*{name}#")
    for each in typed:
        phone.type(each)
    return phone.screen


def heard(app: App, phone: str) -> list[str]:
    """The SMS that wait for a person, in their language, oldest first."""
    id = person_with(app.store, phone)
    assert id is not None
    person, notices = app.store.people.get(id), app.store.notices.find(person=id, sort="created_at")
    return [words_of(notice, person.language) for notice in notices]


def pay(app: App, village: Village, who: Villager, minor: int) -> str:
    """A contribution that mobile money has confirmed; answers with its reference."""
    asked = do(app.store, Contribute(village.umoja, who.id, Money(minor, "UGX")))
    assert isinstance(asked, dict)
    arrives(app.store, app.store.payments.get(asked["payment"]))
    return str(asked["ref"])


def save(app: App, village: Village, minor: int) -> None:
    """Akello has put it in, in cash."""
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(minor, "UGX"), village.wanjiru.id))


def newcomer(app: App) -> Villager:
    """A member who is in no group."""
    return register(app.store, "Opio Peter", "+256772000110", "4826")
