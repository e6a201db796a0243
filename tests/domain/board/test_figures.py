"""The figures of a group, each worked by hand beside what it must not be; and that they are kept day by day."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

from domain.arithmetic.arrears import SomeOf
from domain.board.count import figures_on
from domain.board.daily import figure_group, groups_to_figure
from domain.board.dashboard import dashboard
from domain.loans.portfolio import portfolio
from domain.meetings.cash_book import ReverseCash
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.mongo.store import MongoStore
from domain.records.figures import Figures, GroupsWanted
from domain.savings.contribute import Contribute, RecordCash
from domain.store import Between, Unreadable
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx


def today(savers: Savers) -> Figures:
    group = savers.store.groups.get(savers.group)
    return figures_on(savers.store, group, group.constitution.day(savers.store.now()))[0]


def work_off(store: MongoStore) -> int:
    """As the worker does: all that is due."""
    due = groups_to_figure(store, 100)
    for id in due:
        figure_group(store, id)
    return len(due)


def test_money_in_is_what_came_from_outside_and_stayed(savers: Savers, clock: Clock) -> None:
    assert today(savers).money_in == 600_000, "six have put in 100,000 each today"
    clock.forward(days=1)
    figures = today(savers)
    assert (figures.money_in, figures.money_out, figures.savings) == (0, 0, 600_000)
    savers.do(RecordCash(savers.group, "dan", ugx(5_000), "ada"))
    wrong = savers.do(RecordCash(savers.group, "eve", ugx(70_000), "ada"))["payment"]
    savers.do(ReverseCash("ben", wrong, "twice"))
    savers.do(Contribute(savers.group, "fay", ugx(9_000)))  # asked for, and not confirmed
    savers.take_savings("dan", 2_000)
    figures = today(savers)
    # Neither 75,000 in and 72,000 out, for what was taken back never was; nor 14,000, for Fay's has not come.
    assert (figures.money_in, figures.money_out) == (5_000, 2_000)
    assert figures.savings == 603_000


def test_lending_is_what_the_portfolio_says_for_the_same_days(savers: Savers, clock: Clock) -> None:
    savers.vote(savers.ask("fay", 10_000), "ada", "ben", yes=False, reason="later")
    dan = savers.lend("dan", 50_000)
    savers.lend("eve", 30_000)
    assert today(savers).approval == SomeOf(2, 3)
    clock.forward(days=28)
    savers.repay(dan, 55_000)
    clock.forward(days=1)
    figures, report = today(savers), portfolio(savers.store, savers.group, date(2026, 10, 5))
    assert (figures.lent, figures.loans) == (30_000, 1) == (report.outstanding.minor, report.loans)
    # 50,000 and 30,000 fell due with 10 % on each, and the first of them was paid.
    assert figures.collection == SomeOf(55_000, 88_000) and figures.collection.rate == report.collection
    # A day late is not more than a day late.
    assert figures.par1 == SomeOf(0, 30_000)
    clock.forward(days=1)
    assert today(savers).par1 == SomeOf(30_000, 30_000)
    assert (today(savers).par30, today(savers).default) == (SomeOf(0, 30_000), SomeOf(0, 80_000))
    clock.forward(days=29)
    # A month on it is in PAR30; what fell due is longer ago than thirty days.
    assert (today(savers).par30, today(savers).collection) == (SomeOf(30_000, 30_000), SomeOf(0, 0))
    assert today(savers).approval == SomeOf(0, 0)
    clock.forward(days=61)
    assert (today(savers).par90, today(savers).default) == (SomeOf(30_000, 30_000), SomeOf(30_000, 80_000))


def test_a_meeting_is_missed_until_it_is_held_before_the_next(savers: Savers, clock: Clock) -> None:
    def hold(*absent: str, extra: bool = False) -> None:
        box = savers.totals["1010"]
        savers.do(OpenMeeting("ada", savers.group, Counted(ugx(box), ugx(0)), extra))
        for person in absent:
            savers.do(MarkAttendance("ada", savers.group, person, "excused" if person == "cy" else "absent"))
        savers.do(CloseMeeting("ada", savers.group, Counted(ugx(box), ugx(0)), fine=False))

    # Founded on a Monday; meetings are on Mondays.
    assert today(savers).missed == SomeOf(1, 1)
    hold("dan", "cy")
    assert today(savers).missed == SomeOf(0, 1)
    # Six members: one away, one excused, whom nobody expected.
    assert today(savers).attendance == SomeOf(4, 5)
    clock.forward(days=7)
    assert today(savers).missed == SomeOf(1, 2)
    clock.forward(days=1)
    hold(extra=True)
    assert (today(savers).missed, today(savers).attendance) == (SomeOf(0, 2), SomeOf(10, 11))
    clock.forward(days=13)
    # On the 26th: the 19th is missed for good, today's is not held yet.
    assert today(savers).missed == SomeOf(2, 4)
    clock.forward(days=40)
    assert today(savers).attendance == SomeOf(0, 0)


def test_days_are_kept_once_they_are_over_and_worked_out_again_are_the_same(savers: Savers, clock: Clock) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    assert work_off(store) == 1 and work_off(store) == 0
    loan = savers.lend("dan", 50_000)
    clock.forward(minutes=10)
    assert work_off(store) == 1
    first = store.figures.get(savers.group)
    assert (first.figures.lent, first.day, first.last_met) == (50_000, "2026-10-05", "")
    clock.forward(days=1)
    savers.repay(loan, 20_000)
    work_off(store)
    clock.forward(days=2, hours=15)  # for two days, one of them at midnight, no worker was there
    work_off(store)
    days = store.group_days.find(group=savers.group, day=Between("2026-10-01", "2026-12-31"), sort="day")
    assert [each.day for each in days] == ["2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08"]
    assert [each.figures.money_in for each in days] == [600_000, 20_000, 0, 0]
    assert [each.figures.money_out for each in days] == [50_000, 0, 0, 0]
    savers.repay(loan, 1_000)
    for each in days:
        assert figures_on(store, group, date.fromisoformat(each.day))[0] == each.figures, each.day
    assert store.figures.get(savers.group).day == "2026-10-09"


def test_figures_are_looked_at_when_money_has_moved_and_each_hour(savers: Savers, clock: Clock) -> None:
    store = savers.store
    work_off(store)
    began = store.figures.get(savers.group).at
    for _ in range(5):
        clock.forward(minutes=10)
        work_off(store)
    assert store.figures.get(savers.group).at == began, "nothing has moved"
    savers.do(RecordCash(savers.group, "dan", ugx(1_000), "ada"))
    work_off(store)
    assert store.figures.get(savers.group).figures.savings == 600_000, "its time has not come"
    clock.forward(minutes=10)
    work_off(store)
    assert store.figures.get(savers.group).figures.savings == 601_000


def test_a_group_that_cannot_be_read_has_a_time_and_is_not_added_up(savers: Savers) -> None:
    store = savers.store
    group = store.groups.get(savers.group)
    store.groups.insert(replace(group, id="other", code="20202"))
    store.database["groups"].update_one({"_id": "other"}, {"$set": {"kind": "no such"}})
    for id in groups_to_figure(store, 100):
        with suppress(Unreadable):
            figure_group(store, id)
    assert store.figures.lacking(100) == [], "it is put off, and not found anew each time"
    assert (dashboard(store).groups, len(store.figures.page(GroupsWanted()))) == (1, 1)


def test_the_dashboard_adds_up_what_has_one_currency(savers: Savers, clock: Clock) -> None:
    store, empty = savers.store, dashboard(savers.store)
    assert (empty.groups, empty.as_of, empty.currencies, empty.attendance) == (0, None, (), None)
    savers.lend("dan", 50_000)
    group = store.groups.get(savers.group)
    store.groups.insert(replace(group, id="other", code="20202", name="Amani", currency="KES"))
    work_off(store)
    seen = dashboard(store)
    assert (seen.groups, seen.members) == (2, 6)
    assert [(each.currency, each.groups, each.savings.minor) for each in seen.currencies] == [
        ("KES", 1, 0),
        ("UGX", 1, 600_000),
    ]
    assert {each.metric: each.value for each in seen.measured} == {
        "default_rate": 0,
        "collection_rate": None,
        "approval_rate": 100,
    }
    only = dashboard(store, ["other"])
    assert (only.groups, only.members, [each.currency for each in only.currencies]) == (1, 0, ["KES"])
    assert dashboard(store, []).groups == 0, "who has no group sees none, and not all"


def test_the_list_of_groups_is_read_page_by_page_in_any_order(savers: Savers) -> None:
    store = savers.store
    group = store.groups.get(savers.group)
    for number, name in enumerate(["Amani", "amka", "Bidii", "Zawadi"]):
        store.groups.insert(replace(group, id=f"g{number}", code=f"{number}", name=name))
    work_off(store)
    store.figures.change("g2", late=900)

    def pages(**wanted: object) -> list[str]:
        names, after = [], ""
        while found := store.figures.page(GroupsWanted(limit=2, after=after, **wanted)):  # type: ignore[arg-type]
            names += [each.name for each in found]
            after = found[-1].id
        return names

    assert pages() == ["Amani", "amka", "Bidii", "Umoja", "Zawadi"]
    assert pages(order="late")[0] == "Bidii" and len(set(pages(order="late"))) == 5
    assert pages(order="members")[0] == "Umoja" and len(set(pages(order="last_met"))) == 5
    assert pages(begins="AM") == ["Amani", "amka"]
    assert pages(begins="10101") == ["Umoja"]
    assert pages(kind="sacco") == [] and len(pages(kind="vsla")) == 5
    assert pages(groups=("g1", "g3")) == ["amka", "Zawadi"]


def test_stuck_payments_wait_for_a_person_and_late_ones_for_the_provider(savers: Savers, clock: Clock) -> None:
    store = savers.store
    payment = savers.do(Contribute(savers.group, "fay", ugx(9_000)))["payment"]
    assert (dashboard(store).stuck, dashboard(store).waiting) == (0, 0)
    clock.forward(hours=1)
    assert (dashboard(store).stuck, dashboard(store).waiting) == (0, 1)
    store.payments.change(payment, needs_person=True)
    assert (dashboard(store).stuck, dashboard(store).waiting) == (1, 0)
    assert dashboard(store, ["other"]).stuck == 0
