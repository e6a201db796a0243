"""At a meeting an officer pays what is due from a member's credit, and the member is told."""

from typing import Any

import pytest

from domain.decisions.rights import Frozen
from domain.loans.repay import MoreThanOwed
from domain.loans.use_credit import NotSoMuchCredit
from domain.meetings.cash_book import to_pay
from domain.meetings.from_credit import NotAtMeeting, PayFromCredit
from domain.meetings.meeting import CloseMeeting, MarkAttendance, NoMeeting, OpenMeeting
from domain.mongo.store import MongoStore
from domain.people.freeze import Freeze
from domain.records.person import NotAllowed
from domain.savings.fines import FineMember
from tests.conftest import Clock
from tests.domain.officers import counted
from tests.domain.savers import Savers, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Dan has UGX 111,000 of credit."""
    savers = found(store, social_fund=ugx(500), fines={"late": ugx(700)})
    savers.give_credit("dan", 110_500)  # beside what made no whole share
    return savers


def meet(savers: Savers) -> None:
    totals = savers.totals
    boxes = counted(totals["1010"], totals.get("1040", 0))
    savers.do(OpenMeeting("ada", savers.group, boxes, extraordinary=True))


def pay(
    savers: Savers, owed: Any, minor: int, subject: str = "", officer: str = "ada", person: str = "dan"
) -> int:
    left = savers.do(PayFromCredit(officer, savers.group, person, owed, ugx(minor), subject))
    return int(left["minor"])


def fine_of(savers: Savers, person: str = "dan", by: str = "ada") -> str:
    """A new fine of UGX 700."""
    savers.do(FineMember(by, savers.group, person, "late"))
    (fine,) = savers.store.fines.find(person=person, state="due")
    return fine.id


def test_a_fine_is_paid_and_its_owner_is_told(savers: Savers) -> None:
    meet(savers)
    assert pay(savers, "fine", 700, fine_of(savers)) == 110_300
    assert savers.totals["4020"] == -700
    assert savers.told("dan", "paid_from_credit") == [{"amount": ugx(700), "group": "Umoja", "owed": "fine"}]
    savers.check()


def test_what_is_due_of_a_loan_with_its_penalty_is_paid_and_nothing_ahead(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 69_000, 3)
    clock.forward(days=40)
    meet(savers)
    offered = to_pay(savers.store, savers.group, "dan").from_credit
    assert offered is not None
    due = offered.loans[0].payoff
    assert 0 < due.minor < 111_000
    with pytest.raises(MoreThanOwed) as refused:
        pay(savers, "loan", due.minor + 1, loan)
    assert refused.value.details == {"most": due.minor, "currency": "UGX"}
    pay(savers, "loan", due.minor, loan)
    assert not savers.loan(loan).standing(savers.store.now().date()).due
    savers.check()


def test_what_the_social_fund_misses_is_paid(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=3)
    meet(savers)
    offered = to_pay(savers.store, savers.group, "dan").from_credit
    assert offered is not None
    before = savers.totals
    pay(savers, "social", offered.social.minor)
    moved = {code: savers.totals[code] - before[code] for code in ("1010", "1040", "2020", "2030")}
    missed = offered.social.minor
    assert moved == {"1010": -missed, "1040": missed, "2020": -missed, "2030": missed}


def test_it_is_paid_at_a_meeting_only(savers: Savers) -> None:
    fine = fine_of(savers)
    assert to_pay(savers.store, savers.group, "dan").from_credit is None
    with pytest.raises(NoMeeting):
        pay(savers, "fine", 700, fine)
    meet(savers)
    assert to_pay(savers.store, savers.group, "dan").from_credit
    totals = savers.totals
    boxes = counted(totals["1010"], totals.get("1040", 0))
    savers.do(CloseMeeting("ada", savers.group, boxes, fine=False))
    with pytest.raises(NoMeeting):
        pay(savers, "fine", 700, fine)


@pytest.mark.parametrize("presence", ["absent", "excused"])
def test_who_is_not_there_has_not_said_so(savers: Savers, presence: Any) -> None:
    meet(savers)
    fine = fine_of(savers)
    savers.do(MarkAttendance("ada", savers.group, "dan", presence))
    with pytest.raises(NotAtMeeting):
        pay(savers, "fine", 700, fine)
    savers.do(MarkAttendance("ada", savers.group, "dan", "late"))
    pay(savers, "fine", 700, fine)


def test_nobody_else_pays_with_it_and_no_officer_with_their_own(savers: Savers) -> None:
    meet(savers)
    fine = fine_of(savers)
    for officer in ("dan", "eve"):
        with pytest.raises(NotAllowed):
            pay(savers, "fine", 700, fine, officer=officer)
    savers.give_credit("ada", 5_000)
    own = fine_of(savers, "ada", "ben")
    with pytest.raises(NotAllowed):
        pay(savers, "fine", 700, own, person="ada")
    assert pay(savers, "fine", 700, own, officer="ben", person="ada") == 4_800


def test_a_frozen_account_and_another_ones_debt_are_left_alone(savers: Savers) -> None:
    meet(savers)
    fine, hers = fine_of(savers), fine_of(savers, "eve")
    with pytest.raises(NotAllowed):
        pay(savers, "fine", 700, hers)
    with pytest.raises(NotSoMuchCredit):
        pay(savers, "fine", 700, hers, person="eve")
    savers.do(Freeze("dan"))
    with pytest.raises(Frozen):
        pay(savers, "fine", 700, fine)
