"""The cycle after a share-out: it begins once, counts anew, and has meetings of its own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest

from domain.commands import execute
from domain.groups.rules import CycleIsOpen, ProposeRule
from domain.meetings.cash_book import ReverseCash
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, MeetingIsOpen, OpenMeeting
from domain.meetings.who_paid import meeting_paid
from domain.mongo.store import MongoStore
from domain.records.group import BadConstitution
from domain.records.person import NotAllowed
from domain.savings.contribute import RecordCash, TooMuch, contributions_due
from domain.share_out.next_cycle import NotSharedOut, StartCycle, first_meetings
from domain.share_out.shown import expected_share_out
from domain.treasury.take_back import CycleIsOver
from tests.conftest import Clock
from tests.domain.savers import Savers, found
from tests.domain.share_out.sharing import (
    FINES,
    VOTERS,
    decide,
    group,
    hold_meeting,
    pay_everybody,
    refused,
    start,
)
from tests.money import ugx
from tests.people import do


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
