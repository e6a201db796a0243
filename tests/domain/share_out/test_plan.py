"""A share-out from its plan to the next cycle: decided by the members, paid once, and the books come out even."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from domain.arithmetic.eligibility import BorrowingRules
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.books.statements import Span, group_statement
from domain.commands import execute
from domain.decisions.lapsing import expire
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.decisions.voting import AlreadyVoted, ProposalChanged, Vote, Withdraw
from domain.errors import DomainError
from domain.groups.leave import MoneyOnItsWay
from domain.groups.rules import CycleIsOpen, ProposeRule
from domain.loans.borrow import RequestLoan
from domain.loans.postings import restate
from domain.loans.repay import RecordRepayment, Repay
from domain.meetings.cash_book import ReverseCash
from domain.meetings.count import Counted, ReportDifference
from domain.meetings.meeting import CloseMeeting, MeetingIsOpen, OpenMeeting
from domain.meetings.who_paid import meeting_paid
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import BadConstitution, Group
from domain.records.payment import Way
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.records.share_out import ShareOut
from domain.savings.contribute import Contribute, RecordCash, TooMuch, contributions_due
from domain.savings.fines import FineMember, PayFine, fines_due
from domain.savings.free import free_savings
from domain.share_out.agree import PlanChanged, ProposeShareOut
from domain.share_out.next_cycle import NotSharedOut, PartsLeft, StartCycle, close_books, first_meetings
from domain.share_out.pay import (
    AllNow,
    HowFar,
    LineNotDue,
    NotPaid,
    PartToPay,
    PayAll,
    PayLine,
    all_now,
    how_far,
    part_now,
    states,
)
from domain.share_out.plan import KeepsTooMuch, NoShares, NothingToShare, plan
from domain.share_out.shown import Called, expected_share_out, planned, sharing_now
from domain.store import MoneyProvider
from domain.treasury.money_out import NotPayable, hold
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CycleIsOver, MovedByProvider
from tests.conftest import Clock
from tests.domain.savers import PRODUCT, Savers, changed, found, ugx
from tests.people import do

FINES = {"late": ugx(2_000)}
VOTERS = ("ben", "dan", "eve")


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Six who have saved UGX 100,000 each, in cash."""
    return found(store, fines=FINES)


def group(savers: Savers) -> Group:
    return savers.store.groups.get(savers.group)


def made(savers: Savers) -> ShareOut:
    return savers.store.share_outs.get(f"{savers.group}:{group(savers).cycle}")


def ask(savers: Savers, kept: int = 0, officer: str = "ada") -> Proposal:
    """The plan as it is now, put to the members."""
    seen = planned(savers.store, savers.group, ugx(kept))
    savers.do(ProposeShareOut(officer, savers.group, ugx(kept), seen.digest))
    return waiting(savers)


def waiting(savers: Savers) -> Proposal:
    (proposal,) = savers.store.proposals.find(group=savers.group, state="open", kind="share_out")
    return proposal


def vote(savers: Savers, proposal: Proposal, *voters: str, yes: bool = True) -> None:
    for voter in voters:
        savers.do(Vote(voter, proposal.id, proposal.digest, yes, "" if yes else "too early"))


def decide(savers: Savers, kept: int = 0) -> ShareOut:
    vote(savers, ask(savers, kept), *VOTERS)
    return made(savers)


def pay(savers: Savers, person: str, way: Way = "cash", officer: str = "ada") -> Any:
    return savers.do(PayLine(officer, made(savers).id, person, way))


def pay_everybody(savers: Savers) -> None:
    savers.do(PayAll("ada", made(savers).id, "cash"))
    pay(savers, "ada", officer="ben")


def start(savers: Savers, first: date = date(2026, 10, 12)) -> Any:
    return savers.do(StartCycle("ada", savers.group, first))


