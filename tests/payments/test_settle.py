"""One payment, step by step, between the real store and MTN's stand-in: what each answer makes of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.commands import execute
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import PaymentPart
from domain.records.payment import OPEN, PERSON_AFTER, FailureReason, Payment, PaymentState, Told
from domain.savings.contribute import Contribute
from payments.momo.answers import FAILURES, NOT_OVER, read_status
from payments.port import (
    Asked,
    Capabilities,
    Carries,
    Collection,
    Collector,
    Hint,
    OutcomeUnknown,
    ProviderError,
    ProviderStatus,
)
from payments.settle import hurry, settle
from tests.conftest import Clock
from tests.momo_server import GRACE, MomoServer
from tests.people import Village, found_village

POSTED = {"1020": 5_000, "1025": 500, "2020": -500, "3010": -5_000}
WALLET = Money(200_000, "UGX")


@dataclass
class Paying:
    """Akello owes Umoja UGX 5,500 and was asked for it: `step` is what a worker does, some time later."""

    store: MongoStore
    clock: Clock
    mtn: MomoServer
    village: Village
    id: str
    momo: Collector

    def step(self, momo: Collector | None = None, **later: float) -> Payment:
        self.clock.forward(**later)
        settle(self.store, momo or self.momo, self.id)
        return self.payment

    def collect(self, amount: int = 5_500, external_id: str = "") -> None:
        """A request under this payment's reference that the store does not know of."""
        ref = external_id or self.payment.ref
        self.momo.collect(Collection(self.id, ref, Money(amount, "UGX"), GRACE, "Savings", "Savings"))

    @property
    def payment(self) -> Payment:
        return self.store.payments.get(self.id)

    @property
    def prompts(self) -> list[str]:
        return [prompt["reference"] for prompt in self.mtn.momo.prompts(GRACE)]

    @property
    def totals(self) -> dict[str, int]:
        return self.store.books.totals(self.village.umoja)

    @property
    def told(self) -> list[str]:
        """What the member is told of money, in the outbox."""
        notices = self.store.notices.find(person=self.village.akello.id, sort="created_at")
        return [notice.kind for notice in notices if notice.kind != "welcome_to_group"]

    def is_paid_once(self, told: Sequence[str] = ("receipt",)) -> bool:
        entries = list(self.store.books.entries(self.village.umoja))
        assert [entry.reference for entry in entries] == [f"payment:{self.id}"]
        assert verify_book(self.store.books, self.village.umoja) == []
        assert (self.totals, self.told) == (POSTED, list(told))
        assert self.mtn.momo.debits(GRACE) == [Money(5_500, "UGX")]
        return self.payment.state == "succeeded" and self.payment.next_at is None

    def is_closed_unpaid(self, state: str, reason: str, told: Sequence[str] = ("payment_failed",)) -> bool:
        assert (self.totals, self.told) == ({}, list(told))
        assert self.mtn.world.wallet(GRACE) == WALLET
        payment = self.payment
        assert payment.next_at is None
        assert not payment.needs_person
        return (payment.state, payment.reason) == (state, reason)

    def is_open(self, state: str, told: Sequence[str] = ()) -> bool:
        """Nothing is posted, nobody is told anything else, and it is looked at again."""
        assert (self.totals, self.told) == ({}, list(told))
        payment = self.payment
        return payment.state == state and payment.next_at is not None and payment.next_at > self.clock()


@pytest.fixture
def paying(store: MongoStore, clock: Clock, mtn: MomoServer) -> Paying:
    village = found_village(store)
    asked = Contribute(village.umoja, village.akello.id, Money(5_500, "UGX"))
    id = execute(store, "akello:1:pay", asked)["payment"]
    return Paying(store, clock, mtn, village, id, mtn.client())


