"""Whatever happens to a loan, in any order: the book has what its replay says, and nothing is made or lost."""

from datetime import timedelta
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.arithmetic.instalments import RepaymentRules, Surplus, Waivable
from domain.arithmetic.schedule import Method
from domain.errors import DomainError
from domain.loans.recover import AskReschedule, ProposeLoanWaiver, ProposeNetting, ProposeWriteOff
from domain.loans.repay import RecordPastRepayment, Repay, ReverseRepayment
from domain.mongo.store import MongoStore
from domain.treasury.take_back import MovedByProvider
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, changed, found
from tests.emptied import empty
from tests.money import ugx

# Refused for reasons that a random history meets; each has its own test.
EXPECTED = {
    "nothing_owed",
    "more_than_owed",
    "too_many_payments",
    "bad_day",
    "bad_periods",
    "more_than_due",
    "too_little",
    "moved_by_provider",
    "not_in_default",
    "already_asked",
}

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "cash",
                "cash",
                "phone",
                "past",
                "past",
                "reverse",
                "reverse",
                "reschedule",
                "waive",
                "waive",
                "net",
                "write off",
            ]
        ),
        st.integers(1, 40_000),
        st.integers(0, 60),  # days that pass
        st.integers(0, 200),  # which of the payments, or which day
    ),
    min_size=4,
    max_size=9,
)


@given(
    EVENTS,
    st.sampled_from(get_args(Method)),
    st.sampled_from(get_args(Surplus)),
    st.sampled_from([Fraction(0), Fraction(3, 100)]),
)
@runs(on_one_store, max_examples=5)
def test_the_book_has_what_is_outstanding_whatever_happens_to_a_loan(
    store: MongoStore, clock: Clock, events: list[Any], method: Method, surplus: Surplus, fee: Fraction
) -> None:
    empty(store.database)
    savers = found(
        store, changed(method=method, repayment=RepaymentRules(surplus=surplus, fee_minor=100), fee=fee)
    )
    loan = savers.lend("dan", 50_000, 3)
    payments: list[str] = []
    for what, minor, days, which in events:
        clock.forward(days=days)
        try:
            payments.extend(_happen(savers, loan, what, minor, which, payments))
        except DomainError as refused:
            if refused.code not in EXPECTED:
                raise
        savers.check()
    for payment in payments:
        if store.payments.get(payment).way == "cash":
            savers.do(ReverseRepayment("ben", payment, "it never came"))
        else:
            with pytest.raises(MovedByProvider):
                savers.do(ReverseRepayment("ben", payment, "it never came"))
    savers.check()
    after = savers.loan(loan)
    if not any(what in ("net", "phone") for what, *_ in events):
        # All of it taken back, the loan is as if nothing had ever come in.
        assert after.standing(clock().date()).outstanding == ugx(50_000)
        assert [savers.totals.get(account, 0) for account in ("4010", "4020", "4040", "2030")] == [0, 0, 0, 0]
        assert savers.totals.get("5010", 0) + savers.totals.get("1100", 0) == 50_000


def _happen(savers: Savers, loan: str, what: str, minor: int, which: int, payments: list[str]) -> list[str]:
    """One event; answers with the payment that came in, if any."""
    today = savers.store.groups.get(savers.group).constitution.day(savers.store.now())
    match what:
        case "cash":
            return [savers.repay(loan, minor)]
        case "phone":
            asked: str = savers.do(Repay("dan", loan, ugx(minor)))["payment"]
            savers.confirm(asked)
            return [asked]
        case "past":
            day = today - timedelta(days=which)
            return [savers.do(RecordPastRepayment("ada", loan, ugx(minor), str(day)))["payment"]]
        case "reverse" if payments:
            savers.do(ReverseRepayment("ben", payments.pop(which % len(payments)), "it never came"))
        case "reschedule":
            savers.do(AskReschedule("dan", loan, 1 + which % 6))
            savers.decide("reschedule", "ada", "ben")
        case "waive":
            part: Waivable = "interest" if which % 2 else "penalty"
            due = savers.loan(loan).standing(today).waivable(part)
            savers.do(ProposeLoanWaiver("ada", loan, part, min(due, ugx(minor)) or ugx(1), "the harvest was lost"))
            savers.decide("loan_waiver", "ben", "cy")
        case "net":
            savers.do(ProposeNetting("ada", loan))
            savers.decide("netting", "ben", "cy")
        case "write off":
            savers.do(ProposeWriteOff("ada", loan))
            savers.decide("write_off", "ada", "ben", "eve")
    return []