def hold_meeting(savers: Savers, cash: int) -> None:
    """A meeting from its opening to its close, with so much in the box."""
    counted = Counted(ugx(cash), ugx(0))
    savers.do(OpenMeeting("ada", savers.group, counted))
    savers.do(CloseMeeting("ada", savers.group, counted, fine=False))


def post(savers: Savers, name: str, **minor: int) -> None:
    """An entry of the group's own accounts; `a1010` is account 1010."""
    legs = tuple(Posting(code[1:], amount) for code, amount in minor.items())
    savers.store.post(Draft(savers.group, "UGX", name, name, savers.store.now(), legs))


def of(savers: Savers, *people: str) -> list[tuple[int, int, int, int]]:
    """Gross, loans, fines and pay of members in the plan."""
    lines = [made(savers).line(person) for person in people]
    return [(each.gross.minor, each.loans.minor, each.fines.minor, each.pay.minor) for each in lines if each]


def refused(code: type[DomainError], command: Callable[[], object]) -> dict[str, str | int]:
    with pytest.raises(code) as error:
        command()
    return error.value.details


# The plan


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


# The decision


def test_nothing_is_saved_lent_or_paid_back_while_a_group_shares_out(savers: Savers) -> None:
    loan = savers.lend("dan", 30_000)
    ask(savers)
    for command in (
        Contribute(savers.group, "eve", ugx(1_000)),
        RecordCash(savers.group, "eve", ugx(1_000), "ada"),
        RequestLoan(savers.group, "eve", ugx(1_000), 1, "cash"),
        RecordRepayment(loan, ugx(1_000), "ada"),
    ):
        refused(GroupIsClosing, lambda command=command: savers.do(command))
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


# The books after it


def test_a_whole_cycle_with_loans_and_fines_netted(savers: Savers) -> None:
    loan = savers.lend("dan", 60_000)
    savers.do(FineMember("ada", savers.group, "eve", "late"))
    post(savers, "airtime", a5030=2_000, a1010=-2_000)
    decide(savers)
    # 538,000 in cash, and 66,000 and 2,000 that are taken.
    assert made(savers).pot == ugx(606_000)
    assert of(savers, "dan", "eve", "fay") == [
        (101_000, 66_000, 0, 35_000),
        (101_000, 0, 2_000, 99_000),
        (101_000, 0, 0, 101_000),
    ]
    assert savers.totals == {"1010": 538_000, "2040": -538_000}
    assert (savers.loan(loan).state, savers.loan(loan).outstanding) == ("closed", 0)
    assert fines_due(savers.store, savers.group, "eve") == ugx(0)
    assert savers.told("dan", "shared_out") == [
        {"group": "Umoja", "gross": ugx(101_000), "netted": ugx(66_000), "rest": ugx(0), "pay": ugx(35_000)}
    ]
    close = savers.store.books.with_reference(savers.group, f"close:{savers.group}:1")
    assert close is not None
    assert {leg.account: leg.amount for leg in close.postings} == {
        "4010": 6_000,
        "4020": 2_000,
        "5030": -2_000,
        "3020": -6_000,
    }
    statement = group_statement(savers.store.books.sums(savers.group, Span()))
    assert statement.surplus == statement.closed == 6_000, "a closed cycle still shows what it earned"
    pay_everybody(savers)
    assert savers.totals == {}
    assert start(savers) == 2
    assert verify_book(savers.store.books, savers.group) == []
    savers.check()


def test_what_a_part_does_not_cover_is_a_loss_of_all_and_later_money_is_income(
    savers: Savers, clock: Clock
) -> None:
    loan = savers.lend("dan", 200_000)
    decide(savers)
    after = savers.loan(loan)
    assert (after.state, after.outstanding) == ("written_off", 0)
    assert len(savers.told("dan", "loan_written_off")) == 1
    pay_everybody(savers)
    assert savers.totals == {}
    start(savers)
    clock.forward(days=7)
    savers.do(RecordRepayment(loan, ugx(140_000), "ada"))
    assert (savers.loan(loan).state, savers.totals) == ("recovered", {"1010": 140_000, "4040": -140_000})
    savers.check()


