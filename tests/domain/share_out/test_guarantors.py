"""Guarantors at a share-out: they give what they pledged before the others lose anything."""

from dataclasses import replace
from fractions import Fraction

import pytest

from domain.arithmetic.eligibility import BorrowingRules
from domain.mongo.store import MongoStore
from domain.savings.free import free_savings
from domain.share_out.agree import PlanChanged
from domain.share_out.shown import Called, expected_share_out, sharing_now
from tests.domain.savers import Savers, changed, found
from tests.domain.share_out.sharing import VOTERS, ask, decide, group, made, of, pay_everybody, refused, vote
from tests.money import ugx


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
