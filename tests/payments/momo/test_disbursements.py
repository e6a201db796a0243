"""Paying out over MTN MoMo: what the client sends, how it reads the answers, and what the stand-in makes of it."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from werkzeug import Response

from domain.money import Money
from payments.momo import MomoDisbursements, provision_sandbox
from payments.port import Asked, Collector, OutcomeUnknown, Payer, ProviderStatus, Refused, Transfer
from tests.momo_server import API_KEY, GRACE, OKOT, REFERENCE, STRANGER, SUBSCRIPTION, MomoServer
from tests.payments.conftest import ADDRESSES, FIVE_THOUSAND, Wire, ask, coded, said, send
from tests.payments.momo.conftest import client_at, payer_at

# Byte for byte


def test_a_transfer_is_sent_as_mtn_writes_it(wire: Wire) -> None:
    wire.answers.append(said(202))
    payer = payer_at(wire, "https://pay.example.org")
    payer.pay(Transfer(REFERENCE, "pay-2026-00042", FIVE_THOUSAND, GRACE, "Partage d'Akello", "Group & 12"))
    token, request = wire.seen
    assert (token.method, token.path, token.headers["Content-Length"]) == ("POST", "/disbursement/token/", "0")
    assert token.headers["Ocp-Apim-Subscription-Key"] == "sub-disb"
    assert (request.method, request.path) == ("POST", "/disbursement/v1_0/transfer")
    names = ("Authorization", "X-Reference-Id", "X-Target-Environment", "Ocp-Apim-Subscription-Key")
    assert [request.headers[name] for name in names] == ["Bearer t1", REFERENCE, "mtnuganda", "sub-disb"]
    assert request.headers["X-Callback-Url"] == ADDRESSES.of("payment", REFERENCE)
    assert request.json == {
        "amount": "5000",
        "currency": "UGX",
        "externalId": "pay-2026-00042",
        "payee": {"partyIdType": "MSISDN", "partyId": "256772000101"},
        "payerMessage": "Group 12",
        "payeeNote": "Partage d Akello",
    }


def test_a_transfer_and_the_account_are_asked_of_disbursements(wire: Wire) -> None:
    wire.answers += [coded(404, "RESOURCE_NOT_FOUND"), said(200, {"availableBalance": "7", "currency": "UGX"})]
    payer = payer_at(wire)
    assert (payer.status(Asked(REFERENCE)), payer.balance()) == (ProviderStatus("not_found"), Money(7, "UGX"))
    assert [request.path for request in wire.seen[1:]] == [
        f"/disbursement/v1_0/transfer/{REFERENCE}",
        "/disbursement/v1_0/account/balance",
    ]


def test_who_pays_out_does_not_collect(wire: Wire) -> None:
    assert isinstance(payer_at(wire), Payer) and not isinstance(payer_at(wire), Collector)
    assert isinstance(client_at(wire), Collector) and not isinstance(client_at(wire), Payer)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (said(202), None),
        (coded(409, "RESOURCE_ALREADY_EXIST"), None),
        (said(409), None),
        (coded(400, "BAD_REQUEST"), "BAD_REQUEST"),
        (said(403, {"code": "FORBIDDEN IP", "message": "prose"}), "HTTP_403"),
        (coded(500, "NOT_ENOUGH_FUNDS"), "NOT_ENOUGH_FUNDS"),
        (coded(500, "PAYEE_NOT_FOUND"), "PAYEE_NOT_FOUND"),
        (coded(500, "PAYEE_NOT_ALLOWED_TO_RECEIVE"), "PAYEE_NOT_ALLOWED_TO_RECEIVE"),
        (coded(500, "PAYER_LIMIT_REACHED"), "PAYER_LIMIT_REACHED"),
        (coded(500, "NOT_ALLOWED"), "NOT_ALLOWED"),
        (coded(500, "INVALID_CURRENCY"), "INVALID_CURRENCY"),
        (said(200, {"status": "PENDING"}), OutcomeUnknown),
        (coded(404, "RESOURCE_NOT_FOUND"), OutcomeUnknown),
        (said(408), OutcomeUnknown),
        (said(429), OutcomeUnknown),
        (coded(500, "INTERNAL_PROCESSING_ERROR"), OutcomeUnknown),
        (coded(500, "SOMETHING_NEW"), OutcomeUnknown),
        (said(500, "<html>Internal Server Error</html>"), OutcomeUnknown),
        (said(502), OutcomeUnknown),
        (coded(503, "SERVICE_UNAVAILABLE"), OutcomeUnknown),
        (coded(503, "NOT_ENOUGH_FUNDS"), OutcomeUnknown),
        (said(504), OutcomeUnknown),
    ],
)
def test_an_answer_says_taken_or_refused_or_nothing(
    wire: Wire, answer: Response, raised: str | type[OutcomeUnknown] | None
) -> None:
    wire.answers.append(answer)
    if raised is None:
        payer_at(wire).pay(send())
    elif isinstance(raised, str):
        with pytest.raises(Refused) as refused:
            payer_at(wire).pay(send())
        assert refused.value.provider_reason == raised
    else:
        with pytest.raises(OutcomeUnknown):
            payer_at(wire).pay(send())
    assert not wire.answers


ECHOED = {
    "amount": "5000",
    "currency": "UGX",
    "externalId": "pay-2026-00042",
    "payee": {"partyIdType": "MSISDN", "partyId": "256772000101"},
}


@pytest.mark.parametrize(
    ("body", "state", "word", "provider_id"),
    [
        ({"status": "PENDING"}, "pending", "", ""),
        ({"status": "CREATED"}, "pending", "", ""),
        ({"financialTransactionId": "363440463", "status": "SUCCESSFUL"}, "succeeded", "", "363440463"),
        ({"financialTransactionId": 363440463, "status": "SUCCESSFUL"}, "succeeded", "", "363440463"),
        ({"status": "FAILED", "reason": "NOT_ENOUGH_FUNDS"}, "failed", "NOT_ENOUGH_FUNDS", ""),
        ({"status": "FAILED", "reason": {"code": "PAYEE_NOT_FOUND"}}, "failed", "PAYEE_NOT_FOUND", ""),
        ({"status": "FAILED", "reason": "PAYEE_DELAYED"}, "pending", "PAYEE_DELAYED", ""),
        ({"status": "FAILED", "reason": "TYPE_UNKNOWN"}, "failed", "TYPE_UNKNOWN", ""),
        ({"status": "FAILED"}, "failed", "NO_REASON", ""),
        ({"status": "REVERSED"}, "pending", "REVERSED", ""),
        ({}, "pending", "UNREADABLE", ""),
    ],
)
def test_only_what_is_known_to_be_the_end_of_a_transfer_decides(
    wire: Wire, body: Any, state: Any, word: str, provider_id: str
) -> None:
    wire.answers.append(said(200, ECHOED | body))
    found = payer_at(wire).status(Asked(REFERENCE))
    assert (found.state, found.provider_reason, found.provider_id) == (state, word, provider_id)
    assert (found.amount, found.external_id) == (FIVE_THOUSAND, "pay-2026-00042")


def test_no_answer_in_time_leaves_a_transfer_open(wire: Wire) -> None:
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        payer_at(wire, seconds=0.2).pay(send())


# Against the stand-in


def test_a_transfer_puts_the_money_into_the_wallet(mtn: MomoServer) -> None:
    payer = mtn.payer()
    before = payer.balance()
    payer.pay(send())
    found = payer.status(Asked(REFERENCE))
    assert (found.state, found.amount, found.external_id) == ("succeeded", FIVE_THOUSAND, "pay-2026-00042")
    assert found.provider_id
    assert mtn.world.wallet(GRACE) == Money(205_000, "UGX")
    assert payer.balance() == before - FIVE_THOUSAND


@pytest.mark.parametrize("switch", ["drop_after_accept", "status_500_after_accept"])
def test_a_transfer_whose_answer_was_lost_is_paid_once(mtn: MomoServer, switch: str) -> None:
    mtn.disbursements.faults.set({switch: 1})
    payer = mtn.payer()
    with pytest.raises(OutcomeUnknown):
        payer.pay(send())
    payer.pay(send())
    assert payer.status(Asked(REFERENCE)).state == "succeeded"
    assert mtn.disbursements.credits(GRACE) == [FIVE_THOUSAND]


def test_a_transfer_under_a_known_reference_changes_nothing(mtn: MomoServer) -> None:
    payer = mtn.payer()
    payer.pay(send())
    payer.pay(send(amount=Money(70_000, "UGX"), phone=OKOT))
    assert payer.status(Asked(REFERENCE)).amount == FIVE_THOUSAND
    assert (mtn.disbursements.credits(GRACE), mtn.disbursements.credits(OKOT)) == ([FIVE_THOUSAND], [])


def test_a_transfer_that_was_not_taken_is_not_found(mtn: MomoServer) -> None:
    mtn.disbursements.faults.set({"status_503_before_accept": 1})
    payer = mtn.payer()
    with pytest.raises(OutcomeUnknown, match="HTTP 503"):
        payer.pay(send())
    assert payer.status(Asked(REFERENCE)) == ProviderStatus("not_found")
    payer.pay(send())
    assert payer.status(Asked(REFERENCE)).state == "succeeded"


def test_a_refused_transfer_is_not_found_and_pays_nothing(mtn: MomoServer) -> None:
    mtn.disbursements.faults.set({"no_callback": -1})
    user = provision_sandbox(mtn.url, SUBSCRIPTION, "pay.example.org")
    payer = mtn.payer(
        api_user=user.api_user,
        api_key=user.api_key,
        addresses=replace(ADDRESSES, public_url="https://evil.example.org"),
    )
    with pytest.raises(Refused, match="INVALID_CALLBACK_URL_HOST"):
        payer.pay(send())
    assert payer.status(Asked(REFERENCE)) == ProviderStatus("not_found")
    assert mtn.disbursements.credits(GRACE) == []


@pytest.mark.parametrize(
    ("phone", "outcomes", "reason"),
    [
        (STRANGER, {}, "no_account"),
        (GRACE, {GRACE[1:]: "PAYEE_NOT_ALLOWED_TO_RECEIVE"}, "not_possible"),
    ],
)
def test_a_transfer_that_failed_says_why_and_pays_nothing(
    mtn: MomoServer, phone: str, outcomes: dict[str, str], reason: str
) -> None:
    mtn.disbursements.faults.set({"outcomes": outcomes})
    payer = mtn.payer()
    before = payer.balance()
    payer.pay(send(phone=phone))
    found = payer.status(Asked(REFERENCE))
    assert (found.state, found.reason) == ("failed", reason)
    assert (payer.balance(), mtn.world.wallet(GRACE)) == (before, Money(200_000, "UGX"))


def test_a_transfer_that_never_settles_stays_pending(mtn: MomoServer) -> None:
    mtn.disbursements.faults.set({"never_settles": 1})
    payer = mtn.payer()
    payer.pay(send())
    assert payer.status(Asked(REFERENCE)).state == "pending"
    assert mtn.disbursements.credits(GRACE) == []


def test_a_token_that_expires_is_asked_for_again(mtn: MomoServer) -> None:
    mtn.disbursements.faults.set({"token_expires_after": 1})
    payer = mtn.payer()
    payer.pay(send())
    assert payer.status(Asked(REFERENCE)).state == "succeeded"
    assert mtn.disbursements.access.granted == 2


def test_a_login_that_fails_leaves_it_open_and_pays_nothing(mtn: MomoServer) -> None:
    mtn.disbursements.faults.set({"login_failed": 1})
    payer = mtn.payer()
    with pytest.raises(OutcomeUnknown, match="no token: HTTP 500 login_failed"):
        payer.pay(send())
    assert payer.status(Asked(REFERENCE)) == ProviderStatus("not_found")


def test_each_product_has_its_own_references_and_tokens(mtn: MomoServer) -> None:
    collector, payer = mtn.client(), mtn.payer()
    collector.collect(ask())
    assert payer.status(Asked(REFERENCE)) == ProviderStatus("not_found")
    payer.pay(send())
    assert (collector.status(Asked(REFERENCE)).state, payer.status(Asked(REFERENCE)).state) == (
        "pending",
        "succeeded",
    )
    assert (mtn.momo.access.granted, mtn.disbursements.access.granted) == (1, 1)


def test_a_user_of_one_product_needs_its_own_key(mtn: MomoServer) -> None:
    user = provision_sandbox(mtn.url, SUBSCRIPTION, "pay.example.org")
    assert mtn.payer(api_user=user.api_user, api_key=user.api_key).status(Asked(REFERENCE)).state == "not_found"
    with pytest.raises(OutcomeUnknown, match="no token: HTTP 401 login_failed"):
        mtn.payer(api_user=user.api_user, api_key=API_KEY).status(Asked(REFERENCE))


def test_a_payer_shows_no_secret() -> None:
    payer = MomoDisbursements(
        base_url="http://127.0.0.1:9", subscription_key="s", api_user="u", api_key="k", environment="sandbox"
    )
    assert repr(payer) == "MomoDisbursements('http://127.0.0.1:9', 'sandbox')"
    with pytest.raises(OutcomeUnknown, match="ConnectionError"):
        payer.pay(send(str(uuid.uuid4()), Money(5_000, "EUR")))