def test_what_a_part_does_not_cover_stays_owed_where_the_group_carries_it_over(
    store: MongoStore, clock: Clock
) -> None:
    savers = found(store, fines=FINES, carry_over=True)
    loan = savers.lend("dan", 200_000)
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    decide(savers)
    # 400,000 in cash is what five get, so a part is 80,000: of the loan's 220,000, 80,000 is taken.
    assert of(savers, "dan", "eve") == [(80_000, 80_000, 0, 0), (80_000, 0, 0, 80_000)]
    assert states(savers.store, made(savers))["dan"] == "paid", "nothing is to be paid"
    after = savers.loan(loan)
    assert (after.state, after.outstanding) == ("active", 140_000)
    pay_everybody(savers)
    assert savers.totals == {"1100": 140_000, "3020": -140_000}
    start(savers)
    clock.forward(days=7)
    savers.do(RecordCash(savers.group, "eve", ugx(100_000), "ada"))
    savers.do(RecordRepayment(loan, ugx(140_000), "ada"))
    assert savers.loan(loan).state == "closed"
    assert fines_due(savers.store, savers.group, "dan") == ugx(2_000)
    # What comes back is shared by those who hold shares then.
    assert expected_share_out(savers.store, savers.group, "eve").gross == ugx(240_000)
    savers.check()


def test_a_loan_that_was_written_off_is_recovered_from_the_part(savers: Savers) -> None:
    loan = savers.lend("dan", 60_000)
    today = group(savers).constitution.day(savers.store.now())

    def write_off(tx: Any) -> None:
        before = tx.loans.get(loan)
        after = replace(before, written_off_on=today)
        tx.loans.change(loan, **restate(tx, before, after, today, tx.now()))

    savers.store.transaction(write_off)
    decide(savers)
    assert savers.loan(loan).state == "recovered"
    pay_everybody(savers)
    assert savers.totals == {}


def test_closing_the_books_twice_closes_them_once(savers: Savers) -> None:
    post(savers, "interest", a1010=6_000, a4010=-6_000)
    for _ in range(2):
        savers.store.transaction(lambda tx: close_books(tx, group(savers)))
    assert savers.totals == {"1010": 606_000, "3010": -600_000, "3020": -6_000}


# Paying


def test_a_part_is_paid_once_whoever_pays_it(savers: Savers) -> None:
    refused(LineNotDue, lambda: (ask(savers), pay(savers, "dan")))
    vote(savers, waiting(savers), *VOTERS)
    pay(savers, "dan")
    refused(LineNotDue, lambda: pay(savers, "dan"))
    refused(LineNotDue, lambda: pay(savers, "dan", "mobile_money", officer="cy"))
    refused(LineNotDue, lambda: pay(savers, "nobody"))
    refused(NotAllowed, lambda: pay(savers, "eve", officer="fay"))
    for way in ("cash", "mobile_money"):
        refused(NotAllowed, partial(pay, savers, "ada", way, officer="ada"))
    assert savers.held("dan") == {}
    assert [p.amount for p in savers.store.payments.find(person="dan", purpose="share_out")] == [ugx(100_000)]
    refused(PartsLeft, lambda: start(savers))


def test_a_part_that_neither_the_box_nor_the_wallet_holds_is_paid_from_both(savers: Savers) -> None:
    post(savers, "to the wallet", a1010=-560_050, a1020=560_050)
    decide(savers)
    pay(savers, "dan")
    assert states(savers.store, made(savers))["dan"] == "due"
    assert savers.held("dan") == {"2040": -60_050}
    refused(InsufficientFunds, lambda: pay(savers, "dan"))
    pay(savers, "dan", "mobile_money")
    assert states(savers.store, made(savers))["dan"] == "paying"
    refused(LineNotDue, lambda: pay(savers, "dan", "mobile_money"))
    amounts = [each.amount for each in savers.store.payments.find(person="dan", purpose="share_out")]
    assert sorted(amounts) == [ugx(39_950), ugx(60_050)]


