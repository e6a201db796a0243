"""What is asked in the name of an API user: whether money has come, and what our shortcodes hold."""

from typing import Any

import pytest

from bot.daraja_settings import DARAJA_FORBIDS
from domain.money import Money
from payments.daraja import DarajaAccounts, DarajaReceipts
from payments.daraja.wire import spelled
from payments.port import Confirmed, Heard, Held, OutcomeUnknown
from tests.payments.conftest import said
from tests.payments.daraja.conftest import Sent, read
from tests.payments.daraja.wire import ADDRESSES, HEARD, NOW, DarajaWire, error, parameters, result

RECEIPT, KES_500 = "TJ17RX4K2M", Money(500_00, "KES")
PAYBILL, PAYOUTS = "174379", "600984"


# Whether money has come


def receipts(wire: DarajaWire) -> DarajaReceipts:
    return DarajaReceipts(wire.user(PAYBILL), frozenset({PAYBILL}))


def completed(**other: object) -> dict[str, Any]:
    told: dict[str, object] = {
        "TransactionStatus": "Completed",
        "ReceiptNo": RECEIPT,
        "Amount": "500.00",
        "DebitPartyName": "254708374149 - Amina Wanjiku",
        "CreditPartyName": "174379 - Community Savings",
    }
    return result(0, parameters(**told | other))


def test_a_receipt_is_asked_about_by_its_name(wire: DarajaWire) -> None:
    wire.answers.append(said(200, HEARD))
    receipts(wire).ask_whether_came(RECEIPT)
    assert wire.seen[-1].path == "/mpesa/transactionstatus/v1/query"
    sent = wire.sent
    sent.pop("SecurityCredential")
    assert sent == {
        "Initiator": "testapi",
        "CommandID": "TransactionStatusQuery",
        "TransactionID": RECEIPT,
        "PartyA": PAYBILL,
        "IdentifierType": "4",
        "ResultURL": ADDRESSES.of("receipt", spelled(RECEIPT)),
        "QueueTimeOutURL": ADDRESSES.of("late", spelled(RECEIPT)),
        "Remarks": "Status",
        "Occasion": "",
    }
    wire.answers.append(error(500, "500.003.02"))
    with pytest.raises(OutcomeUnknown):
        receipts(wire).ask_whether_came(RECEIPT)


@pytest.mark.parametrize("receipt", ["TJ1SQL4K2M", "TJ1EXE4K2M", "TJ1CMD4K2M"])
def test_no_receipt_makes_an_address_that_is_not_taken(wire: DarajaWire, receipt: str) -> None:
    wire.answers += [said(200, HEARD)] * 2
    receipts(wire).ask_whether_came(receipt)
    wire.console().reverse(receipt, KES_500)
    for asked in [each.json for each in wire.seen if each.path.startswith("/mpesa/")]:
        for url in (asked["ResultURL"], asked["QueueTimeOutURL"]):
            assert not any(word in url.lower() for word in DARAJA_FORBIDS)
    late = receipts(wire).callbacks[-1]
    assert late.read(Sent(b"", wire.sent["QueueTimeOutURL"].rpartition("/")[2])) == Heard(
        "daraja", "no answer in time", {"about": receipt}
    )


@pytest.mark.parametrize(
    ("body", "payer"),
    [
        (completed(), "254708374149"),
        (completed(DebitPartyName="2547*****149 - Amina"), "2547*****149"),
        (completed(DebitPartyName=None), ""),
        (completed(CreditPartyName="174379"), "254708374149"),
    ],
)
def test_what_has_come_to_us_is_confirmed(wire: DarajaWire, body: object, payer: str) -> None:
    for name in (spelled(RECEIPT), RECEIPT):  # the second in an address of before
        assert read(receipts(wire), ADDRESSES.of("receipt", name), body) == Confirmed(
            "daraja", RECEIPT, KES_500, payer
        )


@pytest.mark.parametrize(
    "body",
    [
        result(2032),
        completed(TransactionStatus="Initiated"),
        completed(ReceiptNo="TJ17RX4K2N"),
        completed(Amount="many"),
        # A payout of ours has a receipt too, and what others paid each other.
        completed(CreditPartyName="254708374149 - Amina Wanjiku", DebitPartyName="174379 - Community Savings"),
        completed(CreditPartyName="1743790 - Somebody"),
        completed(CreditPartyName="Community Savings 174379"),
        completed(CreditPartyName=None),
        {"Result": []},
        {},
    ],
)
def test_what_says_anything_else_confirms_nothing(wire: DarajaWire, body: object) -> None:
    assert read(receipts(wire), ADDRESSES.of("receipt", spelled(RECEIPT)), body) is None


def test_an_answer_at_an_address_that_was_made_up_confirms_nothing(wire: DarajaWire) -> None:
    """Who knows HOOK_SECRET knows where the answers come, and not which part belongs to a receipt."""
    real = ADDRESSES.of("receipt", spelled(RECEIPT))
    for forged in (real.replace(spelled(RECEIPT), spelled("TJ17RX4K2N")), f"{real[:-16]}{'0' * 16}"):
        assert read(receipts(wire), forged, completed(ReceiptNo="TJ17RX4K2N")) is None


# What our shortcodes hold

HELD = "Working Account|KES|700000.00|700000.00|0.00|0.00&Utility Account|KES|228037.00|228037.00|0.00|0.00"


@pytest.mark.parametrize("is_all", [True, False])
def test_one_shortcode_says_what_its_accounts_hold(wire: DarajaWire, is_all: bool) -> None:
    wire.answers.append(said(200, HEARD))
    accounts = DarajaAccounts([wire.user(PAYBILL)], is_all=is_all)
    accounts.balances()
    assert (wire.seen[-1].path, wire.sent["PartyA"]) == ("/mpesa/accountbalance/v1/query", PAYBILL)
    body = result(0, parameters(AccountBalance=HELD, BOCompletedTime=20261001093000))
    held = {"Working Account": Money(700_000_00, "KES"), "Utility Account": Money(228_037_00, "KES")}
    told = read(accounts, wire.sent["ResultURL"], body)
    assert told == Held("daraja", held, NOW, PAYBILL, 1, is_all)
    refused = read(accounts, wire.sent["ResultURL"], result(21))
    assert refused == Heard("daraja", "balance", {"of": PAYBILL, "code": "21"})


def test_each_of_two_shortcodes_says_a_part(wire: DarajaWire) -> None:
    wire.answers += [said(200, HEARD)] * 2
    accounts = DarajaAccounts([wire.user(PAYOUTS), wire.user(PAYBILL)])
    accounts.balances()
    asked = [each.json for each in wire.seen if each.path.startswith("/mpesa/accountbalance")]
    assert [each["PartyA"] for each in asked] == [PAYOUTS, PAYBILL]
    body = result(0, parameters(AccountBalance="Utility Account|KES|10.00|10.00|0.00|0.00"))
    told = [read(accounts, each["ResultURL"], body) for each in asked]
    ten = Money(10_00, "KES")
    assert told == [Held("daraja", {f"{each} Utility Account": ten}, None, each, 2) for each in (PAYOUTS, PAYBILL)]
