"""Daraja byte for byte: what is sent, and how every answer and every call is read."""

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from werkzeug import Response

from domain.money import Money
from domain.records.inbound import Came
from domain.records.payment import FailureReason, Told
from payments.addresses import Addresses
from payments.daraja import DarajaCollections, DarajaPayouts, words
from payments.daraja.paybill import read_payer
from payments.daraja.prompts import SAFARICOM, read_ended
from payments.daraja.wire import clean, read_day_time, read_shillings, read_stamp, stamp
from payments.port import (
    Answer,
    Asked,
    Callback,
    Called,
    Hint,
    Movement,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    ProviderStatus,
    Refused,
    WouldCome,
)
from tests.payments.daraja.wire import (
    ACCEPTED,
    ADDRESSES,
    AMINA,
    CHECKOUT,
    CONFIRMED,
    HEARD,
    NOW,
    PAID,
    PUBLIC,
    REFERENCE,
    Wire,
    ask,
    error,
    initiator,
    key,
    parameters,
    queried,
    result,
    said,
    send,
    wire_open,
)

PASSWORD_2026 = (
    "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMDAxMDkz"
    "MDAw"
)
PASSWORD_2016 = (
    "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMTYwMjE2MTY1"
    "NjI3"
)
KES_500, KES_1200 = Money(500_00, "KES"), Money(1_200_00, "KES")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wire_open() as wire:
        yield wire


@dataclass(frozen=True)
class Sent:
    body: bytes
    rest: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def read(rail: Called, url: str, body: object) -> Any:
    """What the callback at this address of ours reads; it must be one that is declared."""
    path = url.removeprefix(PUBLIC)
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    for each in rail.callbacks:
        if path == each.path or (each.path.endswith("/") and path.startswith(each.path)):
            return each.read(Sent(sent, path.removeprefix(each.path)))
    raise AssertionError(f"nobody is called at {path}")


def says(rail: Called, what: str) -> Callback:
    return next(each for each in rail.callbacks if each.path.endswith(what))


# Prompts


def test_a_prompt_is_sent_as_daraja_writes_it(wire: Wire) -> None:
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


def test_the_password_is_the_published_one(wire: Wire) -> None:
    wire.answers.append(said(200, ACCEPTED))
    wire.collections(clock=lambda: datetime(2016, 2, 16, 13, 56, 27, tzinfo=UTC)).collect(ask())
    assert (wire.sent["Password"], wire.sent["Timestamp"]) == (PASSWORD_2016, "20160216165627")


def test_a_till_sells_goods_in_the_name_of_its_store(wire: Wire) -> None:
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
def test_an_account_is_sent_whole_or_is_our_own_reference(wire: Wire, account: str, sent: str) -> None:
    wire.answers.append(said(200, ACCEPTED))
    wire.collections().collect(ask(account=account))
    assert wire.sent["AccountReference"] == sent


