"""A death that was recorded wrongly is undone by two officers, while nothing was paid."""

from typing import Any

import pytest

from domain.decisions.rights import GroupIsClosing
from domain.groups.cycle import begin_next_cycle
from domain.groups.leave import AskToLeave, PaySettlement, RecordDeath
from domain.groups.wrongly_dead import SettlementPaid, UndoDeath, recorded_dead
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed, membership_id
from domain.savings.fines import FineMember
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.money_out import MemberHeld
from domain.treasury.take_back import CycleIsOver, NotReversible
from tests.conftest import Clock
from tests.cycles.invariants import Audit
from tests.domain.savers import Savers, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    return found(store, fines={"late": ugx(700), "disorder": ugx(150_000)})


def died(savers: Savers, *members: str) -> None:
    savers.do(RecordDeath("ada", savers.group, "dan", "Eve Name"))
    savers.decide("exit", *(members or ("ben", "cy")))


def ask(savers: Savers, officer: str = "ada") -> Any:
    return savers.do(UndoDeath(officer, savers.group, "dan", "he came to the meeting"))


def alive(savers: Savers) -> None:
    ask(savers)
    savers.decide("alive", "ben")


def status(savers: Savers) -> str:
    return str(savers.store.memberships.get(membership_id(savers.group, "dan")).status)


def test_what_was_theirs_is_theirs_and_they_are_told_everywhere(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    before = savers.held("dan"), savers.totals
    died(savers)
    assert savers.held("dan") == {"2040": -99_300} and recorded_dead(savers.store, savers.group, "dan")
    assert ask(savers) == 1
    with pytest.raises(NotAllowed):
        savers.decide("alive", "ada")
    savers.decide("alive", "ben")
    assert (savers.held("dan"), savers.totals) == before
    assert [fine.state for fine in savers.store.fines.find(person="dan")] == ["due"]
    assert status(savers) == "active" and not recorded_dead(savers.store, savers.group, "dan")
    assert savers.told("dan", "death_undone") == [{"group": "Umoja"}]
    Audit(savers.store, savers.group).look()


def test_a_fine_that_was_waived_for_too_little_is_due_whole(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "disorder"))
    died(savers)
    assert (status(savers), savers.held("dan")) == ("deceased", {})
    alive(savers)
    (fine,) = savers.store.fines.find(person="dan")
    assert (fine.state, fine.paid, savers.held("dan")) == ("due", 0, {"3010": -100_000})
    Audit(savers.store, savers.group).look()


def test_their_loan_stays_settled(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    died(savers)
    alive(savers)
    assert savers.loan(loan).state == "closed"
    assert savers.held("dan") == {"3010": -45_000}
    savers.check()
    Audit(savers.store, savers.group).look()


def test_their_money_leaves_a_day_later(savers: Savers, clock: Clock) -> None:
    savers.give_credit("dan", 20_000)
    died(savers)
    clock.forward(days=2)
    alive(savers)
    savers.do(AskWithdrawal("dan", savers.group, ugx(10_000), "cash"))
    with pytest.raises(MemberHeld):
        savers.decide("withdrawal", "ada", "ben")
    clock.forward(days=1)
    savers.decide("withdrawal", "ben")


def test_once_it_is_paid_they_join_anew_unless_it_was_not_handed_over(savers: Savers, clock: Clock) -> None:
    died(savers)
    ask(savers)
    clock.forward(days=2)
    savers.do(PaySettlement("ada", savers.group, "dan", "cash"))
    assert status(savers) == "deceased"
    with pytest.raises(SettlementPaid):
        savers.decide("alive", "ben")
    (paid,) = savers.store.payments.find(person="dan", purpose="exit")
    savers.do(ReverseCash("ben", paid.id, "nobody came for it"))
    savers.decide("alive", "cy")
    assert (status(savers), savers.held("dan")) == ("active", {"3010": -100_000})
    Audit(savers.store, savers.group).look()


def test_a_cycle_that_ended_or_is_shared_out_keeps_it(savers: Savers, clock: Clock) -> None:
    died(savers)
    ask(savers)
    savers.store.groups.change(savers.group, closing=True)
    with pytest.raises(GroupIsClosing):
        savers.decide("alive", "ben")
    savers.store.groups.change(savers.group, closing=False)
    clock.forward(days=1)
    begin_next_cycle(savers.store, savers.store.groups.get(savers.group))
    with pytest.raises(CycleIsOver):
        ask(savers, "cy")


def test_only_a_death_is_undone_and_by_officers(savers: Savers) -> None:
    with pytest.raises(NotAllowed):
        ask(savers)
    savers.do(AskToLeave("dan", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    with pytest.raises(NotAllowed):
        ask(savers)
    savers.do(RecordDeath("ada", savers.group, "eve", "Fay Name"))
    savers.decide("exit", "ben", "cy")
    with pytest.raises(NotAllowed):
        savers.do(UndoDeath("fay", savers.group, "eve", "she is here"))


def test_a_settlement_of_before_did_not_say_which_fines_it_took(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    died(savers)
    (fine,) = savers.store.fines.find(person="dan")
    savers.store.fines.change(fine.id, exit="")
    with pytest.raises(NotReversible):
        ask(savers)
