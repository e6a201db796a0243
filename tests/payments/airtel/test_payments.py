"""Airtel Money's clients through the faults of its stand-in: what becomes of a payment, and of a transfer."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from domain.money import Money
from payments.addresses import Addresses
from payments.airtel.client import id_of
from payments.airtel.products import PAGE
from payments.port import Asked, Hint, OutcomeUnknown, ProviderStatus, Refused
from tests.airtel_server import AISHA, ELSEWHERE, PIN, AirtelServer
from tests.payments.airtel.conftest import ID, REFERENCE, Call, ask_aisha, send_aisha
from tests.payments.conftest import FIVE_THOUSAND, Wire, said
from tests.together import together

ABOUT = Asked(REFERENCE)


def test_a_payment_that_the_payer_approves_is_collected(airtel: AirtelServer) -> None:
    client = airtel.client()
    client.collect(ask_aisha())
    assert client.status(ABOUT) == ProviderStatus("pending")
    airtel.airtel.approve(ID, "12345")
    found = client.status(ABOUT)
    assert (found.state, found.provider_id[:2]) == ("succeeded", "CI")
    assert airtel.airtel.settled() == {ID: FIVE_THOUSAND}
    assert airtel.world.wallet(AISHA) == Money(195_000, "UGX")


@pytest.mark.parametrize("switch", ["drop_after_accept", "status_500_after_accept", "status_408_after_accept"])
def test_a_lost_answer_is_asked_about_and_never_a_second_prompt(airtel: AirtelServer, switch: str) -> None:
    airtel.airtel.faults.set({switch: 1})
    client = airtel.client()
    with pytest.raises(OutcomeUnknown):
        client.collect(ask_aisha())
    assert client.status(ABOUT).state == "pending"
    client.collect(ask_aisha())
    assert len(airtel.airtel.prompts(AISHA)) == 1


def test_what_they_did_not_take_is_not_found(airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"status_503_before_accept": 1})
    client = airtel.client()
    with pytest.raises(OutcomeUnknown, match="HTTP 503"):
        client.collect(ask_aisha())
    assert client.status(ABOUT) == ProviderStatus("not_found")


def test_a_payer_who_is_nobody_is_refused_and_not_asked(airtel: AirtelServer) -> None:
    client = airtel.client()
    with pytest.raises(Refused, match="HTTP_400"):
        client.collect(ask_aisha(phone=ELSEWHERE))
    assert client.status(ABOUT) == ProviderStatus("not_found")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("DP00800001007", "not_enough_money"),
        ("DP00800001008", "declined"),
        ("DP00800001002", "wrong_pin"),
        ("DP00800001003", "limit_reached"),
        ("TE", "not_approved_in_time"),
    ],
)
def test_a_failure_has_our_reason(airtel: AirtelServer, outcome: str, reason: str) -> None:
    airtel.airtel.faults.set({"outcomes": {AISHA[1:]: outcome}})
    client = airtel.client()
    client.collect(ask_aisha())
    found = client.status(ABOUT)
    assert (found.state, found.reason) == ("failed", reason)
    assert airtel.airtel.settled() == {}


def test_what_is_ambiguous_is_open_until_it_is_not(airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"status_ambiguous": 2, "says_code": "DP00800001006"})
    client = airtel.client()
    client.collect(ask_aisha())
    airtel.airtel.approve(ID)
    assert [client.status(ABOUT).state for _ in range(3)] == ["pending", "pending", "succeeded"]


@pytest.mark.parametrize("word", ["TIP", "TI", "TA"])
def test_each_word_for_what_is_not_over_leaves_it_open(airtel: AirtelServer, word: str) -> None:
    airtel.airtel.faults.set({"in_progress_as": word})
    client = airtel.client()
    client.collect(ask_aisha())
    assert client.status(ABOUT) == ProviderStatus("pending")


def test_threads_share_a_token_and_its_renewal(airtel: AirtelServer) -> None:
    client = airtel.client()

    def collect(_: int) -> str:
        reference = str(uuid.uuid4())
        client.collect(ask_aisha(reference))
        return client.status(Asked(reference)).state

    assert set(together(8, collect)) == {"pending"}
    assert airtel.airtel.access.granted == 1
    airtel.airtel.access.revoke()
    assert set(together(8, collect)) == {"pending"}
    assert airtel.airtel.access.granted == 2
    assert len(airtel.airtel.prompts(AISHA)) == 16


# Signed applications


def test_a_signed_application_collects_pays_and_is_refused_unsigned(airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"signatures": "strict", "ids": "alphanumeric"})
    signed, payer = airtel.client(signed=True), airtel.payer(signed=True)
    signed.collect(ask_aisha())
    payer.pay(send_aisha())
    assert (signed.status(ABOUT).state, payer.status(ABOUT).state) == ("pending", "succeeded")
    body = {"reference": "none", "transaction": {"id": "x" * 32}}
    assert airtel.call("POST", "/merchant/v2/payments/", body).status_code == 403


def test_a_key_that_has_changed_is_asked_for_again(airtel: AirtelServer) -> None:
    client = airtel.client(signed=True)
    client.collect(ask_aisha())
    airtel.airtel.faults.set({"key_changed": 1})
    again = str(uuid.uuid4())
    client.collect(ask_aisha(again))
    assert client.status(Asked(again)).state == "pending"


def test_a_key_that_changes_each_time_is_a_refusal(airtel: AirtelServer) -> None:
    airtel.airtel.faults.set({"key_changed": -1})
    with pytest.raises(Refused, match="DP00800001026"):
        airtel.client(signed=True).collect(ask_aisha())
    assert airtel.airtel.prompts(AISHA) == []


# Transfers


def test_a_transfer_is_paid_once_however_often_it_is_sent(airtel: AirtelServer) -> None:
    payer = airtel.payer()
    assert (payer.capabilities.resend_safe, airtel.client().capabilities.resend_safe) == (False, True)
    payer.pay(send_aisha())
    payer.pay(send_aisha())
    found = payer.status(ABOUT)
    assert (found.state, found.provider_id[:2]) == ("succeeded", "DI")
    assert airtel.world.wallet(AISHA) == Money(205_000, "UGX")
    assert len(airtel.airtel.messages(AISHA)) == 1


@pytest.mark.parametrize("switch", ["drop_after_accept", "status_500_after_accept", "status_408_after_accept"])
def test_a_transfer_whose_answer_is_lost_is_known_by_our_id(airtel: AirtelServer, switch: str) -> None:
    airtel.airtel.faults.set({switch: 1})
    payer = airtel.payer()
    with pytest.raises(OutcomeUnknown):
        payer.pay(send_aisha())
    assert payer.status(ABOUT).state == "succeeded"


def test_an_empty_account_pays_nobody() -> None:
    server = AirtelServer(disbursement_minor=4_999)
    try:
        payer = server.payer()
        with pytest.raises(Refused) as refused:
            payer.pay(send_aisha())
        assert (refused.value.provider_reason, refused.value.reason) == ("DP00900001007", "not_enough_money")
        assert payer.status(ABOUT) == ProviderStatus("not_found")
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("about", "word", "reason"),
    [
        ("barred", "BARRED", "account_not_active"),
        ("unregistered", "NOT_REGISTERED", "no_account"),
        ("unknown", "DP00900001012", "no_account"),  # the enquiry does not say it for certain: the transfer does
    ],
)
def test_nobody_is_paid_who_cannot_be(airtel: AirtelServer, about: str, word: str, reason: str) -> None:
    airtel.airtel.faults.set({"users": {AISHA[1:]: about}})
    payer = airtel.payer()
    with pytest.raises(Refused) as refused:
        payer.pay(send_aisha())
    assert (refused.value.provider_reason, refused.value.reason) == (word, reason)
    assert payer.status(ABOUT) == ProviderStatus("not_found")
    assert airtel.world.wallet(AISHA) == Money(200_000, "UGX")


@pytest.mark.parametrize("padding", ["pkcs1", "oaep-sha1", "oaep-sha256"])
def test_the_pin_is_padded_as_the_country_wants_it(airtel: AirtelServer, padding: Any) -> None:
    airtel.airtel.faults.set({"pin_padding": padding})
    airtel.payer(pin_padding=padding).pay(send_aisha())
    other = "oaep-sha1" if padding != "oaep-sha1" else "oaep-sha256"
    for wrong in (airtel.payer(pin_padding=other), airtel.payer(pin_padding=padding, pin="4321")):
        with pytest.raises(Refused, match="ROUTER115"):
            wrong.pay(send_aisha(str(uuid.uuid4())))
    assert airtel.world.wallet(AISHA) == Money(205_000, "UGX")


# Back, and what there is


def test_a_payment_is_given_back_once_and_whole(airtel: AirtelServer) -> None:
    client = airtel.client()
    client.collect(ask_aisha())
    airtel.airtel.approve(ID)
    receipt = client.status(ABOUT).provider_id
    assert client.refund(receipt).startswith("RF")
    assert airtel.world.wallet(AISHA) == Money(200_000, "UGX")
    with pytest.raises(Refused):
        client.refund(receipt)
    with pytest.raises(OutcomeUnknown):
        client.refund("MP0")


def test_a_balance_is_read_with_its_commas(airtel: AirtelServer) -> None:
    held = airtel.call("GET", "/standard/v1/users/balance").json()["data"]["balance"]
    assert held == "100,000,000,000.00"
    all_of_it = Money(100_000_000_000, "UGX")
    assert airtel.client().balances() == {"wallet": all_of_it} == airtel.payer().balances()
    assert airtel.client(signed=True).balances() == {"collection": Money(0, "UGX")}
    assert airtel.payer(signed=True).balances() == {"disbursement": all_of_it}


def test_what_moved_is_listed_each_once_over_pages(airtel: AirtelServer) -> None:
    client = airtel.client()
    references = [str(uuid.uuid4()) for _ in range(PAGE + 2)]
    for reference in references:
        client.collect(ask_aisha(reference, Money(100, "UGX")))
    paid = references[:-1]
    for reference in paid:
        airtel.airtel.approve(id_of(reference))
    since = datetime.fromtimestamp(airtel.airtel.moved("collection")[0].made, UTC) - timedelta(minutes=1)
    listed = list(client.movements(since, since + timedelta(hours=1)))
    assert [each.reference for each in listed] == paid
    assert [each.receipt for each in listed] == [each.money_id for each in airtel.airtel.moved("collection")]
    assert {(each.direction, each.amount, each.account) for each in listed} == {
        ("in", Money(100, "UGX"), "CWWWWWW")
    }
    assert list(client.movements(since - timedelta(days=1), since)) == []


# Callbacks


@pytest.mark.parametrize(
    ("key", "hashed", "hints"),
    [
        ("", "none", [Hint(REFERENCE)]),
        ("private", "transaction", [Hint(REFERENCE)]),
        ("private", "body", [Hint(REFERENCE)]),
        ("private", "forged", [None]),
        ("private", "none", [None]),
    ],
)
def test_a_callback_is_a_hint_while_nothing_about_it_is_forged(
    wire: Wire, key: str, hashed: str, hints: list[Hint | None]
) -> None:
    server = AirtelServer(bot_url=wire.url, hook_secret="hush", airtel_callback_key=key)
    try:
        server.airtel.faults.set({"callback_hash": hashed})
        client = server.client(Addresses("airtel", wire.url, "hush", ("key",)), callback_key=key)
        (callback,) = client.callbacks
        wire.answers.append(said(200))
        client.collect(ask_aisha())
        server.airtel.approve(ID)
        server.world.later.wait_until_done(0)
        assert [each.path for each in wire.seen] == [callback.path]
        assert [callback.read(Call(each.get_data())) for each in wire.seen] == hints
    finally:
        server.stop()


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"transaction":{"id":"\xff"}}', b'{"transaction":[]}'])
def test_a_callback_that_names_nothing_is_nothing(airtel: AirtelServer, body: bytes) -> None:
    (callback,) = airtel.client(Addresses("airtel", "https://pay.example.org", "hush", ("key",))).callbacks
    assert callback.read(Call(body)) is None


@pytest.mark.parametrize(("switch", "calls"), [("no_callback", 0), ("callback_twice", 2)])
def test_callbacks_may_come_twice_or_never(wire: Wire, switch: str, calls: int) -> None:
    server = AirtelServer(bot_url=wire.url, hook_secret="hush")
    try:
        server.airtel.faults.set({switch: 1})
        wire.answers += [said(200)] * calls
        server.client().collect(ask_aisha())
        server.airtel.approve(ID)
        server.world.later.wait_until_done(0)
        assert len(wire.seen) == calls
    finally:
        server.stop()


def test_a_callback_may_come_before_the_status_shows_it(wire: Wire) -> None:
    server = AirtelServer(bot_url=wire.url, hook_secret="hush")
    try:
        server.airtel.faults.set({"callback_before_settled": 1})
        wire.answers.append(said(200))
        client = server.client()
        client.collect(ask_aisha())
        server.airtel.approve(ID)
        server.world.later.wait_until_done(0)
        assert [client.status(ABOUT).state for _ in range(2)] == ["pending", "succeeded"]
    finally:
        server.stop()


def test_the_phone_is_asked_at_one_address_for_all_rails(airtel: AirtelServer) -> None:
    airtel.client().collect(ask_aisha())
    url = f"{airtel.host}/sim/prompts"
    (prompt,) = requests.get(url, params={"phone": AISHA}).json()["prompts"]
    assert (prompt["reference"], prompt["amount"]) == (ID, "UGX 5,000")
    wrong = requests.post(f"{url}/{ID}", json={"action": "approve", "pin": PIN})
    right = requests.post(f"{url}/{ID}", json={"action": "approve", "pin": "12345"})
    gone = requests.post(f"{url}/{ID}", json={"action": "reject"})
    assert [each.status_code for each in (wrong, right, gone)] == [403, 200, 404]
