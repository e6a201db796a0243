"""What a member asked for, in one list, and cancelling it."""

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.loans.requests import own_requests
from domain.savings.social_fund import AskGrant
from tests.domain.officers import set_rules
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_a_request_is_seen_and_cancelled(app: App, converse: Transcript, village: Village) -> None:
    set_rules(app.store, village)
    legs = (Posting("1040", 6_000), Posting("2020", -6_000))
    app.store.post(Draft(village.umoja, "UGX", "opening", "as it was", app.store.now(), legs))
    do(app.store, AskGrant(village.akello.id, village.umoja, ugx(4_000), "medicine"))
    converse("""
        > *384*7*requests#
        < CON What you asked for. Your PIN?
        < 0 Back
        > 2581
        < CON You asked for this. Choose one to see it or to cancel it.
        < 1. Grant of UGX 4,000
        < 0 Back  00 Home
        > 1
        < CON Grant of UGX 4,000 in Umoja
        < 2 more must agree.
        < Cancel it?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END You cancelled your request.
    """)
    assert own_requests(app.store, village.akello.id) == []
    assert not app.store.proposals.count(group=village.umoja, state="open")
    converse("""
        > *384*7*requests#
        < CON What you asked for. Your PIN?
        < 0 Back
        > 2581
        < END Nothing you asked for is waiting.
    """)
