"""Every status of every provider: it ends a payment or keeps it scheduled, and the member is told."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.money import Money
from domain.records.payment import OPEN, PERSON_AFTER, FailureReason, PaymentState, Told
from payments.momo.answers import FAILURES, NOT_OVER, read_status
from payments.port import Capabilities, OutcomeUnknown, ProviderStatus
from payments.settle import settle
from tests.payments.settling import JSON, Paying, SaysOfPayments

RAILS = st.builds(
    Capabilities,
    keyed=st.booleans(),
    resend_safe=st.booleans(),
    answers_later=st.booleans(),
    says_amount=st.booleans(),
    echoes_ref=st.booleans(),
)
WORDS = st.sampled_from([*FAILURES, "ONGOING", "NO_REASON", "", "TELEPORTED"]) | st.text(max_size=300)
STATUSES = st.builds(
    ProviderStatus,
    state=st.sampled_from(get_args(get_type_hints(ProviderStatus)["state"])),
    reason=st.sampled_from(get_args(FailureReason)),
    provider_reason=WORDS,
    provider_id=st.text(max_size=20),
    amount=st.sampled_from([None, Money(5_500, "UGX"), Money(5_499, "UGX"), Money(5_500, "KES")]),
    external_id=st.sampled_from(["", "ours", "another"]),
) | st.builds(OutcomeUnknown, WORDS)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=STATUSES,
    state=st.sampled_from(OPEN),
    age=st.sampled_from([timedelta(seconds=5), timedelta(minutes=12), timedelta(hours=30)]),
    accepted=st.booleans(),
    promised=RAILS,
    key=st.sampled_from(["", "its own name"]),
    told=st.none() | st.builds(Told, key=st.just("its own name"), receipt=st.sampled_from(["", "R1"])),
)
def test_every_status_ends_a_payment_or_keeps_it_scheduled_and_the_member_is_told(
    paying: Paying,
    status: Any,
    state: PaymentState,
    age: timedelta,
    accepted: bool,
    promised: Capabilities,
    key: str,
    told: Told | None,
) -> None:
    """
    Told how it ended; and, after a day or when it cannot be right, that nobody knows yet. Whatever the rail
    promises: what may not be sent twice is not.
    """
    store, now = paying.store, paying.clock()
    if isinstance(status, ProviderStatus) and status.external_id == "ours":
        status = replace(status, external_id=paying.payment.ref)
    sent_at = None if state == "created" else now - age
    open_one = replace(
        paying.payment,
        id=str(uuid4()),
        state=state,
        created_at=now - age,
        sent_at=sent_at,
        accepted=accepted,
        next_at=now,
        provider_key=key and f"{key} {uuid4()}",
        told=told and replace(told, receipt=told.receipt and f"R{uuid4()}"),
    )
    store.payments.insert(open_one)
    provider = SaysOfPayments(status, promised)
    settle(store, provider, open_one.id)
    assert len(provider.sent) <= (1 if state == "created" or promised.resend_safe else 0)
    after = store.payments.get(open_one.id)
    about = [notice.kind for notice in store.notices.find(person=open_one.person) if open_one.id in notice.id]
    if after.state in OPEN:
        assert after.next_at is not None
        assert after.next_at - now <= timedelta(hours=1)
        assert about == (["payment_unclear"] if after.needs_person else [])
        assert after.needs_person or (age < PERSON_AFTER and after.provider_reason != "MISMATCH")
    else:
        assert (after.next_at, after.needs_person) == (None, False)
        assert about == (["receipt"] if after.state == "succeeded" else ["payment_failed"])


@pytest.mark.parametrize(("key", "known_by"), [("ws_CO_1", "R1"), ("", "")])
def test_a_receipt_that_a_callback_tells_counts_beside_the_providers_own_name_alone(
    paying: Paying, key: str, known_by: str
) -> None:
    """Where all payments have one address, whoever has seen it can tell of any receipt."""
    told: dict[str, Any] = {"state": "pending", "provider_key": key, "told": Told(key=key, receipt="R1")}
    paying.store.payments.change(paying.id, **told)
    paying.step(SaysOfPayments(ProviderStatus("succeeded", amount=paying.payment.amount), Capabilities()), hours=1)
    assert (paying.payment.state, paying.payment.provider_id) == ("succeeded", known_by)


@settings(max_examples=300)
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from(["FAILED", "PENDING", "CREATED", "SUCCESSFUL"]) | JSON,
            "reason": WORDS | st.fixed_dictionaries({"code": WORDS}) | JSON,
            "amount": JSON,
            "currency": JSON,
            "externalId": JSON,
            "financialTransactionId": JSON,
        },
    )
)
def test_whatever_mtn_says_of_a_payment_is_read_and_failed_is_always_an_end(body: dict[str, Any]) -> None:
    found = read_status(body)
    expected = {"FAILED": "failed", "SUCCESSFUL": "succeeded"}.get(str(body.get("status")), "pending")
    if found.provider_reason in NOT_OVER:
        expected = "pending"
    assert found.state == expected
    assert found.reason in get_args(FailureReason)
    assert re.fullmatch(r"[A-Za-z_]{0,64}", found.provider_reason), "what may be secret is not kept"


@pytest.mark.parametrize(
    ("says", "word"),
    [
        ({"reason": "LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED"}, None),
        ({"reason": "Something we were never told of."}, "NO_REASON"),
        ({"reason": ""}, "NO_REASON"),
        ({"reason": None}, "NO_REASON"),
        ({"reason": {"code": "NEW", "message": "."}}, "NEW"),
    ],
)
def test_what_has_failed_for_a_reason_that_is_new_is_over_and_told(
    paying: Paying, says: dict[str, Any], word: str | None
) -> None:
    paying.step(seconds=5)
    paying.mtn.momo.reject(paying.id)
    paying.mtn.momo.faults.set({"says": says})
    paying.step(seconds=10)
    assert paying.is_closed_unpaid("failed", "refused")
    assert paying.payment.provider_reason == (word or says["reason"])


@pytest.mark.parametrize("word", ["REVERSED", "TIMEOUT", "successful", ""])
def test_a_status_that_is_new_keeps_it_scheduled_and_after_a_day_it_is_told(paying: Paying, word: str) -> None:
    paying.mtn.momo.faults.set({"says": {"status": word}})
    paying.step(seconds=5)
    paying.step(seconds=10)
    assert paying.is_open("pending")
    paying.step(hours=25)
    assert paying.is_open("pending", told=["payment_unclear"])
