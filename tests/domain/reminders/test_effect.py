"""What reminders do, counted from the books: who paid in time, of both halves, and when nothing can be said."""

from datetime import date

import pytest

from domain.loans.repay import RecordRepayment
from domain.mongo.store import MongoStore
from domain.records.person import Membership, Person, Pin, membership_id
from domain.reminders.effect import Effect, InTime, effect_on_contributions, effect_on_instalments
from domain.reminders.held_out import is_held_out
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.domain.savers import found
from tests.money import ugx

SINCE = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("reminded", "held_out", "verdict"),
    [
        ((0, 0), (0, 0), "too_early"),
        ((250, 200), (29, 20), "too_early"),
        ((250, 247), (30, 20), "too_early"),  # three who were late
        ((250, 200), (30, 26), "too_early"),
        ((250, 200), (30, 24), "no_difference"),
        ((2_500, 2_250), (300, 240), "more"),
        ((2_500, 2_000), (300, 270), "fewer"),
    ],
)
def test_nothing_is_said_of_few_and_chance_is_told_from_an_effect(
    reminded: tuple[int, int], held_out: tuple[int, int], verdict: str
) -> None:
    assert Effect(InTime(*reminded), InTime(*held_out)).verdict == verdict


def test_the_range_is_that_of_two_proportions() -> None:
    """90 % of 2,500 and 80 % of 300: the standard error is the root of 0.000036 + 0.000533."""
    effect = Effect(InTime(2_500, 2_250), InTime(300, 240))
    assert effect.difference == pytest.approx(0.1)
    assert effect.interval == pytest.approx((0.1 - 1.96 * 0.023861, 0.1 + 1.96 * 0.023861), abs=1e-5)


def test_each_member_counts_once_by_the_last_meeting_that_is_over(store: MongoStore, clock: Clock) -> None:
    """Ada and Dan had put in; Fay puts in a day late, and Gus joined after it. One of them is held out."""
    umoja = found(store, saved=0)
    out = next(name for name in map(str, range(100)) if is_held_out(name))
    for number, (person, joined) in enumerate([(out, clock()), ("gus", None)], start=7):
        store.people.insert(Person(person, "Some Body", f"+25677200990{number}", "en", Pin("-"), clock()))
        id = membership_id(umoja.group, person)
        store.memberships.insert(
            Membership(id, umoja.group, person, number, "member", "active", clock(), joined_at=joined)
        )
    store.groups.change(umoja.group, members=8)
    assert effect_on_contributions(store, SINCE) == Effect(), "the meeting of today is not over"
    for person in ("ada", "dan", out):
        umoja.do(RecordCash(umoja.group, person, ugx(1_000), "ben"))
    clock.forward(days=1)
    store.memberships.change(membership_id(umoja.group, "gus"), joined_at=clock())
    umoja.do(RecordCash(umoja.group, "fay", ugx(1_000), "ben"))
    six = [*umoja.officers, *umoja.members]
    mine = [person for person in six if not is_held_out(person)]
    assert effect_on_contributions(store, SINCE) == Effect(
        InTime(len(mine), len({"ada", "dan"} & {*mine})),
        InTime(1 + len(six) - len(mine), 1 + len({"ada", "dan"} - {*mine})),
    )
    assert effect_on_contributions(store, date(2026, 10, 6)) == Effect(), "of before it is measured, none counts"


def test_each_loan_counts_by_its_last_instalment_as_it_stood_on_that_day(store: MongoStore, clock: Clock) -> None:
    umoja = found(store)
    in_time, late = umoja.lend("dan", 60_000), umoja.lend("eve", 60_000)
    clock.forward(days=27)
    umoja.do(RecordRepayment(in_time, ugx(66_000), "ada"))
    assert effect_on_instalments(store, SINCE) == Effect(), "none is due yet"
    clock.forward(days=3)
    umoja.do(RecordRepayment(late, store.loans.get(late).standing(clock().date()).unpaid, "ada"))
    effect = effect_on_instalments(store, SINCE)
    assert (effect.reminded.members + effect.held_out.members, effect.reminded.paid + effect.held_out.paid) == (
        2,
        1,
    )
