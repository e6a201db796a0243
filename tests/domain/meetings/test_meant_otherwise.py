"""Mobile money that was meant for something else becomes its member's credit, and the wallet keeps it."""

from typing import Any

import pytest

from domain.decisions.rights import GroupIsClosing
from domain.decisions.voting import AlreadyAsked
from domain.groups.cycle import begin_next_cycle
from domain.loans.repay import Repay
from domain.loans.use_credit import UseCredit
from domain.meetings.cash_book import ReverseCash, my_cash, records_of
from domain.meetings.meant_otherwise import AskToCredit
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.person import AlreadyDecided, NotAllowed
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.fines import FineMember, PayFine
from domain.savings.free import SavingsStandForLoan
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.settle import payment_succeeded
from domain.treasury.take_back import CashWasUsed, CycleIsOver, MovedByProvider, NotReversible
from tests.conftest import Clock
from tests.cycles.invariants import Audit
from tests.domain.savers import Savers, found, stand_for
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    return found(store, social_fund=ugx(500), fines={"late": ugx(700)})


def by_phone(savers: Savers, command: object) -> str:
    """Asked for, and moved by the provider; answers with the payment's id."""
    asked: Any = savers.do(command)
    payment_succeeded(savers.store, savers.store.payments.get(asked["payment"]), f"T{asked['payment']}")
    return str(asked["payment"])


def ask(savers: Savers, payment: str, officer: str = "ada") -> Any:
    return savers.do(AskToCredit(officer, payment, "it was for school fees"))


def correct(savers: Savers, payment: str) -> None:
    ask(savers, payment)
    savers.decide("to_credit", "ben")


def all_is_true(savers: Savers) -> None:
    savers.check()
    Audit(savers.store, savers.group).look()
    assert verify_book(savers.store.books, savers.group) == []


def test_a_repayment_is_credit_and_the_loan_is_owed_again(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 60_000, 3)
    clock.forward(days=2)
    before, owed = savers.totals, savers.loan(loan).outstanding
    payment = by_phone(savers, Repay("dan", loan, ugx(30_000)))
    clock.forward(days=1)
    later = by_phone(savers, Repay("dan", loan, ugx(10_000)))
    correct(savers, payment)
    standing = savers.loan(loan).standing(savers.store.now().date())
    assert [each.repayment.amount for each in standing.allocations if each.pieces] == [ugx(10_000)]
    assert savers.held("dan")["2030"] == -30_500  # 500 were credit before
    assert savers.totals["1020"] == before.get("1020", 0) + 40_000
    assert savers.loan(loan).outstanding > owed - 10_000
    assert savers.told("dan", "put_on_credit") == [
        {"amount": ugx(30_000), "group": "Umoja", "reason": "it was for school fees"}
    ]
    all_is_true(savers)
    correct(savers, later)
    assert savers.loan(loan).outstanding == owed
    all_is_true(savers)


def test_what_ended_the_loan_and_was_too_much_is_all_credit(savers: Savers) -> None:
    loan = savers.lend("dan", 20_000)
    ends = savers.do(Repay("dan", loan, ugx(22_000)))
    savers.do(RecordCash(savers.group, "dan", ugx(1_000), "ada"))
    savers.confirm(ends["payment"])
    assert savers.loan(loan).state == "closed"
    correct(savers, ends["payment"])
    assert (savers.loan(loan).state, savers.loan(loan).outstanding) == ("active", 20_000)
    savers.do(UseCredit("dan", savers.group, "loan", ugx(22_000), loan))
    assert savers.loan(loan).state == "closed"
    all_is_true(savers)


def test_a_contribution_counts_for_no_meeting_any_more(savers: Savers) -> None:
    before = savers.totals
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    assert savers.held("eve") == {"3010": -119_000, "2020": -500, "2030": -500}
    correct(savers, payment)
    assert savers.held("eve") == {"3010": -99_000, "2020": -500, "2030": -20_500}
    gone = {code: savers.totals.get(code, 0) - before.get(code, 0) for code in ("1020", "1025", "2030", "3010")}
    assert gone == {"1020": 20_000, "1025": 0, "2030": -20_000, "3010": 0}
    all_is_true(savers)
    # It is hers: it can be taken out.
    savers.do(AskWithdrawal("eve", savers.group, ugx(20_000), "cash"))


def test_a_fine_is_due_again(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    (fine,) = savers.store.fines.find(person="dan")
    payment = by_phone(savers, PayFine("dan", fine.id))
    correct(savers, payment)
    assert savers.store.fines.get(fine.id).state == "due"
    savers.do(UseCredit("dan", savers.group, "fine", ugx(700), fine.id))
    all_is_true(savers)


def test_it_is_asked_by_one_officer_and_agreed_by_another_once(savers: Savers) -> None:
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    own = by_phone(savers, Contribute(savers.group, "ben", ugx(20_000)))
    cash = str(savers.do(RecordCash(savers.group, "fay", ugx(5_000), "ada"))["payment"])
    for officer, which in (("eve", payment), ("ben", own), ("ada", cash)):
        with pytest.raises(NotAllowed):
            ask(savers, which, officer)
    with pytest.raises(MovedByProvider):
        savers.do(ReverseCash("ada", payment, "no"))
    ask(savers, payment)
    with pytest.raises(AlreadyAsked):
        ask(savers, payment, "cy")
    with pytest.raises(NotAllowed):
        savers.decide("to_credit", "ada")
    savers.decide("to_credit", "cy")
    with pytest.raises(AlreadyDecided):
        ask(savers, payment)


def test_what_is_on_its_way_is_not_there_to_be_corrected(savers: Savers) -> None:
    asked: Any = savers.do(Contribute(savers.group, "eve", ugx(20_000)))
    with pytest.raises(NotAllowed):
        ask(savers, asked["payment"])


def test_what_is_credit_already_stays(savers: Savers) -> None:
    by_phone(savers, Contribute(savers.group, "eve", ugx(500)))
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(100)))
    ask(savers, payment)
    with pytest.raises(NotReversible) as refused:
        savers.decide("to_credit", "ben")
    assert refused.value.details == {"why": "credit"}


def test_savings_that_stand_for_a_loan_or_are_used_stay(savers: Savers) -> None:
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    ask(savers, payment)
    savers.take_savings("eve", 110_000)
    with pytest.raises(CashWasUsed):
        savers.decide("to_credit", "ben")


def test_a_pledged_saving_stays(savers: Savers) -> None:
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    stand_for(savers.store, savers.group, "fay", "eve", 119_000)
    ask(savers, payment)
    with pytest.raises(SavingsStandForLoan):
        savers.decide("to_credit", "ben")


def test_nothing_of_a_cycle_that_ended_or_is_being_shared_out_changes(savers: Savers) -> None:
    payment = by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    ask(savers, payment)
    savers.store.groups.change(savers.group, closing=True)
    with pytest.raises(GroupIsClosing):
        savers.decide("to_credit", "ben")
    savers.store.groups.change(savers.group, closing=False)
    savers.store.transaction(lambda tx: begin_next_cycle(tx, tx.groups.get(savers.group)))
    with pytest.raises(CycleIsOver):
        ask(savers, payment)


def test_an_officer_is_shown_mobile_money_too(savers: Savers) -> None:
    by_phone(savers, Contribute(savers.group, "eve", ugx(20_000)))
    assert {each.way for each in records_of(savers.store, savers.group, "eve")} == {"mobile_money", "cash"}
    assert [each.way for each in my_cash(savers.store, savers.group, "eve")] == ["cash"]