def test_a_part_is_sent_as_a_provider_carries_it_and_the_rest_is_cash(savers: Savers) -> None:
    """
    A part is 100,000. Dan's provider carries 40,000 at a time in whole thousands, Eve's any, and nobody Fay's.
    """
    post(savers, "to the wallet", a1010=-300_000, a1020=300_000)
    id = decide(savers).id
    dan, eve = (savers.store.people.get(person).phone for person in ("dan", "eve"))
    savers.store.providers = [
        MoneyProvider("little", "out", frozenset({"UGX"}), (dan,), unit=1_000, most=40_500),
        MoneyProvider("much", "out", frozenset({"UGX"}), (eve,)),
    ]
    now = all_now(savers.store, id, "ada", "mobile_money")
    assert [each.name for each in now.paid] == ["Eve Name"]
    assert {each.name for each in now.not_paid if each.why == "not_carried"} >= {"Dan Name", "Fay Name"}
    for sent in (40_000, 40_000, 20_000):
        assert part_now(savers.store, id, "dan", "mobile_money") == ugx(sent)
        savers.confirm(pay(savers, "dan", "mobile_money")["payment"])
    sent_to_dan = savers.store.payments.find(person="dan", purpose="share_out")
    assert {each.provider for each in sent_to_dan} == {"little"}
    refused(NotPayable, lambda: pay(savers, "fay", "mobile_money"))
    pay(savers, "fay")


def test_pay_all_pays_whole_parts_by_number_and_nobody_themselves(savers: Savers) -> None:
    """
    The wallet has 250,000: Ada, who is first, does not pay herself, Ben and Cy are paid, Dan's account is frozen,
    and no part is paid in pieces.
    """
    post(savers, "to the wallet", a1010=-250_000, a1020=250_000)
    id = decide(savers).id
    savers.store.people.change("dan", frozen=True)
    now = all_now(savers.store, id, "ada", "mobile_money")
    assert now == AllNow(
        holds=ugx(250_000),
        total=ugx(200_000),
        paid=[PartToPay("Ben Name", ugx(100_000)), PartToPay("Cy Name", ugx(100_000))],
        not_paid=[
            NotPaid("Ada Name", ugx(100_000), "yours"),
            NotPaid("Dan Name", ugx(100_000), "frozen"),
            NotPaid("Eve Name", ugx(100_000), "too_little"),
            NotPaid("Fay Name", ugx(100_000), "too_little"),
        ],
    )
    assert savers.do(PayAll("ada", id, "mobile_money")) == {"paid": 2, "left": 4}
    found = {person: far.state for person, far in how_far(savers.store, made(savers)).items()}
    assert [person for person, state in found.items() if state == "paying"] == ["ben", "cy"]
    refused(InsufficientFunds, lambda: savers.do(PayLine("ada", id, "eve", "mobile_money", whole=True)))
    assert part_now(savers.store, id, "eve", "mobile_money") == ugx(50_000)
    pay(savers, "eve", "mobile_money")
    assert how_far(savers.store, made(savers))["eve"] == HowFar(ugx(0), ugx(50_000), ugx(50_000))


def test_pay_all_sends_nothing_to_a_new_number_or_a_member_who_is_held(savers: Savers) -> None:
    post(savers, "to the wallet", a1010=-600_000, a1020=600_000)
    id = decide(savers).id
    savers.store.people.change("fay", phone_changed_at=savers.store.now())
    why = {one.name: one.why for one in all_now(savers.store, id, "ben", "mobile_money").not_paid}
    assert why == {"Ben Name": "yours", "Fay Name": "new_number"}
    hold(savers.store, group(savers), "eve")
    assert [one.why for one in all_now(savers.store, id, "ben", "mobile_money").not_paid] == [
        "yours",
        "held",
        "new_number",
    ]
    assert savers.do(PayAll("ben", id, "mobile_money")) == {"paid": 3, "left": 3}
    why = {one.name: one.why for one in all_now(savers.store, id, "ben", "cash").not_paid}
    assert why == {"Ben Name": "yours", "Eve Name": "held", "Fay Name": "too_little"}