@pytest.mark.parametrize("amount", [Money(50, "KES"), Money(500_50, "KES"), Money(0, "KES"), Money(500, "UGX")])
def test_what_is_no_whole_shilling_is_refused_and_never_sent(wire: Wire, amount: Money) -> None:
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
    wire: Wire, answer: Response, kind: type[ProviderError], reason: str
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
def test_a_query_is_read_by_its_code(wire: Wire, code: object, said_before: str, status: ProviderStatus) -> None:
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
def test_what_is_not_listed_decides_nothing(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        wire.collections().status(Asked(REFERENCE, CHECKOUT, "9999"))


def test_each_code_has_a_reason_of_ours() -> None:
    tables = (words.PROMPT_FAILURES, words.PROMPT_FAILURES_REPEATED, words.PAYOUT_FAILURES, words.OVERLOADED)
    assert {reason for table in tables for reason in table.values()} <= set(get_args(FailureReason))
    assert not {words.PAID, words.IN_FLIGHT} & {*words.PROMPT_FAILURES, *words.PAYOUT_FAILURES}


def test_a_callback_is_a_hint_with_what_it_tells(wire: Wire) -> None:
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


# Payouts


def test_a_payout_is_sent_as_daraja_writes_it(wire: Wire) -> None:
    wire.answers.append(said(200, HEARD))
    assert wire.payouts().pay(send()) == "AG_20261001_2010759fd5662ef6d054"
    assert wire.seen[-1].path == "/mpesa/b2c/v3/paymentrequest"
    sent = wire.sent
    assert len(sent["SecurityCredential"]) == 344
    assert key().decrypt(b64decode(sent.pop("SecurityCredential")), PKCS1v15()) == b"Safaricom#1!"
    assert sent == {
        "OriginatorConversationID": REFERENCE,
        "InitiatorName": "testapi",
        "CommandID": "BusinessPayment",
        "Amount": 1200,
        "PartyA": "600984",
        "PartyB": "254708374149",
        "Remarks": "Share out",
        "QueueTimeOutURL": ADDRESSES.of("timeout", REFERENCE),
        "ResultURL": ADDRESSES.of("result", REFERENCE),
        "Occassion": "CWWWWWW",
    }


def test_a_credential_is_another_one_each_time() -> None:
    assert initiator().credential() != initiator().credential()
    assert "Safaricom#1!" not in repr(initiator())


def test_a_duplicate_was_taken_before_and_its_code_alone_says_nothing(wire: Wire) -> None:
    wire.answers.append(error(500, "500.002.1001", "Duplicate OriginatorConversationID."))
    assert wire.payouts().pay(send()) == ""
    for message in ("System internal error.", "duplicate", ""):
        wire.answers.append(error(500, "500.002.1001", message))
        with pytest.raises(OutcomeUnknown):
            wire.payouts().pay(send())


def test_a_question_names_the_payout_and_carries_what_its_result_said(wire: Wire) -> None:
    wire.answers += [said(200, HEARD), said(200, HEARD)]
    assert wire.payouts().status(Asked(REFERENCE)) == ProviderStatus("asked")
    assert wire.seen[-1].path == "/mpesa/transactionstatus/v1/query"
    sent = wire.sent
    sent.pop("SecurityCredential")
    assert sent == {
        "Initiator": "testapi",
        "CommandID": "TransactionStatusQuery",
        "OriginalConversationID": REFERENCE,
        "PartyA": "600984",
        "IdentifierType": "4",
        "ResultURL": ADDRESSES.of("status", REFERENCE),
        "QueueTimeOutURL": ADDRESSES.of("timeout", REFERENCE),
        "Remarks": "Status",
        "Occasion": "",
    }
    wire.payouts().status(Asked(REFERENCE, told=Told(word="0", receipt="TJ18AB12CD")))
    assert wire.sent["ResultURL"] == ADDRESSES.of("status", REFERENCE, "0")
    assert wire.sent["TransactionID"] == "TJ18AB12CD"


@pytest.mark.parametrize("answer", [said(200), said(200, HEARD | {"ResponseCode": "1"}), error(500, "500.003.02")])
def test_a_question_that_was_not_heard_is_no_question(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        wire.payouts().status(Asked(REFERENCE))


RESULT_PAID = parameters(
    TransactionAmount=1200,
    TransactionReceipt="TJ18AB12CD",
    ReceiverPartyPublicName="254708374149 - Amina W",
    TransactionCompletedDateTime="01.10.2026 10:02:11",
    B2CUtilityAccountAvailableFunds=98800.00,
    B2CRecipientIsRegisteredCustomer="Y",
)
AG = "AG_20261001_2010759fd5662ef6d054"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (result(0, RESULT_PAID), Told(AG, "TJ18AB12CD", KES_1200, "0")),
        (result("0", RESULT_PAID), Told(AG, "TJ18AB12CD", KES_1200, "0")),
        (result(0, RESULT_PAID[1]), Told(AG, "TJ18AB12CD", None, "0")),  # one alone comes without its list
        (result(2040), Told(AG, word="2040")),
        (result("SFC_IC0003"), Told(AG, word="SFC_IC0003")),
        (result(2040, RESULT_PAID), Told(AG, "", KES_1200, "2040")),  # of what failed the receipt is a dummy
        ({"Result": []}, None),
        ({}, None),
    ],
)
def test_a_result_is_a_hint_with_what_it_tells(wire: Wire, body: object, told: Told | None) -> None:
    assert read(wire.payouts(), ADDRESSES.of("result", REFERENCE), body) == Hint(REFERENCE, told)


