"""The pawaPay client byte for byte: what it sends, and how it reads every answer."""

import uuid
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, Money, from_major
from domain.records.payment import FailureReason
from payments.pawapay.answers import FAILURES, REFUSALS
from payments.pawapay.operations import clean_message, refund_id, written
from payments.port import Asked, OutcomeUnknown, ProviderError, ProviderStatus, Refused
from simulator.pawapay.requests import AMOUNT, MESSAGE
from tests.pawapay_server import DEPOSIT, PAID, REFERENCE, TOKEN
from tests.payments.conftest import Wire, said
from tests.payments.pawapay.conftest import FIVE_HUNDRED, ask_kenya, on, send

KENYA = said(200, {"country": "KEN", "provider": "MPESA_KEN", "phoneNumber": PAID})
ACCEPTED = {
    "depositId": REFERENCE,
    "status": "ACCEPTED",
    "nextStep": "FINAL_STATUS",
    "created": "2026-10-01T09:30:01Z",
}
FOUND = {
    "depositId": REFERENCE,
    "status": "COMPLETED",
    "amount": "500.00",
    "currency": "KES",
    "country": "KEN",
    "payer": DEPOSIT["payer"],
    "clientReferenceId": "CWABCDE",
    "created": "2026-10-01T09:30:01Z",
    "providerTransactionId": "TJ17RT61SV",
}


def failed(code: str) -> dict[str, Any]:
    return {"status": "FAILED", "failureReason": {"failureCode": code, "failureMessage": "prose of 254703456789"}}


def rejected(code: str) -> dict[str, Any]:
    return {"depositId": REFERENCE, **failed(code), "status": "REJECTED"}


# What it sends


def test_a_deposit_is_sent_as_pawapay_writes_it(wire: Wire) -> None:
    wire.answers += [KENYA, said(200, ACCEPTED)]
    assert on(wire).deposits.collect(ask_kenya()) == ""
    guess, request = wire.seen
    assert (guess.method, guess.path, guess.json) == ("POST", "/v2/predict-provider", {"phoneNumber": PAID})
    assert (request.method, request.path) == ("POST", "/v2/deposits")
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert "Signature" not in request.headers
    assert request.json == DEPOSIT | {
        "clientReferenceId": "CWABCDE",
        "metadata": [{"key": "ref", "value": "CWABCDE"}],
        "customerMessage": "Savings CWABCDE",
    }


def test_a_payout_is_sent_to_its_recipient(wire: Wire) -> None:
    wire.answers += [KENYA, said(200, {"payoutId": REFERENCE, "status": "ENQUEUED"})]
    on(wire).payouts.pay(send(amount=Money(120_050, "KES"), phone=f"+{PAID}"))
    body = wire.seen[-1].json
    assert (wire.seen[-1].path, body["payoutId"], body["amount"]) == ("/v2/payouts", REFERENCE, "1200.5")
    assert body["recipient"] == DEPOSIT["payer"]


@pytest.mark.parametrize(
    ("amount", "sent"),
    [
        (Money(50_000, "KES"), "500"),
        (Money(50_050, "KES"), "500.5"),
        (Money(50_005, "KES"), "500.05"),
        (Money(5, "GHS"), "0.05"),
        (Money(100_000, "KES"), "1000"),
        (Money(5_000, "UGX"), "5000"),
    ],
)
def test_an_amount_has_no_zeros_at_its_end(amount: Money, sent: str) -> None:
    assert written(amount) == sent
    assert AMOUNT.fullmatch(sent)


