"""MTN MoMo's stand-in for Disbursements, by hand-written requests: transfers, phones, and the sandbox."""

import json
import re
import uuid
from typing import Any

import pytest
import requests

from domain.money import Money
from tests.momo_server import (
    API_KEY,
    API_USER,
    GOLDEN,
    GRACE,
    OKOT,
    REFERENCE,
    STRANGER,
    SUBSCRIPTION,
    UGANDA,
    Mtn,
    payee,
)
from tests.simulator.conftest import Bot
from tests.waiting import until

SENT = payee("56733123453")


def send(mtn: Mtn, body: object, environment: str = "sandbox", callback: str = "") -> requests.Response:
    return mtn.pay(body, environment=environment, callback=callback, product=mtn.disbursements)


def status(mtn: Mtn, reference: str = REFERENCE) -> dict[str, Any]:
    return mtn.status(reference, mtn.disbursements)


def known(mtn: Mtn) -> bool:
    return mtn.call("GET", f"transfer/{REFERENCE}", product=mtn.disbursements).status_code == 200


# The exchange


def test_a_transfer_is_202_and_empty_and_then_pending(mtn: Mtn) -> None:
    mtn.disbursements.faults.set({"settle_ms": 60_000})
    accepted = send(mtn, SENT)
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert status(mtn) == SENT | {"status": "PENDING"}


def test_a_transfer_that_was_made_has_a_transaction(mtn: Mtn) -> None:
    send(mtn, SENT)
    made = status(mtn)
    assert made.pop("financialTransactionId").isdecimal()
    assert made == SENT | {"status": "SUCCESSFUL"}


def test_a_transfer_under_the_same_reference_is_409_and_is_as_it_was(mtn: Mtn) -> None:
    mtn.pay_grace()
    again = send(mtn, payee(OKOT[1:], UGANDA), "mtnuganda")
    assert (again.status_code, again.json()["code"]) == (409, "RESOURCE_ALREADY_EXIST")
    assert mtn.world.wallet(GRACE) == Money(205_000, "UGX")
    assert mtn.world.wallet(OKOT) == Money(200_000, "UGX")


def test_a_callback_of_a_transfer_names_the_payee(mtn: Mtn, bot: Bot) -> None:
    send(mtn, payee("46733123451"), callback=f"{bot.url}/cb")
    assert json.loads(bot.called("/cb")[0].body) == {
        "externalId": "ctr-2026-00042",
        "amount": "50.00",
        "currency": "EUR",
        "payeeNote": "Group 12",
        "payee": {"partyIdType": "MSISDN", "partyId": "46733123451"},
        "status": "FAILED",
        "reason": "APPROVAL_REJECTED",
    }


@pytest.mark.parametrize("changed", [{"amount": "0"}, {"payeeNote": "Akello's share"}, {"payee": GRACE}])
def test_a_transfer_that_is_wrong_is_400_and_not_taken(mtn: Mtn, changed: dict[str, Any]) -> None:
    assert send(mtn, SENT | changed).status_code == 400
    assert not known(mtn)


def test_a_request_to_pay_is_no_transfer(mtn: Mtn) -> None:
    assert send(mtn, GOLDEN).status_code == 400
    assert mtn.pay(SENT).status_code == 400
    assert not known(mtn)


def test_a_token_of_one_product_does_not_open_the_other(mtn: Mtn) -> None:
    forged = {"Authorization": f"Bearer {mtn.token()}", "X-Reference-Id": REFERENCE}
    refused = mtn.call("POST", "transfer", SENT, product=mtn.disbursements, **forged)
    assert refused.status_code == 401
    assert not known(mtn)
    headers = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION}
    login = {"auth": (API_USER, API_KEY), "headers": headers, "timeout": 5}
    assert requests.post(f"{mtn.url}/disbursement/token", **login).status_code == 404  # type: ignore[arg-type]


def test_the_account_pays_what_it_holds_and_no_more() -> None:
    mtn = Mtn(disbursement_minor=6_000)
    mtn.pay_grace()
    other = str(uuid.uuid4())
    mtn.pay_grace(other)
    assert (status(mtn)["status"], status(mtn, other)["reason"]) == ("SUCCESSFUL", "NOT_ENOUGH_FUNDS")
    balance = mtn.call("GET", "account/balance", environment="mtnuganda", product=mtn.disbursements)
    assert balance.json() == {"availableBalance": "1000", "currency": "UGX"}
    assert mtn.call("GET", "account/balance", environment="mtnuganda").json()["availableBalance"] == "0"
    mtn.stop()


def test_a_payee_is_looked_up(mtn: Mtn) -> None:
    def call(digits: str, what: str) -> requests.Response:
        path = f"accountholder/msisdn/{digits}/{what}"
        return mtn.call("GET", path, environment="mtnuganda", product=mtn.disbursements)

    assert call(GRACE[1:], "active").json() == {"result": True}
    assert call(GRACE[1:], "basicuserinfo").json()["given_name"] == "Grace"
    assert call(STRANGER[1:], "active").status_code == 404