def test_a_payment_is_sent_after_the_call_approved_and_posted(paying: Paying) -> None:
    assert paying.step().state == "created", "the member's call may still be open"
    assert paying.prompts == []
    paying.step(seconds=5)
    assert paying.is_open("pending")
    assert paying.prompts == [paying.id]
    paying.step(seconds=10)
    assert paying.is_open("pending"), "the payer has not answered"
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=20)
    assert paying.is_paid_once()
    assert paying.payment.provider_id == paying.momo.status(Asked(paying.id)).provider_id


def test_a_payment_that_somebody_is_at_is_left_to_them(paying: Paying) -> None:
    paying.clock.forward(seconds=5)
    assert paying.store.payments.claim(paying.id, paying.clock()) is not None
    paying.step(seconds=59)
    assert paying.prompts == []
    paying.step(seconds=1)
    assert paying.prompts == [paying.id], "the other one has stopped"


# What the request is answered with


@pytest.mark.parametrize(
    ("switch", "state", "taken"),
    [
        ("", "pending", True),
        ("drop_after_accept", "unknown", True),
        ("status_500_after_accept", "unknown", True),
        ("status_503_before_accept", "unknown", False),
        ("login_failed", "unknown", False),
    ],
)
def test_whatever_the_request_is_answered_it_is_paid_once(
    paying: Paying, switch: str, state: str, taken: bool
) -> None:
    """Only the status decides; a request that the provider does not know is sent again under its reference."""
    if switch:
        paying.mtn.momo.faults.set({switch: 1})
    paying.step(seconds=5)
    assert paying.is_open(state)
    assert paying.prompts == ([paying.id] if taken else [])
    paying.step(seconds=10)
    assert paying.is_open("pending")
    assert paying.prompts == [paying.id]
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=20)
    assert paying.is_paid_once()


def test_a_request_that_the_provider_has_already_is_not_a_second_one(paying: Paying) -> None:
    """It answers 409: somebody sent it and lost the answer."""
    paying.collect()
    paying.step(seconds=5)
    assert paying.is_open("pending")
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=10)
    assert paying.is_paid_once()


def test_a_refusal_counts_when_the_provider_does_not_know_the_request(paying: Paying) -> None:
    paying.step(paying.mtn.client("mtnzambia"), seconds=5)  # takes kwacha only
    assert paying.is_closed_unpaid("failed", "not_possible")
    assert paying.payment.provider_reason == "INVALID_CURRENCY"
    paying.step(seconds=3_600)
    assert paying.prompts == [], "closed is closed"


def test_a_refusal_does_not_count_when_the_provider_has_the_request(paying: Paying) -> None:
    paying.collect()
    paying.step(paying.mtn.client("mtnzambia"), seconds=5)
    assert paying.is_open("pending")
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=10)
    assert paying.is_paid_once()


def test_a_refusal_that_cannot_be_confirmed_leaves_it_open(paying: Paying) -> None:
    paying.mtn.momo.faults.set({"status_503_on_query": 1})
    paying.step(paying.mtn.client("mtnzambia"), seconds=5)
    assert paying.is_open("unknown")
    paying.step(seconds=10)
    assert paying.prompts == [paying.id]


# How it ends


def reject(paying: Paying) -> None:
    paying.mtn.momo.reject(paying.id)


def approve_without_money(paying: Paying) -> None:
    taken = Money(199_000, "UGX")
    paying.mtn.world.debit(GRACE, taken)
    paying.mtn.momo.approve(paying.id)
    paying.mtn.world.credit(GRACE, taken)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [(reject, "failed", "declined"), (approve_without_money, "failed", "not_enough_money")],
)
def test_a_payer_who_does_not_pay_is_told_once(
    paying: Paying, answer: Callable[[Paying], None], state: str, reason: str
) -> None:
    paying.step(seconds=5)
    answer(paying)
    paying.step(seconds=10)
    assert paying.is_closed_unpaid(state, reason)
    paying.step(seconds=60)
    assert paying.is_closed_unpaid(state, reason)