def test_a_timeout_says_nothing_and_its_body_is_not_read(wire: Wire) -> None:
    body = {"SecurityCredential": "secret", "OriginatorConversationID": "another", "Result": {"ResultCode": 2040}}
    assert read(wire.payouts(), ADDRESSES.of("timeout", REFERENCE), body) == Hint(REFERENCE)


def status_of(state: str, **other: object) -> dict[str, Any]:
    return result(0, parameters(TransactionStatus=state, ReceiptNo="TJ18AB12CD", Amount="1200.00", **other))


COMPLETED = ProviderStatus("succeeded", provider_id="TJ18AB12CD", amount=KES_1200)


@pytest.mark.parametrize(
    ("body", "ended", "status"),
    [
        (status_of("Completed"), "", COMPLETED),
        (status_of("Completed"), "2040", COMPLETED),  # Transaction Status decides, whatever the Result said
        (status_of("Completed", ReasonType=None), "0", COMPLETED),
        (status_of("Initiated"), "", ProviderStatus("pending", provider_reason="Initiated")),
        (status_of("Authorized"), "0", ProviderStatus("pending", provider_reason="Authorized")),
        (status_of("Declined"), "", ProviderStatus("failed", "refused", "Declined")),
        (status_of("Expired"), "8", ProviderStatus("failed", "limit_reached", "8")),
        (result(2032), "", ProviderStatus("not_found")),
        (result(2032), "2040", ProviderStatus("failed", "no_account", "2040")),
        (result(2032), "1", ProviderStatus("failed", "not_possible", "1")),
        # The Result said that it was paid, or what we cannot read: neither sent again nor given up.
        (result(2032), "0", ProviderStatus("pending", provider_reason="2032")),
        (result(2032), "4711", ProviderStatus("pending", provider_reason="2032")),
    ],
)
def test_an_answer_decides(wire: Wire, body: object, ended: str, status: ProviderStatus) -> None:
    names = (REFERENCE, ended) if ended else (REFERENCE,)
    assert read(wire.payouts(), ADDRESSES.of("status", *names), body) == Answer(REFERENCE, status)


@pytest.mark.parametrize(
    "body",
    [
        *(result(code) for code in (1, 15, 17, 18, 20, 21, 26, 2001, 8006, 100000000, "SFC_IC0003", None)),
        result(0),
        status_of("Reversed"),
        status_of(""),
        result(0, parameters(TransactionStatus="Completed", Amount="1200.00")),  # without a receipt
        {"Result": {"ResultParameters": {"ResultParameter": "x"}}},
        {},
    ],
)
def test_a_question_that_failed_is_no_answer(wire: Wire, body: object) -> None:
    assert read(wire.payouts(), ADDRESSES.of("status", REFERENCE, "2040"), body) is None


def test_nobody_else_can_say_what_a_result_said(wire: Wire) -> None:
    """The code in the address is ours, as the payment is: another one fits no signature."""
    url = ADDRESSES.of("status", REFERENCE, "0")
    assert read(wire.payouts(), url.replace(".0.", ".2040."), result(2032)) is None
    assert (
        read(wire.payouts(), ADDRESSES.of("result", REFERENCE).replace("/result/", "/status/"), result(2032))
        is None
    )


# Money that nobody asked for


def test_a_confirmation_is_money_that_came(wire: Wire) -> None:
    rail = wire.collections()
    at = datetime(2026, 10, 1, 6, 45, 12, tzinfo=UTC)
    came = Came("daraja", "TJ17RX4K2M", KES_500, "umoja7 014", at, "2547*****149", "Amina")
    assert read(rail, ADDRESSES.fixed("confirmation"), CONFIRMED) == came
    answer = says(rail, "/confirmation").says
    assert answer is not None
    assert answer(None) == {"ResultCode": 0, "ResultDesc": "Success"}


@pytest.mark.parametrize(
    "changed", [{"TransID": ""}, {"TransID": None}, {"TransAmount": "many"}, {"TransTime": "20261301000000"}]
)
def test_a_confirmation_without_receipt_amount_or_time_is_none(wire: Wire, changed: dict[str, object]) -> None:
    assert read(wire.collections(), ADDRESSES.fixed("confirmation"), CONFIRMED | changed) is None


