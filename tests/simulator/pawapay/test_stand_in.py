"""pawaPay's stand-in, held to the wire by hand-written requests: golden exchanges, refusals, faults."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from domain.money import Money
from simulator.phones import NoSuchPrompt, WrongPin
from tests.pawapay_server import ANYANGO, DEPOSIT, GRACE, PAID, PAYOUT, REFERENCE, PawapayServer
from tests.simulator.conftest import Bot


@pytest.fixture
def pawapay(bot: Bot) -> Iterator[PawapayServer]:
    server = PawapayServer(bot_url=bot.url, hook_secret="hush")
    yield server
    server.stop()


def paid_by(phone: str, provider: str = "MPESA_KEN", **changed: Any) -> dict[str, Any]:
    details = {"phoneNumber": phone.removeprefix("+"), "provider": provider}
    return DEPOSIT | {"payer": {"type": "MMO", "accountDetails": details}} | changed


# The golden exchanges


def test_a_deposit_is_accepted_and_then_found(pawapay: PawapayServer) -> None:
    accepted = pawapay.post("/v2/deposits", DEPOSIT)
    assert accepted == {
        "depositId": REFERENCE,
        "status": "ACCEPTED",
        "nextStep": "FINAL_STATUS",
        "created": accepted["created"],
    }
    found = pawapay.get(f"/v2/deposits/{REFERENCE}")
    assert found == {
        "status": "FOUND",
        "data": {
            "depositId": REFERENCE,
            "status": "COMPLETED",
            "amount": "500.00",
            "currency": "KES",
            "country": "KEN",
            "payer": DEPOSIT["payer"],
            "created": accepted["created"],
            "providerTransactionId": found["data"]["providerTransactionId"],
        },
    }


def test_the_same_id_again_is_ignored_whatever_the_body(pawapay: PawapayServer) -> None:
    first = pawapay.post("/v2/deposits", DEPOSIT)
    again = pawapay.post("/v2/deposits", DEPOSIT | {"amount": "700"})
    assert again == {"depositId": REFERENCE, "status": "DUPLICATE_IGNORED", "created": first["created"]}
    assert pawapay.get(f"/v2/deposits/{REFERENCE}")["data"]["amount"] == "500.00"


def test_what_is_unknown_is_not_found_with_200(pawapay: PawapayServer) -> None:
    answer = pawapay.call("GET", f"/v2/deposits/{REFERENCE}")
    assert (answer.status_code, answer.json()) == (200, {"status": "NOT_FOUND"})


def test_the_configuration_is_of_one_country_and_one_operation_where_they_are_named(
    pawapay: PawapayServer,
) -> None:
    (kenya,) = pawapay.get("/v2/active-conf?country=KEN&operationType=DEPOSIT")["countries"]
    (mpesa,) = (each for each in kenya["providers"] if each["provider"] == "MPESA_KEN")
    assert (kenya["country"], [*mpesa["currencies"][0]["operationTypes"]]) == ("KEN", ["DEPOSIT"])
    assert len(pawapay.get("/v2/active-conf")["countries"]) > 1


def test_payouts_in_bulk_are_each_on_their_own(pawapay: PawapayServer) -> None:
    other = PAYOUT | {"payoutId": str(uuid.uuid4()), "amount": "0500"}
    first, second = pawapay.post("/v2/payouts/bulk", [PAYOUT, other])
    assert (first["payoutId"], first["status"]) == (REFERENCE, "ACCEPTED")
    assert (second["status"], second["failureReason"]["failureCode"]) == ("REJECTED", "INVALID_AMOUNT")


def test_a_callback_has_four_decimals_and_no_reference_of_ours(pawapay: PawapayServer, bot: Bot) -> None:
    body = paid_by("254703456039", clientReferenceId="CWABCDE", metadata=[{"key": "ref", "value": "CWABCDE"}])
    pawapay.post("/v2/deposits", body)
    [call] = bot.called("/hooks/pawapay/hush/deposits")
    told = json.loads(call.body)
    assert (told["depositId"], told["status"], told["amount"]) == (REFERENCE, "FAILED", "500.0000")
    assert told["failureReason"]["failureCode"] == "PAYMENT_NOT_APPROVED"
    assert (told["metadata"], "clientReferenceId" in told) == ({"ref": "CWABCDE"}, False)
    assert {"Signature", "Signature-Input", "Content-Digest", "Signature-Date"} <= {*call.headers}
    assert pawapay.get(f"/v2/deposits/{REFERENCE}")["data"]["clientReferenceId"] == "CWABCDE"


def test_a_final_callback_is_sent_again_for_whoever_asks(pawapay: PawapayServer, bot: Bot) -> None:
    resend = f"/v2/deposits/resend-callback/{REFERENCE}"
    assert pawapay.post(resend, None)["failureReason"]["failureCode"] == "NOT_FOUND"
    pawapay.post("/v2/deposits", DEPOSIT)
    assert pawapay.post(resend, None)["status"] == "ACCEPTED"
    first, second = bot.called("/hooks/pawapay/hush/deposits", 2)
    assert first.body == second.body


def test_a_number_is_cleaned_and_its_network_guessed(pawapay: PawapayServer) -> None:
    found = pawapay.post("/v2/predict-provider", {"phoneNumber": "+260 763-456 789"})
    assert found == {"country": "ZMB", "provider": "MTN_MOMO_ZMB", "phoneNumber": "260763456789"}
    assert pawapay.call("POST", "/v2/predict-provider", {"phoneNumber": "1"}).status_code == 400


# Who may ask, and what


def test_without_a_token_or_with_another_nobody_is_heard(pawapay: PawapayServer) -> None:
    assert requests.get(f"{pawapay.url}/v2/availability").status_code == 401
    wrong = pawapay.call("POST", "/v2/deposits", DEPOSIT, token="another")
    assert (wrong.status_code, wrong.json()["failureReason"]["failureCode"]) == (403, "AUTHENTICATION_ERROR")
    assert pawapay.get(f"/v2/deposits/{REFERENCE}") == {"status": "NOT_FOUND"}


NO_REQUESTS: list[tuple[Any, str]] = [
    ([], "INVALID_INPUT"),
    ({}, "MISSING_PARAMETER"),
    (DEPOSIT | {"depositId": "CWABCDE"}, "INVALID_PARAMETER"),
    (DEPOSIT | {"depositId": REFERENCE.replace("-", "")}, "INVALID_PARAMETER"),
    (DEPOSIT | {"depositId": "f4401bd2-1568-1140-bf2d-eb77d2b2b639"}, "INVALID_PARAMETER"),
    (DEPOSIT | {"amount": 500}, "INVALID_PARAMETER"),
    (DEPOSIT | {"payer": {}}, "MISSING_PARAMETER"),
    (DEPOSIT | {"correspondent": "MPESA_KEN"}, "UNSUPPORTED_PARAMETER"),
    (DEPOSIT | {"customerMessage": "abc"}, "INVALID_PARAMETER"),
    (DEPOSIT | {"customerMessage": "a message of more than 22"}, "INVALID_PARAMETER"),
    (DEPOSIT | {"metadata": [{"key": "a"}, {"key": "a"}]}, "DUPLICATE_METADATA_FIELD"),
    (DEPOSIT | {"metadata": [{"key": str(n)} for n in range(11)]}, "INVALID_PARAMETER"),
]
NOT_DONE: list[tuple[Any, str]] = [
    (DEPOSIT | {"amount": "500.00"}, "INVALID_AMOUNT"),
    (DEPOSIT | {"amount": "500.50"}, "INVALID_AMOUNT"),
    (DEPOSIT | {"amount": "0500"}, "INVALID_AMOUNT"),
    (DEPOSIT | {"amount": "500.5"}, "INVALID_AMOUNT"),  # M-Pesa takes whole shillings
    (DEPOSIT | {"amount": "0"}, "AMOUNT_OUT_OF_BOUNDS"),
    (DEPOSIT | {"amount": "5000001"}, "AMOUNT_OUT_OF_BOUNDS"),
    (DEPOSIT | {"currency": "UGX"}, "INVALID_CURRENCY"),
    (paid_by(PAID, "MPESA_MARS"), "INVALID_PROVIDER"),
    (paid_by(GRACE), "INVALID_PHONE_NUMBER"),
    (paid_by("0703456789"), "INVALID_PHONE_NUMBER"),
    (paid_by(GRACE, "MTN_MOMO_UGA", currency="UGX", amount="500.5"), "INVALID_AMOUNT"),
]


def test_what_is_no_request_is_a_400(pawapay: PawapayServer) -> None:
    for body, code in NO_REQUESTS:
        answer = pawapay.call("POST", "/v2/deposits", body)
        assert (answer.status_code, answer.json()["failureReason"]["failureCode"]) == (400, code), body


def test_what_will_not_be_done_is_rejected_with_200(pawapay: PawapayServer) -> None:
    for body, code in NOT_DONE:
        answer = pawapay.call("POST", "/v2/deposits", body)
        assert (answer.status_code, answer.json()["status"]) == (200, "REJECTED"), body
        assert answer.json()["failureReason"]["failureCode"] == code, body
        assert pawapay.get(f"/v2/deposits/{REFERENCE}") == {"status": "NOT_FOUND"}


def test_a_network_with_two_decimals_takes_them_for_payouts(pawapay: PawapayServer) -> None:
    assert pawapay.post("/v2/payouts", PAYOUT | {"amount": "1200.5"})["status"] == "ACCEPTED"


def test_a_part_of_a_deposit_goes_back_and_then_the_rest(pawapay: PawapayServer) -> None:
    def refund(**changed: str) -> str:
        body = {"refundId": str(uuid.uuid4()), "depositId": REFERENCE} | changed
        answer = pawapay.post("/v2/refunds", body)
        code: str = answer.get("failureReason", {}).get("failureCode", answer["status"])
        return code

    pawapay.post("/v2/deposits", DEPOSIT)
    assert refund(amount="200", currency="KES") == "ACCEPTED"
    assert refund(amount="301", currency="KES") == "AMOUNT_TOO_LARGE"
    assert refund(amount="300", currency="UGX") == "INVALID_CURRENCY"
    assert refund(amount="300", currency="KES") == "ACCEPTED"
    assert refund() == "DEPOSIT_ALREADY_REFUNDED"
    assert refund(depositId=str(uuid.uuid4())) == "NOT_FOUND"


# The phones


def test_a_prompt_waits_for_its_person_and_their_pin(pawapay: PawapayServer) -> None:
    pawapay.post("/v2/deposits", paid_by(ANYANGO, customerMessage="Savings CWABCDE"))
    [prompt] = pawapay.operations.prompts(ANYANGO)
    assert (prompt["reference"], prompt["message"], prompt["amount"]) == (REFERENCE, "Savings CWABCDE", "KES 500")
    with pytest.raises(WrongPin):
        pawapay.operations.approve(REFERENCE, "00000")
    assert pawapay.operations.approve(REFERENCE, "12345") == {"status": "SUCCESSFUL", "reason": ""}
    with pytest.raises(NoSuchPrompt):
        pawapay.operations.reject(REFERENCE)
    assert pawapay.world.wallet(ANYANGO) == Money(1_950_000, "KES")


def test_prompts_and_messages_of_all_rails_are_on_the_phone(pawapay: PawapayServer) -> None:
    pawapay.post("/v2/deposits", paid_by(ANYANGO))
    shown = requests.get(f"{pawapay.sim.url}/sim/prompts", params={"phone": ANYANGO}).json()
    assert [each["reference"] for each in shown["prompts"]] == [REFERENCE]
    answer = {"action": "approve", "pin": "12345"}
    assert requests.post(f"{pawapay.sim.url}/sim/prompts/{REFERENCE}", json=answer).status_code == 200
    details = {"phoneNumber": ANYANGO[1:], "provider": "MPESA_KEN"}
    pawapay.post("/v2/payouts", PAYOUT | {"recipient": {"type": "MMO", "accountDetails": details}})
    told = requests.get(f"{pawapay.sim.url}/sim/messages", params={"phone": ANYANGO}).json()["messages"]
    assert ["KES 1,200" in each["text"] for each in told] == [True]


@pytest.mark.parametrize(
    ("minor", "currency", "code"),
    [(100, "KES", "INSUFFICIENT_BALANCE"), (200_000, "UGX", "PAYER_NOT_FOUND")],
)
def test_who_has_too_little_or_another_money_does_not_pay(minor: int, currency: str, code: str) -> None:
    wallet = {"minor": minor, "currency": currency}
    server = PawapayServer(people=[{"name": "Poor", "phone": ANYANGO, "wallet": wallet}])
    server.post("/v2/deposits", paid_by(ANYANGO))
    if server.operations.prompts(ANYANGO):
        server.operations.approve(REFERENCE)
    assert server.get(f"/v2/deposits/{REFERENCE}")["data"]["failureReason"]["failureCode"] == code
    server.stop()


def test_a_switch_takes_what_it_can_do(pawapay: PawapayServer) -> None:
    wrong: list[dict[str, Any]] = [
        {"availability": {"MPESA_KEN": "BROKEN"}},
        {"outcomes": {PAID: "SUCCESSFUL"}},
        {"signature": "rsa"},
        {"decimals": "4"},
        {"no_such": 1},
    ]
    for switch in wrong:
        answer = requests.post(f"{pawapay.sim.url}/sim/faults", json={"pawapay": switch})
        assert answer.status_code == 400, switch
    right = requests.post(f"{pawapay.sim.url}/sim/faults", json={"pawapay": {"decimals": 4}})
    assert right.json()["pawapay"]["decimals"] == 4
    pawapay.post("/v2/deposits", DEPOSIT)
    assert pawapay.get(f"/v2/deposits/{REFERENCE}")["data"]["amount"] == "500.0000"