@pytest.mark.parametrize("reason_as", ["string", "object"])
@pytest.mark.parametrize("reason", ["EXPIRED", "COULD_NOT_PERFORM_TRANSACTION"])
def test_a_prompt_that_was_let_pass_has_expired(paying: Paying, reason: str, reason_as: str) -> None:
    paying.mtn.momo.faults.set({"outcomes": {GRACE[1:]: reason}, "reason_as": reason_as})
    paying.step(seconds=5)
    paying.step(seconds=10)
    assert paying.is_closed_unpaid("expired", "not_approved_in_time")
    assert paying.payment.provider_reason == reason


@pytest.mark.parametrize("reason", ["ONGOING", "PAYER_DELAYED"])
def test_a_reason_that_is_no_end_closes_nothing(paying: Paying, reason: str) -> None:
    paying.mtn.momo.faults.set({"outcomes": {GRACE[1:]: reason}})
    paying.step(seconds=5)
    paying.step(seconds=10)
    assert paying.is_open("pending")
    assert (paying.payment.reason, paying.payment.provider_reason) == ("", reason)


def test_a_status_query_that_fails_decides_nothing(paying: Paying) -> None:
    paying.step(seconds=5)
    paying.mtn.momo.reject(paying.id)
    paying.mtn.momo.faults.set({"status_503_on_query": 1})
    paying.step(seconds=10)
    assert paying.is_open("unknown")
    paying.step(seconds=20)
    assert paying.is_closed_unpaid("failed", "declined")


@pytest.mark.parametrize(
    ("amount", "external_id", "is_ours"), [(5_500, "", True), (5_000, "", False), (5_500, "C999999", False)]
)
def test_money_that_is_not_what_was_asked_for_waits_for_a_person(
    paying: Paying, amount: int, external_id: str, is_ours: bool
) -> None:
    paying.collect(amount, external_id)
    paying.step(seconds=5)
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=10)
    if is_ours:
        assert paying.is_paid_once()
        return
    for _ in range(2):
        assert paying.is_open("unknown", told=["payment_unclear"])
        assert (paying.payment.provider_reason, paying.payment.needs_person) == ("MISMATCH", True)
        paying.step(minutes=1)


@pytest.mark.parametrize("account", ["3010", "2030"], ids=["posted with others", "in a transaction of its own"])
def test_what_the_provider_did_once_is_not_posted_as_two_payments(paying: Paying, account: str) -> None:
    paying.store.payments.change(paying.id, parts=[PaymentPart(account, Money(5_500, "UGX"))])
    paying.step(seconds=5)
    paying.mtn.momo.approve(paying.id)
    done = paying.momo.status(Asked(paying.id)).provider_id
    paying.store.payments.insert(replace(paying.payment, id="another", provider_id=done, next_at=None))
    for _ in range(2):
        paying.step(minutes=1)
        assert paying.is_open("unknown", told=["payment_unclear"])
        assert (paying.payment.provider_reason, paying.payment.needs_person) == ("PROVIDER_ID_TAKEN", True)


# Callbacks


def test_a_callback_makes_us_ask_sooner_and_twice_is_as_good_as_once(paying: Paying) -> None:
    paying.step(seconds=5)
    paying.mtn.momo.approve(paying.id)
    assert paying.step().state == "pending", "not due yet"
    for _ in range(2):
        assert hurry(paying.store, Hint(paying.id)) is (paying.payment.state in OPEN)
        paying.step()
        assert paying.is_paid_once()


def test_a_callback_is_never_believed(paying: Paying) -> None:
    paying.step(seconds=5)
    assert hurry(paying.store, Hint(paying.id))
    paying.step()
    assert paying.is_open("pending")


def test_a_callback_that_comes_before_the_end_is_visible_loses_nothing(paying: Paying) -> None:
    paying.mtn.momo.faults.set({"callback_before_settled": 1})
    paying.step(seconds=5)
    paying.mtn.momo.approve(paying.id)
    assert hurry(paying.store, Hint(paying.id))
    paying.step()
    assert paying.is_open("pending")
    paying.step(seconds=10)
    assert paying.is_paid_once()


