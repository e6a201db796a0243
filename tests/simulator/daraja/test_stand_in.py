"""Daraja's stand-in on its own address: what its wire answers to whoever asks, and what its switches do."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
import requests

from domain.money import Money
from simulator.server import Simulator
from tests.simulator.conftest import Bot

AMINA, STRANGER = "+254711000101", "+254711000999"
ID = "600997f0-1b5f-4a3e-9f0e-3c0d7a1f2b11"
STAMP = "20261001093000"


@dataclass
class Caller:
    """Whoever calls the stand-in, with a token, and the bot that it calls."""

    sim: Simulator
    bot: Bot
    token: str = ""

    def grant(self, **query: str) -> requests.Response:
        asked = {"grant_type": "client_credentials"} | query
        return requests.get(f"{self.sim.url}/daraja/oauth/v1/generate", auth=("key", "secret"), params=asked)

    def post(self, path: str, body: object, token: str = "") -> requests.Response:
        self.token = self.token or self.grant().json()["access_token"]
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return requests.post(f"{self.sim.url}/daraja{path}", json=body, headers=headers)

    def push(self, **changed: object) -> requests.Response:
        return self.post("/mpesa/stkpush/v1/processrequest", self.prompt() | changed)

    def prompt(self) -> dict[str, Any]:
        config = self.sim.config
        secret = f"{config.daraja_shortcode}{config.daraja_passkey}{STAMP}"
        return {
            "BusinessShortCode": config.daraja_shortcode,
            "Password": b64encode(secret.encode()).decode(),
            "Timestamp": STAMP,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 500,
            "PartyA": AMINA[1:],
            "PartyB": config.daraja_shortcode,
            "PhoneNumber": AMINA[1:],
            "CallBackURL": f"{self.bot.url}/told",
            "AccountReference": "UMOJA7-014",
            "TransactionDesc": "Saving w40",
        }

    def query(self, checkout: str) -> requests.Response:
        names = ("BusinessShortCode", "Password", "Timestamp")
        body = {name: self.prompt()[name] for name in names} | {"CheckoutRequestID": checkout}
        return self.post("/mpesa/stkpushquery/v1/query", body)

    def pay(self, **changed: object) -> requests.Response:
        body = {
            "OriginatorConversationID": ID,
            "InitiatorName": "testapi",
            "SecurityCredential": b64encode(b"x" * 256).decode(),
            "CommandID": "BusinessPayment",
            "Amount": "1200",
            "PartyA": "600984",
            "PartyB": AMINA[1:],
            "Remarks": "Share out",
            "QueueTimeOutURL": f"{self.bot.url}/late",
            "ResultURL": f"{self.bot.url}/result",
            "Occassion": "Cycle 3",
        }
        return self.post("/mpesa/b2c/v3/paymentrequest", body | changed)

    def ask(self, path: str, **asked: object) -> requests.Response:
        body = {
            "Initiator": "testapi",
            "SecurityCredential": b64encode(b"x" * 256).decode(),
            "PartyA": "600984",
            "IdentifierType": "4",
            "ResultURL": f"{self.bot.url}/answer",
            "QueueTimeOutURL": f"{self.bot.url}/late",
            "Remarks": "Status",
        }
        return self.post(path, body | asked)

    def told(self, path: str, count: int = 1) -> list[Any]:
        """What the bot was told at this path, once it was."""
        return [json.loads(call.body) for call in self.bot.called(path, count)]


@pytest.fixture
def daraja(bot: Bot) -> Iterator[Caller]:
    people = [{"name": "Wanjiku Amina", "phone": AMINA, "wallet": {"minor": 20_000_00, "currency": "KES"}}]
    sim = Simulator({"port": 0, "people": people})
    sim.start()
    yield Caller(sim, bot)
    sim.stop()


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"]


# Who may use it


def test_a_new_token_ends_the_one_before(daraja: Caller) -> None:
    first, second = (daraja.grant().json() for _ in range(2))
    assert (len(first["access_token"]), first["expires_in"]) == (28, "3599")
    daraja.token = second["access_token"]
    assert code(daraja.post("/mpesa/stkpush/v1/processrequest", {}, first["access_token"])) == (404, "404.001.03")
    assert code(daraja.post("/mpesa/stkpush/v1/processrequest", {}))[0] == 400


def test_a_login_has_a_type_and_a_grant(daraja: Caller) -> None:
    assert code(daraja.grant(grant_type="password")) == (400, "400.008.02")
    assert code(requests.get(f"{daraja.sim.url}/daraja/oauth/v1/generate?grant_type=client_credentials")) == (
        400,
        "400.008.01",
    )


def test_the_gate_turns_back_what_is_too_much(daraja: Caller) -> None:
    daraja.sim.daraja.faults.set({"spike_arrest": 1})
    assert code(daraja.push()) == (500, "500.003.02")
    assert daraja.push().status_code == 200


# Prompts


def test_a_prompt_is_shown_and_its_approval_told(daraja: Caller) -> None:
    checkout = daraja.push().json()["CheckoutRequestID"]
    assert checkout.startswith("ws_CO_")
    assert daraja.query(checkout).json()["ResultCode"] == "4999"
    prompts = f"{daraja.sim.url}/sim/daraja/prompts"
    (prompt,) = requests.get(prompts, params={"phone": AMINA}).json()["prompts"]
    assert (prompt["reference"], prompt["message"]) == (checkout, "UMOJA7-014 Saving w40")
    wrong = requests.post(f"{prompts}/{checkout}", json={"action": "approve", "pin": "99999"})
    right = requests.post(f"{prompts}/{checkout}", json={"action": "approve", "pin": "12345"})
    assert (wrong.status_code, right.json()) == (403, {"status": "SUCCESSFUL", "reason": "0"})
    (told,) = daraja.told("/told")
    callback = told["Body"]["stkCallback"]
    assert (callback["CheckoutRequestID"], callback["ResultCode"]) == (checkout, 0)
    items = {each["Name"]: each.get("Value") for each in callback["CallbackMetadata"]["Item"]}
    assert (items["Amount"], items["PhoneNumber"], items["Balance"]) == (500.0, 254711000101, None)
    query = daraja.query(checkout).json()
    assert query["ResultCode"] == "0"
    assert not {"Amount", "MpesaReceiptNumber"} & set(query)
    assert daraja.sim.world.wallet(AMINA) == Money(19_500_00, "KES")


def test_the_same_request_twice_is_two_prompts(daraja: Caller) -> None:
    keys = {daraja.push().json()["CheckoutRequestID"] for _ in range(2)}
    assert {each["reference"] for each in daraja.sim.daraja.express.prompts(AMINA)} == keys
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"Amount": 0}, 400, "400.002.02"),
        ({"Amount": "500.50"}, 400, "400.002.02"),
        ({"Amount": 250_001}, 400, "400.002.02"),
        ({"PhoneNumber": "0711000101"}, 400, "400.002.02"),
        ({"PhoneNumber": "256772000101"}, 400, "400.002.02"),
        ({"AccountReference": "A" * 13}, 400, "400.002.02"),
        ({"TransactionDesc": "A" * 14}, 400, "400.002.02"),
        ({"TransactionType": "PayBill"}, 400, "400.002.02"),
        ({"CallBackURL": "https://mpesa.example.org/told"}, 400, "400.002.02"),
        ({"CallBackURL": "told"}, 400, "400.002.02"),
        ({"BusinessShortCode": "600984"}, 500, "500.001.1001"),
        ({"Password": "c2VjcmV0"}, 500, "500.001.1001"),
        ({"Timestamp": "20261001093001"}, 500, "500.001.1001"),
    ],
)
def test_what_is_wrong_in_a_request_is_answered_with_its_code(
    daraja: Caller, changed: dict[str, object], status: int, error: str
) -> None:
    assert code(daraja.push(**changed)) == (status, error)
    assert daraja.sim.daraja.express.prompts(AMINA) == []


def test_an_unknown_prompt_and_one_under_way_have_the_same_code(daraja: Caller) -> None:
    assert code(daraja.query("ws_CO_none")) == (500, "500.001.1001")
    daraja.sim.daraja.faults.set({"error_on_query": 1, "in_flight": 1, "outcomes": {AMINA[1:]: "1032"}})
    checkout = daraja.push().json()["CheckoutRequestID"]
    assert code(daraja.query(checkout)) == (500, "500.001.1001")
    assert [daraja.query(checkout).json()["ResultCode"] for _ in range(2)] == ["4999", "1032"]
    (told,) = daraja.told("/told")
    assert "CallbackMetadata" not in told["Body"]["stkCallback"]


# Payouts


def test_a_payout_is_made_once_and_its_result_told(daraja: Caller) -> None:
    numbers = {"PartyA": 600984, "PartyB": int(AMINA[1:]), "Amount": 1200}  # as other clients write them
    assert daraja.pay(**numbers).json()["OriginatorConversationID"] == ID
    assert code(daraja.pay()) == (500, "500.002.1001")
    (told,) = daraja.told("/result")
    found = {each["Key"]: each["Value"] for each in told["Result"]["ResultParameters"]["ResultParameter"]}
    assert (told["Result"]["ResultCode"], found["TransactionAmount"]) == (0, 1200.0)
    assert daraja.sim.world.wallet(AMINA) == Money(21_200_00, "KES")


def test_a_payout_to_nobody_fails_and_is_no_transaction(daraja: Caller) -> None:
    assert daraja.pay(PartyB=STRANGER[1:]).status_code == 200
    (told,) = daraja.told("/result")
    assert told["Result"]["ResultCode"] == 2040
    assert "ResultParameters" not in told["Result"]
    asked = {"CommandID": "TransactionStatusQuery", "OriginalConversationID": ID}
    assert daraja.ask("/mpesa/transactionstatus/v1/query", **asked).json()["ResponseCode"] == "0"
    (answer,) = daraja.told("/answer")
    assert answer["Result"]["ResultCode"] == 2032


def test_a_timeout_brings_the_whole_request_back(daraja: Caller) -> None:
    daraja.sim.daraja.payout_faults.set({"timeout_callback": 1})
    daraja.pay()
    (late,) = daraja.told("/late")
    assert (late["OriginatorConversationID"], "SecurityCredential" in late) == (ID, True)


@pytest.mark.parametrize("changed", [{"Amount": 9}, {"PartyB": "0711"}, {"Remarks": ""}, {"CommandID": "Pay"}])
def test_a_payout_that_is_wrong_is_not_made(daraja: Caller, changed: dict[str, object]) -> None:
    assert code(daraja.pay(**changed)) == (400, "400.002.02")
    assert daraja.sim.daraja.till.rows() == []


def test_with_our_certificate_in_hand_the_password_has_to_be_right(daraja: Caller) -> None:
    assert requests.get(f"{daraja.sim.url}/sim/daraja/certificate").text.startswith("-----BEGIN CERTIFICATE-----")
    daraja.pay()
    (told,) = daraja.told("/result")
    assert told["Result"]["ResultCode"] == 2001


def test_a_balance_and_a_reversal_are_answered_later(daraja: Caller) -> None:
    row = daraja.sim.daraja.paybill.pay(AMINA, "UMOJA7-014", Money(500_00, "KES"))
    daraja.ask("/mpesa/accountbalance/v1/query", CommandID="AccountBalance")
    (balance,) = daraja.told("/answer")
    (held,) = [each["Value"] for each in balance["Result"]["ResultParameters"]["ResultParameter"]][:1]
    assert held.split("&")[0] == "Working Account|KES|500.00|500.00|0.00|0.00"
    asked = {"CommandID": "TransactionReversal", "TransactionID": row.receipt, "Amount": 500}
    for _ in range(2):
        daraja.ask("/mpesa/reversal/v1/request", ReceiverParty="600984", RecieverIdentifierType="11", **asked)
    codes = {each["Result"]["ResultCode"] for each in daraja.told("/answer", 3)[1:]}
    assert (codes, daraja.sim.world.wallet(AMINA)) == ({0, "R000001"}, Money(20_000_00, "KES"))


# The Paybill


def register(daraja: Caller) -> requests.Response:
    shortcode = daraja.sim.config.daraja_shortcode
    urls = {"ConfirmationURL": f"{daraja.bot.url}/came", "ValidationURL": f"{daraja.bot.url}/asked"}
    body = {"ShortCode": shortcode, "ResponseType": "Completed", **urls}
    return daraja.post("/mpesa/c2b/v2/registerurl", body)


@pytest.mark.parametrize(
    ("shown_as", "msisdn"),
    [
        ("digits", "254711000101"),
        ("mask", "2547 ***** 101"),
        ("hash", sha256(b"254711000101").hexdigest()),
    ],
)
def test_money_that_nobody_asked_for_is_confirmed(daraja: Caller, shown_as: str, msisdn: str) -> None:
    assert register(daraja).json()["ResponseCode"] == "0"
    daraja.sim.daraja.faults.set({"msisdn_as": shown_as})
    typed = {"phone": AMINA, "account": "umoja7 014", "amount": "500", "pin": "12345"}
    paid = requests.post(f"{daraja.sim.url}/sim/daraja/paybill", json=typed).json()
    (told,) = daraja.told("/came")
    assert (told["TransID"], told["TransAmount"], told["BillRefNumber"]) == (
        paid["receipt"],
        "500.00",
        "umoja7 014",
    )
    assert told["MSISDN"] == msisdn
    messages = requests.get(f"{daraja.sim.url}/sim/daraja/messages", params={"phone": AMINA}).json()["messages"]
    assert [each["id"] for each in messages] == [paid["receipt"]]


def test_addresses_are_registered_once_where_that_is_so(daraja: Caller) -> None:
    daraja.sim.daraja.faults.set({"registers_again": False})
    register(daraja)
    assert code(register(daraja)) == (500, "500.003.1001")


@pytest.mark.parametrize("typed", [{"amount": "0"}, {"amount": "5.50"}, {"amount": "many"}, {"pin": "99999"}])
def test_a_phone_pays_whole_shillings_with_its_pin(daraja: Caller, typed: dict[str, str]) -> None:
    right = {"phone": AMINA, "account": "UMOJA7-014", "amount": "500", "pin": "12345"}
    answer = requests.post(f"{daraja.sim.url}/sim/daraja/paybill", json=right | typed)
    assert answer.status_code in (400, 403)
    assert daraja.sim.daraja.till.rows() == []


def test_a_list_is_registered_once_and_then_said_to_be(daraja: Caller) -> None:
    wanted = {
        "ShortCode": daraja.sim.config.daraja_shortcode,
        "RequestType": "Pull",
        "NominatedNumber": "254722000000",
        "CallBackURL": "https://pay.example.org/list",
    }
    path = "/pulltransactions/v1/register"
    assert [daraja.post(path, wanted).json()["ResponseStatus"] for _ in range(2)] == ["1000", "1001"]
    assert daraja.post(path, wanted | {"NominatedNumber": ""}).status_code == 400


def test_what_came_is_listed_page_by_page(daraja: Caller) -> None:
    daraja.sim.daraja.faults.set({"page_size": 2})
    paid = [daraja.sim.daraja.paybill.pay(AMINA, f"A{n}", Money(1_000_00, "KES")).receipt for n in range(3)]

    def page(offset: int) -> dict[str, Any]:
        days = {"StartDate": "2020-01-01 00:00:00", "EndDate": "2099-01-01 00:00:00"}
        body = {"ShortCode": daraja.sim.config.daraja_shortcode, **days, "OffSetValue": str(offset)}
        answer: dict[str, Any] = daraja.post("/pulltransactions/v1/query", body).json()
        return answer

    rows = [row for offset in (0, 2) for row in page(offset)["Response"][0]]
    assert ([row["transactionId"] for row in rows], rows[0]["amount"]) == (paid, "1,000.00")
    assert page(3)["ResponseCode"] == "1001"
