"""Money out, step by step, between the real store and MTN's stand-in: set aside, sent once, posted or freed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.people.changed_hands import CloseNumber
from domain.records.payment import OPEN
from domain.store import Store
from domain.treasury.money_out import pay_out
from domain.treasury.settle import payment_succeeded
from payments.momo.answers import FAILURES, NOT_OVER, read_status
from payments.port import Asked, Carries, Hint, OutcomeUnknown, Payer, ProviderStatus, Transfer
from payments.settle import hurry
from simulator.momo.disbursements import Disbursements
from tests.conftest import Clock
from tests.momo_server import GRACE, MomoServer
from tests.money import ugx
from tests.payments.settling import JSON, SaysOfTransfers, Settling
from tests.people import Village, do, found_village

FULL = {"1020": 20_000, "2030": -20_000}
ASIDE = {"1020": 12_000, "1060": 8_000, "2030": -12_000, "2045": -8_000}
PAID = {"1020": 12_000, "1060": 0, "2030": -12_000, "2045": 0}


def fill(store: MongoStore, village: Village, at: datetime) -> None:
    """Akello has UGX 20,000 of credit in Umoja's wallet."""
    legs = (Posting("1020", 20_000), Posting("2030", -20_000, village.akello.id))
    store.post(Draft(village.umoja, "UGX", "filled", "credit", at, legs))


class PayingOut(Settling[Payer]):
    """Umoja sends Akello UGX 8,000 of her credit."""

    nothing_moved: ClassVar[dict[str, int]] = ASIDE

    def begin(self, minor: int = 8_000) -> str:
        def work(tx: Store) -> str:
            group = tx.groups.get(self.village.umoja)
            return pay_out(tx, group, self.village.akello.id, ugx(minor), "withdrawal", way="mobile_money").id

        self.id = self.store.transaction(work)
        return self.id

    @property
    def momo(self) -> Disbursements:
        return self.mtn.disbursements

    def is_paid_once(self) -> bool:
        assert (self.totals, self.told) == (PAID, ["paid_out"])
        assert self.momo.credits(GRACE) == [ugx(8_000)]
        assert verify_book(self.store.books, self.village.umoja) == []
        return self.payment.state == "succeeded" and self.payment.next_at is None

    def is_freed(self, reason: str) -> bool:
        assert {code: total for code, total in self.totals.items() if total} == FULL
        assert self.told == ["payout_failed"]
        assert self.momo.credits(GRACE) == []
        references = [entry.reference for entry in self.store.books.entries(self.village.umoja)]
        assert references == ["filled", f"reserve:{self.id}", f"release:{self.id}"]
        return self.payment.reason == reason and self.payment.next_at is None


@pytest.fixture
def paying(store: MongoStore, clock: Clock, mtn: MomoServer) -> PayingOut:
    village = found_village(store)
    fill(store, village, clock())
    return PayingOut(store, clock, mtn, village, mtn.payer())


def test_money_is_set_aside_sent_confirmed_and_posted(paying: PayingOut) -> None:
    paying.begin()
    assert (paying.totals, paying.told) == (ASIDE, [])
    assert paying.step().state == "created", "the member's call may still be open"
    paying.step(seconds=5)
    assert paying.is_open("pending")
    paying.step(seconds=10)
    assert paying.is_paid_once()
    paying.step(seconds=60)
    assert paying.is_paid_once()


def test_what_is_set_aside_is_nobody_else_s(paying: PayingOut) -> None:
    paying.begin(15_000)
    with pytest.raises(InsufficientFunds):
        paying.begin(5_001)
    paying.begin(5_000)
    assert paying.totals == {"1020": 0, "1060": 20_000, "2030": 0, "2045": -20_000}


def test_a_refused_transfer_is_freed_and_told_once(paying: PayingOut) -> None:
    paying.begin()
    paying.momo.faults.set({"outcomes": {GRACE[1:]: "PAYEE_NOT_ALLOWED_TO_RECEIVE"}})
    paying.step(seconds=5)
    paying.step(seconds=10)
    assert paying.is_freed("not_possible")
    paying.step(seconds=60)
    assert paying.is_freed("not_possible")


