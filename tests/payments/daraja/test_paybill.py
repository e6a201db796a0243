"""Money that nobody asked for: confirmed, asked about before it comes, and listed afterwards."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from werkzeug import Response

from domain.money import Money
from domain.records.inbound import Came
from payments.daraja.paybill import read_payer
from payments.port import Callback, Called, Movement, OutcomeUnknown, WouldCome
from tests.payments.conftest import said
from tests.payments.daraja.conftest import read
from tests.payments.daraja.wire import ADDRESSES, CONFIRMED, NOW, PUBLIC, SHORTCODE, DarajaWire, error

KES_500 = Money(500_00, "KES")


def says(rail: Called, what: str) -> Callback:
    return next(each for each in rail.callbacks if each.path.endswith(what))


def test_a_confirmation_is_money_that_came(wire: DarajaWire) -> None:
    rail = wire.collections(ours=frozenset({"600984"}))
    at = datetime(2026, 10, 1, 6, 45, 12, tzinfo=UTC)
    came = Came("daraja", "TJ17RX4K2M", KES_500, "umoja7 014", at, "2547*****149", "Amina", "believed")
    assert read(rail, ADDRESSES.fixed("confirmation"), CONFIRMED) == came
    answer = says(rail, "/confirmation").says
    assert answer is not None
    assert answer(None) == {"ResultCode": 0, "ResultDesc": "Success"}


@pytest.mark.parametrize(
    ("number", "asks_first", "said_by", "to_us"),
    [
        (SHORTCODE, False, "believed", True),
        ("5030401", False, "believed", True),  # the till
        ("", False, "believed", True),
        (SHORTCODE, True, "awaited", True),
        ("600000", False, "awaited", False),
    ],
)
def test_what_names_a_number_of_somebody_elses_is_in_no_book_before_it_is_confirmed(
    wire: DarajaWire, number: str, asks_first: bool, said_by: str, to_us: bool
) -> None:
    """And nobody is told to send money there."""
    rail = wire.collections(till="5030401", asks_first=asks_first)
    body = CONFIRMED | {"BusinessShortCode": number}
    assert read(rail, ADDRESSES.fixed("confirmation"), body).said_by == said_by
    assert read(rail, ADDRESSES.fixed("validation"), body).to_us is to_us


@pytest.mark.parametrize(
    "changed", [{"TransID": ""}, {"TransID": None}, {"TransAmount": "many"}, {"TransTime": "20261301000000"}]
)
def test_a_confirmation_without_receipt_amount_or_time_is_none(
    wire: DarajaWire, changed: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    assert read(wire.collections(), ADDRESSES.fixed("confirmation"), CONFIRMED | changed) is None
    said = (
        f"a confirmation of M-Pesa cannot be read: receipt {'unknown' if 'TransID' in changed else 'TJ17RX4K2M'}"
    )
    assert caplog.messages == [said]


@pytest.mark.parametrize("letter", [b"\xe9", b"\xed\xa0\x80", b"\\ud800"])
def test_a_letter_that_is_none_keeps_no_money_back(wire: DarajaWire, letter: bytes) -> None:
    """A name in Latin-1, and half a letter, which no store takes."""
    names = {"FirstName": "Jos_", "BillRefNumber": "umoja7 _"}
    body = json.dumps(CONFIRMED | names).encode().replace(b"_", letter)
    came = read(wire.collections(), ADDRESSES.fixed("confirmation"), body)
    assert (came.receipt, came.amount) == ("TJ17RX4K2M", KES_500)
    assert f"{came.payer_name} {came.account}".encode()
    assert read(wire.collections(), ADDRESSES.fixed("validation"), body).account.encode()


@pytest.mark.parametrize("amount", ["many", "1e3", None, ["500.00"]])
def test_an_amount_that_cannot_be_read_is_asked_about_as_none(wire: DarajaWire, amount: object) -> None:
    asked = read(wire.collections(), ADDRESSES.fixed("validation"), CONFIRMED | {"TransAmount": amount})
    assert isinstance(asked, WouldCome) and asked.amount == Money(0, "KES")


def test_a_validation_asks_and_is_answered_with_a_code(wire: DarajaWire) -> None:
    rail = wire.collections(ours=frozenset({"600984"}))
    asked = WouldCome("daraja", KES_500, "umoja7 014", "2547*****149")
    assert read(rail, ADDRESSES.fixed("validation"), CONFIRMED | {"OrgAccountBalance": ""}) == asked
    answer = says(rail, "/validation").says
    assert answer is not None
    assert answer(None) == {"ResultCode": "0", "ResultDesc": "Accepted"}
    assert answer("account") == {"ResultCode": "C2B00012", "ResultDesc": "Rejected"}
    assert answer("amount") == {"ResultCode": "C2B00013", "ResultDesc": "Rejected"}
    assert answer("receiver") == {"ResultCode": "C2B00015", "ResultDesc": "Rejected"}
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


def test_addresses_are_registered_once_and_money_comes_when_nobody_answers(wire: DarajaWire) -> None:
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


def test_the_list_is_registered_for_a_nominated_number_once_or_again(wire: DarajaWire) -> None:
    answers = [{"ResponseStatus": code, "ShortCode": SHORTCODE} for code in ("1000", "1001", "1037")]
    wire.answers += [said(200, each) for each in answers]
    for _ in range(2):
        wire.console().register_list("+254722000000")
    assert (wire.seen[-1].path, wire.sent) == (
        "/pulltransactions/v1/register",
        {
            "ShortCode": SHORTCODE,
            "RequestType": "Pull",
            "NominatedNumber": "254722000000",
            "CallBackURL": ADDRESSES.fixed("list"),
        },
    )
    with pytest.raises(OutcomeUnknown):
        wire.console().register_list("+254722000000")
    assert read(wire.console(), ADDRESSES.fixed("list"), b"whatever") is None, "it is an address that is there"


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


def test_a_list_is_read_page_by_page_each_line_once(wire: DarajaWire) -> None:
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


def test_a_list_that_does_not_look_at_the_offset_ends(wire: DarajaWire) -> None:
    wire.answers += [page(row("TJ17RX4K2M")), page(row("TJ17RX4K2M"))]
    assert len(wire.collections().movements(NOW - DAY, NOW + DAY)) == 1


def test_what_lies_outside_is_not_in_the_list(wire: DarajaWire) -> None:
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
def test_a_list_that_cannot_be_read_is_none(wire: DarajaWire, answer: Response) -> None:
    wire.answers.append(answer)
    with pytest.raises(OutcomeUnknown):
        wire.collections().movements(NOW - DAY, NOW)


def test_what_the_list_no_longer_has_is_not_taken_for_nothing(wire: DarajaWire) -> None:
    with pytest.raises(OutcomeUnknown, match="48 hours"):
        wire.collections().movements(NOW - timedelta(hours=49), NOW)
    assert wire.seen == []
