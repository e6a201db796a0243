"""New terms, writing off and what comes in afterwards, and savings taken for a loan in default."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from domain.arithmetic.eligibility import BorrowingRules
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.decisions.rights import GroupIsClosing
from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote
from domain.groups.leave import AskToLeave
from domain.loans.ending import end_loans
from domain.loans.recover import (
    AskReschedule,
    BadPeriods,
    CanBeWaived,
    MoreThanDue,
    NotInDefault,
    ProposeLoanWaiver,
    ProposeNetting,
    ProposeWriteOff,
    can_be_waived,
)
from domain.loans.repay import NothingOwed, RecordPastRepayment, Repay, ReverseRepayment
from domain.mongo.store import MongoStore
from domain.records.group import LoanProduct
from domain.records.person import NotAllowed
from domain.savings.withdraw import AskWithdrawal
from tests.conftest import Clock
from tests.domain.savers import EASY, Savers, changed, found, stand_for
from tests.money import ugx

GUARANTEED: LoanProduct = changed(borrowing=BorrowingRules(months_min=0, score_min=None, guarantors_min=2))
MEMBERS = ("ada", "ben", "eve")  # half of the five who are not the borrower, rounded up


def write_off(savers: Savers, loan: str) -> None:
    savers.do(ProposeWriteOff("ada", loan))
    savers.decide("write_off", *MEMBERS)


def waive(savers: Savers, loan: str, minor: int, officer: str = "ada") -> None:
    savers.do(ProposeLoanWaiver(officer, loan, "interest", ugx(minor), "the harvest was lost"))


# New terms


def test_a_loan_goes_on_under_new_terms_with_what_is_outstanding(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=4)
    savers.repay(loan, 16_000)
    totals = savers.totals
    savers.do(AskReschedule("dan", loan, 5))
    savers.decide("reschedule", "ada", "ben")
    after = savers.loan(loan)
    (terms,) = after.rescheduled
    assert (terms.principal, terms.periods, str(terms.start)) == (ugx(50_000), 5, "2026-11-02")
    lines = after.standing(terms.start).lines
    assert [line.unpaid.principal.minor for line in lines] == [0, 10_000, 10_000, 10_000, 10_000, 10_000]
    assert (str(after.oldest_unpaid), after.outstanding, savers.totals) == ("2026-11-30", 50_000, totals)
    assert savers.told("dan", "loan_rescheduled") == [{"group": "Umoja"}]
    clock.forward(weeks=4)
    savers.repay(loan, 15_000)
    assert savers.loan(loan).outstanding == 40_000
    savers.check()


def test_new_terms_are_the_officers_to_decide_and_never_the_borrowers(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("ada", 60_000, 2)
    clock.forward(weeks=1)
    with pytest.raises(NotAllowed):
        savers.do(AskReschedule("eve", loan, 5))
    savers.do(AskReschedule("ada", loan, 5))
    with pytest.raises(AlreadyAsked):
        savers.do(AskReschedule("ben", loan, 4))
    with pytest.raises(NotAllowed):
        savers.decide("reschedule", "ada")
    savers.decide("reschedule", "ben", "cy")
    assert len(savers.loan(loan).rescheduled) == 1


def test_new_terms_that_are_refused_change_nothing_and_it_is_said_why(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=1)
    savers.do(AskReschedule("dan", loan, 5))
    before = savers.loan(loan)
    (proposal,) = savers.store.proposals.find(kind="reschedule")
    for officer in ("ada", "ben"):
        savers.do(Vote(officer, proposal.id, proposal.digest, yes=False, reason="pay first"))
    assert savers.loan(loan) == before
    (told,) = savers.told("dan", "decided")
    assert (told["proposal"], told["became"], told["why"]) == ("reschedule", "rejected", "pay first")


@pytest.mark.parametrize("periods", [0, 361])
def test_new_terms_have_a_number_of_periods(savers: Savers, periods: int) -> None:
    loan = savers.lend("dan", 60_000)
    with pytest.raises(BadPeriods):
        savers.do(AskReschedule("dan", loan, periods))


@pytest.mark.parametrize("periods", [1, 360])
def test_new_terms_have_from_one_period_to_the_most_there_are(savers: Savers, clock: Clock, periods: int) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(days=1)
    savers.do(AskReschedule("dan", loan, periods))
    savers.decide("reschedule", "ada", "ben")
    (terms,) = savers.loan(loan).rescheduled
    assert terms.periods == periods


def test_a_loan_has_new_terms_on_the_day_after_it_began_at_the_earliest(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    savers.do(AskReschedule("dan", loan, 5))
    savers.decide("reschedule", "ada")
    with pytest.raises(BadPeriods):
        savers.decide("reschedule", "ben")
    clock.forward(days=1)
    savers.decide("reschedule", "ben")
    assert len(savers.loan(loan).rescheduled) == 1


def test_a_loan_that_was_paid_back_in_between_keeps_its_terms(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(days=1)
    savers.do(AskReschedule("dan", loan, 5))
    savers.repay(loan, 66_000)
    savers.decide("reschedule", "ada")
    assert not savers.store.proposals.count(kind="reschedule", state="open")
    assert (savers.loan(loan).state, savers.loan(loan).rescheduled) == ("closed", ())


def test_a_payment_of_before_the_new_terms_is_taken_back_rightly(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 2)
    clock.forward(weeks=4)
    first = savers.repay(loan, 16_000)
    clock.forward(days=1)
    savers.do(AskReschedule("dan", loan, 5))
    savers.decide("reschedule", "ada", "ben")
    clock.forward(weeks=4)
    savers.repay(loan, 12_000)
    savers.do(ReverseRepayment("ben", first, "it never came"))
    # The interest of before comes first, and the new one next: nothing is left for the principal.
    assert (savers.loan(loan).outstanding, savers.totals["4010"]) == (60_000, -12_000)
    savers.check()


@pytest.mark.parametrize(
    ("command", "kind", "voters"),
    [
        (AskReschedule, "reschedule", ["ben", "cy"]),
        (ProposeWriteOff, "write_off", ["ben", "cy", "eve"]),
        (ProposeNetting, "netting", ["ben", "cy"]),
    ],
)
def test_nothing_is_carried_out_while_the_group_shares_out(
    savers: Savers, clock: Clock, command: Any, kind: str, voters: list[str]
) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=28 + 91)
    savers.do(command("ada", loan, 3) if command is AskReschedule else command("ada", loan))
    savers.decide(kind, *voters[:-1])
    before, totals = savers.loan(loan), savers.totals
    savers.store.groups.change(savers.group, closing=True)
    with pytest.raises(GroupIsClosing):
        savers.decide(kind, voters[-1])
    assert (savers.loan(loan), savers.totals) == (before, totals)
    savers.store.groups.change(savers.group, closing=False)
    savers.decide(kind, voters[-1])
    assert savers.loan(loan) != before


# Written off


def test_a_loan_is_written_off_by_the_members_and_costs_nothing_more(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=30)
    savers.repay(loan, 15_000)
    savers.do(ProposeWriteOff("ada", loan))
    savers.decide("write_off", "ada", "ben")
    assert savers.loan(loan).state == "active", "three of five have to agree"
    with pytest.raises(NotAllowed):
        savers.decide("write_off", "dan")
    savers.decide("write_off", "eve")
    gone = savers.loan(loan)
    assert (gone.state, gone.outstanding) == ("written_off", 0)
    assert savers.totals == {"1010": 565_000, "3010": -600_000, "4010": -5_000, "5010": 40_000}
    assert gone.written_off_on is not None
    owed = gone.standing(gone.written_off_on).unpaid
    clock.forward(weeks=20)
    assert savers.loan(loan).standing(savers.store.now().date()).unpaid == owed == ugx(40_000)
    assert len(savers.told("dan", "loan_written_off")) == 1
    savers.check()


@pytest.mark.parametrize("later", [0, 40], ids=["on the same day", "weeks later"])
def test_what_comes_in_after_a_write_off_is_recovered_and_what_is_beyond_it_credit(
    savers: Savers, clock: Clock, later: int
) -> None:
    loan = savers.lend("dan", 50_000)
    on_its_way = savers.do(Repay("dan", loan, ugx(5_000)))["payment"]
    write_off(savers, loan)
    clock.forward(days=later)
    savers.confirm(on_its_way)
    assert (savers.totals["4040"], savers.loan(loan).state) == (-5_000, "written_off")
    savers.repay(loan, 51_000)
    assert savers.loan(loan).state == "recovered", "of 50,000 and the 5,000 of the period that had begun"
    assert (savers.totals["4040"], savers.totals["2030"], savers.totals["5010"]) == (-55_000, -1_000, 50_000)
    with pytest.raises(NothingOwed):
        savers.repay(loan, 1)
    savers.check()


def test_a_payment_found_later_makes_the_write_off_smaller(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(weeks=5)
    write_off(savers, loan)
    recovered = savers.repay(loan, 10_200)
    assert (savers.totals["5010"], savers.totals["4040"]) == (50_000, -10_200)
    savers.do(RecordPastRepayment("ada", loan, ugx(45_000), "2026-11-02"))
    assert (savers.totals["5010"], savers.totals["4010"]) == (10_000, -5_000)
    assert savers.loan(loan).state == "recovered"
    savers.do(ReverseRepayment("ben", recovered, "it never came"))
    assert (savers.loan(loan).state, "4040" in savers.totals) == ("written_off", False)
    savers.check()


def test_a_write_off_is_asked_for_by_an_officer_who_does_not_owe_it(savers: Savers) -> None:
    loan = savers.lend("ada", 50_000)
    for nobody in ("ada", "eve"):
        with pytest.raises(NotAllowed):
            savers.do(ProposeWriteOff(nobody, loan))
    savers.do(ProposeWriteOff("ben", loan))
    with pytest.raises(AlreadyAsked):
        savers.do(ProposeWriteOff("cy", loan))


@pytest.mark.parametrize("command", [ProposeWriteOff, ProposeNetting])
def test_only_a_loan_that_is_owed_is_given_up_or_netted(savers: Savers, command: Any) -> None:
    loan = savers.lend("dan", 50_000)
    savers.store.groups.change(savers.group, closing=True)
    with pytest.raises(GroupIsClosing):
        savers.do(command("ada", loan))
    savers.store.groups.change(savers.group, closing=False)
    savers.repay(loan, 55_000)
    with pytest.raises(NothingOwed):
        savers.do(command("ada", loan))


# Netted


def test_a_loan_in_default_is_taken_from_the_borrowers_savings(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000)
    clock.forward(days=28 + 90)
    with pytest.raises(NotInDefault) as early:
        savers.do(ProposeNetting("ada", loan))
    assert early.value.details == {"days": 90, "needed": 90}
    clock.forward(days=1)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    # 50,000 and its interest, and a penalty of 2 %.
    assert savers.held("dan") == {"3010": -100_000 + 56_100}
    assert savers.loan(loan).state == "closed"
    assert savers.totals == {"1010": 550_000, "3010": -543_900, "4010": -5_000, "4020": -1_100}
    (told,) = savers.told("dan", "savings_taken")
    assert told["amount"] == ugx(56_100)
    savers.check()


def test_what_the_borrower_has_not_is_taken_from_the_guarantors_by_what_they_stand_for(
    store: MongoStore, clock: Clock
) -> None:
    savers = found(store, GUARANTEED)
    loan = savers.lend("dan", 150_000, 1, "eve", "fay")
    clock.forward(days=28 + 91)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    # 168,300 is owed; Dan has 100,000 of it, and the others half of the rest each.
    assert (savers.held("dan"), savers.loan(loan).state) == ({}, "closed")
    assert [savers.held(who)["3010"] for who in ("eve", "fay")] == [-65_850, -65_850]
    assert [guarantee.called for guarantee in savers.loan(loan).guarantees] == [34_150, 34_150]
    assert savers.told("eve", "savings_taken")[0]["amount"] == ugx(34_150)
    savers.check()


def test_what_is_on_its_way_out_is_not_taken_and_no_account_is_below_zero(store: MongoStore, clock: Clock) -> None:
    savers = found(store, kind="savings")
    loan = savers.lend("dan", 200_000)
    savers.fill_wallet(50_000)
    savers.do(AskWithdrawal("dan", savers.group, ugx(30_000), "mobile_money"))
    savers.decide("withdrawal", "ada", "ben")
    clock.forward(days=28 + 91)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    # 224,400 is owed, and 70,000 of the savings is really there.
    assert (savers.held("dan").get("2010"), savers.loan(loan).owed) == (None, ugx(154_400))
    assert savers.told("dan", "savings_taken")[0]["amount"] == ugx(70_000)
    (payment,) = store.payments.find(person="dan", purpose="withdrawal")
    savers.confirm(payment.id)
    assert savers.held("dan") == {"1100": 154_400}
    savers.check()


def test_what_nobody_has_stays_owed(store: MongoStore, clock: Clock) -> None:
    savers = found(store)
    loan = savers.lend("dan", 200_000)
    clock.forward(days=28 + 91)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    assert (savers.held("dan"), savers.loan(loan).state) == ({"1100": 124_400}, "active")
    savers.check()


def test_a_loan_that_was_caught_up_in_between_is_not_netted(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 50_000, 6)
    clock.forward(days=28 + 91)
    savers.do(ProposeNetting("ada", loan))
    savers.repay(loan, 50_000)
    savers.decide("netting", "ben")
    assert not savers.store.proposals.count(kind="netting", state="open")
    assert savers.held("dan")["3010"] == -100_000


@pytest.mark.parametrize("kind", ["reschedule", "write_off", "loan_waiver", "netting"])
def test_who_voted_and_the_borrower_hear_that_nothing_was_changed(savers: Savers, clock: Clock, kind: str) -> None:
    """When the loan was paid back before all had agreed: nobody hears of a yes, and each hears it once."""
    loan = savers.lend("dan", 50_000)
    clock.forward(days=28 + 91)
    commands = {
        "reschedule": AskReschedule("ada", loan, 5),
        "write_off": ProposeWriteOff("ada", loan),
        "loan_waiver": ProposeLoanWaiver("ada", loan, "interest", ugx(1_000), "a long illness"),
        "netting": ProposeNetting("ada", loan),
    }
    savers.do(commands[kind])
    savers.decide(kind, "ben")
    savers.repay(loan, 70_000)
    savers.decide(kind, "cy")
    for person in ("dan", "ada", "ben"):
        heard = [each["became"] for each in savers.told(person, "decided") if each["proposal"] == kind]
        assert heard == ["lapsed"], person
    done = {"loan_rescheduled", "loan_written_off", "loan_waived", "savings_taken"}
    assert not [each for each in savers.store.notices.find(person="dan") if each.kind in done]


# What was written off


def test_a_loan_that_was_written_off_is_still_taken_from_savings(savers: Savers) -> None:
    """Its 50,000 and the 5,000 of the period that had begun are income, from 100,000 of savings."""
    loan = savers.lend("dan", 50_000)
    write_off(savers, loan)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    assert savers.loan(loan).state == "recovered"
    assert (savers.held("dan"), savers.totals["4040"]) == ({"3010": -45_000}, -55_000)
    savers.check()


def test_credit_is_taken_after_savings_and_put_right_like_any_other(store: MongoStore, clock: Clock) -> None:
    savers = found(store, saved=30_000)
    loan = savers.lend("dan", 60_000)
    extra = Posting(Account.CREDIT, -10_000, "dan")
    store.post(Draft(savers.group, "UGX", "credit", "credit", store.now(), (Posting("1010", 10_000), extra)))
    clock.forward(weeks=20)
    savers.do(ProposeNetting("ada", loan))
    savers.decide("netting", "ben", "cy")
    assert savers.held("dan").get("2030") is None
    assert savers.held("dan").get("3010") is None
    assert savers.loan(loan).state == "active"
    savers.do(RecordPastRepayment("ada", loan, ugx(20_000), "2026-10-12"))
    savers.check()


def test_who_leaves_with_a_loan_that_was_written_off_pays_it_from_what_is_theirs(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    write_off(savers, loan)
    savers.do(AskToLeave("dan", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    assert savers.loan(loan).state == "recovered"
    assert savers.held("dan") == {}
    assert savers.totals["1010"] == 550_000 - 45_000
    savers.check()


def test_what_nobody_can_pay_of_the_loans_of_who_is_gone_is_written_off(store: MongoStore) -> None:
    """Of 88,000 the savings of 30,000 pay a part; nothing stays open, and the rest may still be recovered."""
    savers = found(store, changed(borrowing=replace(EASY, multiple=Fraction(10))), saved=30_000)
    loan = savers.lend("dan", 80_000)
    group = store.groups.get(savers.group)
    ended = store.transaction(lambda tx: end_loans(tx, group, "dan", "death:1"))
    gone = savers.loan(loan)
    assert (gone.state, gone.outstanding, ended.lost) == ("written_off", 0, ugx(58_000))
    assert savers.held("dan") == {}
    savers.check()


# Interest that is waived


def test_interest_is_waived_when_the_officers_agree_and_the_borrower_is_told(savers: Savers, clock: Clock) -> None:
    """Of 60,000 at 10 % one period is 6,000 of interest; nothing is posted, for nothing of it was income."""
    loan = savers.lend("dan", 60_000)
    clock.forward(weeks=4)
    totals = savers.totals
    waive(savers, loan, 4_000)
    savers.decide("loan_waiver", "ben", "cy")
    assert (savers.totals, can_be_waived(savers.store, loan).interest) == (totals, ugx(2_000))
    (told,) = savers.told("dan", "loan_waived")
    assert (told["part"], told["amount"], told["group"]) == ("interest", ugx(4_000), "Umoja")
    savers.check()
    savers.repay(loan, 62_000)
    assert (savers.loan(loan).state, savers.totals["4010"]) == ("closed", -2_000)
    savers.check()


def test_no_more_is_waived_than_is_due_and_unpaid(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(weeks=4)
    savers.repay(loan, 5_000)
    with pytest.raises(MoreThanDue) as refused:
        waive(savers, loan, 1_001)
    assert refused.value.details == {"most": 1_000, "currency": "UGX"}
    with pytest.raises(NotAllowed):
        waive(savers, loan, 0)
    waive(savers, loan, 1_000)
    with pytest.raises(AlreadyAsked):
        waive(savers, loan, 500, "ben")
    savers.decide("loan_waiver", "ben", "cy")
    assert can_be_waived(savers.store, loan) == CanBeWaived(ugx(0), ugx(0))


def test_nobody_waives_what_they_owe_themselves(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("ada", 60_000)
    clock.forward(weeks=4)
    for officer in ("ada", "dan"):
        with pytest.raises(NotAllowed):
            waive(savers, loan, 1_000, officer)
    with pytest.raises(TooFewOfficers):  # of three, one owes it and one asks: two others have to agree
        waive(savers, loan, 1_000, "ben")


def test_interest_that_is_paid_before_they_agree_is_not_waived(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(weeks=4)
    waive(savers, loan, 6_000)
    savers.repay(loan, 1_000)
    savers.decide("loan_waiver", "ben")
    assert [each.state for each in savers.store.proposals.find(kind="loan_waiver")] == ["expired"]
    assert (savers.loan(loan).waivers, can_be_waived(savers.store, loan).interest) == ((), ugx(5_000))


def test_what_was_waived_follows_when_an_earlier_payment_is_taken_back(savers: Savers, clock: Clock) -> None:
    """2,000 of the 6,000 were paid and 4,000 are waived. Without the payment 2,000 are owed again, not 6,000."""
    loan = savers.lend("dan", 60_000)
    clock.forward(weeks=4)
    payment = savers.repay(loan, 2_000)
    clock.forward(days=1)
    waive(savers, loan, 4_000)
    savers.decide("loan_waiver", "ben", "cy")
    savers.do(ReverseRepayment("ben", payment, "wrong member"))
    assert can_be_waived(savers.store, loan).interest == ugx(2_000)
    savers.check()


def test_netting_leaves_what_stands_for_the_loan_of_somebody_else(store: MongoStore, clock: Clock) -> None:
    """Dan has 100,000, of which 60,000 stands for Fay's loan: that is not taken for his own, and Eve is called."""
    rules = replace(EASY, multiple=Fraction(10), covered_min=Fraction(2, 7))
    savers = found(store, changed(borrowing=rules))
    late = savers.lend("dan", 140_000, 1, "eve")
    stand_for(store, savers.group, "fay", "dan", 60_000)
    clock.forward(days=28 + 91)
    savers.do(ProposeNetting("ada", late))
    savers.decide("netting", "ben", "cy")
    assert -savers.held("dan")["3010"] == 60_000
    assert savers.loan(late).guarantees[0].called > 0
    savers.check()
