"""Guarantors: who may be, what they stand for, and what of their savings is locked how long."""

from fractions import Fraction

import pytest

from domain.arithmetic.eligibility import BorrowingRules
from domain.decisions.rights import Frozen
from domain.loans.borrow import NotEligible, WithdrawLoan
from domain.loans.guarantors import (
    AnswerGuarantee,
    BadGuarantor,
    PossibleGuarantor,
    SavingsTooLow,
    expire_request,
    guarantees_asked,
    possible_guarantors,
    requests_to_expire,
)
from domain.loans.pay_out import HandOverLoan
from domain.mongo.store import MongoStore
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.records.proposal import OPEN_FOR
from domain.savings.free import free_savings
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.savers import Savers, changed, found
from tests.money import ugx

RULES = BorrowingRules(months_min=0, score_min=None, guarantors_min=2)


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    return found(store, changed(borrowing=RULES))


def locks(savers: Savers, *people: str) -> list[int]:
    group = savers.store.groups.get(savers.group)
    return [free_savings(savers.store, group, person).pledged.minor for person in people]


def test_a_request_goes_to_the_officers_when_all_guarantors_have_said_yes(savers: Savers) -> None:
    loan = savers.ask("dan", 50_001, 1, "cash", "eve", "fay")
    assert (savers.loan(loan).state, savers.told("ada", "decision_wanted")) == ("submitted", [])
    (asked,) = guarantees_asked(savers.store, "eve")
    assert (asked.id, asked.name, asked.group) == (loan, "Dan Name", "Umoja")
    assert (asked.amount, asked.loan_amount) == (ugx(25_001), ugx(50_001))
    assert savers.told("fay", "guarantee_wanted")[0]["amount"] == ugx(25_000)
    assert savers.do(AnswerGuarantee("eve", loan, yes=True)) == "submitted"
    assert guarantees_asked(savers.store, "eve") == []
    assert savers.do(AnswerGuarantee("fay", loan, yes=True)) == "guaranteed"
    assert len(savers.told("ada", "decision_wanted")) == 1
    savers.vote(loan, "ada", "ben")
    assert savers.loan(loan).state == "approved"


def test_what_a_guarantor_stands_for_is_locked_and_freed_with_the_principal(savers: Savers) -> None:
    loan = savers.ask("dan", 50_001, 1, "cash", "eve", "fay")
    assert locks(savers, "eve", "fay", "dan") == [0, 0, 0]
    savers.do(AnswerGuarantee("eve", loan, yes=True))
    assert locks(savers, "eve", "fay", "dan") == [25_001, 0, 0]
    savers.do(AnswerGuarantee("fay", loan, yes=True))
    savers.vote(loan, "ada", "ben")
    savers.do(HandOverLoan("ada", loan))
    assert locks(savers, "eve", "fay") == [25_001, 25_000]
    savers.repay(loan, 30_000)
    assert savers.loan(loan).outstanding == 25_001
    assert locks(savers, "eve", "fay") == [12_500, 12_500]
    savers.repay(loan, 25_001)
    assert locks(savers, "eve", "fay") == [0, 0]


@pytest.mark.parametrize("covered", ["1/2", "3/4"])
def test_guarantors_cover_the_part_that_the_rules_ask_for_in_equal_parts(store: MongoStore, covered: str) -> None:
    part = Fraction(covered)
    savers = found(store, changed(borrowing=BorrowingRules(months_min=0, score_min=None, covered_min=part)))
    loan = savers.ask("dan", 30_001, 1, "cash", "eve", "fay")
    amounts = [guarantee.amount.minor for guarantee in savers.loan(loan).guarantees]
    assert 0 <= sum(amounts) - part * 30_001 < 1
    assert max(amounts) - min(amounts) <= 1


def test_a_no_ends_the_request_and_the_borrower_may_ask_with_another(savers: Savers) -> None:
    loan = savers.ask("dan", 50_000, 1, "cash", "eve", "fay")
    savers.do(AnswerGuarantee("eve", loan, yes=True))
    assert savers.do(AnswerGuarantee("fay", loan, yes=False)) == "rejected"
    assert locks(savers, "eve") == [0]
    assert savers.told("dan", "guarantee_declined") == [{"group": "Umoja", "name": "Fay Name"}]
    with pytest.raises(AlreadyDecided):
        savers.do(AnswerGuarantee("fay", loan, yes=True))
    savers.ask("dan", 50_000, 1, "cash", "eve", "ben")


