"""A decision is about a state: it ends with its time, with the cycle, and with what it rested on."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.decisions.lapsing import ApprovalLapsed, expire, overdue
from domain.groups.own_money import Enter
from domain.groups.suspend import Suspend
from domain.loans.borrow import WithdrawLoan
from domain.loans.pay_out import HandOverLoan, LoanNoLongerHolds, SendLoan, loans_to_pay_out
from domain.loans.recover import AskReschedule, ProposeWriteOff
from domain.mongo.store import MongoStore
from domain.records.person import AlreadyDecided, membership_id
from domain.records.proposal import CARRIED_OUT_WITHIN
from domain.savings.fines import AskWaiver, FineMember, RecordFine
from domain.savings.social_fund import AskGrant, PayGrant
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll, PayLine
from domain.share_out.shown import planned
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.savers import EASY, Savers, changed, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Each has saved 100,000, so that each may borrow 300,000."""
    return found(store, fines={"late": ugx(2_000)})


def approved(savers: Savers, minor: int = 300_000, way: Any = "cash") -> str:
    """A loan to Dan that waits to be handed over; answers with its id."""
    loan = savers.ask("dan", minor, 1, way)
    savers.vote(loan, "ada", "ben")
    return loan


def expire_what_is_due(savers: Savers) -> None:
    """As the scheduler has it done."""
    for id in overdue(savers.store, 100):
        expire(savers.store, id)


def next_cycle(savers: Savers) -> None:
    """Share out, pay everybody in cash, and begin again."""
    group = savers.store.groups.get(savers.group)
    seen = planned(savers.store, group.id, ugx(0))
    savers.do(ProposeShareOut("ada", group.id, ugx(0), seen.digest))
    savers.decide("share_out", "ben", "dan", "eve")
    made = savers.store.share_outs.get(f"{group.id}:{group.cycle}")
    savers.do(PayAll("ada", made.id, "cash"))
    savers.do(PayLine("ben", made.id, "ada", "cash"))
    savers.do(StartCycle("ada", group.id, date(2026, 10, 12)))


def closed(savers: Savers, kind: str) -> list[str]:
    """What has become of the proposals of a kind."""
    return [each.state for each in savers.store.proposals.find(group=savers.group) if each.kind == kind]


# Time


def test_an_approved_loan_lapses_when_it_is_not_handed_over_in_time(savers: Savers, clock: Clock) -> None:
    loan = approved(savers)
    clock.forward(seconds=CARRIED_OUT_WITHIN.total_seconds() - 1)
    assert overdue(savers.store, 100) == []
    clock.forward(seconds=1)
    with pytest.raises(ApprovalLapsed):  # nobody is quicker than the clock
        savers.do(HandOverLoan("cy", loan))
    expire_what_is_due(savers)
    expire_what_is_due(savers)
    assert savers.loan(loan).state == "expired"
    assert not loans_to_pay_out(savers.store, savers.group)
    said = {"group": "Umoja", "name": "Dan Name", "amount": ugx(300_000), "what": "loan", "why": "time"}
    for person in ("dan", "ada", "ben", "cy"):
        assert savers.told(person, "approval_lapsed") == [said]
    with pytest.raises(AlreadyDecided):
        savers.do(HandOverLoan("cy", loan))
    savers.ask("dan", 300_000)


def test_a_loan_that_was_handed_over_or_taken_back_does_not_lapse(savers: Savers, clock: Clock) -> None:
    taken_back = approved(savers)
    savers.do(WithdrawLoan("dan", taken_back))
    paid_out = approved(savers)
    savers.do(HandOverLoan("cy", paid_out))
    clock.forward(days=30)
    assert overdue(savers.store, 100) == []
    assert (savers.loan(taken_back).state, savers.loan(paid_out).state) == ("withdrawn", "active")


def test_a_loan_that_could_not_be_sent_lapses_by_the_day_it_was_approved(savers: Savers, clock: Clock) -> None:
    savers.fill_wallet(80_000)
    loan = approved(savers, 50_000, "mobile_money")
    (payment,) = savers.store.payments.find(subject=loan)
    clock.forward(days=20)
    assert overdue(savers.store, 100) == []  # what is on its way is not failed by a clock
    payment_failed(savers.store, payment, "no_account")
    with pytest.raises(ApprovalLapsed):
        savers.do(SendLoan("cy", loan))
    expire_what_is_due(savers)
    assert savers.loan(loan).state == "expired"


def test_a_grant_that_is_not_paid_in_time_lapses(store: MongoStore, clock: Clock) -> None:
    savers = found(store, social_fund=ugx(1_000))
    savers.do(AskGrant("dan", savers.group, ugx(5_000), "a funeral"))
    savers.decide("grant", "ada", "ben")
    (grant,) = store.grants.find(group=savers.group)
    clock.forward(seconds=CARRIED_OUT_WITHIN.total_seconds())
    with pytest.raises(ApprovalLapsed):
        savers.do(PayGrant("cy", grant.id, "cash"))
    expire_what_is_due(savers)
    assert store.grants.get(grant.id).state == "expired"
    assert [each["why"] for each in savers.told("dan", "approval_lapsed")] == ["time"]
    savers.do(AskGrant("dan", savers.group, ugx(5_000), "a funeral"))


