"""Deposits, payouts and refunds, through the stand-in's faults."""

import uuid
from datetime import timedelta

import pytest

from domain.money import Money
from payments.pawapay import Signer
from payments.port import Asked, Called, Collector, NotSent, OutcomeUnknown, Payer, Refused
from simulator.pawapay.networks import SANDBOX
from tests.pawapay_server import ANYANGO, GRACE, REFERENCE, PawapayServer
from tests.payments.pawapay.conftest import FIVE_HUNDRED, FIVE_THOUSAND, ask, ask_kenya, send
from tests.payments.pawapay.keys import KEY, one_line, public

ASKED = Asked(REFERENCE)


def test_both_rails_are_what_the_port_wants(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    assert isinstance(client.deposits, Collector) and isinstance(client.payouts, Payer)
    assert not isinstance(client.deposits, Payer) and not isinstance(client.payouts, Collector)
    assert isinstance(client.deposits, Called) and isinstance(client.payouts, Called)
    assert client.deposits.name == client.payouts.name == "pawapay"


def test_not_found_is_not_believed_before_a_quarter_of_an_hour(pawapay: PawapayServer) -> None:
    promised = pawapay.client().deposits.capabilities
    assert (promised.keyed, promised.resend_safe, promised.known_within) == (True, True, timedelta(minutes=15))


# Deposits and payouts


def test_a_deposit_that_the_payer_approves_is_collected(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.deposits.collect(ask())
    assert client.deposits.status(ASKED).state == "pending"
    pawapay.operations.approve(REFERENCE, "12345")
    found = client.deposits.status(ASKED)
    assert (found.state, found.amount) == ("succeeded", FIVE_THOUSAND)
    assert found.provider_id
    assert pawapay.operations.settled() == {REFERENCE: FIVE_THOUSAND}
    assert pawapay.world.wallet(GRACE) == Money(195_000, "UGX")


def test_a_deposit_that_the_payer_refuses_is_not(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.deposits.collect(ask())
    pawapay.operations.reject(REFERENCE)
    found = client.deposits.status(ASKED)
    assert (found.state, found.reason) == ("failed", "not_approved_in_time")


def test_a_payout_reaches_its_payee(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.payouts.pay(send(amount=FIVE_HUNDRED, phone=ANYANGO))
    assert client.payouts.status(ASKED).state == "succeeded"
    assert pawapay.world.wallet(ANYANGO) == Money(2_050_000, "KES")
    assert client.deposits.status(ASKED).state == "not_found", "a payout is no deposit"


def test_the_sandboxs_numbers_end_as_published(pawapay: PawapayServer) -> None:
    client, states = pawapay.client(), {"COMPLETED": "succeeded", "": "pending"}
    for digits, end in SANDBOX["DEPOSIT"].items():
        asked = Asked(str(uuid.uuid4()))
        client.deposits.collect(ask_kenya(f"+254703456{digits}", asked.reference))
        found = client.deposits.status(asked)
        assert found.state == states.get(end, "failed"), digits
        assert found.state != "failed" or found.provider_reason == end
    for digits, end in SANDBOX["PAYOUT"].items():
        asked = Asked(str(uuid.uuid4()))
        client.payouts.pay(send(asked.reference, FIVE_HUNDRED, f"+254703456{digits}"))
        found = client.payouts.status(asked)
        assert found.state == states.get(end, "failed"), digits
        assert found.state != "failed" or found.provider_reason == end


@pytest.mark.parametrize("switch", ["drop_after_accept", "status_500_after_accept"])
def test_a_lost_answer_can_be_asked_again_and_is_paid_once(pawapay: PawapayServer, switch: str) -> None:
    pawapay.faults.set({switch: 1})
    client = pawapay.client()
    with pytest.raises(OutcomeUnknown) as lost:
        client.deposits.collect(ask_kenya(ANYANGO))
    assert not isinstance(lost.value, NotSent)
    assert client.deposits.status(ASKED).state == "pending"
    client.deposits.collect(ask_kenya(ANYANGO))
    pawapay.operations.approve(REFERENCE)
    assert pawapay.world.wallet(ANYANGO) == Money(1_950_000, "KES")


def test_a_503_was_not_taken(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"status_503_before_accept": 1})
    client = pawapay.client()
    with pytest.raises(OutcomeUnknown):
        client.deposits.collect(ask())
    assert client.deposits.status(ASKED).state == "not_found"
    client.deposits.collect(ask())
    assert client.deposits.status(ASKED).state == "pending"


def test_not_found_may_mean_not_yet_and_sending_again_is_safe(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"not_found": 2})
    client = pawapay.client()
    client.deposits.collect(ask_kenya(ANYANGO))
    assert client.deposits.status(ASKED).state == "not_found"
    client.deposits.collect(ask_kenya(ANYANGO))
    assert client.deposits.status(ASKED).state == "not_found"
    assert client.deposits.status(ASKED).state == "pending"
    assert len(pawapay.operations.prompts(ANYANGO)) == 1


def test_what_is_in_reconciliation_is_pending(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"in_reconciliation": 2})
    client = pawapay.client()
    client.deposits.collect(ask_kenya())
    found = [client.deposits.status(ASKED) for _ in range(3)]
    assert [each.state for each in found] == ["pending", "pending", "succeeded"]
    assert found[0].provider_reason == "IN_RECONCILIATION"


def test_a_payout_that_its_network_keeps_waiting_is_paid_later_or_cancelled(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"availability": {"MPESA_KEN": "DELAYED"}})
    client, other = pawapay.client(), str(uuid.uuid4())
    client.payouts.pay(send(amount=FIVE_HUNDRED, phone=ANYANGO))
    client.payouts.pay(send(other, FIVE_HUNDRED, ANYANGO))
    assert client.payouts.status(ASKED).provider_reason == "ENQUEUED"
    assert pawapay.post(f"/v2/payouts/fail-enqueued/{other}", None)["status"] == "ACCEPTED"
    pawapay.faults.set({"availability": {}})
    assert client.payouts.status(ASKED).state == "succeeded"
    found = client.payouts.status(Asked(other))
    assert (found.state, found.provider_reason) == ("failed", "MANUALLY_CANCELLED")


