"""What is shown to add up does: each screen that shows how a sum comes about, with any amounts."""

from datetime import date
from fractions import Fraction
from typing import get_args

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.arithmetic.dividend import Declared, dividend
from domain.arithmetic.instalments import RepaymentRules
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Method, Terms
from domain.arithmetic.share_out import Debt, Holding, net_share_out
from domain.groups.leave import Settlement
from domain.loans.borrow import quoted
from domain.meetings.cash_round import CashPart
from domain.money import Money
from domain.records.share_out import ShareOutLine
from domain.sacco.dividend import MyDividend
from domain.share_out.shown import LineView
from flows.groups.leave import sum_of_leaving
from flows.loans.borrow import sums_of_terms
from flows.meetings.cash_round import sum_of_due
from flows.sacco.dividend import sum_of_dividend
from flows.share_out.share_out import sum_of_line
from flows.words.news.savings import sum_of_shared_out
from flows.words.sums import Sum, minus, plus
from flows.words.texts import t, words
from tests.sums import check_sum

MINORS = st.integers(0, 10**7)
CURRENCIES = st.sampled_from(["UGX", "KES", "XAF"])
UNITS = st.sampled_from([1, 25, 100, 500])


def money(minor: int, currency: str) -> Money:
    return Money(minor, currency)


@given(MINORS, MINORS, CURRENCIES)
def test_a_line_of_nothing_is_left_out_but_for_the_first(amount: int, taken: int, currency: str) -> None:
    whole, part = money(amount + taken, currency), money(taken, currency)
    lines = plus(whole, t("{amount}", amount=whole)), minus(part, t("Minus loans: {amount}", amount=part))
    added = Sum(lines, (plus(whole - part, t("You get: {amount}", amount=whole - part)),))
    check_sum(added)
    said = [words("en").say(text) for text in added.said()]
    assert len(said) == (3 if taken else 2) and said[-1] == f"You get: {whole - part}"
    assert not Sum(added.lines, (plus(whole + money(1, currency), t("{amount}", amount=whole)),)).is_right


@settings(max_examples=40)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(0, 20_000), min_size=2, max_size=5),
    MINORS,
    MINORS,
    UNITS,
    CURRENCIES,
)
def test_a_part_of_a_share_out_is_what_is_taken_what_stays_and_what_is_paid(
    cash: int, held: list[int], debt: int, fine: int, unit: int, currency: str
) -> None:
    assume(any(held))
    holdings = {number: Holding(money(minor, currency)) for number, minor in enumerate(held, start=1)}
    debts = (Debt(money(debt % 10_000, currency), {2: money(debt % 3_000, currency)}),)
    fines = (money(fine % 1_000, currency),)
    holdings[1] = Holding(holdings[1].shares, debts, fines, money(fine % 700, currency))
    for number, part in net_share_out(money(cash, currency), holdings, unit).items():
        shares = holdings[number].shares
        line = ShareOutLine(
            "dan", number, 1, shares, part.gross, part.loans, part.fines, part.pay, part.called or None
        )
        assert 0 <= line.rest.minor < unit, "what stays is less than a coin"
        check_sum(sum_of_shared_out("Umoja", line.gross, line.netted, line.pay, line.rest))
        nothing = money(0, currency)
        view = LineView("dan", "Dan", line.gross, line.netted, line.pay, "due", nothing, nothing, line.pay)
        check_sum(sum_of_line(view))


@settings(max_examples=60)
@given(
    st.integers(1, 10**6),
    st.integers(1, 12),
    st.sampled_from(get_args(Method)),
    st.fractions(0, 50, max_denominator=100),
    st.integers(0, 900),
    UNITS,
    CURRENCIES,
)
def test_what_is_paid_back_is_the_loan_its_interest_and_fees_and_all_instalments(
    amount: int, periods: int, method: Method, rate: Fraction, fee: int, unit: int, currency: str
) -> None:
    """Also where a fee comes with each instalment."""
    terms = Terms(
        money(amount, currency), Rate(rate, "period"), periods, "4weeks", method, date(2026, 10, 5), unit=unit
    )
    cost = quoted(terms, RepaymentRules(fee_minor=fee), money(0, currency))
    for added in sums_of_terms(cost):
        check_sum(added)


@settings(max_examples=60)
@given(
    MINORS,
    st.dictionaries(st.integers(1, 12), MINORS),
    MINORS,
    *(3 * [st.fractions(0, 1, max_denominator=1_000)]),
    st.booleans(),
)
def test_a_dividend_is_that_of_deposits_and_of_shares_less_tax(
    opening: int,
    came: dict[int, int],
    capital: int,
    deposits: Fraction,
    shares: Fraction,
    tax: Fraction,
    credited: bool,
) -> None:
    declared = Declared(deposits, shares, tax)
    months = {month: money(minor, "UGX") for month, minor in came.items()}
    part = dividend(money(opening, "UGX"), months, money(capital, "UGX"), declared)
    mine = MyDividend(
        year=2026,
        opening=money(opening, "UGX"),
        months=[],
        share_capital=money(capital, "UGX"),
        deposits_rate="8",
        share_capital_rate="5",
        tax_rate="15",
        on_deposits=part.on_deposits,
        on_share_capital=part.on_share_capital,
        tax=part.tax,
        net=part.net,
        credited=credited,
    )
    check_sum(sum_of_dividend(mine))


@given(MINORS, MINORS, UNITS, CURRENCIES)
def test_who_leaves_reads_what_becomes_of_all_that_was_theirs(
    held: int, loans: int, unit: int, currency: str
) -> None:
    loans = min(held, loans)
    kept = (held - loans) % unit
    theirs, amount = money(held, currency), money(held - loans - kept, currency)
    mine = Settlement(amount, True, money(kept, currency), theirs, money(loans, currency))
    check_sum(sum_of_leaving("Umoja", mine))


@given(MINORS, MINORS, MINORS, CURRENCIES)
def test_all_that_is_due_is_each_thing_of_it(savings: int, fine: int, loan: int, currency: str) -> None:
    parts = (
        CashPart("savings", money(savings, currency)),
        CashPart("fine", money(fine, currency), reason="late"),
        CashPart("loan", money(loan, currency), ref="L7K2MQX"),
    )
    check_sum(sum_of_due(parts))