@pytest.mark.parametrize(
    "guarantors", [("eve", "dan"), ("eve", "eve"), ("eve", "nobody")], ids=["borrower", "twice", "no member"]
)
def test_a_guarantor_is_another_member_and_each_is_one(savers: Savers, guarantors: tuple[str, str]) -> None:
    with pytest.raises(BadGuarantor):
        savers.ask("dan", 50_000, 1, "cash", *guarantors)
    savers.store.memberships.change(membership_id(savers.group, "fay"), status="suspended")
    with pytest.raises(BadGuarantor):
        savers.ask("dan", 50_000, 1, "cash", "eve", "fay")


def test_each_guarantor_stands_for_something(savers: Savers) -> None:
    with pytest.raises(BadGuarantor):
        savers.ask("dan", 1, 1, "cash", "eve", "fay")
    parts = [each.amount.minor for each in savers.loan(savers.ask("dan", 101, 1, "cash", "eve", "fay")).guarantees]
    assert parts == [51, 50]


def test_too_few_guarantors_are_not_enough(savers: Savers) -> None:
    with pytest.raises(NotEligible):
        savers.ask("dan", 50_000, 1, "cash", "eve")


def test_savings_stand_for_one_loan_only(savers: Savers) -> None:
    first = savers.ask("dan", 120_000, 1, "cash", "eve", "fay")
    second = savers.ask("ada", 120_000, 1, "cash", "eve", "ben")
    savers.do(AnswerGuarantee("eve", first, yes=True))
    with pytest.raises(SavingsTooLow) as refused:
        savers.do(AnswerGuarantee("eve", second, yes=True))
    assert refused.value.details == {"free": 40_000, "pledged": 60_000, "own": 0, "currency": "UGX"}
    savers.do(WithdrawLoan("dan", first))
    savers.do(AnswerGuarantee("eve", second, yes=True))


def test_savings_that_are_on_their_way_out_stand_for_nothing(store: MongoStore) -> None:
    """Eve has 250,000, of which 150,000 was sent to her and not confirmed; it is hers again if it fails."""
    savers = found(store, changed(borrowing=RULES), kind="savings")
    savers.fill_wallet(150_000)
    savers.do(AskWithdrawal("eve", savers.group, ugx(150_000), "mobile_money"))
    savers.decide("withdrawal", "ada", "ben")
    loan = savers.ask("dan", 200_200, 1, "cash", "eve", "fay")
    with pytest.raises(SavingsTooLow) as refused:
        savers.do(AnswerGuarantee("eve", loan, yes=True))
    assert refused.value.details["free"] == 100_000
    (payment,) = store.payments.find(person="eve", purpose="withdrawal")
    payment_failed(store, payment, "declined")
    savers.do(AnswerGuarantee("eve", loan, yes=True))


def test_only_who_was_asked_answers_and_once(savers: Savers) -> None:
    loan = savers.ask("dan", 50_000, 1, "cash", "eve", "fay")
    with pytest.raises(NotAllowed):
        savers.do(AnswerGuarantee("ben", loan, yes=True))
    savers.store.people.change("eve", frozen=True)
    with pytest.raises(Frozen):
        savers.do(AnswerGuarantee("eve", loan, yes=True))
    savers.store.people.change("eve", frozen=False)
    savers.do(AnswerGuarantee("eve", loan, yes=True))
    with pytest.raises(AlreadyDecided):
        savers.do(AnswerGuarantee("eve", loan, yes=False))


def test_a_request_whose_guarantors_do_not_answer_expires(savers: Savers, clock: Clock) -> None:
    loan = savers.ask("dan", 50_000, 1, "cash", "eve", "fay")
    assert requests_to_expire(savers.store, 10) == []
    expire_request(savers.store, loan)
    assert savers.loan(loan).state == "submitted"
    clock.forward(seconds=OPEN_FOR.total_seconds())
    with pytest.raises(AlreadyDecided):
        savers.do(AnswerGuarantee("eve", loan, yes=True))
    assert requests_to_expire(savers.store, 10) == [loan]
    for _ in range(2):
        expire_request(savers.store, loan)
    assert (savers.loan(loan).state, requests_to_expire(savers.store, 10)) == ("expired", [])
    assert len(savers.told("dan", "decided")) == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [("5", "eve"), ("0772000105", "eve"), ("+256772000105", "eve"), ("4", ""), ("99", ""), ("0772999999", "")],
    ids=["number", "phone", "whole phone", "oneself", "no number", "no phone"],
)
def test_a_guarantor_is_found_by_number_or_phone(savers: Savers, typed: str, found: str) -> None:
    people = possible_guarantors(savers.store, savers.group, "dan", typed)
    assert people == ([PossibleGuarantor(found, f"{found.title()} Name")] if found else [])
