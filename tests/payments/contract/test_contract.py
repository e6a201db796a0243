"""What every rail promises, in both directions, over real HTTP between our adapter and its stand-in."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import pytest
from werkzeug import Request, Response

from domain.records.payment import Told
from payments.port import Asked, Collector, Hint, NotSent, OutcomeUnknown, PaymentEvent, Refused
from tests.payments.contract.rig import Rig
from tests.payments.contract.rigs import RIGS
from tests.served import Served

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(params=RIGS, ids=[each.name for each in RIGS])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with closing(request.param()) as rig:
        yield rig


@pytest.fixture(params=[each for each in RIGS if each.calls_back], ids=lambda each: each.name)
def caller(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A rail whose provider calls us."""
    with closing(request.param()) as rig:
        yield rig


@pytest.fixture(params=[each for each in RIGS if each.lends_tokens], ids=lambda each: each.name)
def lender(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A rail whose provider lends us tokens."""
    with closing(request.param()) as rig:
        yield rig


def new_reference() -> str:
    return str(uuid4())


@pytest.fixture(params=[each for each in RIGS if each.says_balance], ids=lambda each: each.name)
def holder(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A rail whose provider says what our accounts hold."""
    rig = request.param()
    yield rig
    rig.close()


@pytest.fixture
def reference() -> str:
    return new_reference()


def known(rig: Rig, reference: str, key: str = "") -> Asked:
    """What can be asked about a request: by our reference, or by the key that its answer or a callback gave."""
    if rig.promised.keyed:
        return Asked(reference, key)
    told = rig.told(reference).told if not key else None
    return Asked(reference, key or (told.key if told else ""))


# A request


def test_what_nobody_has_ended_is_pending(rig: Rig, reference: str) -> None:
    rig.faults.set({"never_settles": 1})
    key = rig.send(reference)
    assert bool(key) or rig.promised.keyed
    assert (rig.ask(known(rig, reference, key)).state, rig.moved()) == ("pending", [])


def test_what_was_paid_has_its_receipt_and_its_amount(rig: Rig, reference: str) -> None:
    key = rig.send(reference)
    rig.approve()
    status, told = rig.ask(known(rig, reference, key)), rig.told(reference).told or Told()
    assert (status.state, rig.moved()) == ("succeeded", [rig.amount])
    assert status.amount == (rig.amount if rig.promised.says_amount else None)
    assert status.provider_id or told.receipt
    assert status.external_id == ("CWWWWWW" if rig.promised.echoes_ref else "")


def test_the_same_reference_twice_moves_money_once_or_may_not_be_sent_twice(rig: Rig, reference: str) -> None:
    for _ in range(2):
        rig.send(reference)
    rig.approve()
    rig.told(reference)
    assert len(rig.moved()) == 1 or not rig.promised.resend_safe


def test_a_lost_answer_is_unknown_and_the_request_is_found_again(rig: Rig, reference: str) -> None:
    rig.faults.set({"drop_after_accept": 1})
    with pytest.raises(OutcomeUnknown) as lost:
        rig.send(reference)
    assert not isinstance(lost.value, NotSent)
    rig.approve()
    assert rig.ask(known(rig, reference)).state == "succeeded"
    if rig.promised.resend_safe:
        rig.send(reference)
    assert rig.moved() == [rig.amount]


def test_an_error_after_it_was_taken_is_unknown(rig: Rig, reference: str) -> None:
    rig.faults.set({"status_500_after_accept": 1})
    with pytest.raises(OutcomeUnknown) as unknown:
        rig.send(reference)
    assert not isinstance(unknown.value, NotSent)
    rig.approve()
    assert rig.ask(known(rig, reference)).state == "succeeded"


def test_an_error_before_it_was_taken_is_unknown_and_moves_nothing(rig: Rig, reference: str) -> None:
    rig.faults.set({"status_503_before_accept": 1})
    with pytest.raises(OutcomeUnknown):
        rig.send(reference)
    rig.approve()
    assert rig.moved() == []


def test_what_the_provider_never_had_is_not_found(rig: Rig, reference: str) -> None:
    if rig.promised.keyed:
        assert rig.ask(Asked(reference)).state == "not_found"
    else:
        with pytest.raises(OutcomeUnknown):
            rig.ask(Asked(reference, "ws_CO_01102026093001250708374149"))


def test_a_documented_refusal_is_one_and_moves_nothing(rig: Rig, reference: str) -> None:
    with pytest.raises(Refused) as refused:
        rig.refuse(reference)
    assert refused.value.provider_reason
    rig.approve()
    assert rig.moved() == []


def test_a_failure_has_its_own_word_and_one_of_ours(rig: Rig) -> None:
    for word, reason in rig.fails.items():
        reference = new_reference()
        rig.faults.set({"outcomes": {rig.phone[1:]: word}})
        key = rig.send(reference)
        told = rig.told(reference).told
        status = rig.ask(Asked(reference, key, told=told))
        assert (status.state, status.reason, status.provider_reason) == ("failed", reason, word)
    assert rig.moved() == []


# The connection


def test_where_there_is_no_connection_nothing_was_sent(rig: Rig, reference: str) -> None:
    with pytest.raises(NotSent):
        rig.send(reference, rail=rig.open(NOBODY))


def test_without_a_token_nothing_was_sent(lender: Rig, reference: str) -> None:
    switches = lender.sim.daraja.faults if lender.name.startswith("daraja") else lender.faults
    switches.set({"login_failed": 1})
    with pytest.raises(NotSent):
        lender.send(reference)
    lender.send(reference)


def test_a_token_that_is_refused_is_renewed_once(lender: Rig, reference: str) -> None:
    lender.send(new_reference())
    lender.access.revoke()
    lender.send(reference)
    assert lender.access.granted == 2


def test_threads_share_one_token(lender: Rig) -> None:
    threads = [threading.Thread(target=lender.send, args=[new_reference()]) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert lender.access.granted == 1


GARBAGE = [
    "",
    "<html>Sign in to the Wi-Fi</html>",
    "[]",
    "{}",
    '{"ResultCode": {}}',
    "[" * 10_000,
    '{"status": 7}',
]


class Garbage:
    """A provider that grants tokens and answers everything else with the garbage of now."""

    def __init__(self, status: int) -> None:
        self._status, self.body = status, ""

    def __call__(self, environ: Any, start: Any) -> Any:
        path = Request(environ).path
        if "token" in path or "oauth" in path:
            granted = {"access_token": "t", "expires_in": 3_600}
            return Response(json.dumps(granted), mimetype="application/json")(environ, start)
        return Response(self.body, self._status)(environ, start)


@pytest.mark.parametrize("status", [200, 400, 404, 500, 502])
def test_garbage_decides_nothing(rig: Rig, status: int) -> None:
    garbage = Garbage(status)
    with closing(Served(garbage)) as served:
        rail = rig.open(served.url)
        for body in GARBAGE:
            garbage.body = body
            asked = Asked(new_reference(), "ws_CO_01102026093001250708374149")
            with suppress(OutcomeUnknown):
                assert rig.ask(asked, rail).state == "pending"


# Callbacks


def test_a_callback_names_its_payment_and_no_other(caller: Rig, reference: str) -> None:
    caller.send(reference)
    caller.approve()
    caller.told(reference)
    (call,) = [each for each in caller.bot.arrived if isinstance(each.event, Hint)]
    assert caller.bot.read(call.path, call.body) == call.event
    if caller.own_address:
        assert caller.bot.read(call.path.replace(reference, new_reference()), call.body) is None
    assert caller.bot.read(call.path[:-1] + ("0" if call.path[-1] != "0" else "1"), call.body) is None
    assert caller.bot.read(call.path.replace("hush", "loud"), call.body) is None


def test_a_callback_with_garbage_in_it_is_at_most_a_hint_to_ask(caller: Rig, reference: str) -> None:
    caller.send(reference)
    caller.approve()
    caller.told(reference)
    (call,) = [each for each in caller.bot.arrived if isinstance(each.event, Hint)]
    for body in [*(each.encode() for each in GARBAGE), b"\xff\x00"]:
        assert caller.bot.read(call.path, body) == (Hint(reference) if caller.own_address else None)
    for place in range(len(call.body)):
        others = (call.body[:place] + other + call.body[place + 1 :] for other in (b"\xff", b"\xed\xa0\x80"))
        for body in (call.body[:place], *others):
            event = caller.bot.read(call.path, body)
            assert event is None or (isinstance(event, Hint) and event.reference == reference), body
            assert as_stored(event), body


def as_stored(event: PaymentEvent | None) -> bytes:
    """No store takes half a letter."""
    return json.dumps(asdict(event) if event else None, ensure_ascii=False).encode()


def test_a_callback_that_comes_twice_says_the_same_twice(caller: Rig, reference: str) -> None:
    caller.faults.set({"callback_twice": 1})
    caller.send(reference)
    caller.approve()
    first, second = caller.bot.wait_for(lambda each: isinstance(each, Hint), 2)
    assert first == second


# What it says of itself


def test_a_rail_says_what_it_carries(rig: Rig) -> None:
    assert rig.rail.name == rig.name.split()[0]
    assert rig.amount.currency in {each.currency for each in rig.rail.carries}
    for each in rig.rail.carries:
        assert 0 < each.unit <= each.least <= (each.most or each.least)
        assert all(number.startswith("+") for number in each.numbers)
    if not rig.promised.keyed:
        assert not rig.promised.resend_safe


def test_nothing_secret_is_in_what_a_rail_is_shown_as(rig: Rig) -> None:
    shown = repr(rig.rail)
    secrets = ["hush", "secret", rig.sim.config.daraja_passkey, rig.sim.config.daraja_initiator_password]
    assert not [each for each in secrets if each in shown]
    assert isinstance(rig.rail, Collector) == rig.name.endswith(" in")


# Our accounts


def test_what_our_accounts_hold_is_said_at_once_or_told(holder: Rig) -> None:
    assert any(amount.currency == holder.amount.currency for amount in holder.held().values())