def test_a_callback_for_what_is_not_ours_is_nothing(paying: Paying) -> None:
    assert hurry(paying.store, Hint("5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11")) is False


# Time


@pytest.mark.parametrize(("minutes", "sent"), [(10, True), (10.1, False)])
def test_a_payment_that_nobody_sent_in_time_is_never_sent(paying: Paying, minutes: float, sent: bool) -> None:
    paying.step(minutes=minutes)
    assert paying.prompts == ([paying.id] if sent else [])
    assert paying.is_open("pending") if sent else paying.is_closed_unpaid("expired", "not_sent")


@pytest.mark.parametrize(("minutes", "sent"), [(9, True), (10, False)])
def test_a_request_that_got_lost_is_not_sent_again_late(paying: Paying, minutes: float, sent: bool) -> None:
    paying.mtn.momo.faults.set({"status_503_before_accept": 1})
    paying.step(seconds=5)
    paying.step(minutes=minutes)
    assert paying.prompts == ([paying.id] if sent else [])
    assert paying.is_open("pending") if sent else paying.is_closed_unpaid("expired", "not_sent")


@pytest.mark.parametrize(("hours", "needs_person"), [(23, False), (25, True)])
def test_after_a_day_a_person_looks_too_and_no_clock_ends_it(
    paying: Paying, hours: int, needs_person: bool
) -> None:
    paying.step(seconds=5)
    paying.step(hours=hours)
    told = ["payment_unclear"] if needs_person else []
    assert paying.is_open("pending", told)
    assert paying.payment.needs_person is needs_person
    paying.mtn.momo.approve(paying.id)
    paying.step(hours=1)
    assert paying.is_paid_once([*told, "receipt"])
    assert not paying.payment.needs_person


def test_a_person_need_not_look_at_what_failed_after_a_day(paying: Paying) -> None:
    paying.step(seconds=5)
    paying.step(hours=25)
    assert paying.payment.needs_person
    paying.mtn.momo.reject(paying.id)
    paying.step(hours=1)
    assert paying.is_closed_unpaid("failed", "declined", ["payment_unclear", "payment_failed"])


def test_whose_end_nobody_tells_is_told_to_the_member_and_to_each_officer_once(paying: Paying) -> None:
    paying.step(seconds=5)
    for _ in range(3):
        paying.step(hours=25)
    told = paying.store.notices.find(kind=["payment_unclear", "payment_to_look_at"])
    village = paying.village
    assert sorted((n.kind, n.person) for n in told) == sorted(
        [
            ("payment_unclear", village.akello.id),
            *(("payment_to_look_at", officer.id) for officer in (village.nakato, village.wanjiru)),
        ]
    )
    assert {n.values["ref"] for n in told} == {paying.payment.ref}


# Every status of every provider


class Says:
    """A provider that says one thing of everything."""

    name, carries = "momo", [Carries("UGX")]

    def __init__(self, status: ProviderStatus | ProviderError, capabilities: Capabilities) -> None:
        self._status, self.capabilities = status, capabilities
        self.sent: list[str] = []

    def collect(self, collection: Collection) -> str:
        self.sent.append(collection.reference)
        raise OutcomeUnknown("timeout")

    def status(self, asked: Asked) -> ProviderStatus:
        if isinstance(self._status, ProviderError):
            raise self._status
        return self._status


RAILS = st.builds(
    Capabilities,
    keyed=st.booleans(),
    resend_safe=st.booleans(),
    answers_later=st.booleans(),
    says_amount=st.booleans(),
    echoes_ref=st.booleans(),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=2)
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
    provider = Says(status, promised)
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


# What it never took


