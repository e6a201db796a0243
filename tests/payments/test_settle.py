"""One payment, step by step, between the real store and MTN's stand-in: what each answer makes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from domain.money import Money
from domain.records.group import PaymentPart
from domain.records.payment import OPEN
from payments.port import Asked, Capabilities, Carries, Collection, Collector, Hint, ProviderStatus
from payments.settle import hurry
from tests.momo_server import GRACE
from tests.payments.settling import Paying


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
    assert paying.payment.provider_id == paying.rail.status(Asked(paying.id)).provider_id


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
    done = paying.rail.status(Asked(paying.id)).provider_id
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
    assert paying.is_open("pending" if sent else "unknown")
    if not sent:
        paying.step(minutes=1)
        assert paying.is_closed_unpaid("expired", "not_sent")


def test_what_a_provider_does_not_know_for_a_moment_has_not_failed(paying: Paying) -> None:
    """Its answer was lost, nobody asked for long, and then it said once that it has no such request."""
    paying.mtn.momo.faults.set({"drop_after_accept": 1, "status_404_on_query": 1})
    paying.step(seconds=5)
    paying.step(minutes=12)
    assert paying.is_open("unknown")
    paying.mtn.momo.approve(paying.id)
    paying.step(minutes=1)
    assert paying.is_paid_once()


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
    paying.step(Slow(paying.rail, meanwhile=lambda: paying.step(zambia, seconds=61)), seconds=10)
    assert paying.prompts == []
    assert paying.is_closed_unpaid("failed", "not_possible")
    assert paying.payment.provider_reason == "INVALID_CURRENCY"
