"""MTN MoMo's stand-in, held to the wire by hand-written requests: golden exchanges, users, the sandbox."""

import http.client
import json
import re
import uuid
from typing import Any

import pytest
import requests

from domain.money import Money
from tests.momo_server import API_KEY, API_USER, GOLDEN, GRACE, REFERENCE, STRANGER, SUBSCRIPTION, Mtn
from tests.simulator.conftest import Bot
from tests.simulator.momo.answers import bodies, error


def payer(number: str) -> dict[str, Any]:
    return GOLDEN | {"payer": {"partyIdType": "MSISDN", "partyId": number}}


# The golden exchanges


def test_a_token_is_granted_to_an_empty_post(mtn: Mtn) -> None:
    headers = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION}
    answer = requests.post(f"{mtn.url}/collection/token/", auth=(API_USER, API_KEY), headers=headers)
    granted = answer.json()
    assert answer.status_code == 200
    assert granted.pop("access_token")
    assert granted == {"token_type": "access_token", "expires_in": 3600}


def test_accepted_is_202_and_empty_and_then_pending(mtn: Mtn) -> None:
    mtn.momo.faults.set({"settle_ms": 60_000})
    accepted = mtn.pay(GOLDEN)
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert mtn.status() == GOLDEN | {"status": "PENDING"}


def test_the_same_reference_again_is_409(mtn: Mtn) -> None:
    mtn.pay(GOLDEN)
    again = mtn.pay(GOLDEN | {"amount": "70.00"})
    assert again.status_code == 409
    assert again.json() == {
        "message": "Duplicated reference id. Creation of resource failed.",
        "code": "RESOURCE_ALREADY_EXIST",
    }
    assert mtn.status()["amount"] == "50.00"


def test_a_callback_is_posted_without_the_reference_or_the_payers_message(mtn: Mtn, bot: Bot) -> None:
    path = f"/hooks/momo/hush/{REFERENCE}"
    mtn.pay(GOLDEN, callback=bot.url + path)
    call = bot.called(path)[0]
    assert call.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(call.body) == {
        "externalId": "ctr-2026-00042",
        "amount": "50.00",
        "currency": "EUR",
        "payer": {"partyIdType": "MSISDN", "partyId": "46733123451"},
        "payeeNote": "Group 12",
        "status": "FAILED",
        "reason": "APPROVAL_REJECTED",
    }


def test_an_unknown_reference_is_404(mtn: Mtn) -> None:
    answer = mtn.call("GET", f"requesttopay/{REFERENCE}")
    assert answer.status_code == 404
    assert answer.json() == {"message": "Requested resource was not found.", "code": "RESOURCE_NOT_FOUND"}


def test_another_currency_in_the_sandbox_is_500(mtn: Mtn) -> None:
    answer = mtn.pay(GOLDEN | {"currency": "UGX"})
    assert answer.status_code == 500
    assert answer.json() == {"message": "Currency not supported.", "code": "INVALID_CURRENCY"}


# Who may ask


def test_a_post_without_a_length_is_411_in_html(mtn: Mtn) -> None:
    connection = http.client.HTTPConnection(mtn.host.removeprefix("http://"))
    connection.putrequest("POST", "/momo/collection/token/")
    connection.putheader("Ocp-Apim-Subscription-Key", SUBSCRIPTION)
    connection.endheaders()
    with connection.getresponse() as answer:
        assert (answer.status, answer.headers.get_content_type()) == (411, "text/html")


@pytest.mark.parametrize(
    ("path", "login", "key", "data", "expected"),
    [
        ("/collection/token", (API_USER, API_KEY), SUBSCRIPTION, None, 404),
        ("/collection/token/", (API_USER, API_KEY), SUBSCRIPTION, "{}", 400),
        ("/collection/token/", (API_USER, ""), SUBSCRIPTION, None, 401),
        ("/collection/token/", None, SUBSCRIPTION, None, 401),
        ("/collection/token/", (API_USER, API_KEY), None, None, 401),
    ],
)
def test_a_token_asked_for_wrongly_is_refused(
    mtn: Mtn, path: str, login: tuple[str, str] | None, key: str | None, data: str | None, expected: int
) -> None:
    headers = {"Ocp-Apim-Subscription-Key": key} if key else {}
    answer = requests.post(mtn.url + path, auth=login, headers=headers, data=data)
    assert answer.status_code == expected
    assert mtn.momo.access.granted == 0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": "Bearer forged"}, 401),
        ({"Authorization": ""}, 401),
        ({"Ocp-Apim-Subscription-Key": "another product's"}, 401),
        ({"X-Target-Environment": ""}, 400),
        ({"X-Target-Environment": "mtnmars"}, 500),
        ({"X-Reference-Id": "7"}, 400),
        ({"X-Reference-Id": "5b0c1c34-6f0e-1b0d-9a55-0a3d0f6f1a11"}, 400),
    ],
)
def test_a_request_with_a_wrong_header_is_not_taken(mtn: Mtn, headers: dict[str, str], expected: int) -> None:
    sent: dict[str, Any] = {"X-Reference-Id": REFERENCE, **headers}
    answer = mtn.call("POST", "requesttopay", GOLDEN, **sent)
    assert answer.status_code == expected
    assert mtn.call("GET", f"requesttopay/{REFERENCE}").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "5,000"},
        {"amount": 5000},
        {"amount": "50.001"},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": None},
        {"externalId": None},
        {"payerMessage": "Akello's saving"},
        {"payeeNote": "Savings & loans"},
        {"payeeNote": "x" * 161},
        {"payer": "46733123451"},
        {"payer": {"partyIdType": "MSISDN", "partyId": "+46733123451"}},
        {"payer": {"partyIdType": "PASSPORT", "partyId": "46733123451"}},
    ],
)
def test_a_body_that_is_wrong_is_400_and_not_taken(mtn: Mtn, changed: dict[str, Any]) -> None:
    assert mtn.pay(GOLDEN | changed).status_code == 400
    assert mtn.call("GET", f"requesttopay/{REFERENCE}").status_code == 404


