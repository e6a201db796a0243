"""Airtel Money's stand-in, held to the wire by hand-written requests."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.airtel_server import AISHA, AirtelServer

ASKED: dict[str, Any] = {
    "reference": "C1AB",
    "subscriber": {"country": "UG", "currency": "UGX", "msisdn": AISHA[4:]},
    "transaction": {"amount": 5000, "country": "UG", "currency": "UGX", "id": "ctr12"},
}
OK = {"code": "200", "success": True, "result_code": "ESB000010", "message": "SUCCESS"}


@pytest.fixture
def airtel() -> Iterator[AirtelServer]:
    server = AirtelServer()
    yield server
    server.stop()


def collect(airtel: AirtelServer, **changed: Any) -> requests.Response:
    return airtel.call("POST", "/merchant/v1/payments/", ASKED | changed)


def code(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    return answer.status_code, body.get("status", {}).get("response_code") or body.get("status_code")


def test_a_request_is_accepted_and_then_paid(airtel: AirtelServer) -> None:
    accepted = collect(airtel)
    assert accepted.status_code == 200
    assert accepted.json() == {
        "data": {"transaction": {"id": "ctr12", "status": "SUCCESS"}},
        "status": {"response_code": "DP00800001006"} | OK,
    }
    waiting = airtel.call("GET", "/standard/v1/payments/ctr12").json()
    assert waiting["data"]["transaction"] == {"id": "ctr12", "message": "success", "status": "TIP"}
    airtel.airtel.approve("ctr12")
    paid = airtel.call("GET", "/standard/v1/payments/ctr12").json()
    assert paid["data"]["transaction"].pop("airtel_money_id")
    assert paid == {
        "data": {"transaction": {"id": "ctr12", "message": "success", "status": "TS"}},
        "status": {"response_code": "DP00800001001"} | OK,
    }


def test_an_id_that_is_known_is_refused_with_http_200(airtel: AirtelServer) -> None:
    collect(airtel)
    again = collect(airtel)
    assert again.status_code == 200
    assert again.json() == {
        "status": {
            "response_code": "DP00800001000",
            "code": "500",
            "success": False,
            "result_code": "ESB000041",
            "message": "External Transaction ID already exists.",
        }
    }
    assert len(airtel.airtel.prompts(AISHA)) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": "Bearer forged"}, (401, None)),
        ({"Authorization": ""}, (401, None)),
        ({"X-Country": ""}, (400, "ROUTER003")),
        ({"X-Country": "GH"}, (400, "ROUTER003")),
        ({"X-Currency": ""}, (400, "ROUTER003")),
        ({"X-Currency": "KES"}, (400, "ROUTER112")),
    ],
)
def test_a_request_with_a_wrong_header_is_not_taken(
    airtel: AirtelServer, headers: dict[str, str], expected: tuple[int, str | None]
) -> None:
    assert code(airtel.call("POST", "/merchant/v1/payments/", ASKED, **headers)) == expected
    assert airtel.airtel.prompts(AISHA) == []


@pytest.mark.parametrize(
    "msisdn", [AISHA, AISHA[1:], f"0{AISHA[4:]}", "", "75200010", 752000101, None, "75200010x", "99" * 8]
)
def test_a_number_is_national_and_somebodys(airtel: AirtelServer, msisdn: object) -> None:
    who = {"subscriber": {"country": "UG", "currency": "UGX", "msisdn": msisdn}}
    assert code(collect(airtel, **who))[1] in ("DP00800001010", "400")


@pytest.mark.parametrize(
    "changed",
    [
        {"reference": "C1"},
        {"reference": "C1-AB"},
        {"transaction": ASKED["transaction"] | {"amount": 0}},
        {"transaction": ASKED["transaction"] | {"amount": 50.5}},  # a shilling of Uganda has no cents
        {"transaction": ASKED["transaction"] | {"amount": True}},
        {"transaction": ASKED["transaction"] | {"amount": "5,000"}},
        {"transaction": ASKED["transaction"] | {"currency": "KES"}},
        {"transaction": ASKED["transaction"] | {"id": "c1"}},
        {"transaction": ASKED["transaction"] | {"id": "ctr 12"}},
        {"transaction": None},
        {"subscriber": ASKED["subscriber"] | {"country": "KE"}},
    ],
)
def test_a_field_that_is_wrong_is_refused_with_http_200(airtel: AirtelServer, changed: dict[str, Any]) -> None:
    assert code(collect(airtel, **changed)) == (200, "DP00800001004")
    assert airtel.airtel.prompts(AISHA) == []


def test_a_token_is_good_for_three_minutes_or_some_requests(airtel: AirtelServer) -> None:
    login = {"client_id": "app", "client_secret": "x", "grant_type": "client_credentials"}
    granted = requests.post(f"{airtel.url}/auth/oauth2/token", json=login).json()
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", "180")
    airtel.airtel.faults.set({"token_expires_after": 1})
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    asked = [airtel.call("GET", "/standard/v1/users/balance", **bearer) for _ in range(2)]
    assert [each.status_code for each in asked] == [200, 401]
    assert asked[1].json()["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_id": ""}, (401, "invalid_client")),
        ({"client_secret": "guess"}, (401, "invalid_client")),
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
    ],
)
def test_a_login_that_is_wrong_has_no_token(changed: dict[str, str], expected: tuple[int, str]) -> None:
    server = AirtelServer(airtel_client_id="app", airtel_client_secret="right")
    try:
        login = {"client_id": "app", "client_secret": "right", "grant_type": "client_credentials"}
        answer = requests.post(f"{server.url}/auth/oauth2/token", json=login | changed)
        assert (answer.status_code, answer.json()["error"]) == expected
        assert server.airtel.access.granted == 0
    finally:
        server.stop()


def test_who_has_a_number_is_said_with_the_name(airtel: AirtelServer) -> None:
    said = airtel.call("GET", f"/standard/v1/users/{AISHA[4:]}").json()
    assert (said["data"]["first_name"], said["data"]["last_name"]) == ("Aisha", "Nakato")
    assert (said["data"]["is_barred"], said["status"]["response_code"]) == (False, "DP02200000001")
    assert code(airtel.call("GET", "/standard/v1/users/752000999")) == (200, "DP02200000000")


def test_a_prompt_that_waits_too_long_is_expired(airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"approval_ms": 1})
    collect(airtel)
    airtel.world.later.wait_until_done(1)
    found = airtel.call("GET", "/standard/v1/payments/ctr12").json()
    assert (found["data"]["transaction"]["status"], found["status"]["response_code"]) == ("TE", "DP00800001029")
    assert airtel.airtel.prompts(AISHA) == []
