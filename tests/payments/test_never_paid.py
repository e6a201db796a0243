"""What a provider's whole statement does not have: a payout that was never paid, or that only our book has."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.board.differences import differences
from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import Direction, Payment, ProviderStatus
from domain.store import Store
from domain.treasury.money_out import pay_out
from domain.treasury.settle import payment_succeeded
from payments.port import Movement
from payments.reconcile import Compared, compare_with_whole, end_what_was_never_paid
from payments.settle import UNKNOWN_THERE
from tests.conftest import Clock
from tests.people import Village, found_village


@dataclass
class Statement:
    """All that moved out of our account, as its portal gives it out."""

    moved: list[Movement] = field(default_factory=list)
    name: str = "momo"
    lists: frozenset[Direction] = frozenset({"in", "out"})

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        return (each for each in self.moved if since <= each.at < until)


@dataclass
class Payouts:
    """Akello is paid UGX 3,000, 4,000 and 5,000, hours apart; of the second nobody heard how it ended."""

    store: MongoStore
    clock: Clock
    village: Village
    statement: Statement = field(default_factory=Statement)

    def pay(self, minor: int) -> Payment:
        def work(tx: Store) -> Payment:
            group, amount = tx.groups.get(self.village.umoja), Money(minor, "UGX")
            return pay_out(tx, group, self.village.akello.id, amount, "withdrawal", way="mobile_money")

        payment = self.store.transaction(work)
        self.store.payments.change(payment.id, state="requested", sent_at=self.clock(), accepted=True)
        return payment

    def paid(self, minor: int, hours: float, *, listed: bool = True) -> None:
        """One that is in the books and in the statement, some time later."""
        self.clock.forward(seconds=3_600 * hours)
        payment = self.pay(minor)
        if listed:
            self.statement.moved.append(Movement("out", f"R{minor}", payment.amount, self.clock()))
        payment_succeeded(self.store, payment, f"R{minor}")

    def lost(self, **fields: Any) -> Payment:
        self.clock.forward(hours=2)
        payment = self.pay(4_000)
        known = {"state": "unknown", "provider_reason": UNKNOWN_THERE, "needs_person": True, **fields}
        self.store.payments.change(payment.id, **known)
        return payment

    def end(self) -> int:
        return end_what_was_never_paid(self.store, self.statement, self.clock() - timedelta(hours=23))

    def state(self, payment: Payment) -> str:
        return self.store.payments.get(payment.id).state


@pytest.fixture
def payouts(store: MongoStore, clock: Clock) -> Payouts:
    village = found_village(store)
    legs = (Posting("1020", 20_000), Posting("2030", -20_000, village.akello.id))
    store.post(Draft(village.umoja, "UGX", "filled", "credit", clock(), legs))
    return Payouts(store, clock, village)


def test_what_the_provider_does_not_know_nor_list_was_never_paid_and_is_the_members_again(
    payouts: Payouts,
) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost()
    payouts.paid(5_000, hours=2)
    assert (payouts.end(), payouts.end()) == (1, 0)
    after = payouts.store.payments.get(lost.id)
    assert (after.state, after.reason, after.needs_person) == ("expired", "not_sent", False)
    assert payouts.store.books.totals(payouts.village.umoja)["2030"] == -12_000


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, 2), (1, None), (1, 0.5), (None, None)],
    ids=["none of ours before it", "none after it", "none well after it", "an empty one"],
)
def test_a_statement_that_need_not_have_it_ends_nothing(
    payouts: Payouts, before: float | None, after: float | None
) -> None:
    if before:
        payouts.paid(3_000, before)
    lost = payouts.lost()
    if after:
        payouts.paid(5_000, after)
    assert (payouts.end(), payouts.state(lost)) == (0, "unknown")


def test_a_statement_with_a_hole_ends_nothing(payouts: Payouts) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost()
    payouts.paid(2_000, hours=0.5, listed=False)
    payouts.paid(5_000, hours=2)
    assert (payouts.end(), payouts.state(lost)) == (0, "unknown")


@pytest.mark.parametrize(
    ("before", "after", "shift"),
    [(1, (0.5,), timedelta(hours=6)), (None, (2, 8), timedelta(hours=-6))],
    ids=["it ends too early", "it begins too late"],
)
def test_a_statement_that_is_cut_has_no_more_when_its_times_are_read_in_another_zone(
    payouts: Payouts, before: float | None, after: tuple[float, ...], shift: timedelta
) -> None:
    if before:
        payouts.paid(3_000, before)
        payouts.clock.forward(hours=8)
    lost = payouts.lost()
    for number, hours in enumerate(after):
        payouts.paid(1_500 + number, hours)
    payouts.statement.moved = [replace(each, at=each.at + shift) for each in payouts.statement.moved]
    assert (payouts.end(), payouts.state(lost)) == (0, "unknown")


@pytest.mark.parametrize("minor", [4_000, 4_100])
def test_what_the_statement_has_was_paid_on_whatever_day_and_of_whatever_amount(
    payouts: Payouts, minor: int
) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost()
    payouts.paid(5_000, hours=2)
    left = Movement("out", "R9", Money(minor, "UGX"), payouts.clock() + timedelta(days=1), reference=lost.id)
    payouts.statement.moved.append(left)
    assert (payouts.end(), payouts.state(lost)) == (0, "unknown")


@pytest.mark.parametrize(("minor", "ends"), [(4_000, 0), (4_060, 0), (3_940, 0), (1_999, 1), (8_001, 1)], ids=str)
def test_money_that_left_and_is_nobodys_may_be_it_with_a_fee_in_it_or_off_it(
    payouts: Payouts, minor: int, ends: int
) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost()
    payouts.paid(5_000, hours=2)
    payouts.statement.moved.append(Movement("out", "R9", Money(minor, "UGX"), payouts.clock()))
    assert (payouts.end(), payouts.state(lost)) == (ends, "expired" if ends else "unknown")


@pytest.mark.parametrize(
    "known",
    [
        {"provider_reason": "2032"},
        {"state": "pending"},
        {"needs_person": False},
        {"answer": ProviderStatus("succeeded")},
    ],
    ids=["told to be paid", "under way", "of less than a day", "answered just now"],
)
def test_what_the_provider_may_have_is_left_open(payouts: Payouts, known: dict[str, object]) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost(**known)
    payouts.paid(5_000, hours=2)
    assert (payouts.end(), payouts.state(lost)) == (0, known.get("state", "unknown"))


def missing(payouts: Payouts, day: datetime) -> list[int]:
    """The payouts of a day that only the book has, by their amounts."""
    compare_with_whole(payouts.store, payouts.statement, day, day + timedelta(days=1), Compared())
    return sorted(each.ours.minor for each in differences(payouts.store) if each.ours)


def test_a_payout_that_only_the_book_has_is_found_whatever_was_compared_before(payouts: Payouts) -> None:
    """Each night the list of M-Pesa is compared, and has no payouts: nobody has looked for them there."""
    day = payouts.clock()
    payouts.paid(3_000, 1)
    payouts.paid(4_000, 1, listed=False)
    payouts.paid(5_000, 2)
    for each in payouts.store.payments.find(state="succeeded"):
        payouts.store.payments.change(each.id, reconciled=True)
    assert missing(payouts, day) == missing(payouts, day) == [4_000]


@pytest.mark.parametrize("hours", [0, 3], ids=["asked for before it", "too late for it"])
def test_a_statement_says_nothing_of_what_is_not_between_its_lines(payouts: Payouts, hours: float) -> None:
    day = payouts.clock()
    if not hours:
        payouts.paid(4_000, 0, listed=False)
    payouts.paid(3_000, 1)
    payouts.paid(5_000, 1)
    if hours:
        payouts.paid(4_000, -0.5, listed=False)
    payouts.statement.moved.append(Movement("in", "R9", Money(900, "UGX"), payouts.clock() + timedelta(hours=2)))
    assert missing(payouts, day) == []


def test_a_statement_of_one_day_says_nothing_of_another(payouts: Payouts) -> None:
    payouts.paid(3_000, 1)
    payouts.paid(4_000, 1, listed=False)
    payouts.paid(5_000, 2)
    assert missing(payouts, payouts.clock() - timedelta(days=3)) == []
