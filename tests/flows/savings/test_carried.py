"""What a provider of mobile money does not carry is heard while the amount is typed, and not after the PIN."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.records.person import Language
from domain.store import MoneyProvider
from tests.domain.officers import set_rules
from tests.flows.talk import Dial
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp")


def carried_by(app: App, *providers: MoneyProvider) -> None:
    """These, in both directions."""
    both: Sequence[MoneyProvider] = [replace(each, direction=way) for each in providers for way in ("in", "out")]
    app.store.providers = both


def pesa(numbers: tuple[str, ...] = ("+",)) -> MoneyProvider:
    """Whole hundreds, from 500 to 10,000 at a time."""
    return MoneyProvider("m", "in", frozenset({"UGX"}), numbers, (), 100, 500, 10_000, "M-Pesa")


def test_an_amount_that_is_not_carried_is_typed_again_and_the_right_one_is_paid(
    app: App, converse: Transcript, village: Village
) -> None:
    carried_by(app, pesa())
    converse("""
        > *384*7*1#
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 5550
        < CON With M-Pesa only whole amounts can be paid: UGX 5,500 or UGX 5,600.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 400
        < CON With M-Pesa at least UGX 500 can be paid.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 12000
        < CON With M-Pesa at most UGX 10,000 can be paid at a time.
        < Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
        > 5600
        < CON Pay UGX 5,600 to Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay UGX 5,600 to Umoja. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Now approve UGX 5,600 on your phone with your mobile money PIN. Ref C…
    """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert (payment.amount.minor, payment.provider) == (5_600, "m")


@pytest.mark.parametrize(
    ("language", "typed", "heard"),
    [
        ("fr", "5550", "Avec M-Pesa, on paie des montants ronds : 5 500 UGX ou 5 600 UGX."),
        ("fr", "400", "Avec M-Pesa, on paie au moins 500 UGX."),
        ("fr", "12000", "Avec M-Pesa, on paie au plus 10 000 UGX à la fois."),
        ("sw", "5550", "Kwa M-Pesa lipa kiasi kizima tu: UGX 5,500 au UGX 5,600."),
        ("sw", "400", "Kwa M-Pesa unaweza kulipa angalau UGX 500."),
        ("sw", "12000", "Kwa M-Pesa unaweza kulipa hadi UGX 10,000 kwa mara moja."),
    ],
)
def test_it_is_heard_in_the_members_language(
    app: App, phone: Dial, village: Village, language: Language, typed: str, heard: str
) -> None:
    """And the right amount beside it is not refused."""
    carried_by(app, pesa())
    app.store.people.change(village.akello.id, language=language)
    akello = phone(village.akello.phone)
    akello.dial("*384*7*1#")
    assert heard in akello.type(typed).replace("\u202f", " ").replace("\xa0", " ")
    assert "M-Pesa" not in akello.type("5600")


@pytest.mark.chats("whatsapp", "telegram")
def test_what_is_due_is_offered_as_it_can_be_paid(app: App, converse: Transcript, village: Village) -> None:
    """5,500 are due, and this one carries whole thousands."""
    carried_by(app, replace(pesa(), unit=1_000))
    converse("""
        > *384*7*1#
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,000
        < 0 Back
    """)


def test_who_is_of_a_network_that_nobody_carries_pays_at_the_meeting(
    app: App, converse: Transcript, village: Village
) -> None:
    carried_by(app, pesa(("+254",)))
    converse("""
        > *384*7*1#
        < END Mobile money cannot take money from your number. Please pay at the meeting.
    """)
    carried_by(app, pesa(("+254",)), pesa((village.akello.phone,)))
    converse("""
        > *384*7*1#
        < CON Umoja, meeting of 5 Oct. How much?
        < 1. Pay UGX 5,500
        < 0 Back
    """)


def test_a_withdrawal_that_cannot_be_sent_is_refused_before_it_is_confirmed(
    app: App, converse: Transcript, village: Village
) -> None:
    carried_by(app, pesa())
    legs = (Posting("1020", 9_050, provider="m"), Posting("2030", -9_050, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "opening", "as it was", app.store.now(), legs))
    converse("""
        > *384*7*withdraw#
        < CON Your savings in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON You can take out up to UGX 9,050. How much?
        < 0 Back  00 Home
        > 9050
        < CON UGX 9,050 from Umoja. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 1
        < END With M-Pesa only whole amounts can be paid: UGX 9,000 or UGX 9,100.
    """)


def test_whose_wallet_it_is_is_asked_where_there_are_two(app: App, converse: Transcript, village: Village) -> None:
    set_rules(app.store, village)
    other = MoneyProvider("a", "in", frozenset({"UGX"}), (village.okot.phone,), title="Airtel Money")
    carried_by(app, pesa(), other)
    legs = (Posting("1020", 60_000, provider="m"), Posting("3010", -60_000, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "opening", "as it was", app.store.now(), legs))
    converse(
        """
        > *384*7*own_money*1#
        < CON To where?
        < 1. Cash box
        < 2. Bank
        < 3. Swap for the social fund's cash
        < 0 Back  00 Home
        > 2
        < CON Which mobile money?
        < 1. M-Pesa
        < 2. Airtel Money
        < 0 Back  00 Home
        > 2
        < CON How much?
        < 0 Back  00 Home
        > 20000
        < CON What for? The other officers will read it.
        < 0 Back  00 Home
        > safer there
        < CON UGX 20,000: Mobile money, Airtel Money > Bank. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END Now 1 other officer must agree.
    """,
        by=village.nakato.phone,
    )
    (proposal,) = app.store.proposals.find(group=village.umoja, state="open")
    assert (proposal.values["provider"], proposal.values["carrier"]) == ("a", "Airtel Money")
