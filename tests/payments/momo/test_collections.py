"""The MTN MoMo client: its token, its settings, and what the stand-in's faults make of a payment."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from domain.money import Money
from payments.momo import CURRENCIES, MomoCollections, provision_sandbox
from payments.port import Asked, OutcomeUnknown, ProviderError, ProviderStatus, Refused
from tests.momo_server import API_KEY, API_USER, GRACE, REFERENCE, SUBSCRIPTION, MomoServer
from tests.payments.conftest import ADDRESSES, FIVE_THOUSAND, Wire, ask, said
from tests.payments.momo.conftest import client_at
from tests.together import together

# The token


def test_one_token_serves_every_call(mtn: MomoServer) -> None:
    client = mtn.client()
    client.collect(ask())
    client.status(Asked(REFERENCE))
    assert mtn.momo.access.granted == 1


@pytest.mark.parametrize(("lifetime", "granted"), [(60, 2), (3_600, 1)])
def test_a_token_is_renewed_a_minute_early(mtn: MomoServer, lifetime: int, granted: int) -> None:
    mtn.momo.faults.set({"token_seconds": lifetime})
    client = mtn.client()
    client.collect(ask())
    client.status(Asked(REFERENCE))
    assert mtn.momo.access.granted == granted


def test_a_refused_token_is_renewed_once_under_the_same_reference(wire: Wire) -> None:
    wire.answers += [said(401), said(202)]
    client_at(wire).collect(ask())
    asked = [request for request in wire.seen if request.path != "/collection/token/"]
    assert [request.headers["Authorization"] for request in asked] == ["Bearer t1", "Bearer t2"]
    assert {request.headers["X-Reference-Id"] for request in asked} == {REFERENCE}


def test_a_token_refused_twice_leaves_it_open(wire: Wire) -> None:
    wire.answers += [said(401), said(401)]
    with pytest.raises(OutcomeUnknown, match="HTTP 401"):
        client_at(wire).collect(ask())
    assert (wire.tokens, len(wire.seen)) == (2, 4)


def test_threads_share_a_token_and_its_renewal(mtn: MomoServer) -> None:
    client = mtn.client()

    def collect(_: int) -> str:
        reference = str(uuid.uuid4())
        client.collect(ask(reference))
        return client.status(Asked(reference)).state

    assert set(together(8, collect)) == {"pending"}
    assert mtn.momo.access.granted == 1
    mtn.momo.access.revoke()
    assert set(together(8, collect)) == {"pending"}
    assert mtn.momo.access.granted == 2
    assert len(mtn.momo.prompts(GRACE)) == 16


def test_a_login_that_fails_leaves_it_open_and_nothing_is_asked(mtn: MomoServer) -> None:
    mtn.momo.faults.set({"login_failed": 1})
    client = mtn.client()
    with pytest.raises(OutcomeUnknown, match="no token: HTTP 500 login_failed"):
        client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "not_found"


# Settings


def test_an_environment_that_is_none_is_refused_by_naming_the_others() -> None:
    with pytest.raises(ValueError, match=r"'mtnmars': one of mtnbenin, .*mtnuganda, .*sandbox, simulator"):
        MomoCollections(base_url="", subscription_key="s", api_user="u", api_key="k", environment="mtnmars")


@pytest.mark.parametrize(
    ("environment", "currencies"), [("sandbox", {"EUR"}), ("mtnuganda", {"UGX"}), ("mtnbenin", {"XOF"})]
)
def test_an_environment_decides_the_currency(mtn: MomoServer, environment: str, currencies: set[str]) -> None:
    assert {each.currency for each in mtn.client(environment).carries} == currencies


@pytest.mark.parametrize("key", ["", "sesame\n", "open sesame", "sésame"])
@pytest.mark.parametrize("name", ["subscription_key", "api_user", "api_key"])
def test_a_key_that_no_header_can_hold_is_refused_unshown(name: str, key: str) -> None:
    keys: dict[str, Any] = {"subscription_key": "s", "api_user": "u", "api_key": "k"} | {name: key}
    with pytest.raises(ValueError, match=name) as refused:
        MomoCollections(base_url="http://127.0.0.1:9", environment="sandbox", **keys)
    assert "sesame" not in str(refused.value)


def test_no_secret_is_shown(wire: Wire) -> None:
    client = client_at(wire)
    wire.answers += [said(500, {"code": "bearer t1 of 256772000101 was refused", "message": "t1"})]
    with pytest.raises(ProviderError) as failed:
        client.collect(ask())
    assert str(failed.value) == "HTTP 500"
    assert repr(client) == f"MomoCollections('{wire.url}', 'mtnuganda')"


def test_every_environment_has_its_stand_in(mtn: MomoServer) -> None:
    for environment, currencies in CURRENCIES.items():
        reference = str(uuid.uuid4())
        client = mtn.client(environment)
        client.collect(ask(reference, Money(100, min(currencies))))
        assert client.status(Asked(reference)).amount == Money(100, min(currencies))


# Through the stand-in's faults


def test_a_payment_that_the_payer_approves_is_collected(mtn: MomoServer) -> None:
    client = mtn.client()
    client.collect(ask())
    waiting = ProviderStatus("pending", amount=FIVE_THOUSAND, external_id="ctr-2026-00042")
    assert client.status(Asked(REFERENCE)) == waiting
    mtn.momo.approve(REFERENCE, "12345")
    found = client.status(Asked(REFERENCE))
    assert (found.state, found.amount, found.external_id) == ("succeeded", FIVE_THOUSAND, "ctr-2026-00042")
    assert found.provider_id
    assert mtn.momo.settled() == {REFERENCE: FIVE_THOUSAND}


@pytest.mark.parametrize("switch", ["drop_after_accept", "status_500_after_accept"])
def test_a_lost_answer_can_be_asked_again_and_is_paid_once(mtn: MomoServer, switch: str) -> None:
    mtn.momo.faults.set({switch: 1})
    client = mtn.client()
    with pytest.raises(OutcomeUnknown):
        client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "pending"
    client.collect(ask())
    mtn.momo.approve(REFERENCE)
    assert mtn.momo.debits(GRACE) == [FIVE_THOUSAND]


def test_a_503_was_not_taken(mtn: MomoServer) -> None:
    mtn.momo.faults.set({"status_503_before_accept": 1})
    client = mtn.client()
    with pytest.raises(OutcomeUnknown):
        client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "not_found"
    client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "pending"


def test_a_status_query_may_fail_and_then_answer(mtn: MomoServer) -> None:
    mtn.momo.faults.set({"status_503_on_query": 1})
    client = mtn.client()
    client.collect(ask())
    with pytest.raises(OutcomeUnknown, match="HTTP 503 SERVICE_UNAVAILABLE"):
        client.status(Asked(REFERENCE))
    assert client.status(Asked(REFERENCE)).state == "pending"


def test_a_token_that_opens_one_request_is_enough(mtn: MomoServer) -> None:
    mtn.momo.faults.set({"token_expires_after": 1})
    client = mtn.client()
    client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "pending"
    assert mtn.momo.access.granted == 2


def test_a_payment_that_never_settles_stays_pending(mtn: MomoServer) -> None:
    mtn.momo.faults.set({"never_settles": 1})
    client = mtn.client()
    client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "pending"
    assert mtn.momo.prompts(GRACE) == []


@pytest.mark.parametrize("written", ["string", "object"])
def test_a_reason_is_the_same_however_it_is_written(mtn: MomoServer, written: str) -> None:
    mtn.momo.faults.set({"reason_as": written})
    client = mtn.client()
    client.collect(ask())
    mtn.momo.reject(REFERENCE)
    found = client.status(Asked(REFERENCE))
    assert (found.state, found.reason, found.provider_reason) == ("failed", "declined", "APPROVAL_REJECTED")


# The sandbox's users


def test_a_sandbox_user_is_made_and_can_log_in(mtn: MomoServer) -> None:
    user = provision_sandbox(mtn.url, SUBSCRIPTION, "pay.example.org")
    assert user.api_key not in repr(user)
    good = mtn.client("sandbox", api_user=user.api_user, api_key=user.api_key)
    assert good.status(Asked(REFERENCE)).state == "not_found"
    with pytest.raises(OutcomeUnknown, match="no token: HTTP 401 login_failed"):
        mtn.client("sandbox", api_user=user.api_user, api_key=API_KEY).status(Asked(REFERENCE))


@pytest.mark.parametrize(("host", "taken"), [("pay.example.org", True), ("evil.example.org", False)])
def test_callbacks_go_to_the_registered_host_only(mtn: MomoServer, host: str, taken: bool) -> None:
    mtn.momo.faults.set({"no_callback": -1})
    user = provision_sandbox(mtn.url, SUBSCRIPTION, "pay.example.org")
    client = mtn.client(
        api_user=user.api_user, api_key=user.api_key, addresses=replace(ADDRESSES, public_url=f"https://{host}")
    )
    if taken:
        client.collect(ask())
        return
    with pytest.raises(Refused, match="INVALID_CALLBACK_URL_HOST"):
        client.collect(ask())
    assert client.status(Asked(REFERENCE)).state == "not_found"


def test_a_host_that_is_an_address_is_refused(mtn: MomoServer) -> None:
    with pytest.raises(Refused, match="BAD_REQUEST"):
        provision_sandbox(mtn.url, SUBSCRIPTION, "https://pay.example.org/hooks")
    assert mtn.client(api_user=API_USER).status(Asked(REFERENCE)).state == "not_found"
