"""What an operator types about our account with pawaPay."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.app import App
from domain.access.audit import audit_entries
from domain.money import Money
from domain.records.inbound import Came
from domain.savings.contribute import Contribute
from domain.treasury.inbound import receive
from payments.port import Asked, Collection
from tests.bot.cli.conftest import Type, typing_in
from tests.pawapay_server import ANYANGO, REFERENCE, TOKEN, PawapayServer
from tests.people import Village, do


@pytest.fixture
def pawapay() -> Iterator[PawapayServer]:
    server = PawapayServer()
    yield server
    server.stop()


@pytest.fixture
def type_(terminal: dict[str, str], pawapay: PawapayServer) -> Type:
    ours = {"PAWAPAY_API_URL": pawapay.url, "PAWAPAY_TOKEN": TOKEN}
    return typing_in(terminal | ours, "pawapay")


def paid(pawapay: PawapayServer, reference: str = REFERENCE) -> str:
    """A deposit of Anyango's that is no payment of ours."""
    asked = Collection(reference, "CWABCDE", Money(50_000, "KES"), ANYANGO, "Savings", "Group")
    pawapay.client().deposits.collect(asked)
    pawapay.operations.approve(reference)
    return reference


def test_the_networks_are_shown_with_what_they_take_now(type_: Type, pawapay: PawapayServer) -> None:
    pawapay.faults.set({"availability": {"MTN_MOMO_UGA": "DELAYED"}})
    shown = [re.split(" {2,}", line) for line in type_("networks").output.splitlines()]
    rows = {network: (deposits, payouts) for _, network, _, deposits, payouts in shown}
    assert rows["MTN_MOMO_UGA"] == ("not now", "1 to 5000000")
    assert rows["MPESA_KEN"] == ("1 to 5000000", "1 to 5000000")
    assert "WAVE_CIV" in rows and rows["WAVE_CIV"][0] == "-"


def test_a_token_that_is_wrong_is_said_and_not_shown(type_: Type, pawapay: PawapayServer) -> None:
    wrong = type_("networks", PAWAPAY_TOKEN="sesame")
    assert (wrong.exit_code, "sesame" in wrong.output) == (1, False)
    assert "HTTP 403 AUTHENTICATION_ERROR" in wrong.output
    assert "PAWAPAY_TOKEN: set it first" in type_("networks", PAWAPAY_TOKEN="").output


def test_a_deposit_goes_back_when_it_is_agreed_to_and_is_written_down(
    type_: Type, app: App, pawapay: PawapayServer
) -> None:
    deposit = paid(pawapay)
    asked = type_("refund", deposit, "--reason", "asked for by letter", answer="n\n")
    assert "Send KES 500 back to the payer of" in asked.output
    assert (asked.exit_code, pawapay.world.wallet(ANYANGO)) == (1, Money(1_950_000, "KES"))
    assert audit_entries(app.store) == []
    done = type_("refund", deposit, "--reason", "asked for by letter", answer="y\n")
    assert (done.exit_code, done.output.split()[-1]) == (0, "succeeded")
    assert pawapay.world.wallet(ANYANGO) == Money(2_000_000, "KES")
    [line] = audit_entries(app.store)
    assert (line.did, line.why) == ("payment.refunded", f"{deposit}: asked for by letter")
    again = type_("refund", deposit, "--reason", "did it go", "--yes")
    assert (again.output, pawapay.world.wallet(ANYANGO)) == (
        done.output.splitlines()[-1] + "\n",
        Money(2_000_000, "KES"),
    )
    other = type_("refund", deposit, "--reason", "did it go", "--yes", "--attempt", "2")
    assert "DEPOSIT_ALREADY_REFUNDED" in other.output


def test_what_a_list_has_told_goes_back_while_no_group_has_it_and_waits_for_nobody_then(
    type_: Type, app: App, pawapay: PawapayServer
) -> None:
    deposit = paid(pawapay)
    receipt = pawapay.client().deposits.status(Asked(deposit)).provider_id
    came = receive(app.store, Came("pawapay", receipt, Money(50_000, "KES"), "", app.store.now()))
    typed = ("refund", deposit, "--reason", "asked for by letter", "--yes")
    app.store.inbound.change(came.id, group="one")
    assert "its receipt is in a book" in type_(*typed).output
    app.store.inbound.change(came.id, group="")
    for _ in range(2):
        assert type_(*typed).output.strip().endswith("succeeded")
    assert app.store.inbound.get(came.id).state == "returned"


STAYS: dict[str, Any] = {"provider": "pawapay", "needs_person": False, "provider_reason": "", "reversed": False}


def test_what_stands_in_a_book_or_may_come_to_it_stays(
    type_: Type, app: App, village: Village, pawapay: PawapayServer
) -> None:
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    deposit = paid(pawapay, asked["payment"])
    typed = ("refund", deposit, "--reason", "a test of it", "--yes")
    changes: list[dict[str, Any]] = [
        {"state": "succeeded"},
        {"state": "pending"},
        {"state": "failed"},
        {"state": "unknown", "needs_person": True, "provider_reason": "NOT_FOUND"},
        {"state": "succeeded", "reversed": True},
        {"state": "unknown", "needs_person": True, "provider_reason": "MISMATCH", "provider": "momo"},
        {"state": "unknown", "needs_person": True, "provider_reason": "MISMATCH", "direction": "out"},
    ]
    for changed in changes:
        app.store.payments.change(deposit, **STAYS | changed)
        assert "does not go back" in type_(*typed).output, changed
    assert pawapay.world.wallet(ANYANGO) == Money(1_950_000, "KES")
    assert audit_entries(app.store) == []
    mismatch = {"state": "unknown", "needs_person": True, "provider_reason": "MISMATCH"}
    app.store.payments.change(deposit, **STAYS | {"direction": "in"} | mismatch)
    assert type_(*typed).output.strip().endswith("succeeded")
    assert pawapay.world.wallet(ANYANGO) == Money(2_000_000, "KES")


def test_what_pawapay_does_not_have_does_not_go_back(type_: Type, pawapay: PawapayServer) -> None:
    for id, why in (("CWABCDE", "UUID"), ("", "UUID"), (REFERENCE, "not_found")):
        refused = type_("refund", id, "--reason", "a test of it", "--yes")
        assert (refused.exit_code in (1, 2), why in refused.output) == (True, True)
    assert type_("refund", paid(pawapay), "--reason", " x ", "--yes").exit_code == 2, "a reason is given"
    assert pawapay.world.wallet(ANYANGO) == Money(1_950_000, "KES")