def test_a_validation_asks_and_is_answered_with_a_code(wire: Wire) -> None:
    rail = wire.collections()
    asked = WouldCome("daraja", KES_500, "umoja7 014", "2547*****149")
    assert read(rail, ADDRESSES.fixed("validation"), CONFIRMED | {"OrgAccountBalance": ""}) == asked
    answer = says(rail, "/validation").says
    assert answer is not None
    assert answer(None) == {"ResultCode": "0", "ResultDesc": "Accepted"}
    assert answer("account") == {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
    assert answer("amount") == {"ResultCode": "C2B00013", "ResultDesc": "Rejected"}
    assert answer("other") == {"ResultCode": "C2B00016", "ResultDesc": "Rejected"}


HASHED = "bbff37cea44ac0b2d964ee0dfb8d2df8513dc7ba1b36129a929fc3fbd6dd4af4"


@pytest.mark.parametrize(
    ("sent", "payer"),
    [
        ("254708374149", "254708374149"),
        (254708374149, "254708374149"),
        ("2547 ***** 149", "2547*****149"),
        (HASHED, HASHED),
        ("", ""),
        (None, ""),
        (["254708374149"], ""),
        ("Amina", ""),
    ],
)
def test_a_payers_number_is_digits_a_mask_or_a_hash(sent: object, payer: str) -> None:
    assert read_payer(sent) == payer
    assert sha256(b"254708374149").hexdigest() == HASHED


def test_addresses_are_registered_once_and_money_comes_when_nobody_answers(wire: Wire) -> None:
    wire.answers.append(said(200, {"OriginatorCoversationID": "7619-1", "ResponseCode": "0"}))
    wire.console().register()
    assert (wire.seen[-1].path, wire.sent) == (
        "/mpesa/c2b/v2/registerurl",
        {
            "ShortCode": "174379",
            "ResponseType": "Completed",
            "ConfirmationURL": f"{PUBLIC}/hooks/daraja/hush/confirmation",
            "ValidationURL": f"{PUBLIC}/hooks/daraja/hush/validation",
        },
    )
    wire.answers.append(error(500, "500.003.1001", "Urls are already registered."))
    with pytest.raises(OutcomeUnknown, match=r"500\.003\.1001"):
        wire.console().register()


# The list


def row(receipt: str, **changed: object) -> dict[str, object]:
    return {
        "transactionId": receipt,
        "trxDate": "2026-10-01T09:45:12+03:00",
        "msisdn": "254708374149",
        "sender": "MPESA",
        "transactiontype": "c2b-pay-bill-debit",
        "billreference": "UMOJA7-014",
        "amount": "37,600.00",
        "organizationname": "Savings",
    } | changed


def page(*rows: object) -> Response:
    return said(200, {"ResponseRefID": "x", "ResponseCode": "1000", "Response": [list(rows)]})


NONE_LEFT = said(200, {"ResponseCode": "1001", "ResponseMessage": "No transactions found"})
DAY = timedelta(days=1)


def test_a_list_is_read_page_by_page_each_line_once(wire: Wire) -> None:
    wire.answers += [
        page(row("TJ17RX4K2M"), row("TJ17RX4K2N")),
        page(row("TJ17RX4K2N"), row("TJ17RX4K2P")),
        NONE_LEFT,
    ]
    found = wire.collections().movements(NOW - DAY, NOW + DAY)
    assert [each.receipt for each in found] == ["TJ17RX4K2M", "TJ17RX4K2N", "TJ17RX4K2P"]
    at = datetime(2026, 10, 1, 6, 45, 12, tzinfo=UTC)
    assert found[0] == Movement(
        "in", "TJ17RX4K2M", Money(37_600_00, "KES"), at, account="UMOJA7-014", payer="254708374149"
    )
    assert [each.json["OffSetValue"] for each in wire.seen[1:]] == ["0", "2", "4"]
    assert wire.seen[1].path == "/pulltransactions/v1/query"
    assert wire.seen[1].json == {
        "ShortCode": "174379",
        "StartDate": "2026-09-30 09:30:00",
        "EndDate": "2026-10-02 09:30:01",
        "OffSetValue": "0",
    }


def test_a_list_that_does_not_look_at_the_offset_ends(wire: Wire) -> None:
    wire.answers += [page(row("TJ17RX4K2M")), page(row("TJ17RX4K2M"))]
    assert len(wire.collections().movements(NOW - DAY, NOW + DAY)) == 1


def test_what_lies_outside_is_not_in_the_list(wire: Wire) -> None:
    late, early = "2026-10-01T09:30:00+03:00", "2026-09-30T09:29:59+03:00"
    wire.answers += [page(row("TJ17RX4K2M", trxDate=late), row("TJ17RX4K2N", trxDate=early)), NONE_LEFT]
    assert wire.collections().movements(NOW - DAY, NOW) == []


@pytest.mark.parametrize(
    "answer",
    [
        said(200),
        said(200, {"ResponseCode": "1000"}),
        said(200, {"ResponseCode": "4711", "Response": []}),
        error(500, "500.003.1001"),
        page(row("TJ17RX4K2M", amount="many")),
        page(row("TJ17RX4K2M", trxDate="yesterday")),
        page(row("")),
    ],
)
def test_a_list_that_cannot_be_read_is_none(wire: Wire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        wire.collections().movements(NOW - DAY, NOW)


def test_what_the_list_no_longer_has_is_not_taken_for_nothing(wire: Wire) -> None:
    with pytest.raises(OutcomeUnknown, match="48 hours"):
        wire.collections().movements(NOW - timedelta(hours=49), NOW)
    assert wire.seen == []


# Tokens, numbers and times


@pytest.mark.parametrize(
    "refusal", [error(404, "404.001.03"), error(400, "400.003.01"), error(401, "401.002.01"), said(401)]
)
def test_a_token_that_is_refused_is_renewed_once(wire: Wire, refusal: Response) -> None:
    wire.answers += [refusal, said(200, ACCEPTED)]
    assert wire.collections().collect(ask()) == CHECKOUT
    assert wire.seen[-1].headers["Authorization"] == "Bearer t2"


def test_a_token_that_is_refused_twice_was_never_looked_past(wire: Wire) -> None:
    wire.answers += [error(404, "404.001.03"), error(404, "404.001.03")]
    with pytest.raises(NotSent):
        wire.collections().collect(ask())
    assert wire.tokens == 2


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("5.00", 500),
        (500.00, 50_000),
        (1, 100),
        ("1000.0000", 100_000),
        ("37,600.00", 3_760_000),
        ("37600", 3_760_000),
        ("1,23", None),
        ("1.005", None),
        ("12,3456", None),
        ("", None),
        (None, None),
        (True, None),
        (["5"], None),
        (1e300, None),
    ],
)
def test_an_amount_is_a_decimal_however_it_is_written(written: object, minor: int | None) -> None:
    assert read_shillings(written) == (None if minor is None else Money(minor, "KES"))


def test_its_clock_shows_nairobis_time() -> None:
    assert stamp(NOW) == "20261001093000"
    assert read_stamp("20261001093000") == NOW == read_stamp(20261001093000)
    assert read_day_time("2026-10-01 09:30:00") == NOW == read_day_time("2026-10-01T06:30:00Z")
    assert [read_stamp(each) for each in ("", None, "2026", "20261301093000")] == [None] * 4


def test_it_carries_the_numbers_of_safaricom_alone() -> None:
    assert AMINA.startswith(SAFARICOM)
    assert "+254110123456".startswith(SAFARICOM)
    assert not any(each.startswith(SAFARICOM) for each in ("+254733123456", "+254100123456", "+256772000101"))


def test_without_addresses_there_is_no_rail(wire: Wire) -> None:
    none = Addresses("daraja", "", "")
    with pytest.raises(ValueError, match="addresses"):
        DarajaCollections(wire.client(), shortcode="174379", passkey="x", addresses=none)
    with pytest.raises(ValueError, match="addresses"):
        DarajaPayouts(wire.client(), initiator(), shortcode="600984", addresses=none)
