"""What makes a group red, and that lists have the worst first."""

from typing import Final

from domain.board.daily import books_checked, figure_group, groups_to_figure
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, OpenMeeting
from domain.people.freeze import Freeze, Unfreeze
from domain.records.figures import GroupNow, GroupsWanted
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.domain.meetings_count import short
from tests.domain.savers import Savers
from tests.money import ugx

ALL: Final = ("ada", "ben", "cy", "dan", "eve", "fay")


def now(savers: Savers) -> GroupNow:
    """Worked out anew, as within the hour."""
    store = savers.store
    for id in groups_to_figure(store, 100):
        figure_group(store, id)
    return store.figures.get(savers.group)


def meet(savers: Savers) -> None:
    box = savers.totals["1010"]
    savers.do(OpenMeeting("ada", savers.group, Counted(ugx(box), ugx(0)), False))
    savers.do(CloseMeeting("ada", savers.group, Counted(ugx(box), ugx(0)), fine=False))


def test_a_group_that_meets_and_saves_is_well(savers: Savers) -> None:
    meet(savers)
    figures = now(savers).figures
    assert (figures.counted.some, figures.counted.whole) == (1, 1)
    assert (figures.saving.some, figures.saving.whole) == (6, 6), "each has put in for today's meeting"
    assert (now(savers).health, now(savers).red, now(savers).worst) == (100, (), 100)


def test_who_does_not_save_and_what_is_counted_wrong_shows(savers: Savers, clock: Clock) -> None:
    meet(savers)
    clock.forward(days=7)
    for person in ALL[1:4]:
        savers.do(RecordCash(savers.group, person, ugx(1_000), "ada"))
    short(savers, 500)
    meet(savers)
    known = now(savers)
    assert (known.figures.saving.some, known.figures.saving.whole) == (9, 12)
    assert (known.figures.counted.some, known.figures.counted.whole) == (1, 2)
    # 30 + 20 + 20 + half of 15 + three quarters of 15, each rounded down.
    assert (known.health, known.red) == (30 + 20 + 20 + 7 + 11, ())


def test_cash_that_is_short_on_two_days_is_red(savers: Savers, clock: Clock) -> None:
    short(savers, 500)
    short(savers, 100)  # the same day, and more on the next: neither is a second day short
    clock.forward(days=1)
    short(savers, -300)
    assert now(savers).red == ()
    clock.forward(days=1)
    short(savers, 200)
    assert now(savers).red == ("short_twice",)
    clock.forward(days=89)
    meet(savers)
    assert "short_twice" not in now(savers).red, "the first is longer ago than ninety days"


def test_three_periods_without_a_meeting_are_red(savers: Savers, clock: Clock) -> None:
    meet(savers)  # a Monday, as each meeting is
    clock.forward(days=21)
    assert now(savers).red == (), "today's may still be held"
    clock.forward(days=1)
    assert now(savers).red == ("no_meetings",)
    meet_late = savers.store.now()
    savers.do(OpenMeeting("ada", savers.group, Counted(ugx(savers.totals["1010"]), ugx(0)), True))
    clock.forward(hours=1)
    assert now(savers).red == (), f"they met on {meet_late}"


def test_a_group_is_red_when_no_officer_can_act(savers: Savers, clock: Clock) -> None:
    for officer in ("ada", "ben"):
        savers.do(Freeze(officer))
    assert now(savers).red == (), "Cy still leads"
    savers.do(Freeze("cy"))
    clock.forward(hours=1)
    assert now(savers).red == ("no_officers",)
    savers.do(Unfreeze("cy", savers.group, "ada"))
    clock.forward(hours=1)
    assert now(savers).red == ()


def test_books_that_do_not_verify_are_red_at_once_and_until_they_do(savers: Savers, clock: Clock) -> None:
    books_checked(savers.store, savers.group, whole=False)  # before there is any figure
    assert now(savers).red == ("books",)
    before = savers.store.figures.get(savers.group)
    books_checked(savers.store, savers.group, whole=True)
    after = savers.store.figures.get(savers.group)
    assert (after.red, after.worst, after.at) == ((), before.health, before.at)
    books_checked(savers.store, savers.group, whole=False)
    at_once = savers.store.figures.get(savers.group)
    assert (at_once.red, at_once.worst) == (("books",), at_once.health - 101)
    clock.forward(hours=1)
    assert now(savers).red == ("books",), "figures that are worked out anew know it"


def test_the_list_has_the_worst_first_and_can_have_those_alone_that_need_a_visit(savers: Savers) -> None:
    store = savers.store
    known = now(savers)
    for id, worst in (("a", 80), ("b", -40), ("c", 49), ("d", 50)):
        store.figures.insert(GroupNow(id, id, id, id, "vsla", "UGX", known.day, known.at, None, worst=worst))
    before = GroupNow("e", "e", "e", "e", "vsla", "UGX", known.day, known.at, None)
    store.figures.insert(before)
    store.database["figures"].update_one({"_id": "e"}, {"$unset": {"worst": "", "health": "", "red": ""}})
    store.figures.change(savers.group, worst=100)
    assert store.figures.get("e") == before, "one of before has no health yet, and can be read"

    def listed(**wanted: object) -> list[str]:
        return [each.id for each in store.figures.page(GroupsWanted(order="health", **wanted))]  # type: ignore[arg-type]

    assert listed() == ["b", "c", "d", "a", savers.group]
    assert listed(visit=True) == ["b", "c"]
    assert listed(visit=True, after="b") == ["c"]
    assert listed(visit=True, groups=("c", "d")) == ["c"]
    plan = (
        store.database["figures"]
        .find({"currency": {"$gt": ""}, "worst": {"$lt": 50}})
        .sort([("worst", 1), ("_id", 1)])
    )
    assert "worst_1__id_1" in str(plan.explain()["queryPlanner"]["winningPlan"])
