"""The smallest coin of a group: nothing is payable in less, and rounding neither makes nor loses money."""

from dataclasses import replace
from fractions import Fraction

import pytest

from domain.arithmetic.instalments import RepaymentRules
from domain.groups.leave import AskToLeave
from domain.loans.borrow import RequestLoan, quote
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import Way
from domain.savings.social_fund import AskGrant
from domain.savings.withdraw import AskWithdrawal, withdrawable
from domain.treasury.coins import NotInCoins, in_coins
from tests.conftest import Clock
from tests.domain.savers import changed, found
from tests.money import ugx
from tests.people import found_group, register

IN_EACH_PERIOD = {"days": 28}


@pytest.mark.parametrize("way", ["cash", "mobile_money"])
@pytest.mark.parametrize(("minor", "nearest"), [(5_017, (5_000, 5_100)), (5_099, (5_000, 5_100)), (17, (0, 100))])
def test_an_amount_that_no_coins_make_is_refused_with_the_nearest(
    store: MongoStore, way: Way, minor: int, nearest: tuple[int, int]
) -> None:
    savers = found(store, kind="savings", cash_unit=100)
    if way == "mobile_money":
        savers.fill_wallet(50_000)
    for command in (
        AskWithdrawal("dan", savers.group, ugx(minor), way),
        RequestLoan(savers.group, "dan", ugx(minor), 1, way),
    ):
        with pytest.raises(NotInCoins) as refused:
            savers.do(command)
        assert (refused.value.details["below"], refused.value.details["above"]) == nearest


def test_all_of_a_loan_is_in_coins_to_the_last_line(store: MongoStore, clock: Clock) -> None:
    """120,000 over three periods in equal payments, with odd fees of the product and a penalty of 2 %."""
    product = changed(method="declining-instalment", fee=Fraction(1, 70), repayment=RepaymentRules(fee_minor=150))
    savers = found(store, product, cash_unit=100)
    offer = quote(store, savers.group, ugx(120_000), 3)
    shown = [offer.fee, offer.total_interest, offer.total_payment]
    shown += [amount for line in offer.lines for amount in (line.principal, line.interest, line.payment)]
    assert not any(amount.minor % 100 for amount in shown)
    assert [line.payment.minor for line in offer.lines] == [48_400, 48_400, 48_300]
    assert sum(line.principal.minor for line in offer.lines) == 120_000
    assert not offer.keeps_interest
    loan = savers.lend("dan", 120_000, 3)
    clock.forward(days=40)
    standing = savers.loan(loan).standing(clock().date())
    penalty = standing.lines[0].owed.penalty
    assert penalty == ugx(1_000), "2 % of 48,400, in hundreds"
    assert not standing.unpaid.minor % 100


def test_a_request_below_the_limit_in_coins_is_offered_as_one(store: MongoStore) -> None:
    savers = found(store, kind="savings", saved=33_350, cash_unit=100)
    free = withdrawable(store, savers.group, "dan").most
    assert free == ugx(33_300)
    assert in_coins(store.groups.get(savers.group).constitution, ugx(99)) == ugx(0)


def test_who_leaves_is_paid_in_coins_and_the_rest_is_in_an_account_that_says_so(store: MongoStore) -> None:
    savers = found(store, kind="savings", saved=33_350, cash_unit=100)
    savers.do(AskToLeave("dan", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    assert savers.held("dan") == {}
    assert savers.totals["4090"] == -50
    assert savers.totals["1010"] == 6 * 33_350 - 33_300
    savers.check()


def test_a_grant_is_asked_for_in_coins(store: MongoStore) -> None:
    savers = found(store, kind="vsla", social_fund=ugx(2_000), cash_unit=100)
    with pytest.raises(NotInCoins):
        savers.do(AskGrant("dan", savers.group, ugx(1_050), "a roof"))
    savers.do(AskGrant("dan", savers.group, ugx(1_000), "a roof"))


def test_a_loan_is_in_whole_shillings_where_nobody_has_cents(store: MongoStore) -> None:
    """Also of a group whose coin was set to a cent; what its amount has in cents stays, on the last line."""
    officer = register(store, "Njeri Esther", "+254711000177", "4827")
    group = found_group(store, "20202", "Bidii", Money(20_000, "KES"), {officer: "treasurer"})
    rules = store.groups.get(group).constitution
    assert rules.loans
    store.groups.change(group, constitution=replace(rules, cash_unit=1, loans=replace(rules.loans, step=1)))
    for lent, cents in ((100_000, 0), (100_050, 50)):
        *lines, last = quote(store, group, Money(lent, "KES"), 3).lines
        assert not any(each.minor % 100 for line in lines for each in (line.principal, line.interest))
        assert (last.payment.minor % 100, last.interest.minor % 100) == (cents, 0)
        assert sum(line.principal.minor for line in (*lines, last)) == lent