def test_a_request_that_was_never_taken_ends_five_minutes_after_it_was_last_sent(paying: Paying) -> None:
    paying.mtn.momo.faults.set({"status_503_before_accept": 99})
    sent = paying.step(seconds=5).sent_at
    while paying.payment.next_at is not None:
        assert paying.is_open("unknown")
        paying.step(seconds=(paying.payment.next_at - paying.clock()).total_seconds())
        sent = paying.payment.sent_at or sent
    assert paying.is_closed_unpaid("expired", "not_sent")
    assert sent is not None
    assert paying.clock() - sent == timedelta(minutes=5)
    assert paying.clock() - paying.payment.created_at < timedelta(minutes=15)
    assert paying.prompts == []


def test_a_request_that_was_accepted_is_not_ended_because_nobody_knows_it_now(paying: Paying) -> None:
    paying.step(seconds=5)
    paying.mtn.momo.faults.set({"status_404_on_query": 3})
    for _ in range(3):
        paying.step(minutes=20)
        assert paying.is_open("unknown")
    paying.mtn.momo.approve(paying.id)
    paying.step(hours=1)
    assert paying.is_paid_once()


def test_a_payment_that_comes_up_after_it_was_ended_is_posted(paying: Paying) -> None:
    """It was there all the time and showed itself late: its callback makes us look once more."""
    paying.mtn.momo.faults.set({"drop_after_accept": 1, "status_404_on_query": 99})
    paying.step(seconds=5)
    paying.mtn.momo.faults.set({"status_503_before_accept": 99})
    while paying.payment.next_at is not None:
        paying.step(minutes=4)
    assert paying.is_closed_unpaid("expired", "not_sent")
    paying.mtn.momo.faults.set({"status_404_on_query": 0})
    assert hurry(paying.store, Hint(paying.id))
    paying.step()
    assert paying.payment.next_at is not None, "the prompt is on the phone, and is looked after"
    paying.mtn.momo.approve(paying.id)
    paying.step(hours=1)
    assert paying.is_paid_once(["payment_failed", "receipt"])


def test_a_callback_about_what_has_failed_changes_nothing_when_the_provider_says_the_same(paying: Paying) -> None:
    paying.step(seconds=5)
    paying.mtn.momo.reject(paying.id)
    paying.step(seconds=10)
    assert hurry(paying.store, Hint(paying.id))
    paying.step()
    assert paying.is_closed_unpaid("failed", "declined")


# Two workers on one payment, since the first was so slow that its claim ran out


@dataclass
class Slow:
    """A provider whose answer to a status query takes as long as `meanwhile` does."""

    momo: Collector
    meanwhile: Callable[[], object]

    @property
    def name(self) -> str:
        return self.momo.name

    @property
    def carries(self) -> Sequence[Carries]:
        return self.momo.carries

    @property
    def capabilities(self) -> Capabilities:
        return self.momo.capabilities

    def collect(self, collection: Collection) -> str:
        return self.momo.collect(collection)

    def status(self, asked: Asked) -> ProviderStatus:
        answer = self.momo.status(asked)
        self.meanwhile()
        return answer


def test_a_refusal_does_not_count_once_another_worker_has_sent_it(paying: Paying) -> None:
    """The provider did not know the request when the slow one asked, and has it by the time it goes on."""
    slow = Slow(paying.mtn.client("mtnzambia"), meanwhile=lambda: paying.step(seconds=61))
    paying.step(slow, seconds=5)
    assert paying.prompts == [paying.id]
    assert paying.is_open("pending")
    paying.mtn.momo.approve(paying.id)
    paying.step(seconds=60)
    assert paying.is_paid_once()


def test_nothing_is_sent_again_once_another_worker_has_closed_it(paying: Paying) -> None:
    """Or the payer would be asked for money that no payment waits for."""
    paying.mtn.momo.faults.set({"status_503_before_accept": 1})
    paying.step(seconds=5)
    zambia = paying.mtn.client("mtnzambia")
    paying.step(Slow(paying.momo, meanwhile=lambda: paying.step(zambia, seconds=61)), seconds=10)
    assert paying.prompts == []
    assert paying.is_closed_unpaid("failed", "not_possible")
    assert paying.payment.provider_reason == "INVALID_CURRENCY"