def test_a_part_that_was_paid_in_pieces_is_owed_as_far_as_it_is_left(savers: Savers) -> None:
    """60,050 of 100,000 is paid from the box: what is left is 39,950 everywhere, and nothing at the end."""
    post(savers, "to the wallet", a1010=-539_950, a1020=539_950)
    decide(savers)
    paid = pay(savers, "dan")
    assert (Money(**paid["amount"]), Money(**paid["left"])) == (ugx(60_050), ugx(39_950))
    (line,) = (each for each in sharing_now(savers.store, savers.group).lines if each.id == "dan")
    assert (line.state, line.pay, line.paid, line.left) == ("due", ugx(100_000), ugx(60_050), ugx(39_950))
    mine = expected_share_out(savers.store, savers.group, "dan")
    assert (mine.paid, mine.left) == (ugx(60_050), ugx(39_950))
    now = all_now(savers.store, made(savers).id, "ada", "cash")
    assert NotPaid("Dan Name", ugx(39_950), "too_little") in now.not_paid
    savers.confirm(pay(savers, "dan", "mobile_money")["payment"])
    (line,) = (each for each in sharing_now(savers.store, savers.group).lines if each.id == "dan")
    assert (line.state, line.left) == ("paid", ugx(0))
    assert expected_share_out(savers.store, savers.group, "dan").left == ugx(0)
    refused(LineNotDue, lambda: part_now(savers.store, made(savers).id, "dan", "cash"))


def test_a_part_that_was_not_handed_over_is_due_again(savers: Savers) -> None:
    """Until the next cycle has begun; a part that mobile money paid stays paid."""
    post(savers, "to the wallet", a1010=-100_000, a1020=100_000)
    decide(savers)
    wrong = pay(savers, "dan")["payment"]
    refused(NotAllowed, lambda: savers.do(ReverseCash("ada", wrong, "nobody got it")))
    savers.do(ReverseCash("ben", wrong, "nobody got it"))
    assert how_far(savers.store, made(savers))["dan"] == HowFar(ugx(0), ugx(0), ugx(100_000))
    assert savers.held("dan") == {"2040": -100_000}
    assert expected_share_out(savers.store, savers.group, "dan").left == ugx(100_000)
    sent = pay(savers, "eve", "mobile_money")["payment"]
    savers.confirm(sent)
    refused(MovedByProvider, lambda: savers.do(ReverseCash("ben", sent, "nobody got it")))
    refused(PartsLeft, lambda: start(savers))
    assert savers.do(PayAll("ada", made(savers).id, "cash")) == {"paid": 4, "left": 1}
    right = pay(savers, "ada", officer="ben")["payment"]
    assert savers.totals == {}
    start(savers)
    refused(CycleIsOver, lambda: savers.do(ReverseCash("cy", right, "nobody got it")))


def test_two_officers_at_once_pay_each_part_once(savers: Savers) -> None:
    id = decide(savers).id

    def all_by(officer: str) -> dict[str, int]:
        answer: dict[str, int] = execute(savers.store, f"all by {officer}", PayAll(officer, id, "cash"))
        return answer

    with ThreadPoolExecutor(2) as threads:
        [*threads.map(all_by, ("ada", "ben"))]
    paid = savers.store.payments.find(group=savers.group, direction="out")
    assert len({payment.person for payment in paid}) == len(paid) == 6
    assert savers.totals == {}
    assert all_by("ada") == execute(savers.store, "all by ada", PayAll("ada", id, "cash")), "one answer for a key"