def test_an_api_user_is_made_once_and_its_key_must_fit(mtn: Mtn) -> None:
    key, url = {"Ocp-Apim-Subscription-Key": SUBSCRIPTION}, f"{mtn.url}/v1_0/apiuser"
    host, reference = {"providerCallbackHost": "pay.example.org"}, {"X-Reference-Id": REFERENCE}
    made = [requests.post(url, json=host, headers=key | reference) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 409]
    assert made[0].content == b""
    keyed = requests.post(f"{url}/{REFERENCE}/apikey", headers=key)
    assert keyed.status_code == 201
    assert re.fullmatch(r"[0-9a-f]{32}", keyed.json()["apiKey"])
    shown = requests.get(f"{url}/{REFERENCE}", headers=key).json()
    assert shown == host | {"targetEnvironment": "sandbox"}
    assert requests.get(f"{url}/{uuid.uuid4()}", headers=key).status_code == 404

    def login(password: str) -> requests.Response:
        return requests.post(f"{mtn.url}/collection/token/", auth=(REFERENCE, password), headers=key)

    assert login(keyed.json()["apiKey"]).status_code == 200
    assert (login("guess").status_code, login("guess").json()) == (401, {"error": "login_failed"})


# The sandbox


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        ("46733123450", "FAILED", "INTERNAL_PROCESSING_ERROR"),
        ("46733123451", "FAILED", "APPROVAL_REJECTED"),
        ("46733123452", "FAILED", "EXPIRED"),
        ("46733123463", "FAILED", "COULD_NOT_PERFORM_TRANSACTION"),
        ("46733123464", "FAILED", "TYPE_UNKNOWN"),
        ("56733123453", "SUCCESSFUL", ""),
        ("256772000101", "SUCCESSFUL", ""),
    ],
)
def test_a_sandbox_number_says_how_it_ends(mtn: Mtn, number: str, status: str, reason: str) -> None:
    assert mtn.pay(payer(number)).status_code == 202
    end = mtn.status()
    assert (end["status"], end.get("reason", "")) == (status, reason)
    assert ("financialTransactionId" in end) == (status == "SUCCESSFUL")
    assert mtn.momo.settled() == ({REFERENCE: Money(5_000, "EUR")} if status == "SUCCESSFUL" else {})


@pytest.mark.parametrize(
    ("number", "wait", "meanwhile", "end"),
    [
        ("46733123453", "ongoing_ms", "PENDING", "EXPIRED"),
        ("46733123454", "delayed_ms", "CREATED", "SUCCESSFUL"),
    ],
)
def test_a_slow_sandbox_number_ends_after_its_wait(
    mtn: Mtn, bot: Bot, number: str, wait: str, meanwhile: str, end: str
) -> None:
    mtn.pay(payer(number), callback=f"{bot.url}/slow")
    assert mtn.status()["status"] == meanwhile
    assert bot.so_far("/slow") == []
    mtn.momo.faults.set({wait: 1})
    mtn.pay(payer(number), str(uuid.uuid4()), callback=f"{bot.url}/soon")
    said = bodies(bot.called("/soon"))[0]
    assert said.get("reason", said["status"]) == end


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("46733123455", (500, "PAYER_NOT_FOUND")),
        ("46733123456", (500, "PAYEE_NOT_ALLOWED_TO_RECEIVE")),
        ("46733123457", (500, "NOT_ALLOWED")),
        ("46733123458", (500, "NOT_ALLOWED_TARGET_ENVIRONMENT")),
        ("46733123459", (500, "INVALID_CALLBACK_URL_HOST")),
        ("46733123460", (500, "INVALID_CURRENCY")),
        ("46733123461", (500, "INTERNAL_PROCESSING_ERROR")),
        ("46733123462", (503, "SERVICE_UNAVAILABLE")),
    ],
)
def test_a_sandbox_number_may_be_refused(mtn: Mtn, number: str, expected: tuple[int, str]) -> None:
    assert error(mtn.pay(payer(number))) == expected
    assert mtn.call("GET", f"requesttopay/{REFERENCE}").status_code == 404


@pytest.mark.parametrize(
    ("environment", "digits", "expected"),
    [
        ("sandbox", "46733123499", (200, True)),
        ("sandbox", "46733123451", (200, False)),
        ("sandbox", "46733123450", (404, None)),
        ("sandbox", "46733123455", (503, None)),
        ("mtnuganda", GRACE[1:], (200, True)),
        ("mtnuganda", STRANGER[1:], (404, None)),
    ],
)
def test_an_account_holder_is_looked_up(
    mtn: Mtn, environment: str, digits: str, expected: tuple[int, Any]
) -> None:
    answer = mtn.call("GET", f"accountholder/msisdn/{digits}/active", environment=environment)
    assert (answer.status_code, answer.json().get("result")) == expected


@pytest.mark.parametrize(
    ("environment", "name"), [("sandbox", ("Sand", "Box")), ("mtnuganda", ("Grace", "Akello"))]
)
def test_an_account_holder_has_a_name(mtn: Mtn, environment: str, name: tuple[str, str]) -> None:
    info = mtn.call("GET", f"accountholder/msisdn/{GRACE[1:]}/basicuserinfo", environment=environment).json()
    assert (info["given_name"], info["family_name"]) == name
