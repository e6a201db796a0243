"""Payouts byte for byte: what is sent, and how every result and every answer to a question is read."""

from base64 import b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from werkzeug import Response

from domain.money import Money
from domain.records.payment import Told
from payments.port import Answer, Asked, Hint, OutcomeUnknown, ProviderStatus
from tests.payments.conftest import said
from tests.payments.daraja.conftest import read
from tests.payments.daraja.wire import (
    ADDRESSES,
    HEARD,
    REFERENCE,
    DarajaWire,
    error,
    initiator,
    key,
    parameters,
    result,
    send,
)

KES_1200 = Money(1_200_00, "KES")


def test_a_payout_is_sent_as_daraja_writes_it(wire: DarajaWire) -> None:
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


def test_a_duplicate_was_taken_before_and_its_code_alone_says_nothing(wire: DarajaWire) -> None:
    wire.answers.append(error(500, "500.002.1001", "Duplicate OriginatorConversationID."))
    assert wire.payouts().pay(send()) == ""
    for message in ("System internal error.", "duplicate", ""):
        wire.answers.append(error(500, "500.002.1001", message))
        with pytest.raises(OutcomeUnknown):
            wire.payouts().pay(send())


def test_a_question_names_the_payout_and_carries_what_its_result_said(wire: DarajaWire) -> None:
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
def test_a_question_that_was_not_heard_is_no_question(wire: DarajaWire, answer: Response) -> None:
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
def test_a_result_is_a_hint_with_what_it_tells(wire: DarajaWire, body: object, told: Told | None) -> None:
    assert read(wire.payouts(), ADDRESSES.of("result", REFERENCE), body) == Hint(REFERENCE, told)


def test_a_timeout_says_nothing_and_its_body_is_not_read(wire: DarajaWire) -> None:
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
def test_an_answer_decides(wire: DarajaWire, body: object, ended: str, status: ProviderStatus) -> None:
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
def test_a_question_that_failed_is_no_answer(wire: DarajaWire, body: object) -> None:
    assert read(wire.payouts(), ADDRESSES.of("status", REFERENCE, "2040"), body) is None


def test_nobody_else_can_say_what_a_result_said(wire: DarajaWire) -> None:
    """The code in the address is ours, as the payment is: another one fits no signature."""
    url = ADDRESSES.of("status", REFERENCE, "0")
    assert read(wire.payouts(), url.replace(".0.", ".2040."), result(2032)) is None
    assert (
        read(wire.payouts(), ADDRESSES.of("result", REFERENCE).replace("/result/", "/status/"), result(2032))
        is None
    )
