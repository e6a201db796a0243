"""What several conversations share: the menus, a payment that went through, the SMS that wait."""

from collections.abc import Callable

from bot.app import App
from domain.contributions import Contribute, payment_succeeded
from domain.money import Money
from domain.registration import person_with
from flows.notices import words_of
from tests.people import Village, Villager, do
from tests.phone import Phone

Dial = Callable[[str], Phone]

NEWCOMER = "+256772000199"

MENU = """
    < CON Hello Akello
    < 1. Contribute
    < 2. Balance
    < 3. Last transactions
    < 4. Join a group
    < 5. Language
    < 6. Change PIN
    < 7. Messages
    < 8. Help
"""
OFFICERS_MENU = """
    < CON Hello Nakato
    < 1. Contribute
    < 2. Balance
    < 3. Last transactions
    < 4. Approve members
    < 5. Join a group
    < 6. Language
    < 7. Change PIN
    < 8. Messages
    < 9. Help
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


def heard(app: App, phone: str) -> list[str]:
    """The SMS that wait for a person, in their language, oldest first."""
    id = person_with(app.store, phone)
    assert id is not None
    person, notices = app.store.people.get(id), app.store.notices.find(person=id, sort="created_at")
    return [words_of(notice, person.language) for notice in notices]


def pay(app: App, village: Village, who: Villager, minor: int) -> str:
    """A contribution that mobile money has confirmed; answers with its reference."""
    asked = do(app.store, Contribute(village.umoja, who.id, Money(minor, "UGX"), "momo"))
    assert isinstance(asked, dict)
    payment_succeeded(app.store, app.store.payments.get(asked["payment"]), "provider-id")
    return str(asked["ref"])
