"""Paying back: what each payment posts, and what is put right when one is taken back or entered late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from domain.arithmetic.instalments import RepaymentRules
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.groups.cycle import begin_next_cycle
from domain.loans.owed import instalments, loans_of, my_loans
from domain.loans.postings import CreditWasUsed
from domain.loans.recover import AskReschedule
from domain.loans.repay import (
    BadDay,
    MoreThanOwed,
    NothingOwed,
    RecordPastRepayment,
    RecordRepayment,
    Repay,
    ReverseRepayment,
    repay_from,
)
from domain.loans.track_record import facts
from domain.meetings.cash_book import ReverseCash
from domain.money import Money, TooLittle
from domain.mongo.store import MongoStore
from domain.records.person import AlreadyDecided, NotAllowed
from domain.store import Changed
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CycleIsOver, MovedByProvider
from tests.conftest import Clock
from tests.domain.savers import Savers, changed, found
from tests.money import ugx

FIVE_WEEKS = {"weeks": 5}


def past(savers: Savers, loan: str, minor: int, day: str) -> str:
    return str(savers.do(RecordPastRepayment("ada", loan, ugx(minor), day))["payment"])


def reverse(savers: Savers, payment: str) -> None:
    savers.do(ReverseRepayment("ben", payment, "it was written twice"))


def posted(savers: Savers, reference: str) -> dict[str, int]:
    entry = savers.store.books.with_reference(savers.group, reference)
    assert entry is not None
    return {leg.account: leg.amount for leg in entry.postings}


def of(savers: Savers, *accounts: str) -> list[int]:
    return [savers.totals.get(account, 0) for account in accounts]


# What a payment posts


def test_cash_pays_interest_first_and_then_principal(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    payment = savers.repay(loan, 20_000)
    assert posted(savers, f"payment:{payment}") == {"1010": 20_000, "4010": -5_000, "1100": -15_000}
    assert (savers.loan(loan).outstanding, savers.loan(loan).state) == (35_000, "active")
    assert len(savers.told("dan", "receipt")) == 2, "of the savings and of this"
    savers.repay(loan, 35_000)
    assert (savers.loan(loan).outstanding, savers.loan(loan).state) == (0, "closed")
    assert savers.totals == {"1010": 605_000, "3010": -600_000, "4010": -5_000}
    savers.check()


def test_a_late_payment_pays_the_penalty_and_the_fee_of_the_instalment(store: MongoStore, clock: Clock) -> None:
    savers = found(store, changed(repayment=RepaymentRules(fee_minor=200)))
    loan = savers.lend("dan", 50_000)
    clock.forward(**FIVE_WEEKS)
    payment = savers.repay(loan, 60_000)
    assert posted(savers, f"payment:{payment}") == {
        "1010": 60_000,
        "4020": -1_104,
        "4030": -200,
        "4010": -5_000,
        "1100": -50_000,
        "2030": -3_696,
    }
    assert savers.loan(loan).state == "overpaid"
    savers.check()


def test_mobile_money_is_posted_when_the_provider_confirms_and_once(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    asked = savers.do(Repay("dan", loan, ugx(30_000)))
    assert of(savers, "1020", "1100") == [0, 50_000]
    savers.confirm(asked["payment"])
    savers.confirm(asked["payment"])
    assert of(savers, "1020", "1100", "4010") == [30_000, 25_000, -5_000]
    assert len(savers.loan(loan).repayments) == 1
    savers.check()


def test_what_failed_changes_nothing_of_the_loan(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    before = savers.loan(loan)
    asked = savers.do(Repay("dan", loan, ugx(30_000)))
    payment_failed(savers.store, savers.store.payments.get(asked["payment"]), "not_enough_money")
    assert savers.loan(loan) == before


def test_payments_confirmed_at_once_are_each_split_after_the_other(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    asked = [savers.do(Repay("dan", loan, ugx(10_000)))["payment"] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(savers.confirm, asked))
    assert of(savers, "1020", "1100", "4010") == [40_000, 15_000, -5_000]
    savers.check()


def test_a_member_is_not_asked_for_more_than_ends_the_loan_with_what_is_on_its_way(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    with pytest.raises(MoreThanOwed):
        savers.do(Repay("dan", loan, ugx(55_001)))
    savers.do(Repay("dan", loan, ugx(30_000)))
    with pytest.raises(MoreThanOwed) as refused:
        savers.do(Repay("dan", loan, ugx(25_001)))
    assert refused.value.details == {"most": 25_000, "currency": "UGX"}
    savers.do(Repay("dan", loan, ugx(25_000)))


def test_a_repayment_is_the_smallest_amount_or_all_that_is_owed(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    savers.do(Repay("dan", loan, ugx(54_950)))
    with pytest.raises(TooLittle) as refused:
        savers.do(Repay("dan", loan, ugx(49)))
    assert refused.value.details == {"least": 100, "currency": "UGX"}
    savers.do(Repay("dan", loan, ugx(50)))


def test_what_comes_in_after_the_loan_was_closed_in_cash_is_credit(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    asked = savers.do(Repay("dan", loan, ugx(55_000)))
    savers.repay(loan, 55_000)
    assert savers.loan(loan).state == "closed"
    savers.confirm(asked["payment"])
    assert (savers.loan(loan).state, savers.held("dan")["2030"]) == ("overpaid", -55_000)
    savers.check()


@pytest.mark.parametrize("command", [RecordRepayment, RecordPastRepayment], ids=["today", "of an earlier day"])
def test_who_writes_a_repayment_down_is_an_officer_and_not_the_borrower(savers: Savers, command: Any) -> None:
    loan = savers.lend("ada", 50_000)
    day = {"day": "2026-10-05"} if command is RecordPastRepayment else {}
    for nobody in ("ada", "eve"):
        with pytest.raises(NotAllowed):
            savers.do(command(loan=loan, amount=ugx(1_000), officer=nobody, **day))
    savers.do(command(loan=loan, amount=ugx(1_000), officer="ben", **day))


def test_only_the_borrower_is_asked_on_the_phone(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    with pytest.raises(NotAllowed):
        savers.do(Repay("eve", loan, ugx(1_000)))
    with pytest.raises(NotAllowed):
        savers.do(Repay("dan", loan, Money(1_000, "KES")))


def test_nothing_is_paid_on_a_loan_that_is_not_owed_or_when_no_money_moves(savers: Savers) -> None:
    asked = savers.ask("dan", 50_000)
    with pytest.raises(NothingOwed):
        savers.repay(asked, 1_000)
    loan = savers.lend("eve", 50_000)
    savers.store.people.change("eve", frozen=True)
    with pytest.raises(Frozen):
        savers.do(Repay("eve", loan, ugx(1_000)))
    savers.store.people.change("eve", frozen=False)
    savers.store.groups.change(savers.group, closing=True)
    with pytest.raises(GroupIsClosing):
        savers.repay(loan, 1_000)
    savers.store.groups.change(savers.group, closing=False)
    savers.repay(loan, 55_000)
    with pytest.raises(NothingOwed):
        savers.repay(loan, 1_000)


# Taken back


def test_a_repayment_that_is_taken_back_leaves_the_loan_as_it_was(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    before, totals = savers.loan(loan), savers.totals
    payment = savers.repay(loan, 20_000)
    reverse(savers, payment)
    after = savers.loan(loan)
    assert (after.outstanding, after.state, after.oldest_unpaid) == (50_000, "active", before.oldest_unpaid)
    assert savers.totals == totals
    mirror = savers.store.books.with_reference(savers.group, f"reverse:payment:{payment}")
    wrong = savers.store.books.with_reference(savers.group, f"payment:{payment}")
    assert mirror and wrong and mirror.reverses == wrong.seq
    assert [repayment.reversed for repayment in after.repayments] == [True]
    assert savers.store.payments.get(payment).reversed
    assert savers.told("dan", "repayment_reversed")[0]["reason"] == "it was written twice"
    with pytest.raises(AlreadyDecided):
        reverse(savers, payment)
    savers.check()


def test_a_loan_is_owed_again_when_a_payment_is_taken_back_after_it_was_closed(savers: Savers) -> None:
    """And what the later payments paid is put right: the interest moves to the one that is first now."""
    loan = savers.lend("dan", 50_000)
    first, second = savers.repay(loan, 20_000), savers.repay(loan, 35_000)
    assert savers.loan(loan).state == "closed"
    reverse(savers, first)
    assert (savers.loan(loan).state, savers.loan(loan).outstanding) == ("active", 20_000)
    again = next(name for event, name in savers.loan(loan).entries.items() if event.endswith(second))
    assert posted(savers, f"payment:{second}") == {"1010": 35_000, "1100": -35_000}, "the old one stays"
    assert posted(savers, f"reverse:payment:{second}") == {"1010": -35_000, "1100": 35_000}
    assert posted(savers, again) == {"1010": 35_000, "4010": -5_000, "1100": -30_000}
    savers.repay(loan, 20_000)
    assert savers.loan(loan).state == "closed"
    savers.check()


def test_later_payments_are_put_right_when_their_cash_was_lent_on(savers: Savers) -> None:
    """The box is nearly empty: only the payment that is taken back has to be in it, not those after it."""
    loan = savers.lend("dan", 50_000)
    first, _ = savers.repay(loan, 1_000), savers.repay(loan, 40_000)
    savers.lend("eve", 250_000)
    savers.lend("fay", 300_000)
    savers.lend("cy", 40_000)
    assert savers.totals["1010"] == 1_000
    reverse(savers, first)
    assert "1010" not in savers.totals
    savers.check()


def test_cash_that_is_no_longer_there_cannot_be_taken_back(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    payment = savers.repay(loan, 40_000)
    for who, minor in (("eve", 290_000), ("fay", 300_000)):
        savers.lend(who, minor)
    before = savers.loan(loan)
    with pytest.raises(InsufficientFunds):
        reverse(savers, payment)
    assert savers.loan(loan) == before
    assert not savers.store.payments.get(payment).reversed


def test_credit_that_was_taken_out_cannot_be_taken_back(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    payment = savers.repay(loan, 60_000)
    legs = (Posting("2030", 5_000, "dan"), Posting("1010", -5_000))
    savers.store.post(Draft(savers.group, "UGX", "taken out", "credit", savers.store.now(), legs))
    with pytest.raises(CreditWasUsed):
        reverse(savers, payment)


@pytest.mark.parametrize("officer", ["ada", "dan", "eve"], ids=["wrote it down", "borrower", "no officer"])
def test_who_takes_back_is_an_officer_who_has_no_part_in_it(savers: Savers, officer: str) -> None:
    payment = savers.repay(savers.lend("dan", 50_000), 20_000)
    with pytest.raises(NotAllowed):
        savers.do(ReverseRepayment(officer, payment, "why not"))


def test_only_a_repayment_is_taken_back_as_one(savers: Savers) -> None:
    savings = savers.store.payments.find(purpose="contribution", person="dan")[0]
    with pytest.raises(NotAllowed):
        reverse(savers, savings.id)


def test_mobile_money_on_its_way_is_not_taken_back(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    asked = savers.do(Repay("dan", loan, ugx(30_000)))
    with pytest.raises(NotAllowed):
        reverse(savers, asked["payment"])


def test_a_payment_is_taken_back_once_by_two_officers_at_once(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    payment = savers.repay(loan, 20_000)

    def attempt(officer: str) -> str:
        try:
            savers.do(ReverseRepayment(officer, payment, "it never came"))
        except AlreadyDecided as refused:
            return refused.code
        return ""

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, ("ben", "cy"))) == ["", "already_decided"]
    assert of(savers, "1100", "4010") == [50_000, 0]
    savers.check()


# Entered late


def test_cash_of_an_earlier_day_counts_on_that_day(savers: Savers, clock: Clock) -> None:
    """The penalty that a payment had covered in between is not owed any more: it goes to the principal."""
    loan = savers.lend("dan", 50_000)
    clock.forward(**FIVE_WEEKS)
    late = savers.repay(loan, 10_000)
    assert posted(savers, f"payment:{late}") == {"1010": 10_000, "4020": -1_100, "4010": -5_000, "1100": -3_900}
    past(savers, loan, 45_000, "2026-11-02")
    assert of(savers, "4020", "4010", "1100") == [-200, -5_000, 200]
    assert str(savers.loan(loan).oldest_unpaid) == "2026-11-02"
    savers.check()


@pytest.mark.parametrize("day", ["2026-10-04", "2026-11-10", "yesterday"], ids=["before it", "to come", "no day"])
def test_a_payment_is_of_a_day_since_the_loan_was_paid_out(savers: Savers, clock: Clock, day: str) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(**FIVE_WEEKS)
    with pytest.raises(BadDay):
        past(savers, loan, 1_000, day)
    past(savers, loan, 1_000, "2026-10-05")
    past(savers, loan, 1_000, "2026-11-09")


def test_a_payment_entered_late_on_a_closed_loan_makes_it_overpaid(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=2)
    savers.repay(loan, 55_000)
    past(savers, loan, 5_000, "2026-10-06")
    assert (savers.loan(loan).state, savers.held("dan")["2030"]) == ("overpaid", -5_000)
    savers.check()


# From other accounts of the book


def test_a_loan_is_paid_from_savings_once_and_put_right_like_any_other(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    first = savers.repay(loan, 10_000)
    group = savers.store.groups.get(savers.group)
    source = (Posting("3010", 30_000, "dan"),)

    def net(tx: Any) -> None:
        repay_from(tx, group, tx.loans.get(loan), source, "netting:1")

    savers.store.transaction(net)
    assert (savers.held("dan"), savers.loan(loan).outstanding) == ({"1100": 15_000, "3010": -70_000}, 15_000)
    with pytest.raises(Changed):
        savers.store.transaction(net)
    reverse(savers, first)
    assert savers.held("dan") == {"1100": 25_000, "3010": -70_000}
    assert of(savers, "4010") == [-5_000]
    savers.check()


# When it counts


@pytest.mark.parametrize("late", [{"minutes": 1_080}, {"days": 6}, {"days": 60}])
def test_a_repayment_counts_from_when_it_was_asked_for(savers: Savers, clock: Clock, late: dict[str, int]) -> None:
    """An instalment asked for on its day and confirmed after midnight, or after the days of grace, is in time."""
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=4)
    asked = savers.do(Repay("dan", loan, ugx(36_000)))["payment"]
    clock.forward(**late)
    savers.confirm(asked)
    (paid,) = savers.loan(loan).repayments
    assert paid.day == date(2026, 11, 2)
    assert "4020" not in savers.totals
    assert savers.totals["4010"] == -6_000
    today = savers.store.now().date()
    known = facts(savers.store, savers.store.groups.get(savers.group), "dan")
    assert known.on_time == known.instalments - (today > date(2026, 11, 30)) > 0
    savers.check()


def test_what_was_paid_since_is_put_right_when_an_earlier_payment_is_confirmed(
    savers: Savers, clock: Clock
) -> None:
    """Cash of ten days later had paid the first instalment with a penalty: now it pays the second."""
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=4)
    asked = savers.do(Repay("dan", loan, ugx(36_000)))["payment"]
    clock.forward(days=10)
    savers.repay(loan, 33_000)
    assert savers.totals["4020"] == -720
    savers.confirm(asked)
    savers.confirm(asked)
    assert savers.loan(loan).state == "closed"
    assert (savers.totals.get("4020", 0), savers.totals["4010"], savers.totals["1020"]) == (0, -9_000, 36_000)
    savers.check()


def test_a_repayment_of_before_new_terms_counts_before_them(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=4)
    asked = savers.do(Repay("dan", loan, ugx(36_000)))["payment"]
    clock.forward(days=3)
    savers.do(AskReschedule("dan", loan, 4))
    savers.decide("reschedule", "ada", "ben")
    savers.confirm(asked)
    assert savers.loan(loan).outstanding == 30_000
    assert [each.owed.principal.minor for each in savers.loan(loan).standing(clock().date()).lines[-4:]] == [
        7_500
    ] * 4
    savers.check()


# What stays as it is


@pytest.mark.parametrize("take_back", [ReverseRepayment, ReverseCash])
def test_what_a_provider_moved_is_not_taken_back_by_an_entry(savers: Savers, take_back: Any) -> None:
    loan = savers.lend("dan", 50_000)
    asked = savers.do(Repay("dan", loan, ugx(30_000)))["payment"]
    savers.confirm(asked)
    before = savers.totals
    with pytest.raises(MovedByProvider):
        savers.do(take_back("ben", asked, "it was a mistake"))
    assert savers.totals == before
    assert savers.loan(loan).outstanding == 25_000


@pytest.mark.parametrize("take_back", [ReverseRepayment, ReverseCash])
def test_a_repayment_of_a_cycle_that_is_over_stays(savers: Savers, clock: Clock, take_back: Any) -> None:
    loan = savers.lend("dan", 50_000)
    payment = savers.repay(loan, 20_000)
    clock.forward(days=7)
    begin_next_cycle(savers.store, savers.store.groups.get(savers.group))
    for wrong in (
        take_back("ben", payment, "it was a mistake"),
        RecordPastRepayment("ada", loan, ugx(1), "2026-10-06"),
    ):
        with pytest.raises(CycleIsOver):
            savers.do(wrong)
    assert savers.loan(loan).outstanding == 35_000
    later = savers.repay(loan, 5_000)
    savers.do(take_back("ben", later, "it was a mistake"))
    assert savers.loan(loan).outstanding == 35_000
    savers.check()


# What is seen


def test_a_borrower_sees_what_is_due_when_and_what_ends_the_loan(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 2)
    (view,) = my_loans(savers.store, "dan")
    assert (view.id, view.name, view.group) == (loan, f"Umoja {view.ref}", "Umoja")
    assert (view.due, view.due_on, view.payoff, view.days_late) == (ugx(36_000), date(2026, 11, 2), ugx(66_000), 0)
    clock.forward(weeks=9)
    (view,) = loans_of(savers.store, savers.group, "dan")
    assert (view.due, view.due_on, view.days_late) == (ugx(70_380), date(2026, 11, 2), 35)
    assert view.payoff == view.due
    assert [(line.due, line.unpaid.minor) for line in instalments(savers.store, loan)] == [
        (date(2026, 11, 2), 36_720),
        (date(2026, 11, 30), 33_660),
    ]
    savers.repay(loan, view.payoff.minor)
    assert my_loans(savers.store, "dan") == []


def test_a_request_is_among_a_members_loans_and_owes_nothing_yet(savers: Savers) -> None:
    savers.ask("dan", 60_000, 2)
    (view,) = my_loans(savers.store, "dan")
    assert (view.state, view.amount, view.due, view.due_on, view.payoff) == (
        "guaranteed",
        ugx(60_000),
        ugx(0),
        None,
        ugx(0),
    )
    assert loans_of(savers.store, savers.group, "dan") == []
    assert my_loans(savers.store, "eve") == []