# Phones and wallets


def test_a_phone_is_told_of_money_that_came(mtn: Mtn) -> None:
    mtn.pay_grace()
    url = f"{mtn.host}/sim/momo/messages"
    (told,) = requests.get(url, params={"phone": GRACE}).json()["messages"]
    assert told["text"] == (
        "You have received UGX 5,000 from Community Savings. Group 12. New balance: UGX 205,000."
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", told["at"])
    assert (told["id"], told["from"]) == (status(mtn)["financialTransactionId"], "MobileMoney")
    assert requests.get(url, params={"phone": OKOT}).json() == {"messages": []}
    happened = [(event.kind, event.data) for event in mtn.world.events(0, GRACE)]
    assert happened == [("wallet", {"wallet": "UGX 205,000"}), ("money", told)]
    assert mtn.disbursements.settled() == {REFERENCE: Money(5_000, "UGX")}
    assert (mtn.disbursements.credits(GRACE), mtn.disbursements.credits(OKOT)) == ([Money(5_000, "UGX")], [])


@pytest.mark.parametrize(("phone", "currency"), [(STRANGER, "UGX"), (GRACE, "XAF")])
def test_whoever_has_no_such_wallet_is_not_paid(mtn: Mtn, phone: str, currency: str) -> None:
    assert send(mtn, payee(phone[1:], UGANDA | {"currency": currency}), "simulator").status_code == 202
    assert status(mtn)["reason"] == "PAYEE_NOT_FOUND"
    assert mtn.disbursements.settled() == {}
    assert mtn.disbursements.messages(phone) == []


def test_a_transfer_may_take_its_time(mtn: Mtn, bot: Bot) -> None:
    mtn.disbursements.faults.set({"settle_ms": 1})
    mtn.pay_grace(callback=f"{bot.url}/cb")
    assert json.loads(bot.called("/cb")[0].body)["status"] == "SUCCESSFUL"
    assert mtn.world.wallet(GRACE) == Money(205_000, "UGX")


def test_the_switches_of_one_product_leave_the_other_alone(mtn: Mtn) -> None:
    mtn.disbursements.faults.set({"outcomes": {GRACE[1:]: "PAYEE_NOT_ALLOWED_TO_RECEIVE"}})
    mtn.pay_grace()
    mtn.momo.approve(mtn.ask_grace())
    assert (status(mtn)["status"], mtn.status()["status"]) == ("FAILED", "SUCCESSFUL")


def test_a_callback_of_a_transfer_may_come_twice_and_before_its_end_shows(mtn: Mtn, bot: Bot) -> None:
    mtn.disbursements.faults.set({"callback_twice": 1, "callback_before_settled": 1, "callback_ms": 1})
    mtn.pay_grace(callback=f"{bot.url}/cb")
    first, second = bot.called("/cb", 2)
    assert first.body == second.body
    assert status(mtn)["status"] == "PENDING"
    until(lambda: str(status(mtn)["status"]) == "SUCCESSFUL")


# The sandbox


@pytest.mark.parametrize(
    ("number", "status_", "reason"),
    [
        ("46733123450", "FAILED", "INTERNAL_PROCESSING_ERROR"),
        ("46733123451", "FAILED", "APPROVAL_REJECTED"),
        ("46733123452", "FAILED", "EXPIRED"),
        ("46733123453", "PENDING", ""),
        ("46733123454", "CREATED", ""),
        ("46733123464", "FAILED", "TYPE_UNKNOWN"),
        ("56733123453", "SUCCESSFUL", ""),
    ],
)
def test_a_sandbox_number_says_how_a_transfer_ends(mtn: Mtn, number: str, status_: str, reason: str) -> None:
    assert send(mtn, payee(number)).status_code == 202
    end = status(mtn)
    assert (end["status"], end.get("reason", "")) == (status_, reason)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("46733123455", (500, "NOT_ENOUGH_FUNDS")),
        ("46733123456", (500, "PAYER_LIMIT_REACHED")),
        ("46733123457", (500, "PAYEE_NOT_FOUND")),
        ("46733123458", (500, "NOT_ALLOWED")),
        ("46733123459", (500, "NOT_ALLOWED_TARGET_ENVIRONMENT")),
        ("46733123460", (500, "INVALID_CALLBACK_URL_HOST")),
        ("46733123461", (500, "INVALID_CURRENCY")),
        ("46733123462", (500, "INTERNAL_PROCESSING_ERROR")),
        ("46733123463", (503, "SERVICE_UNAVAILABLE")),
    ],
)
def test_a_sandbox_number_may_refuse_a_transfer(mtn: Mtn, number: str, expected: tuple[int, str]) -> None:
    answer = send(mtn, payee(number))
    assert (answer.status_code, answer.json()["code"]) == expected
    assert not known(mtn)
