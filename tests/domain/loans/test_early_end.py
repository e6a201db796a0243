"""A loan that ends before its time: paid back early, or at the share-out."""

import pytest

from domain.arithmetic.instalments import RepaymentRules, Surplus
from domain.loans.owed import my_loans
from domain.loans.repay import MoreThanOwed, Repay, ReverseRepayment
from domain.mongo.store import MongoStore
from domain.share_out.agree import ProposeShareOut
from domain.share_out.shown import expected_share_out, planned
from tests.conftest import Clock
from tests.domain.savers import PRODUCT, Savers, changed, found
from tests.money import ugx


@pytest.mark.parametrize("days", [0, 1, 28])
def test_the_share_out_nets_the_principal_and_the_period_that_has_begun(
    store: MongoStore, clock: Clock, days: int
) -> None:
    """90,000 over six periods at 10 %: 99,000 of Dan's 101,500 are netted, and 2,500 are paid out."""
    savers = found(store, PRODUCT)
    loan = savers.lend("dan", 90_000, 6)
    clock.forward(days=days)
    plan = planned(store, savers.group, ugx(0))
    assert plan.pot == ugx(609_000)
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), plan.digest))
    savers.decide("share_out", "ben", "dan", "eve")
    assert savers.loan(loan).state == "closed"
    assert [each["pay"] for each in savers.told("dan", "shared_out")] == [ugx(2_500)]
    assert [each["netted"] for each in savers.told("dan", "shared_out")] == [ugx(99_000)]
    assert expected_share_out(store, savers.group, "eve").pay == ugx(101_500)
    savers.check()


@pytest.mark.parametrize(
    ("surplus", "keeps_interest", "payoff"),
    [
        ("instalments", False, 66_000),
        ("principal", False, 66_000),
        ("credit", False, 66_000),
        ("instalments", True, 69_000),
    ],
)
def test_paying_early_saves_the_interest_of_what_has_not_begun_unless_the_product_keeps_it(
    store: MongoStore, surplus: Surplus, keeps_interest: bool, payoff: int, clock: Clock
) -> None:
    savers = found(store, changed(repayment=RepaymentRules(surplus=surplus, keeps_interest=keeps_interest)))
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(days=1)
    (view,) = my_loans(store, "dan")
    assert view.payoff == ugx(payoff)
    asked = savers.do(Repay("dan", loan, view.payoff))
    savers.confirm(asked["payment"])
    assert savers.loan(loan).state == "closed"
    savers.check()


def test_a_loan_paid_back_after_a_day_costs_the_period_that_has_begun(store: MongoStore, clock: Clock) -> None:
    """120,000 over six periods at 10 % on what is owed: 12,000, and not the 42,000 of all of them."""
    savers = found(store)
    loan = savers.lend("dan", 120_000, 6)
    clock.forward(days=1)
    (view,) = my_loans(store, "dan")
    assert view.payoff == ugx(132_000)
    with pytest.raises(MoreThanOwed):
        savers.do(Repay("dan", loan, ugx(132_001)))
    savers.repay(loan, 132_000)
    assert (savers.loan(loan).state, savers.totals["4010"]) == ("closed", -12_000)
    savers.check()


def test_in_two_payments_an_early_end_costs_what_it_does_in_one(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 120_000, 3)
    clock.forward(days=1)
    savers.repay(loan, 60_000)
    assert savers.totals["4010"] == -20_000, "8,000 are paid ahead of the second period"
    last = savers.repay(loan, 72_000)
    assert (savers.loan(loan).state, savers.totals["4010"], "2030" in savers.totals) == ("closed", -12_000, False)
    savers.check()
    savers.do(ReverseRepayment("ben", last, "it was written twice"))
    assert (savers.loan(loan).outstanding, savers.totals["4010"]) == (80_000, -20_000)
    savers.check()