def test_after_a_crash_between_two_lines_the_rest_is_paid_and_nothing_twice(savers: Savers) -> None:
    """What a process leaves that dies: parts that are paid, each under its own key, and no answer of the whole."""
    made = decide(savers)
    for person in ("dan", "ben"):
        execute(savers.store, f"share_out:{made.id}:{person}:0", PayLine("ada", made.id, person, "cash"))
    assert savers.store.payments.count(group=savers.group, direction="out") == 2
    command = PayAll("ada", made.id, "cash")
    assert execute(savers.store, "all", command) == {"paid": 3, "left": 1}, "an officer is not paid by themselves"
    assert execute(savers.store, "all", command) == {"paid": 3, "left": 1}
    pay(savers, "ada", officer="ben")
    assert savers.store.payments.count(group=savers.group, direction="out") == 6
    assert savers.totals == {}


def test_a_payout_that_fails_makes_its_part_due_again(savers: Savers) -> None:
    post(savers, "to the wallet", a1020=600_000, a1010=-600_000)
    decide(savers)
    assert savers.do(PayAll("ada", made(savers).id, "mobile_money")) == {"paid": 5, "left": 1}
    pay(savers, "ada", "mobile_money", officer="ben")
    assert {*states(savers.store, made(savers)).values()} == {"paying"}
    payments = {p.person: p for p in savers.store.payments.find(group=savers.group, direction="out")}
    payment_failed(savers.store, payments["dan"], "no_account")
    for person, payment in payments.items():
        if person != "dan":
            savers.confirm(payment.id)
            savers.confirm(payment.id)
    assert refused(PartsLeft, lambda: start(savers)) == {"count": 1}
    assert states(savers.store, made(savers))["dan"] == "due"
    assert savers.totals == {"1020": 100_000, "2040": -100_000}
    assert savers.do(PayAll("ben", made(savers).id, "mobile_money")) == {"paid": 1, "left": 0}
    (again,) = savers.store.payments.open_of("dan")
    refused(PartsLeft, lambda: start(savers))
    savers.confirm(again.id)
    assert savers.totals == {}
    start(savers)


def test_a_part_that_cannot_be_paid_holds_up_no_other(savers: Savers) -> None:
    decide(savers)
    savers.store.people.change("dan", frozen=True)
    refused(Frozen, lambda: pay(savers, "dan"))
    refused(InsufficientFunds, lambda: pay(savers, "eve", "mobile_money"))
    assert savers.do(PayAll("ada", made(savers).id, "cash")) == {"paid": 4, "left": 2}
    refused(NotAllowed, lambda: savers.do(PayAll("dan", made(savers).id, "cash")))
    now = sharing_now(savers.store, savers.group)
    assert [line.name for line in now.lines if line.state == "due"] == ["Ada Name", "Dan Name"]
    assert (now.state, now.pot) == ("approved", ugx(600_000))


# The next cycle


def test_a_new_cycle_counts_anew_and_what_is_left_goes_on(savers: Savers, clock: Clock) -> None:
    refused(NotSharedOut, lambda: start(savers))
    refused(CycleIsOpen, lambda: savers.do(ProposeRule("ada", savers.group, "share_price", "2000")))
    decide(savers, kept=60_000)
    pay_everybody(savers)
    assert first_meetings(savers.store, savers.group)[:3] == [date(2026, 10, day) for day in (5, 12, 19)]
    refused(BadConstitution, lambda: start(savers, date(2026, 10, 4)))
    refused(NotAllowed, lambda: savers.do(StartCycle("dan", savers.group, date(2026, 10, 12))))
    clock.forward(days=1)
    assert start(savers, date(2027, 1, 5)) == 2
    now = group(savers)
    assert (now.cycle, now.closing, now.version) == (2, False, 2)
    assert (now.cycle_from.isoformat(), now.constitution.first_meeting.isoformat()) == ("2026-10-06", "2027-01-05")
    refused(NotSharedOut, lambda: start(savers))
    savers.do(ProposeRule("ada", savers.group, "share_price", "2000"))
    savers.decide("constitution", *VOTERS)
    savers.do(RecordCash(savers.group, "eve", ugx(10_000), "ada"))
    expected = expected_share_out(savers.store, savers.group, "eve")
    assert (expected.shares, expected.gross) == (5, ugx(70_000)), "what was kept is in the pot"