@given(st.integers(1, 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_every_amount_is_written_as_they_take_it_and_read_back(minor: int, currency: str) -> None:
    text = written(Money(minor, currency))
    assert AMOUNT.fullmatch(text)
    assert from_major(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Savings CWABCDE", "Savings CWABCDE"),
        ("Épargne d'Akello n° 7", "Epargne d Akello n 7"),
        ("A message that is longer than twenty-two", "A message that is long"),
        ("abc", ""),
        ("!!!!!", ""),
    ],
)
def test_a_message_is_one_that_they_take_or_none(text: str, sent: str) -> None:
    assert clean_message(text) == sent
    assert not sent or MESSAGE.fullmatch(sent)


def test_without_a_message_that_they_take_none_is_sent(wire: Wire) -> None:
    wire.answers += [KENYA, said(200, ACCEPTED)]
    on(wire).deposits.collect(replace(ask_kenya(), message="abc"))
    assert "customerMessage" not in wire.seen[-1].json


def test_an_attempt_at_a_refund_always_has_the_same_id_and_another_has_another() -> None:
    first, second = refund_id(REFERENCE, 1), refund_id(REFERENCE, 2)
    assert (first, len({first, second, REFERENCE})) == (refund_id(REFERENCE, 1), 3)
    assert [uuid.UUID(each).version for each in (first, second)] == [4, 4]


@pytest.mark.parametrize("token", ["", "sesame\n", "open sesame", "sésame"])
def test_a_token_that_no_header_can_hold_is_refused_unshown(wire: Wire, token: str) -> None:
    with pytest.raises(ValueError, match="token") as refused:
        on(wire, token=token)
    assert "sesame" not in str(refused.value)


def test_no_secret_is_shown(wire: Wire) -> None:
    client = on(wire)
    wire.answers += [KENYA, said(500, {"failureReason": {"failureCode": f"no {TOKEN} for {PAID}"}})]
    with pytest.raises(ProviderError) as unknown:
        client.deposits.collect(ask_kenya())
    assert str(unknown.value) == "HTTP 500"
    assert repr(client.deposits) == f"PawapayDeposits(Wire('{wire.url}'))"


# How it reads answers to a request


@pytest.mark.parametrize("status", ["ACCEPTED", "DUPLICATE_IGNORED", "ENQUEUED"])
def test_what_was_taken_now_or_before_is_taken(wire: Wire, status: str) -> None:
    wire.answers += [KENYA, said(200, ACCEPTED | {"status": status})]
    assert on(wire).deposits.collect(ask_kenya()) == ""


@pytest.mark.parametrize(("code", "reason"), [*REFUSALS.items(), ("A_NEW_CODE", "refused")])
def test_what_was_rejected_was_not_taken_and_says_why(wire: Wire, code: str, reason: FailureReason) -> None:
    wire.answers += [KENYA, said(200, rejected(code))]
    with pytest.raises(Refused, match=f"^{code}$") as refused:
        on(wire).deposits.collect(ask_kenya())
    assert refused.value.reason == reason


@pytest.mark.parametrize("status", [400, 403])
def test_an_error_with_a_code_that_is_known_took_nothing(wire: Wire, status: int) -> None:
    wire.answers += [KENYA, said(status, rejected("INVALID_PARAMETER"))]
    with pytest.raises(Refused, match="INVALID_PARAMETER"):
        on(wire).deposits.collect(ask_kenya())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "<html>"),
        (200, {}),
        (200, [ACCEPTED]),
        (200, {"status": "COMPLETED"}),
        (200, {"status": "accepted"}),
        (200, {"status": ["ACCEPTED"]}),
        (200, {"status": {}, "failureReason": []}),
        (200, failed("INVALID_AMOUNT")),
        (302, ""),
        (400, "<html>"),
        (400, rejected("A_NEW_CODE")),
        (401, rejected("NO_AUTHENTICATION")),
        (403, rejected("AUTHENTICATION_ERROR")),
        (404, rejected("NOT_FOUND")),
        (429, ""),
        (500, rejected("UNKNOWN_ERROR")),
        (500, rejected("INVALID_AMOUNT")),
        (503, ""),
    ],
)
def test_whatever_else_is_answered_decides_nothing(wire: Wire, status: int, body: object) -> None:
    wire.answers += [KENYA, said(status, body)]
    with pytest.raises(OutcomeUnknown):
        on(wire).deposits.collect(ask_kenya())


# How it reads a status


def status(wire: Wire, body: object, code: int = 200) -> ProviderStatus:
    wire.answers.append(said(code, body))
    return on(wire).deposits.status(Asked(REFERENCE))


