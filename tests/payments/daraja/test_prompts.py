"""Prompts byte for byte: what is sent, and how every answer, query and callback is read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

import pytest
from werkzeug import Response

from domain.money import Money
from domain.records.payment import FailureReason, Told
from payments.daraja import words
from payments.daraja.prompts import read_ended
from payments.daraja.wire import clean
from payments.port import Asked, Hint, NotSent, OutcomeUnknown, ProviderError, ProviderStatus, Refused
from tests.payments.conftest import said
from tests.payments.daraja.conftest import read
from tests.payments.daraja.wire import (
    ACCEPTED,
    ADDRESSES,
    CHECKOUT,
    PAID,
    REFERENCE,
    DarajaWire,
    ask,
    error,
    queried,
    send,
)

PASSWORD_2026 = (
    "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMDAxMDkz"
    "MDAw"
)
PASSWORD_2016 = (
    "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMTYwMjE2MTY1"
    "NjI3"
)
KES_500 = Money(500_00, "KES")


def test_a_prompt_is_sent_as_daraja_writes_it(wire: DarajaWire) -> None:
    wire.answers.append(said(200, ACCEPTED))
    assert wire.collections().collect(ask()) == CHECKOUT
    token, request = wire.seen
    assert (token.method, token.full_path) == ("GET", "/oauth/v1/generate?grant_type=client_credentials")
    assert token.headers["Authorization"] == "Basic a2V5OnNlY3JldA=="
    assert (request.method, request.path) == ("POST", "/mpesa/stkpush/v1/processrequest")
    assert request.headers["Authorization"] == "Bearer t1"
    assert request.headers["Content-Type"] == "application/json"
    assert wire.sent == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD_2026,
        "Timestamp": "20261001093000",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 500,
        "PartyA": "254708374149",
        "PartyB": "174379",
        "PhoneNumber": "254708374149",
        "CallBackURL": ADDRESSES.of("payment", REFERENCE),
        "AccountReference": "UMOJA7-014",
        "TransactionDesc": "Saving w40",
    }


def test_the_password_is_the_published_one(wire: DarajaWire) -> None:
    wire.answers.append(said(200, ACCEPTED))
    wire.collections(clock=lambda: datetime(2016, 2, 16, 13, 56, 27, tzinfo=UTC)).collect(ask())
    assert (wire.sent["Password"], wire.sent["Timestamp"]) == (PASSWORD_2016, "20160216165627")


def test_a_till_sells_goods_in_the_name_of_its_store(wire: DarajaWire) -> None:
    wire.answers.append(said(200, ACCEPTED))
    wire.collections(till="5401234").collect(ask())
    names = ("TransactionType", "BusinessShortCode", "PartyB")
    assert [wire.sent[name] for name in names] == ["CustomerBuyGoodsOnline", "174379", "5401234"]


@pytest.mark.parametrize(
    ("account", "sent"),
    [
        ("UMOJA7-014", "UMOJA7-014"),
        ("", "CWWWWWW"),
        ("A" * 12, "A" * 12),
        ("A" * 13, "CWWWWWW"),
        ("A@#&B", "CWWWWWW"),
    ],
)
def test_an_account_is_sent_whole_or_is_our_own_reference(wire: DarajaWire, account: str, sent: str) -> None:
    wire.answers.append(said(200, ACCEPTED))
    wire.collections().collect(ask(account=account))
    assert wire.sent["AccountReference"] == sent


@pytest.mark.parametrize("amount", [Money(50, "KES"), Money(500_50, "KES"), Money(0, "KES"), Money(500, "UGX")])
def test_what_is_no_whole_shilling_is_refused_and_never_sent(wire: DarajaWire, amount: Money) -> None:
    asked: Callable[[], str]
    for asked in (lambda: wire.collections().collect(ask(amount)), lambda: wire.payouts().pay(send(amount))):
        with pytest.raises(Refused):
            asked()
    assert wire.seen == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Savings CEUMB9Y", "Savings"),
        ("Saving w40", "Saving w40"),
        ("A" * 20, "A" * 13),
        ("50% & more", "50 more"),
        ("", ""),
    ],
)
def test_a_note_has_the_words_that_fit(text: str, sent: str) -> None:
    assert clean(text, 13, "A-Za-z0-9 -") == sent


NOT_TAKEN: list[tuple[Response, type[ProviderError], str]] = [
    (error(400, "400.002.02", "Bad Request - Invalid Amount"), Refused, "not_possible"),
    (error(401, "401.003.01"), Refused, "not_possible"),
    (error(404, "404.001.01"), Refused, "not_possible"),
    (error(500, "500.001.1001", "Merchant does not exist"), Refused, "not_possible"),
    (error(500, "500.001.1001", "Wrong credentials"), Refused, "not_possible"),
    (error(500, "500.001.1001", "[MerchantValidate] - Wrong credentials"), Refused, "not_possible"),
    (error(500, "500.001.1001", "Unable to lock subscriber, a transaction is already"), Refused, "try_later"),
    (error(500, "500.003.02", "Spike Arrest Violation"), NotSent, ""),
    (error(500, "500.003.03", "Quota Violation"), NotSent, ""),
    (said(429), NotSent, ""),
    (error(500, "500.001.1001", "The transaction is being processed"), OutcomeUnknown, ""),
    (error(500, "500.001.1001", ""), OutcomeUnknown, ""),
    (error(500, "500.003.1001", "Internal Server Error"), OutcomeUnknown, ""),
    (error(500, "500.002.1001", "System internal error."), OutcomeUnknown, ""),
    (error(400, "400.999.99", "Bad Request - Invalid Amount"), OutcomeUnknown, ""),
    (said(200, ACCEPTED | {"ResponseCode": "1"}), OutcomeUnknown, ""),
    (
        said(200, {name: value for name, value in ACCEPTED.items() if name != "CheckoutRequestID"}),
        OutcomeUnknown,
        "",
    ),
    (said(200, ACCEPTED | {"CheckoutRequestID": ["ws"]}), OutcomeUnknown, ""),
    (said(302, ACCEPTED), OutcomeUnknown, ""),
    (said(503, "<html>Service Unavailable</html>"), OutcomeUnknown, ""),
    (said(200, '{"fault": {"faultstring": "soap"}}'), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "kind", "reason"), NOT_TAKEN)
def test_only_what_is_documented_as_not_created_is_a_refusal(
    wire: DarajaWire, answer: Response, kind: type[ProviderError], reason: str
) -> None:
    wire.answers.append(answer)
    with pytest.raises(kind) as raised:
        wire.collections().collect(ask())
    assert type(raised.value) is kind
    assert not isinstance(raised.value, Refused) or raised.value.reason == reason
    assert "Invalid" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "said_before", "status"),
    [
        ("0", "", ProviderStatus("succeeded")),
        (0, "", ProviderStatus("succeeded")),
        ("4999", "", ProviderStatus("pending", provider_reason="4999")),
        (1032, "", ProviderStatus("failed", "declined", "1032")),
        ("SFC_IC0003", "", ProviderStatus("failed", "not_possible", "SFC_IC0003")),
        ("1001", "", ProviderStatus("pending", provider_reason="1001")),
        ("1001", "26", ProviderStatus("pending", provider_reason="1001")),
        ("1001", "1001", ProviderStatus("failed", "try_later", "1001")),
        ("26", "26", ProviderStatus("failed", "try_later", "26")),
    ],
)
def test_a_query_is_read_by_its_code(
    wire: DarajaWire, code: object, said_before: str, status: ProviderStatus
) -> None:
    wire.answers.append(queried(code))
    assert wire.collections().status(Asked(REFERENCE, CHECKOUT, said_before)) == status
    assert wire.seen[-1].path == "/mpesa/stkpushquery/v1/query"
    assert wire.sent == {
        "BusinessShortCode": "174379",
        "Password": PASSWORD_2026,
        "Timestamp": "20261001093000",
        "CheckoutRequestID": CHECKOUT,
    }


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "500.001.1001", "The transaction is being processed"),
        error(500, "500.001.1001", "The transaction does not Exist"),
        error(200, "500.001.1001", ""),
        queried("9999"),
        queried("20"),
        queried("Request cancelled by user"),
        queried(None),
        queried(True),
        queried({"code": 0}),
        said(500, {"ResultCode": "0"}),
        said(200, {"ResultCode": "0", "errorCode": "500.001.1001"}),
    ],
)
def test_what_is_not_listed_decides_nothing(wire: DarajaWire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        wire.collections().status(Asked(REFERENCE, CHECKOUT, "9999"))


def test_each_code_has_a_reason_of_ours() -> None:
    tables = (words.PROMPT_FAILURES, words.PROMPT_FAILURES_REPEATED, words.PAYOUT_FAILURES, words.OVERLOADED)
    assert {reason for table in tables for reason in table.values()} <= set(get_args(FailureReason))
    assert not {words.PAID, words.IN_FLIGHT} & {*words.PROMPT_FAILURES, *words.PAYOUT_FAILURES}


def test_a_callback_is_a_hint_with_what_it_tells(wire: DarajaWire) -> None:
    url = ADDRESSES.of("payment", REFERENCE)
    told = Told(CHECKOUT, "TJ17RT61SV", KES_500, "0")
    assert read(wire.collections(), url, PAID) == Hint(REFERENCE, told)
    cancelled = {"Body": {"stkCallback": {"CheckoutRequestID": CHECKOUT, "ResultCode": 1032, "ResultDesc": "x"}}}
    assert read(wire.collections(), url, cancelled) == Hint(REFERENCE, Told(CHECKOUT, word="1032"))


def test_metadata_is_read_by_name_in_whatever_order() -> None:
    body = json.loads(json.dumps(PAID))
    items = body["Body"]["stkCallback"]["CallbackMetadata"]["Item"]
    expected = read_ended(body)
    for _ in range(len(items)):
        items.append(items.pop(0))
        assert read_ended(body) == expected
    items.remove({"Name": "Balance"})
    assert read_ended(body) == expected
