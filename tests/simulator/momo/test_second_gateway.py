"""MTN's newer gateway beside the first: what it wants of its own, and that neither knows the other's requests."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from domain.money import Money
from payments.momo import MomoCollections
from payments.port import Asked, Collection, OutcomeUnknown
from simulator.server import Simulator
from tests.momo_server import API_KEY, API_USER, GRACE, REFERENCE, SUBSCRIPTION

ENVIRONMENT = {"X-Target-Environment": "mtnuganda"}
OURS = {"User-Agent": "community-savings-bot/1"}


@pytest.fixture
def mtn() -> Iterator[Simulator]:
    simulator = Simulator({"port": 0, "people": [{"name": "Akello Grace", "phone": GRACE}]})
    simulator.start()
    yield simulator
    simulator.stop()


def client(mtn: Simulator, gateway: str, **changed: Any) -> MomoCollections:
    settings: dict[str, Any] = {
        "name": gateway,
        "base_url": f"{mtn.url}/{gateway}",
        "subscription_key": SUBSCRIPTION,
        "api_user": API_USER,
        "api_key": API_KEY,
        "environment": "mtnuganda",
    }
    return MomoCollections(**settings | changed)


def test_what_was_asked_for_at_one_gateway_is_unknown_at_the_other(mtn: Simulator) -> None:
    asked = Collection(REFERENCE, "CWWWWWW", Money(5_000, "UGX"), GRACE, "Savings", "Savings")
    client(mtn, "momo_africa").collect(asked)
    found = [client(mtn, gateway).status(Asked(REFERENCE)).state for gateway in ("momo", "momo_africa")]
    assert found == ["not_found", "pending"]
    (prompt,) = requests.get(f"{mtn.url}/sim/prompts", params={"phone": GRACE}).json()["prompts"]
    requests.post(f"{mtn.url}/sim/prompts/{prompt['reference']}", json={"action": "approve", "pin": "12345"})
    assert client(mtn, "momo_africa").status(Asked(REFERENCE)).state == "succeeded"
    assert mtn.momo_africa.debits(GRACE) == [Money(5_000, "UGX")]
    assert mtn.momo.debits(GRACE) == []


def test_an_agent_that_names_the_library_is_refused_with_a_page(mtn: Simulator) -> None:
    for agent, expected in (("python-requests/2.32", 403), ("community-savings-bot/1", 200)):
        answer = requests.post(
            f"{mtn.url}/momo_africa/collection/token/",
            auth=(API_USER, API_KEY),
            headers={"Ocp-Apim-Subscription-Key": SUBSCRIPTION, "User-Agent": agent} | ENVIRONMENT,
        )
        assert answer.status_code == expected
    with pytest.raises(OutcomeUnknown, match="HTTP 403"):
        client(mtn, "momo_africa", agent="python-requests/2.32").status(Asked(REFERENCE))


@pytest.mark.parametrize(
    ("login", "headers", "expected"),
    [
        ((API_USER, API_KEY), ENVIRONMENT, 200),
        ((API_USER, API_KEY), {}, 400),
        ((API_USER, "key%20of%20the%20user"), ENVIRONMENT, 500),
        ((API_USER, ""), ENVIRONMENT, 401),
    ],
)
def test_a_token_is_asked_for_with_the_environment_and_the_login_as_it_is(
    mtn: Simulator, login: tuple[str, str], headers: dict[str, str], expected: int
) -> None:
    sent = OURS | {"Ocp-Apim-Subscription-Key": SUBSCRIPTION} | headers
    answer = requests.post(f"{mtn.url}/momo_africa/collection/token/", auth=login, headers=sent)
    assert answer.status_code == expected


def test_a_portal_gives_its_users_out(mtn: Simulator) -> None:
    headers = OURS | {"Ocp-Apim-Subscription-Key": SUBSCRIPTION, "X-Reference-Id": REFERENCE}
    made = [
        requests.post(
            f"{mtn.url}/{gateway}/v1_0/apiuser", json={"providerCallbackHost": "pay.example.org"}, headers=headers
        ).status_code
        for gateway in ("momo", "momo_africa")
    ]
    assert made == [201, 404]
