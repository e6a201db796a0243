"""What an operator types about our account with Airtel Money."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.app import App
from domain.access.audit import audit_entries
from domain.money import Money
from domain.records.inbound import Came
from domain.records.payment import Payment
from domain.savings.contribute import Contribute
from domain.treasury.inbound import receive
from payments.airtel.client import id_of
from payments.port import Asked, Collection
from tests.airtel_server import AISHA, AirtelServer
from tests.bot.cli.conftest import Type, typing_in
from tests.people import Village, do

REFERENCE = "600997f0-1b5f-4a3e-9f0e-3c0d7a1f2b11"
BEFORE, AFTER = Money(195_000, "UGX"), Money(200_000, "UGX")


@pytest.fixture
def airtel() -> Iterator[AirtelServer]:
    server = AirtelServer()
    yield server
    server.stop()


@pytest.fixture
def type_(terminal: dict[str, str], airtel: AirtelServer) -> Type:
    ours = {
        "AIRTEL_API_URL": airtel.url,
        "AIRTEL_CLIENT_ID": "app",
        "AIRTEL_CLIENT_SECRET": "sesame",
        "AIRTEL_PIN": "1234",
    }
    return typing_in(terminal | ours, "airtel")


def paid(airtel: AirtelServer, reference: str = REFERENCE) -> str:
    """Money of Aisha's that is no payment of ours."""
    airtel.client().collect(Collection(reference, "CWABCDE", Money(5_000, "UGX"), AISHA, "Savings", "Group"))
    airtel.airtel.approve(id_of(reference))
    return reference


def contributed(app: App, village: Village, minor: int) -> Payment:
    """A payment of ours, for a phone of another network."""
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(minor, "UGX")))
    return app.store.payments.get(asked["payment"])


def test_what_our_accounts_hold_is_shown(type_: Type) -> None:
    assert type_("balance").output == "wallet  UGX 100,000,000,000\n"
    signed = type_("balance", AIRTEL_SIGNED="true").output
    assert signed == "collection  UGX 0\ndisbursement  UGX 100,000,000,000\n"


def test_a_login_that_is_wrong_is_said_and_not_shown(type_: Type, airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"login_failed": 1})
    wrong = type_("balance")
    assert (wrong.exit_code, "sesame" in wrong.output) == (1, False)
    assert "no token: HTTP 401 invalid_client" in wrong.output
    assert "AIRTEL_CLIENT_ID and AIRTEL_CLIENT_SECRET" in type_("balance", PAYMENT_RAILS="momo").output


def test_a_payment_goes_back_once_when_it_is_agreed_to(type_: Type, app: App, airtel: AirtelServer) -> None:
    paid(airtel)
    asked = type_("refund", REFERENCE, "--reason", "asked for by letter", answer="n\n")
    assert "back to the payer of" in asked.output
    assert (asked.exit_code, airtel.world.wallet(AISHA)) == (1, BEFORE)
    done = type_("refund", id_of(REFERENCE), "--reason", "asked for by letter", answer="y\n")
    assert (done.exit_code, airtel.world.wallet(AISHA)) == (0, AFTER)
    assert "went back as RF" in done.output
    [line] = audit_entries(app.store)
    assert (line.did, line.why) == ("payment.refunded", f"{REFERENCE}: asked for by letter")
    again = type_("refund", REFERENCE, "--reason", "asked for by letter", "--yes")
    assert (again.exit_code, "it was sent back before" in again.output) == (1, True)


def test_a_lost_answer_is_not_asked_for_again(type_: Type, airtel: AirtelServer) -> None:
    paid(airtel)
    airtel.airtel.faults.set({"drop_after_accept": 1})
    lost = type_("refund", REFERENCE, "--reason", "asked for by letter", "--yes")
    assert (lost.exit_code, "Its portal says what became of CI" in lost.output) == (1, True)
    again = type_("refund", REFERENCE, "--reason", "asked for by letter", "--yes")
    assert "it was sent back before" in again.output
    assert airtel.world.wallet(AISHA) == AFTER


def test_what_was_refused_may_be_asked_for_again(type_: Type, airtel: AirtelServer) -> None:
    paid(airtel)
    airtel.airtel.faults.set({"refused_with_200": 1})
    refused = type_("refund", REFERENCE, "--reason", "asked for by letter", "--yes")
    assert (refused.exit_code, "does not send it back: DP00800001004" in refused.output) == (1, True)
    assert type_("refund", REFERENCE, "--reason", "asked for by letter", "--yes").exit_code == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "succeeded"}, "it is in the group's book"),
        ({"state": "succeeded", "reversed": True}, "it is in the group's book"),  # it is on the member's credit
        ({"state": "pending"}, "it has no end here"),
        ({"state": "unknown", "provider": "momo"}, "nothing that was paid to us by Airtel Money"),
        ({"state": "unknown", "direction": "out"}, "nothing that was paid to us by Airtel Money"),
    ],
)
def test_what_is_in_a_book_or_has_no_end_does_not_go_back(
    type_: Type, app: App, airtel: AirtelServer, village: Village, fields: dict[str, Any], said: str
) -> None:
    payment = contributed(app, village, 5_000)
    paid(airtel, payment.id)
    app.store.payments.change(payment.id, **{"provider": "airtel"} | fields)
    refused = type_("refund", payment.id, "--reason", "asked for by letter", "--yes")
    assert (refused.exit_code, said in refused.output) == (1, True)
    assert airtel.world.wallet(AISHA) == BEFORE


def test_another_amount_than_was_asked_for_goes_back_but_never_what_another_payment_has(
    type_: Type, app: App, airtel: AirtelServer, village: Village
) -> None:
    payment = contributed(app, village, 7_000)
    other = contributed(app, village, 5_000)
    paid(airtel, payment.id)
    app.store.payments.change(
        payment.id, provider="airtel", state="unknown", provider_reason="MISMATCH", needs_person=True
    )
    receipt = airtel.client().status(Asked(payment.id)).provider_id
    app.store.payments.change(other.id, provider="airtel", provider_id=receipt)
    refused = type_("refund", payment.id, "--reason", "asked for by letter", "--yes")
    assert "its receipt is in a book, as other money" in refused.output
    app.store.payments.change(other.id, provider_id="")
    listed = receive(app.store, Came("airtel", receipt, Money(7_000, "UGX"), "", app.store.now()))
    assert type_("refund", payment.id, "--reason", "asked for by letter", "--yes").exit_code == 0
    assert airtel.world.wallet(AISHA) == AFTER
    assert app.store.inbound.get(listed.id).state == "returned", "as no group has it"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["C7QWXYZ", "--reason", "asked for"], "ID: it is a UUID"),
        ([REFERENCE, "--reason", "x"], "--reason: say who decided it"),
        (
            [REFERENCE, "--reason", "asked for", "--yes"],
            "there is nothing to send back: Airtel Money says not_found",
        ),
    ],
)
def test_what_cannot_be_sent_back_is_said(type_: Type, arguments: list[str], said: str) -> None:
    refused = type_("refund", *arguments)
    assert (refused.exit_code != 0, said in refused.output) == (True, True), refused.output