def test_what_was_paid_has_its_receipt_and_its_amount(wire: Wire) -> None:
    assert status(wire, {"status": "FOUND", "data": FOUND}) == ProviderStatus(
        "succeeded", provider_id="TJ17RT61SV", amount=FIVE_HUNDRED
    )
    assert (wire.seen[-1].method, wire.seen[-1].path) == ("GET", f"/v2/deposits/{REFERENCE}")


@pytest.mark.parametrize("amount", ["500", "500.0", "500.00", "500.0000", 500])
def test_the_same_amount_is_the_same_however_it_is_written(wire: Wire, amount: object) -> None:
    assert status(wire, {"status": "FOUND", "data": FOUND | {"amount": amount}}).amount == FIVE_HUNDRED


@pytest.mark.parametrize("amount", ["500.001", "five", None, "", "5e2", {"value": "500"}])
def test_what_is_no_amount_is_none(wire: Wire, amount: object) -> None:
    assert status(wire, {"status": "FOUND", "data": FOUND | {"amount": amount}}).amount is None


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("ACCEPTED", ""),
        ("PROCESSING", "PROCESSING"),
        ("IN_RECONCILIATION", "IN_RECONCILIATION"),
        ("ENQUEUED", "ENQUEUED"),
        ("SUBMITTED", "SUBMITTED"),
        ("A_NEW_WORD", "A_NEW_WORD"),
        ("prose", "UNREADABLE"),
        (None, "UNREADABLE"),
    ],
)
def test_what_has_no_end_is_pending(wire: Wire, word: object, reason: str) -> None:
    found = status(wire, {"status": "FOUND", "data": FOUND | {"status": word}})
    assert (found.state, found.provider_reason) == ("pending", reason)


@pytest.mark.parametrize(("code", "reason"), [*FAILURES.items(), ("UNSPECIFIED_FAILURE", "refused")])
def test_what_failed_says_why_in_our_words(wire: Wire, code: str, reason: FailureReason) -> None:
    found = status(wire, {"status": "FOUND", "data": failed(code)})
    assert (found.state, found.reason, found.provider_reason) == ("failed", reason, code)
    assert reason in get_args(FailureReason)


@pytest.mark.parametrize("reason", [{}, {"failureReason": None}, {"failureReason": {"failureCode": "some prose"}}])
def test_failed_is_the_end_also_without_a_reason(wire: Wire, reason: dict[str, Any]) -> None:
    found = status(wire, {"status": "FOUND", "data": {"status": "FAILED"} | reason})
    assert (found.state, found.reason, found.provider_reason) == ("failed", "refused", "NO_REASON")


def test_not_found_is_its_own_word(wire: Wire) -> None:
    assert status(wire, {"status": "NOT_FOUND"}).state == "not_found"


def test_a_status_of_the_first_version_is_read_too(wire: Wire) -> None:
    v1 = {
        "depositId": REFERENCE,
        "status": "COMPLETED",
        "requestedAmount": "500.00",
        "depositedAmount": "500.00",
        "currency": "KES",
        "country": "KEN",
        "correspondent": "MPESA_KEN",
        "payer": {"type": "MSISDN", "address": {"value": PAID}},
        "statementDescription": "Saving w40",
    }
    found = status(wire, [v1])
    assert (found.state, found.amount, found.provider_id) == ("succeeded", FIVE_HUNDRED, "")


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (404, {"status": "NOT_FOUND"}),
        (404, "<html>"),
        (401, {"failureReason": {"failureCode": "NO_AUTHENTICATION"}}),
        (500, {"status": "FOUND", "data": FOUND}),
        (200, ""),
        (200, "null"),
        (200, {}),
        (200, {"status": "FOUND"}),
        (200, {"status": "FOUND", "data": []}),
        (200, {"status": "COMPLETED"}),
        (200, []),
        (200, [FOUND, FOUND]),
        (200, ["COMPLETED"]),
    ],
)
def test_what_is_no_answer_to_the_question_decides_nothing(wire: Wire, code: int, body: object) -> None:
    with pytest.raises(OutcomeUnknown):
        status(wire, body, code)