def test_an_approval_of_the_version_before_lapses_too(savers: Savers, clock: Clock) -> None:
    """It knows neither when it was decided nor when it lapses."""
    loan = approved(savers)
    savers.store.proposals.change(savers.loan(loan).proposal, decided_at=None, lapses_at=None)
    clock.forward(days=27)
    savers.store.groups.change(savers.group, cycle_began=savers.store.now().date())
    with pytest.raises(ApprovalLapsed):
        savers.do(HandOverLoan("cy", loan))
    savers.store.groups.change(savers.group, cycle_began=None)
    clock.forward(days=1)
    with pytest.raises(ApprovalLapsed):
        savers.do(HandOverLoan("cy", loan))
    clock.forward(seconds=-1)
    savers.do(HandOverLoan("cy", loan))


# The cycle


def test_what_was_approved_in_one_cycle_is_not_paid_out_in_the_next(savers: Savers) -> None:
    """300,000 to a member whose limit is nothing by then."""
    loan = approved(savers)
    next_cycle(savers)
    assert savers.loan(loan).state == "expired"
    assert [each["why"] for each in savers.told("dan", "approval_lapsed")] == ["cycle"]
    with pytest.raises(AlreadyDecided):
        savers.do(HandOverLoan("ada", loan))


def test_what_was_asked_for_in_one_cycle_is_not_decided_in_the_next(savers: Savers, clock: Clock) -> None:
    guaranteed = savers.ask("eve", 50_000, 1, "cash", "fay")
    asked = savers.ask("dan", 50_000)
    savers.do(FineMember("ada", savers.group, "fay", "late"))
    (fine,) = savers.store.fines.find(person="fay")
    savers.do(AskWaiver("ada", fine.id, "it rained"))
    savers.do(Suspend("ada", savers.group, "cy", "suspended", "quarrels"))
    clock.forward(days=1)
    next_cycle(savers)
    assert {savers.loan(loan).state for loan in (guaranteed, asked)} == {"expired"}
    assert (closed(savers, "loan"), closed(savers, "waiver")) == (["expired"], ["expired"])
    assert closed(savers, "suspension") == ["open"], "who is a member does not end with a cycle"
    assert len(savers.told("eve", "decided")) == len(savers.told("dan", "decided")) == 1


# What it rested on


def hand_over(savers: Savers, loan: str) -> dict[str, str | int]:
    with pytest.raises(LoanNoLongerHolds) as refused:
        savers.do(HandOverLoan("cy", loan))
    return {key: value for key, value in refused.value.details.items() if value and key != "currency"}


def test_the_limit_is_tried_again_when_the_money_is_handed_over(savers: Savers) -> None:
    loan = approved(savers, 200_000)
    savers.take_savings("dan", 40_000)
    assert hand_over(savers, loan) == {"rule": "savings", "most": 180_000}
    savers.take_savings("dan", 60_000)
    assert hand_over(savers, loan) == {"rule": "savings"}  # the limit is 0
    assert savers.loan(loan).state == "approved", "it may hold again"


def test_the_fund_is_tried_again_too(savers: Savers) -> None:
    loan = approved(savers)
    savers.do(Enter("ada", savers.group, "cost", ugx(400_000), "a roof", "box"))
    savers.decide("own_money", "ben")
    assert hand_over(savers, loan) == {"rule": "fund", "most": 200_000}


def test_whether_something_is_late_is_tried_again_too(store: MongoStore, clock: Clock) -> None:
    savers = found(store)
    first = savers.lend("dan", 50_000)
    clock.forward(days=27)
    rules = store.groups.get(savers.group).constitution
    two = changed(borrowing=replace(EASY, open_loans_max=2))
    store.groups.change(savers.group, constitution=replace(rules, loans=two))
    second = approved(savers, 50_000)
    clock.forward(days=2)
    assert hand_over(savers, second) == {"rule": "overdue", "count": 1}
    savers.repay(first, 55_000)
    savers.do(HandOverLoan("cy", second))


def test_membership_is_tried_again_too(savers: Savers) -> None:
    loan = approved(savers)
    savers.store.memberships.change(membership_id(savers.group, "dan"), status="suspended")
    assert hand_over(savers, loan) == {"rule": "active"}


def test_the_vote_that_would_decide_a_loan_which_no_longer_holds_is_refused(savers: Savers) -> None:
    loan = savers.ask("dan", 200_000)
    savers.vote(loan, "ada")
    savers.take_savings("dan", 40_000)
    with pytest.raises(LoanNoLongerHolds):
        savers.vote(loan, "ben")
    assert savers.loan(loan).state == "guaranteed"


def test_nothing_is_decided_on_a_loan_that_was_paid_back_since(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000)
    clock.forward(days=1)
    savers.do(AskReschedule("dan", loan, 5))
    savers.do(ProposeWriteOff("ada", loan))
    savers.repay(loan, 66_000)
    for kind in ("reschedule", "write_off"):
        savers.decide(kind, "ben")
        assert closed(savers, kind) == ["expired"]
    assert [each["became"] for each in savers.told("ada", "decided")].count("lapsed") == 1


def test_a_fine_that_was_paid_since_is_not_waived_and_the_waiver_is_closed(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    (fine,) = savers.store.fines.find(person="dan")
    savers.do(AskWaiver("ada", fine.id, "it rained"))
    savers.do(RecordFine("ben", fine.id))
    savers.decide("waiver", "cy")
    assert (closed(savers, "waiver"), savers.store.fines.get(fine.id).state) == (["expired"], "paid")


def test_who_is_suspended_already_is_not_suspended_again(savers: Savers) -> None:
    savers.do(Suspend("ada", savers.group, "dan", "suspended", "quarrels"))
    savers.store.memberships.change(membership_id(savers.group, "dan"), status="suspended")
    savers.decide("suspension", "ben")
    assert closed(savers, "suspension") == ["expired"]
