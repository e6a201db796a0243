"""A rail that answers a question by calling us: what it answers is left for a worker, who takes it once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import Payment, ProviderStatus
from domain.savings.contribute import Contribute
from domain.treasury.settle import payment_failed
from payments.port import Answer, Asked, Capabilities, Carries, Collection, OutcomeUnknown
from payments.settle import hurry, settle
from tests.conftest import Clock
from tests.people import do, found_village

ASKED = Money(5_500, "UGX")
NOT_FOUND = ProviderStatus("not_found")
NO_ACCOUNT = ProviderStatus("failed", "no_account", "2040")


@dataclass
class Later:
    """It hears every question, and loses the answer to every request."""

    store: MongoStore
    clock: Clock
    id: str
    name: str = "momo"
    carries: Any = (Carries("UGX"),)
    capabilities: Capabilities = Capabilities(answers_later=True)
    status_now: ProviderStatus = ProviderStatus("asked")
    heard: Callable[[], object] = lambda: None
    sent: list[str] = field(default_factory=list)

    def collect(self, collection: Collection) -> str:
        self.sent.append(collection.reference)
        raise OutcomeUnknown("timeout")

    def status(self, asked: Asked) -> ProviderStatus:
        self.heard()
        return self.status_now

    def answer(self, status: ProviderStatus) -> bool:
        return hurry(self.store, Answer(self.id, status))

    def step(self, seconds: float = 0) -> Payment:
        self.clock.forward(seconds=seconds)
        settle(self.store, self, self.id)
        return self.store.payments.get(self.id)


@pytest.fixture
def later(store: MongoStore, clock: Clock) -> Later:
    village = found_village(store)
    begun: Any = do(store, Contribute(village.umoja, village.akello.id, ASKED))
    return Later(store, clock, begun["payment"])


def test_what_is_answered_later_is_followed_by_a_worker_and_taken_once(later: Later) -> None:
    """Whoever brings the answer only leaves it: that the request is sent again is a worker's."""
    assert (later.step(4).state, later.step(5).state, len(later.sent)) == ("unknown", "unknown", 1)
    assert (later.answer(NOT_FOUND), later.answer(NOT_FOUND)) == (True, True)
    assert (later.store.payments.due(later.clock(), 10), len(later.sent)) == ([later.id], 1)
    assert (later.step().answer, later.step().state, len(later.sent)) == (None, "unknown", 2)
    assert later.answer(NO_ACCOUNT)
    assert (later.step().state, later.step(3_600).reason, len(later.sent)) == ("failed", "no_account", 2)


def test_an_answer_after_the_end_is_heard_where_the_money_has_moved(later: Later) -> None:
    later.step(4)
    later.answer(NO_ACCOUNT)
    paid = ProviderStatus("succeeded", provider_id="R1", amount=later.step().amount)
    assert (later.answer(NOT_FOUND), later.step().state) == (True, "failed")
    assert (later.answer(paid), later.step().provider_id) == (True, "R1")
    assert (later.answer(NOT_FOUND), later.step().state) == (False, "succeeded")
    assert later.store.payments.due(later.clock(), 10) == []


def test_an_answer_that_is_here_before_its_question_has_ended_is_not_waited_over(later: Later) -> None:
    later.step(4)
    later.heard = lambda: later.answer(NO_ACCOUNT)
    assert (later.step(5).state, later.step().reason) == ("unknown", "no_account")


@dataclass
class Meanwhile:
    """Something comes just before a worker looks, for the `nth` time, at what its rail promises."""

    later: Later
    comes: Callable[[], object]
    nth: int
    name: str = "momo"
    carries: Any = (Carries("UGX"),)

    @property
    def capabilities(self) -> Capabilities:
        self.nth -= 1
        if self.nth == 0:
            self.comes()
        return self.later.capabilities

    def collect(self, collection: Collection) -> str:
        return self.later.collect(collection)

    def status(self, asked: Asked) -> ProviderStatus:
        return self.later.status(asked)


@pytest.mark.parametrize("nth", [1, 2, 3], ids=["before the first is taken", "as it is", "as it is followed"])
def test_an_answer_that_comes_while_another_one_is_followed_is_not_forgotten(later: Later, nth: int) -> None:
    paid = ProviderStatus("succeeded", provider_id="R1", amount=ASKED)
    later.step(4)
    later.answer(NO_ACCOUNT)
    busy = Meanwhile(later, lambda: later.answer(paid), nth)
    settle(later.store, busy, later.id)
    assert busy.nth <= 0, "it came"
    assert (later.step().state, later.step().provider_id) == ("succeeded", "R1")


def test_an_answer_that_nobody_took_is_heard_though_people_ended_the_payment_by_hand(later: Later) -> None:
    payment = later.step(4)
    later.answer(ProviderStatus("succeeded", provider_id="R1", amount=ASKED))
    payment_failed(later.store, payment, "not_possible", "BY_HAND")
    assert (later.step().state, later.step().provider_id) == ("succeeded", "R1")


def test_a_worker_whose_time_has_run_out_leaves_the_answer_to_the_next_one(later: Later) -> None:
    later.step(4)
    later.answer(NO_ACCOUNT)

    def another_takes_it() -> None:
        assert later.step(61).reason == "no_account"

    settle(later.store, Meanwhile(later, another_takes_it, 2), later.id)
    assert later.store.notices.count(id=f"failed:{later.id}") == 1


def test_an_answer_is_not_waited_over_where_its_question_seemed_to_be_lost(later: Later) -> None:
    def lost() -> None:
        later.answer(NO_ACCOUNT)
        raise OutcomeUnknown("timeout")

    later.step(4)
    later.heard = lost
    assert (later.step(5).state, later.step().reason) == ("unknown", "no_account")


def test_that_it_was_not_known_says_nothing_of_later(later: Later) -> None:
    """The answer is of a moment after the request; all workers stood still until it would count."""
    later.capabilities = Capabilities(answers_later=True, resend_safe=False)
    later.step(4)
    later.answer(NOT_FOUND)
    assert later.step(600).state == "unknown"
    later.answer(NOT_FOUND)
    assert (later.step().state, later.step().reason) == ("expired", "not_sent")


def test_who_answers_at_once_is_asked_whatever_is_said_to_be_an_answer(later: Later) -> None:
    later.capabilities, later.status_now = Capabilities(), ProviderStatus("pending")
    later.step(4)
    later.answer(NO_ACCOUNT)
    assert later.step().state == "pending"