class AnswerLost:
    """MTN takes the transfer, and its answer never arrives; the status is what it says."""

    name, carries = "momo", [Carries("UGX")]

    def __init__(self, payer: Payer, taken: bool) -> None:
        self.capabilities = payer.capabilities
        self._payer, self._taken = payer, taken
        self.sent: list[str] = []

    def pay(self, transfer: Transfer) -> str:
        self.sent.append(transfer.reference)
        if self._taken:
            self._payer.pay(transfer)
        raise OutcomeUnknown("timeout")

    def status(self, asked: Asked) -> ProviderStatus:
        return self._payer.status(asked)


@pytest.mark.parametrize("taken", [True, False])
def test_a_lost_answer_is_asked_about_and_sent_again_only_under_its_name(paying: PayingOut, taken: bool) -> None:
    paying.begin()
    losing = AnswerLost(paying.rail, taken)
    paying.step(losing, seconds=5)
    assert paying.is_open("unknown")
    for _ in range(3):
        paying.step(seconds=61)
    assert paying.is_paid_once()
    assert losing.sent == [paying.id]


def changes_hands(paying: PayingOut) -> None:
    """Somebody else has Akello's number, and says so; she hears of money in no way any more."""
    do(paying.store, CloseNumber(paying.village.akello.id, paying.village.akello.phone))


def test_money_that_was_not_sent_yet_goes_to_no_number_that_changed_hands(paying: PayingOut) -> None:
    paying.begin()
    changes_hands(paying)
    assert paying.step(seconds=5).state == "expired"
    paying.step(minutes=10)
    assert {code: total for code, total in paying.totals.items() if total} == FULL
    assert (paying.payment.reason, paying.momo.credits(GRACE)) == ("not_sent", [])


@pytest.mark.parametrize("taken", [True, False])
def test_what_was_sent_before_is_followed_to_its_end_and_never_sent_again(paying: PayingOut, taken: bool) -> None:
    paying.begin()
    losing = AnswerLost(paying.rail, taken)
    paying.step(losing, seconds=5)
    changes_hands(paying)
    for _ in range(12):
        paying.step(losing, minutes=10)
    sent = paying.momo.credits(GRACE)
    assert (paying.payment.state, sent) == (("succeeded", [ugx(8_000)]) if taken else ("expired", []))
    assert losing.sent == [paying.id]


def test_what_was_not_sent_in_time_is_sent_late_and_not_failed(paying: PayingOut) -> None:
    """A prompt that comes late makes nobody happy; money that comes late does."""
    paying.begin()
    paying.step(hours=3)
    paying.step(seconds=61)
    assert paying.is_paid_once()


def test_an_unknown_payout_is_never_failed_by_a_clock_and_a_person_looks_after_a_day(paying: PayingOut) -> None:
    silent = SaysOfTransfers(OutcomeUnknown("timeout"))
    paying.begin()
    paying.step(silent, seconds=5)
    for _ in range(23):
        paying.step(silent, hours=1)
    assert paying.is_open("unknown")
    assert not paying.payment.needs_person
    for _ in range(3):
        paying.step(silent, hours=1)
    assert paying.is_open("unknown", told=["payment_unclear"])
    assert paying.payment.needs_person


def test_money_that_is_not_this_money_is_looked_at_before_it_is_posted(paying: PayingOut) -> None:
    other = ProviderStatus("succeeded", provider_id="600000009", amount=ugx(9_000), external_id="P222222")
    paying.begin()
    paying.step(SaysOfTransfers(OutcomeUnknown("timeout")), seconds=5)
    paying.step(SaysOfTransfers(other), seconds=61)
    assert paying.is_open("unknown", told=["payment_unclear"])
    assert (paying.payment.provider_reason, paying.payment.needs_person) == ("MISMATCH", True)


