"""The plan of a share-out: what there is to share, whose it is, and when no plan is made."""

import pytest

from domain.groups.leave import MoneyOnItsWay
from domain.loans.repay import Repay
from domain.meetings.meeting import MeetingIsOpen
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed
from domain.savings.contribute import Contribute
from domain.savings.fines import FineMember, PayFine
from domain.share_out.plan import KeepsTooMuch, NoShares, NothingToShare, plan
from domain.share_out.shown import expected_share_out, planned, sharing_now
from domain.treasury.settle import payment_failed
from tests.domain.savers import Savers, found
from tests.domain.share_out.sharing import (
    VOTERS,
    ask,
    decide,
    group,
    made,
    pay_everybody,
    post,
    refused,
    vote,
    waiting,
)
from tests.money import ugx


def test_what_is_shared_is_the_cash_less_what_is_owed_to_others_and_kept(savers: Savers) -> None:
    post(savers, "interest", a1010=60_000, a4010=-60_000)
    post(savers, "social fund in its box and its wallet", a1040=7_000, a1025=3_000, a2020=-10_000)
    post(savers, "external loan", a1030=50_000, a2050=-50_000)
    post(savers, "unknown payer", a1020=900, a2070=-900)
    now = plan(savers.store, group(savers), ugx(6_000), savers.store.now())
    assert (now.cash, now.owed, now.kept) == (ugx(710_900), ugx(50_900), ugx(6_000))
    assert (now.pot, now.left_over, now.saved) == (ugx(654_000), ugx(0), ugx(600_000))
    assert {line.pay for line in now.lines} == {ugx(109_000)}
    assert {line.shares for line in now.lines} == {100}


@pytest.mark.parametrize(("kept", "most"), [(600_001, 600_000), (-1, 600_000)])
def test_no_more_is_kept_than_there_is(savers: Savers, kept: int, most: int) -> None:
    details = refused(KeepsTooMuch, lambda: planned(savers.store, savers.group, ugx(kept)))
    assert details == {"most": most, "currency": "UGX"}
    refused(KeepsTooMuch, lambda: planned(savers.store, savers.group, Money(0, "KES")))
    refused(NothingToShare, lambda: planned(savers.store, savers.group, ugx(600_000)))


def test_without_shares_nothing_is_shared(store: MongoStore) -> None:
    savers = found(store, saved=0)
    refused(NothingToShare, lambda: planned(store, savers.group, ugx(0)))
    store.groups.change(savers.group, kind="savings")
    refused(NoShares, lambda: planned(store, savers.group, ugx(0)))
    refused(NoShares, lambda: expected_share_out(store, savers.group, "dan"))
    refused(NoShares, lambda: sharing_now(store, savers.group))


def test_no_plan_is_made_while_money_is_on_its_way_or_a_meeting_is_open(savers: Savers) -> None:
    post(savers, "one in clearing", a1060=500, a1010=-500)
    refused(MoneyOnItsWay, lambda: ask(savers))
    post(savers, "arrived", a1060=-500, a1010=500)
    asked = savers.do(Contribute(savers.group, "dan", ugx(1_000)))
    refused(MoneyOnItsWay, lambda: ask(savers))
    payment_failed(savers.store, savers.store.payments.get(asked["payment"]), "not_approved_in_time")
    savers.store.groups.change(savers.group, meeting=f"{savers.group}:2026-10-05")
    refused(MeetingIsOpen, lambda: ask(savers))
    savers.store.groups.change(savers.group, meeting="")
    refused(NotAllowed, lambda: ask(savers, officer="dan"))
    assert not group(savers).closing
    ask(savers)


def test_a_part_is_paid_in_whole_units_of_cash_and_the_rest_stays(store: MongoStore) -> None:
    savers = found(store, cash_unit=100)
    post(savers, "interest", a1010=1_050, a4010=-1_050)
    decide(savers)
    gross = [line.gross.minor for line in made(savers).lines]
    # 6,010 units for six: the four left over go to the first four.
    assert gross == [100_200] * 4 + [100_100] * 2
    assert made(savers).left_over == ugx(50)
    pay_everybody(savers)
    assert savers.totals == {"1010": 50, "3020": -50}


def test_what_is_below_par_is_everybody_s_loss(savers: Savers) -> None:
    post(savers, "stolen", a1010=-150_000, a5060=150_000)
    decide(savers)
    assert [line.gross for line in made(savers).lines] == [ugx(75_000)] * 6
    pay_everybody(savers)
    assert savers.totals == {}


def test_an_expectation_has_all_that_it_is_worked_out_from(savers: Savers) -> None:
    savers.lend("dan", 30_000)
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    now = expected_share_out(savers.store, savers.group, "dan")
    assert (now.cash, now.netted, now.pot, now.all_saved) == (
        ugx(570_000),
        ugx(35_000),
        ugx(605_000),
        ugx(600_000),
    )
    assert now.cash - now.owed - now.kept + now.netted - now.left_over == now.pot
    assert (now.state, now.shares, now.saved) == ("", 100, ugx(100_000))
    assert abs(now.gross.minor - now.pot.minor * now.saved.minor // now.all_saved.minor) <= now.unit.minor
    assert now.gross - now.loans - now.fines == now.pay == ugx(100_833 - 35_000)
    refused(NotAllowed, lambda: expected_share_out(savers.store, savers.group, "nobody"))
    ask(savers, kept=1_000)
    assert expected_share_out(savers.store, savers.group, "dan").kept == ugx(1_000)
    vote(savers, waiting(savers), *VOTERS)
    decided = expected_share_out(savers.store, savers.group, "dan")
    assert (decided.state, decided.shares) == ("approved", 100)


@pytest.mark.parametrize("purpose", ["contribution", "repayment", "fine"])
def test_no_share_out_begins_beside_money_on_its_way_in(savers: Savers, purpose: str) -> None:
    loan = savers.lend("dan", 30_000)
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    (fine,) = savers.store.fines.find(person="dan")
    commands = {
        "contribution": Contribute(savers.group, "dan", ugx(1_000)),
        "repayment": Repay("dan", loan, ugx(1_000)),
        "fine": PayFine("dan", fine.id),
    }
    savers.do(commands[purpose])
    refused(MoneyOnItsWay, lambda: ask(savers))
