"""While a cycle is shared out none of its money moves, on any path; and nobody leaves with money on its way."""

from collections.abc import Callable

import pytest

from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.groups.leave import AskToLeave, Expel, MoneyOnItsWay, PaySettlement, RecordDeath, settlement
from domain.loans.borrow import RequestLoan
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.pay_out import HandOverLoan
from domain.loans.recover import AskReschedule, ProposeNetting, ProposeWriteOff
from domain.loans.repay import RecordPastRepayment, RecordRepayment, Repay, ReverseRepayment
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.fines import FineMember, PayFine, RecordFine
from domain.savings.withdraw import AskWithdrawal
from domain.share_out.agree import ProposeShareOut
from domain.share_out.shown import planned
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.savers import Savers, found
from tests.kept import everything
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    return found(store, fines={"late": ugx(2_000)})


def close(savers: Savers, closing: bool = True) -> None:
    savers.store.groups.change(savers.group, closing=closing)


def refused(savers: Savers, code: type[DomainError], *commands: object) -> None:
    """Each with this refusal, and nothing is changed by it."""
    before = everything(savers.store.database)
    for command in commands:
        with pytest.raises(code):
            savers.do(command)
    assert everything(savers.store.database) == before


def test_no_money_moves_while_the_cycle_is_shared_out(savers: Savers, clock: Clock) -> None:
    group = savers.group
    owed = savers.lend("dan", 30_000)
    clock.forward(days=1)
    paid = savers.repay(owed, 1_000)
    cash = savers.do(RecordCash(group, "fay", ugx(1_000), "ada"))["payment"]
    approved, guaranteed = savers.ask("eve", 30_000), savers.ask("cy", 30_000, 1, "cash", "fay")
    savers.vote(approved, "ada", "ben")
    savers.do(FineMember("ada", group, "fay", "late"))
    (fine,) = savers.store.fines.find(person="fay")
    close(savers)
    refused(
        savers,
        GroupIsClosing,
        Contribute(group, "fay", ugx(1_000)),
        RecordCash(group, "fay", ugx(1_000), "ada"),
        ReverseCash("ben", cash, "a slip"),
        AskWithdrawal("fay", group, ugx(500), "cash"),
        RequestLoan(group, "fay", ugx(1_000), 1, "cash"),
        AnswerGuarantee("fay", guaranteed, yes=True),
        HandOverLoan("ada", approved),
        Repay("dan", owed, ugx(1_000)),
        RecordRepayment(owed, ugx(1_000), "ada"),
        RecordPastRepayment("ada", owed, ugx(1_000), str(savers.store.now().date())),
        ReverseRepayment("ben", paid, "a slip"),
        AskReschedule("dan", owed, 3),
        ProposeNetting("ada", owed),
        ProposeWriteOff("ada", owed),
        PayFine("fay", fine.id),
        RecordFine("ada", fine.id),
        AskToLeave("fay", group, "cash"),
        RecordDeath("ada", group, "fay", "Her son"),
        Expel("ada", group, "fay", "quarrels"),
    )
    with pytest.raises(GroupIsClosing):
        settlement(savers.store, group, "fay")


_ASKED: dict[str, Callable[[Savers, str], object]] = {
    "reschedule": lambda savers, loan: AskReschedule("dan", loan, 3),
    "write_off": lambda savers, loan: ProposeWriteOff("ada", loan),
    "withdrawal": lambda savers, loan: AskWithdrawal("fay", savers.group, ugx(500), "cash"),
    "exit": lambda savers, loan: RecordDeath("ada", savers.group, "fay", "Her son"),
    "expulsion": lambda savers, loan: Expel("ada", savers.group, "fay", "quarrels"),
}


@pytest.mark.parametrize("kind", _ASKED)
def test_what_was_asked_for_before_is_not_carried_out_then(savers: Savers, clock: Clock, kind: str) -> None:
    """The last vote is refused, and may be given when the plan was refused."""
    loan = savers.lend("dan", 30_000)
    savers.give_credit("fay", 500)
    clock.forward(days=1)
    savers.do(_ASKED[kind](savers, loan))
    voters = ["ben", "cy", "eve"] if kind in ("write_off", "expulsion") else ["ben", "cy"]
    for voter in voters[:-1]:
        savers.decide(kind, voter)
    close(savers)
    with pytest.raises(GroupIsClosing):
        savers.decide(kind, voters[-1])
    close(savers, False)
    savers.decide(kind, voters[-1])
    assert [each.state for each in savers.store.proposals.find(kind=kind)] == ["approved"]


def test_nobody_leaves_while_money_of_theirs_is_on_its_way(savers: Savers) -> None:
    payment = savers.do(Contribute(savers.group, "fay", ugx(1_000)))["payment"]
    ends = (
        AskToLeave("fay", savers.group, "cash"),
        RecordDeath("ada", savers.group, "fay", "Her son"),
        Expel("ada", savers.group, "fay", "quarrels"),
    )
    refused(savers, MoneyOnItsWay, *ends)
    with pytest.raises(MoneyOnItsWay):
        settlement(savers.store, savers.group, "fay")
    payment_failed(savers.store, savers.store.payments.get(payment), "declined")
    savers.do(ends[1])


def test_what_is_payable_is_paid_once_though_it_is_on_its_way(savers: Savers) -> None:
    savers.fill_wallet(150_000)
    savers.do(AskToLeave("fay", savers.group, "mobile_money"))
    savers.decide("exit", "ada", "ben")
    refused(
        savers, MoneyOnItsWay, *(PaySettlement("ada", savers.group, "fay", w) for w in ("cash", "mobile_money"))
    )


def test_a_share_out_is_not_decided_while_money_is_awaited(savers: Savers) -> None:
    """A payment that was asked for before, and is heard of again only after the plan was made."""
    seen = planned(savers.store, savers.group, ugx(0))
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), seen.digest))
    savers.decide("share_out", "ben", "dan")
    close(savers, False)
    payment = savers.do(Contribute(savers.group, "fay", ugx(1_000)))["payment"]
    close(savers)
    with pytest.raises(MoneyOnItsWay):
        savers.decide("share_out", "eve")
    payment_failed(savers.store, savers.store.payments.get(payment), "declined")
    savers.decide("share_out", "eve")
    assert savers.store.proposals.count(kind="share_out", state="approved") == 1