def test_a_payout_that_was_never_taken_is_freed_an_hour_after_it_was_last_sent(paying: PayingOut) -> None:
    never_had_it = SaysOfTransfers(ProviderStatus("not_found"))
    paying.begin()
    paying.step(never_had_it, hours=3)  # no worker was there before
    paying.step(never_had_it, minutes=59)
    assert paying.is_open("unknown"), "it is not ended by the time for which it was not sent"
    paying.step(never_had_it, minutes=2)
    assert paying.is_freed("not_sent")


def test_a_payout_that_comes_up_after_it_was_ended_is_for_a_person_and_everybody_hears_of_it(
    paying: PayingOut,
) -> None:
    """What was set aside is free again, and may be spent: nothing is posted."""
    paying.begin()
    paying.momo.faults.set({"outcomes": {GRACE[1:]: "SUCCESSFUL"}, "status_404_on_query": 9})
    paying.step(AnswerLost(paying.rail, taken=True), seconds=5)
    while paying.payment.state != "expired":
        paying.step(AnswerLost(paying.rail, taken=True), minutes=30)
    paying.momo.faults.set({"status_404_on_query": 0})
    assert hurry(paying.store, Hint(paying.id)), "its callback"
    paying.step()
    paying.step(hours=1)
    assert {code: total for code, total in paying.totals.items() if total} == FULL
    assert paying.told == ["payout_failed", "payment_unclear"]
    assert (paying.payment.needs_person, paying.payment.provider_reason) == (True, "SUCCEEDED_AFTER_FAILED")
    assert paying.store.notices.count(kind="payment_to_look_at") > 0
    paying.store.payments.change(paying.id, needs_person=False)
    assert payment_succeeded(paying.store, paying.payment, paying.payment.provider_id) is None, (
        "its list says so too"
    )
    assert not paying.payment.needs_person, "what was put right stays so"


# Every status of every transfer

WORDS = st.sampled_from(["FAILED", "PENDING", "CREATED", "SUCCESSFUL", "ONGOING", "REVERSED"])
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "status": WORDS | WORDS.map(str.lower) | JSON,
        "reason": st.sampled_from([*FAILURES, *NOT_OVER]).flatmap(lambda r: st.sampled_from([r, {"code": r}]))
        | JSON,
        "amount": st.sampled_from(["8000", 8000, "7999"]) | JSON,
        "currency": st.just("UGX") | JSON,
        "externalId": st.just("ours") | JSON,
        "financialTransactionId": JSON,
    },
)
ANSWERS = BODIES.map(read_status) | st.just(ProviderStatus("not_found")) | st.just(OutcomeUnknown("HTTP 503"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS, later=st.sampled_from([{"seconds": 10}, {"minutes": 70}, {"hours": 26}]))
def test_every_status_ends_a_payout_or_keeps_it_scheduled_and_the_member_is_told(
    paying: PayingOut, answer: Any, later: dict[str, float]
) -> None:
    """What ends frees the money or posts it; what does not is asked about again, and told after a day."""
    fill_again(paying)
    paying.begin()
    if isinstance(answer, ProviderStatus) and answer.external_id == "ours":
        answer = replace(answer, external_id=paying.payment.ref, provider_id=paying.id)
    paying.step(SaysOfTransfers(answer), seconds=5)
    after = paying.step(SaysOfTransfers(answer), **later)
    notices = paying.store.notices.find(person=paying.village.akello.id)
    about = [notice.kind for notice in notices if paying.id in notice.id]
    assert verify_book(paying.store.books, paying.village.umoja) == []
    if after.state in OPEN:
        assert after.next_at is not None and after.next_at - paying.clock() <= timedelta(hours=1)
        assert about == (["payment_unclear"] if after.needs_person else [])
        assert after.needs_person or later != {"hours": 26}
    else:
        assert (after.next_at, after.needs_person) == (None, False)
        assert about == (["paid_out"] if after.state == "succeeded" else ["payout_failed"])


def fill_again(paying: PayingOut) -> None:
    """So that there is enough for one more, whatever became of those before."""
    legs = (Posting("1020", 8_000), Posting("2030", -8_000, paying.village.akello.id))
    paying.store.post(Draft(paying.village.umoja, "UGX", f"filled:{uuid4()}", "credit", paying.clock(), legs))
