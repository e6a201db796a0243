"""A payout that its provider does not know ends where the provider's whole statement does not have it either."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import Direction, Payment
from domain.store import Store
from domain.treasury.money_out import pay_out
from domain.treasury.settle import payment_succeeded
from payments.port import Movement
from payments.reconcile import end_what_was_never_paid
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

    def paid(self, minor: int, hours: float) -> None:
        """One that is in the books and in the statement, some time later."""
        self.clock.forward(seconds=3_600 * hours)
        payment = self.pay(minor)
        self.statement.moved.append(Movement("out", f"R{minor}", payment.amount, self.clock()))
        payment_succeeded(self.store, payment, f"R{minor}")

    def lost(self, **fields: object) -> Payment:
        self.clock.forward(hours=2)
        payment = self.pay(4_000)
        known = {"state": "unknown", "provider_reason": UNKNOWN_THERE, "needs_person": True}
        self.store.payments.change(payment.id, **(known | fields))
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


@pytest.mark.parametrize(("minor", "ends"), [(4_000, 0), (4_001, 1)])
def test_money_of_that_amount_that_left_and_is_nobodys_may_be_it(payouts: Payouts, minor: int, ends: int) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost()
    payouts.paid(5_000, hours=2)
    payouts.statement.moved.append(Movement("out", "R9", Money(minor, "UGX"), payouts.clock()))
    assert (payouts.end(), payouts.state(lost)) == (ends, "expired" if ends else "unknown")


@pytest.mark.parametrize(
    "known",
    [{"provider_reason": "2032"}, {"state": "pending"}, {"needs_person": False}],
    ids=["told to be paid", "under way", "of less than a day"],
)
def test_what_the_provider_may_have_is_left_open(payouts: Payouts, known: dict[str, object]) -> None:
    payouts.paid(3_000, hours=1)
    lost = payouts.lost(**known)
    payouts.paid(5_000, hours=2)
    assert (payouts.end(), payouts.state(lost)) == (0, known.get("state", "unknown"))