def test_a_wallet_that_is_empty_pays_nothing() -> None:
    pawapay = PawapayServer(disbursement_minor=FIVE_HUNDRED.minor)
    client = pawapay.client()
    with pytest.raises(Refused, match="PAWAPAY_WALLET_OUT_OF_FUNDS") as refused:
        client.payouts.pay(send(amount=Money(50_001, "KES"), phone=ANYANGO))
    assert refused.value.reason == "not_enough_money"
    client.payouts.pay(send(amount=FIVE_HUNDRED, phone=ANYANGO))
    pawapay.stop()


def test_a_status_query_may_fail_and_then_answer(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"status_500_on_query": 1})
    client = pawapay.client()
    client.deposits.collect(ask())
    with pytest.raises(OutcomeUnknown, match="HTTP 500 UNKNOWN_ERROR"):
        client.deposits.status(ASKED)
    assert client.deposits.status(ASKED).state == "pending"


def test_a_wrong_token_says_nothing_about_money(pawapay: PawapayServer) -> None:
    with pytest.raises(OutcomeUnknown, match="HTTP 403 AUTHENTICATION_ERROR"):
        pawapay.client(token="another").deposits.collect(ask())
    assert pawapay.client().deposits.status(ASKED).state == "not_found"


# Refunds


def test_a_deposit_goes_back_once_however_often_it_is_asked_for(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.deposits.collect(ask_kenya(ANYANGO))
    pawapay.operations.approve(REFERENCE)
    first, again = (client.refunds.refund(REFERENCE) for _ in range(2))
    assert first == again
    assert client.refunds.status(first).state == "succeeded"
    assert pawapay.world.wallet(ANYANGO) == Money(2_000_000, "KES")
    with pytest.raises(Refused, match="DEPOSIT_ALREADY_REFUNDED"):
        client.refunds.refund(REFERENCE, attempt=2)


def test_a_refund_that_failed_is_tried_under_another_id(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.deposits.collect(ask_kenya(ANYANGO))
    pawapay.operations.approve(REFERENCE)
    pawapay.faults.set({"outcomes": {ANYANGO[1:]: "RECIPIENT_NOT_FOUND"}})
    assert client.refunds.status(client.refunds.refund(REFERENCE)).state == "failed"
    pawapay.faults.set({"outcomes": {}})
    assert client.refunds.status(client.refunds.refund(REFERENCE)).state == "failed", "the same attempt is over"
    assert client.refunds.status(client.refunds.refund(REFERENCE, attempt=2)).state == "succeeded"


@pytest.mark.parametrize(("asked", "code"), [(False, "NOT_FOUND"), (True, "INVALID_STATE")])
def test_what_was_not_paid_does_not_go_back(pawapay: PawapayServer, asked: bool, code: str) -> None:
    client = pawapay.client()
    if asked:
        client.deposits.collect(ask())
    with pytest.raises(Refused, match=code):
        client.refunds.refund(REFERENCE)


# Our signature


def test_signed_requests_pass_where_only_those_do(pawapay: PawapayServer) -> None:
    pawapay.pawapay.public_key = public(KEY)
    pawapay.faults.set({"signed_requests_only": True})
    for spelling in ("der", "raw"):
        reference = str(uuid.uuid4())
        signer = Signer(one_line(KEY), "OURS:1", spelling)
        client = pawapay.client(signer=signer)
        client.deposits.collect(ask_kenya(reference=reference))
        assert client.deposits.status(Asked(reference)).state == "succeeded"


def test_an_unsigned_request_is_refused_where_only_signed_ones_pass(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"signed_requests_only": True})
    with pytest.raises(Refused, match="HTTP_SIGNATURE_ERROR") as refused:
        pawapay.client().deposits.collect(ask_kenya())
    assert refused.value.reason == "not_possible"
