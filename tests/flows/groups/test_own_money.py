"""The group's own money as it is heard: an officer enters what happened, and another one agrees."""

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from tests.domain.officers import set_rules
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


@pytest.fixture(autouse=True)
def rules(app: App, village: Village) -> None:
    """The group has UGX 60,000 in its cash box, and nothing anywhere else."""
    set_rules(app.store, village)
    legs = (Posting("1010", 60_000), Posting("3010", -60_000, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "opening", "as it was", app.store.now(), legs))


def test_cash_goes_to_the_bank_when_two_officers_say_so(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*own_money#
        < CON What happened to the money of Umoja?
        < 1. Move money
        < 2. A cost
        < 3. Other income
        < 4. Loan to the group
        < 5. Unknown payer
        < 6. Wallet has more
        < 0 Back
        > 1
        < CON To where?
        < 1. Mobile money
        < 2. Bank
        < 3. Swap for the social fund's mobile money
        < 0 Back  00 Home
        > 2
        < CON How much?
        < 0 Back  00 Home
        > 70000
        < CON At most UGX 60,000.
        < How much?
        < 0 Back  00 Home
        > 50000
        < CON What for? The other officers will read it.
        < 0 Back  00 Home
        > safer there
        < CON UGX 50,000: Cash box > Bank. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 1 other officer must agree.
    """,
        by=village.nakato.phone,
    )
    assert app.store.books.totals(village.umoja)["1010"] == 60_000
