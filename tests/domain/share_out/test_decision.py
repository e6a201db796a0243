"""A share-out is decided by the members: what they voted on is what is paid."""

from dataclasses import replace
from functools import partial

from domain.decisions.lapsing import expire
from domain.decisions.rights import GroupIsClosing
from domain.decisions.voting import AlreadyVoted, ProposalChanged, Withdraw
from domain.loans.borrow import RequestLoan
from domain.loans.repay import RecordRepayment
from domain.meetings.count import Counted, ReportDifference
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.fines import FineMember, fines_due
from domain.share_out.agree import PlanChanged, ProposeShareOut
from domain.share_out.next_cycle import NotSharedOut
from domain.share_out.shown import planned
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.domain.share_out.sharing import VOTERS, ask, decide, group, made, of, refused, start, vote, waiting
from tests.money import ugx


def test_nothing_is_saved_lent_or_paid_back_while_a_group_shares_out(savers: Savers) -> None:
    loan = savers.lend("dan", 30_000)
    ask(savers)
    for command in (
        Contribute(savers.group, "eve", ugx(1_000)),
        RecordCash(savers.group, "eve", ugx(1_000), "ada"),
        RequestLoan(savers.group, "eve", ugx(1_000), 1, "cash"),
        RecordRepayment(loan, ugx(1_000), "ada"),
    ):
        refused(GroupIsClosing, partial(savers.do, command))
    refused(NotSharedOut, lambda: start(savers))


def test_a_plan_that_is_refused_or_taken_back_opens_the_group_again(savers: Savers, clock: Clock) -> None:
    vote(savers, ask(savers), "ada", "ben", "cy", "dan", yes=False)
    assert (made(savers).state, group(savers).closing) == ("rejected", False)
    savers.do(RecordCash(savers.group, "eve", ugx(1_000), "ada"))
    savers.do(Withdraw("ada", ask(savers).id))
    assert (made(savers).state, group(savers).closing) == ("rejected", False)
    proposal = ask(savers, officer="ben")
    clock.forward(days=15)
    expire(savers.store, proposal.id)
    assert (made(savers).state, group(savers).closing) == ("rejected", False)
    assert savers.totals == {"1010": 601_000, "3010": -601_000}
    decide(savers)
    assert (made(savers).state, group(savers).closing) == ("approved", True)


def test_a_plan_that_is_made_anew_needs_every_vote_anew(savers: Savers) -> None:
    old = ask(savers)
    vote(savers, old, "ben", "dan")
    refused(AlreadyVoted, lambda: vote(savers, old, "dan"))
    assert ask(savers, kept=6_000, officer="cy").id == old.id
    refused(ProposalChanged, lambda: vote(savers, old, "eve"))
    vote(savers, waiting(savers), "ben", "dan")
    assert made(savers).state == "proposed"
    vote(savers, waiting(savers), "eve")
    assert [line.pay for line in made(savers).lines] == [ugx(99_000)] * 6
    refused(GroupIsClosing, lambda: ask(savers))


def test_a_plan_that_an_officer_did_not_see_is_not_proposed(savers: Savers) -> None:
    seen = planned(savers.store, savers.group, ugx(0))
    savers.do(RecordCash(savers.group, "eve", ugx(1_000), "ada"))
    refused(PlanChanged, lambda: savers.do(ProposeShareOut("ada", savers.group, ugx(0), seen.digest)))
    assert not group(savers).closing


def test_lines_that_somebody_edits_in_the_store_are_not_what_is_paid(savers: Savers) -> None:
    ask(savers)
    first, *others = made(savers).lines
    more = replace(first, pay=first.pay + ugx(50_000))
    savers.store.share_outs.change(made(savers).id, lines=(more, *others))
    vote(savers, waiting(savers), *VOTERS)
    assert [line.pay for line in made(savers).lines] == [ugx(100_000)] * 6


def test_when_money_moved_since_the_plan_the_vote_is_refused_until_it_is_made_anew(savers: Savers) -> None:
    proposal = ask(savers)
    vote(savers, proposal, "ben", "dan")
    short = Counted(ugx(599_000), ugx(0))
    savers.do(ReportDifference("ada", savers.group, short, "a hole in the box"))
    savers.decide("cash_count", "ben")
    refused(PlanChanged, lambda: vote(savers, proposal, "eve"))
    assert (made(savers).state, savers.totals["3010"]) == ("proposed", -600_000)
    vote(savers, ask(savers), *VOTERS)
    assert made(savers).pot == ugx(599_000)


def test_debts_are_those_of_the_day_of_the_plan_however_long_the_vote_takes(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 30_000)
    clock.forward(weeks=4)
    proposal = ask(savers)
    clock.forward(days=10)  # a penalty would be due by now
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    vote(savers, proposal, *VOTERS)
    assert of(savers, "dan") == [(100_500, 33_000, 0, 67_500)]
    assert savers.loan(loan).state == "closed"
    assert fines_due(savers.store, savers.group, "dan") == ugx(2_000)
    savers.check()
