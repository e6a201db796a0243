"""A loan that was prepared on a page: it is asked for on the member's own phone, after the PIN, or not at all."""

import pytest

from bot.app import App
from domain.loans.borrow import NotEligible
from domain.loans.prepare import ConfirmPrepared, NothingPrepared, PrepareLoan, loan_to_confirm
from tests.conftest import Clock
from tests.flows.loans.borrowers import lends
from tests.flows.talk import Dial, opened
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp", "sms", "telegram")


def prepare(app: App, village: Village, minor: int = 50_000) -> str:
    return str(do(app.store, PrepareLoan(village.umoja, village.akello.id, ugx(minor), 1, "cash")))


def test_what_was_prepared_is_shown_after_the_pin(app: App, converse: Transcript, village: Village) -> None:
    lends(app, village, periods_max=1)
    prepare(app, village, 40_000)
    prepare(app, village)  # the newer one is the one that waits
    assert app.store.loans.find(group=village.umoja) == [], "nothing is asked for yet"
    converse("""
        > *384*7*confirm_loan#
        < CON Your loan request from the web is waiting. Your PIN?
        < 0 Back
        > 2581
        < CON Loan from Umoja
        < UGX 50,000: you pay back UGX 55,000
        …
    """)


def test_whoever_agrees_to_it_has_asked_for_it(app: App, phone: Dial, village: Village) -> None:
    lends(app, village, periods_max=1)
    prepare(app, village)
    akello = phone(village.akello.phone)
    opened(akello, "confirm_loan", village.akello.pin, "98")
    assert akello.type("1").startswith("END Ref L")
    (loan,) = app.store.loans.find(group=village.umoja)
    assert (loan.amount, loan.state) == (ugx(50_000), "guaranteed")
    assert loan_to_confirm(app.store, village.akello.id) is None
    assert "Confirm your loan" not in akello.dial("*384*7#")


def test_who_says_no_has_asked_for_nothing(app: App, phone: Dial, village: Village) -> None:
    lends(app, village, periods_max=1)
    id = prepare(app, village)
    akello = phone(village.akello.phone)
    opened(akello, "confirm_loan", village.akello.pin, "98")
    assert akello.type("2") == "END No loan was asked for."
    assert app.store.loans.find(group=village.umoja) == []
    with pytest.raises(NothingPrepared):
        do(app.store, ConfirmPrepared(village.akello.id, id))
    with pytest.raises(NothingPrepared):
        do(app.store, ConfirmPrepared(village.okot.id, prepare(app, village)))


def test_what_is_refused_is_refused_before_anybody_goes_to_their_phone(app: App, village: Village) -> None:
    lends(app, village, periods_max=1)
    with pytest.raises(NotEligible):
        prepare(app, village, 75_001)


def test_it_waits_for_three_days(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    lends(app, village, periods_max=1)
    prepare(app, village)
    clock.forward(hours=72)
    akello = phone(village.akello.phone)
    assert "Confirm your loan" not in akello.dial("*384*7#")
    prepare(app, village)
    assert loan_to_confirm(app.store, village.akello.id) is not None