def test_no_cycle_begins_while_a_meeting_is_open(savers: Savers) -> None:
    decide(savers)
    pay_everybody(savers)
    counted = Counted(ugx(0), ugx(0))
    savers.do(OpenMeeting("ada", savers.group, counted))
    refused(MeetingIsOpen, lambda: start(savers))
    savers.do(CloseMeeting("ada", savers.group, counted, fine=False))
    assert start(savers) == 2


@pytest.mark.parametrize("of_before", [False, True], ids=["a cycle that is numbered", "one of before"])
def test_on_the_day_of_the_share_out_the_next_cycle_has_a_meeting_of_its_own(
    store: MongoStore, clock: Clock, of_before: bool
) -> None:
    """What was put in for the one is not put in for the other, and is not taken back against it."""
    savers = found(store, fines=FINES, shares_max=5, saved=5_000)
    if of_before:  # its cycle is the second, and knows the day it began on
        began = {"cycle": 2, "cycle_began": "2026-10-05"}
        left_out = dict.fromkeys(("cycle_began_at", "numbered"), "")
        store.database["groups"].update_one({"_id": savers.group}, {"$set": began, "$unset": left_out})
        store.database["payments"].update_many({}, {"$set": {"cycle": 0}})
    hold_meeting(savers, 30_000)
    (morning,) = store.payments.find(group=savers.group, person="eve")
    refused(TooMuch, lambda: savers.do(RecordCash(savers.group, "eve", ugx(1_000), "ada")))
    decide(savers)
    pay_everybody(savers)
    clock.forward(minutes=5)
    cycle = start(savers, date(2026, 10, 5))
    assert contributions_due(store, savers.group, "eve").amount == ugx(1_000)
    assert meeting_paid(store, savers.group).total == ugx(0)
    savers.do(RecordCash(savers.group, "eve", ugx(5_000), "ada"))
    refused(TooMuch, lambda: savers.do(RecordCash(savers.group, "eve", ugx(1_000), "ada")))
    refused(CycleIsOver, lambda: savers.do(ReverseCash("ben", morning.id, "not hers")))
    *_, of_now = store.payments.find(group=savers.group, person="eve", sort="created_at")
    savers.do(ReverseCash("ben", of_now.id, "not hers"))
    savers.do(RecordCash(savers.group, "eve", ugx(5_000), "ada"))
    hold_meeting(savers, 5_000)
    assert {each.cycle for each in store.attendance.find(group=savers.group)} == {cycle - 1, cycle}
    assert meeting_paid(store, savers.group).paid == 1


def test_a_command_that_comes_again_starts_one_cycle(savers: Savers) -> None:
    decide(savers)
    pay_everybody(savers)
    command = StartCycle("ada", savers.group, date(2026, 10, 12))
    assert [execute(savers.store, "start", command) for _ in range(2)] == [2, 2]
    with ThreadPoolExecutor(2) as threads, pytest.raises(NotSharedOut):
        [*threads.map(lambda officer: do(savers.store, replace(command, officer=officer)), ("ada", "ben"))]
    assert group(savers).cycle == 2


def test_savings_of_any_amount_and_loans_of_many_come_out_even(store: MongoStore) -> None:
    """Odd amounts in a currency with a unit: after all is paid, the surplus is what is owed and what was left."""
    savers = found(store, replace(PRODUCT, step=1), cash_unit=100, saved=37_000)
    for number, person in enumerate(("dan", "eve", "fay", "ben"), start=1):
        savers.do(RecordCash(savers.group, person, ugx(1_000 * number), "ada"))
        savers.lend(person, 3_300 * number * number)
    decide(savers)
    pay_everybody(savers)
    totals = savers.totals
    assert totals.pop("1010", 0) + totals.pop("1100", 0) == -totals.pop("3020", 0)
    assert totals == {}
    savers.check()


# Those who stand for others


def test_guarantors_give_what_they_pledged_before_the_others_lose_anything(store: MongoStore) -> None:
    """Dan owes 330,000; Ben, Eve and Fay stand for 100,000 each. Ada and Cy lose nothing, nothing stays locked."""
    rules = BorrowingRules(months_min=0, score_min=None, guarantors_min=3)
    savers = found(store, changed(borrowing=rules))
    loan = savers.lend("dan", 300_000, 1, "ben", "eve", "fay")
    decide(savers)
    assert of(savers, "ada", "cy") == [(105_000, 0, 0, 105_000)] * 2
    assert of(savers, "dan") == [(105_000, 105_000, 0, 0)]
    lines = [made(savers).line(person) for person in ("ben", "eve", "fay")]
    assert [(line.gross, line.called, line.pay) for line in lines if line] == [
        (ugx(105_000), ugx(75_000), ugx(30_000))
    ] * 3
    ended = savers.loan(loan)
    assert (ended.state, [each.called for each in ended.guarantees]) == ("closed", [75_000] * 3)
    assert savers.told("eve", "savings_taken") == [{"group": "Umoja", "amount": ugx(75_000), "ref": ended.ref}]
    group_now = group(savers)
    assert not any(free_savings(store, group_now, person).pledged for person in ("ben", "eve", "fay"))
    pay_everybody(savers)
    assert {code: minor for code, minor in savers.totals.items() if code != "3020"} == {}
    savers.check()


def test_guarantor_and_borrower_read_who_owes_whom(store: MongoStore) -> None:
    rules = BorrowingRules(months_min=0, score_min=None, guarantors_min=3)
    savers = found(store, changed(borrowing=rules))
    savers.lend("dan", 300_000, 1, "ben", "eve", "fay")
    decide(savers)
    eve, dan, ada = (expected_share_out(store, savers.group, who) for who in ("eve", "dan", "ada"))
    assert (eve.called, eve.helps, eve.helped) == (ugx(75_000), [Called("Dan Name", ugx(75_000))], [])
    assert sorted(each.name for each in dan.helped) == ["Ben Name", "Eve Name", "Fay Name"]
    assert {each.amount for each in dan.helped} == {ugx(75_000)}
    assert (dan.helps, ada.helps, ada.helped) == ([], [], [])
    (line,) = [each for each in sharing_now(store, savers.group).lines if each.id == "eve"]
    assert (line.called, line.netted) == (eve.helps, ugx(75_000))


def test_what_is_lost_is_what_the_members_voted_on(savers: Savers) -> None:
    loan = savers.lend("dan", 200_000)
    proposal = ask(savers)
    (covered,) = made(savers).covered
    assert (covered.loan, covered.own, covered.lost) == (loan, ugx(80_000), ugx(140_000))
    vote(savers, proposal, *VOTERS[:2])
    rules = group(savers).constitution
    savers.store.groups.change(savers.group, constitution=replace(rules, carry_over=True))
    refused(PlanChanged, lambda: vote(savers, proposal, VOTERS[2]))


@pytest.mark.parametrize(("carry_over", "state"), [(True, "active"), (False, "written_off")])
def test_what_nobody_covers_is_nothing_that_anybody_stands_for_any_more(
    store: MongoStore, carry_over: bool, state: str
) -> None:
    rules = BorrowingRules(months_min=0, score_min=None, covered_min=Fraction(1, 10))
    savers = found(store, changed(borrowing=rules), carry_over=carry_over)
    loan = savers.lend("dan", 300_000, 1, "eve")
    decide(savers)
    going_on = savers.loan(loan)
    assert going_on.state == state and [each.called for each in going_on.guarantees] == [30_000]
    assert not free_savings(store, group(savers), "eve").pledged
    assert len({line.gross for line in made(savers).lines}) == 1, "the loss is everybody's"
    savers.check()


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
