"""Meetings: counted open and counted closed, two officers at once, who was there, what is charged, cash short."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.decisions.voting import AlreadyAsked, Vote
from domain.errors import DomainError
from domain.meetings.cash_book import ReverseCash
from domain.meetings.close import moved_since
from domain.meetings.count import CountDiffers, Counted, NothingDiffers, ReportDifference, cash_of_books
from domain.meetings.meeting import (
    ROLL_MAX,
    CloseMeeting,
    FinesChanged,
    MarkAttendance,
    MeetingIsOpen,
    MeetingWasHeld,
    NoMeeting,
    NotAMeetingDay,
    OpenMeeting,
    meeting_today,
)
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.meeting import Presence
from domain.records.person import AlreadyDecided, Membership, NotAllowed, membership_id
from domain.savings.contribute import Contribute
from domain.savings.fines import FineMember, fines_due
from flows.words.notices import words_of
from tests.conftest import Clock
from tests.domain.officers import cash, counted, proposed, told, umoja, village_with_fines, vote
from tests.kept import everything
from tests.money import ugx
from tests.people import Village, Villager, do, let_in, register


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def open_meeting(
    store: MongoStore, village: Village, count: Counted, officer: Villager | None = None, *, extra: bool = False
) -> Any:
    return do(store, OpenMeeting((officer or village.nakato).id, village.umoja, count, extra))


def close_meeting(store: MongoStore, village: Village, count: Counted, *, fine: bool = True) -> Any:
    return do(store, CloseMeeting(village.nakato.id, village.umoja, count, fine))


def mark(store: MongoStore, village: Village, who: Villager, presence: Presence) -> None:
    do(store, MarkAttendance(village.wanjiru.id, village.umoja, who.id, presence))


def test_a_meeting_opens_on_what_the_books_say_and_on_nothing_else(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    for wrong in (counted(5_000), counted(4_999, 500), counted(5_000, 501), counted(5_500, 0)):
        with pytest.raises(CountDiffers):
            open_meeting(store, village, wrong)
    assert umoja(store, village).meeting == "" and store.meetings.count() == 0
    assert open_meeting(store, village, counted(5_000, 500)) == 1
    meeting = store.meetings.get(umoja(store, village).meeting)
    assert (meeting.day, meeting.state) == ("2026-10-05", "open")
    assert (meeting.opening_cash, meeting.opening_social, meeting.extraordinary) == (5_000, 500, False)


def test_a_difference_is_named_for_each_box(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    with pytest.raises(CountDiffers) as refused:
        open_meeting(store, village, counted(4_200, 700))
    assert refused.value.details == {"cash": -800, "social": 200, "currency": "UGX"}


def test_the_meeting_lock_closing_cash_is_opening_and_in_less_out(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """What came in at the meeting has to be in the boxes when it closes."""
    open_meeting(store, village, counted(0))
    cash(store, village, village.akello, 10_500, village.wanjiru)
    cash(store, village, village.okot, 5_500, village.wanjiru)
    for wrong in (counted(0), counted(15_000), counted(14_999, 1_000), counted(16_000, 0)):
        with pytest.raises(CountDiffers):
            close_meeting(store, village, wrong)
    assert store.meetings.get(umoja(store, village).meeting).state == "open"
    clock.forward(seconds=1)
    closed = close_meeting(store, village, counted(15_000, 1_000))
    assert closed["number"] == 1
    (meeting,) = store.meetings.find(group=village.umoja)
    assert (meeting.state, meeting.closing_cash, meeting.closing_social) == ("closed", 15_000, 1_000)
    today = meeting_today(store, village.umoja)
    assert (today.open_since, today.last) == (None, date(2026, 10, 5))
    assert (today.in_book, today.moved) == (counted(15_000, 1_000), False)
    clock.forward(days=1)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    today = meeting_today(store, village.umoja)
    assert (today.in_book, today.moved) == (counted(20_000, 1_500), True), "what came in since is in the boxes"
    (moved,) = moved_since(store, village.umoja)
    assert (moved.amount, moved.came_in, moved.what, moved.name) == (ugx(5_500), True, "savings", "Akello Grace")


def test_of_two_officers_who_open_at_once_one_opens(store: MongoStore, village: Village) -> None:
    def attempt(officer: Villager) -> str:
        try:
            return str(open_meeting(store, village, counted(0), officer))
        except MeetingIsOpen:
            return "refused"

    with ThreadPoolExecutor(3) as threads:
        answers = [*threads.map(attempt, (village.nakato, village.wanjiru, village.okot))]
    assert sorted(answers) == ["1", "refused", "refused"]
    assert store.meetings.count(group=village.umoja) == 1


def test_a_day_has_one_meeting_and_another_day_an_extraordinary_one(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    open_meeting(store, village, counted(0))
    with pytest.raises(MeetingIsOpen):
        open_meeting(store, village, counted(0))
    close_meeting(store, village, counted(0))
    with pytest.raises(MeetingWasHeld):
        open_meeting(store, village, counted(0), extra=True)
    clock.forward(days=2)
    with pytest.raises(NotAMeetingDay) as refused:
        open_meeting(store, village, counted(0))
    assert refused.value.details == {"day": "2026-10-12"}
    assert open_meeting(store, village, counted(0), extra=True) == 2
    assert store.meetings.get(umoja(store, village).meeting).extraordinary


def test_only_officers_hold_a_meeting_and_in_the_group_s_currency(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        open_meeting(store, village, counted(0), village.akello)
    with pytest.raises(NotAllowed):
        open_meeting(store, village, Counted(Money(0, "KES"), Money(0, "KES")))
    with pytest.raises(NoMeeting):
        close_meeting(store, village, counted(0))
    with pytest.raises(NoMeeting):
        mark(store, village, village.akello, "late")
    open_meeting(store, village, counted(0))
    with pytest.raises(NotAllowed):
        do(store, MarkAttendance(village.akello.id, village.umoja, village.okot.id, "absent"))


def test_whoever_is_not_named_was_there_and_the_last_word_counts(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    open_meeting(store, village, counted(0))
    mark(store, village, village.akello, "absent")
    mark(store, village, village.akello, "late")
    mark(store, village, village.okot, "excused")
    close_meeting(store, village, counted(0), fine=False)
    there = {each.person: each.presence for each in store.attendance.find(group=village.umoja)}
    assert there == {
        village.nakato.id: "present",
        village.wanjiru.id: "present",
        village.akello.id: "late",
        village.okot.id: "excused",
    }
    clock.forward(days=7)
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    open_meeting(store, village, counted(0))
    mark(store, village, village.akello, "absent")
    let_in(store, village.umoja, village.code, village.nakato, opio)
    close_meeting(store, village, counted(0), fine=False)
    roll = [store.attendance.find(group=village.umoja, person=each.id) for each in (village.akello, opio)]
    assert [[each.presence for each in kept] for kept in roll] == [["late", "absent"], ["present"]]


def test_who_came_in_after_the_day_of_a_meeting_was_not_expected_at_it(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    open_meeting(store, village, counted(0))
    clock.forward(days=1)
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    let_in(store, village.umoja, village.code, village.nakato, opio)
    close_meeting(store, village, counted(0), fine=False)
    there = {each.person for each in store.attendance.find(group=village.umoja)}
    assert there == {each.id for each in (village.nakato, village.wanjiru, village.akello, village.okot)}


def test_in_a_group_too_large_to_call_only_who_is_named_has_an_attendance(
    store: MongoStore, village: Village
) -> None:
    for number in range(5, ROLL_MAX + 2):
        id = membership_id(village.umoja, f"person{number}")
        named = Membership(id, village.umoja, f"person{number}", number, "member", "active", store.now())
        store.memberships.insert(named)
    open_meeting(store, village, counted(0))
    mark(store, village, village.akello, "late")
    close_meeting(store, village, counted(0), fine=False)
    assert [each.person for each in store.attendance.find(group=village.umoja)] == [village.akello.id]


def test_who_was_late_or_absent_is_fined_once_when_the_meeting_closes(store: MongoStore, village: Village) -> None:
    open_meeting(store, village, counted(0))
    mark(store, village, village.akello, "absent")
    mark(store, village, village.okot, "late")
    mark(store, village, village.wanjiru, "excused")
    do(store, FineMember(village.nakato.id, village.umoja, village.okot.id, "late"))
    today = meeting_today(store, village.umoja)
    assert (today.absent, today.late, today.excused, today.fined, today.fines) == (1, 1, 1, 1, ugx(1_000))
    asked = CloseMeeting(village.nakato.id, village.umoja, counted(0), fine=True, fines=ugx(1_500))
    with pytest.raises(FinesChanged):
        do(store, asked)
    closed: Any = do(store, replace(asked, fines=today.fines))
    assert closed["fined"] == 1, "an officer had fined the other one already"
    assert fines_due(store, village.umoja, village.akello.id) == ugx(1_000)
    assert fines_due(store, village.umoja, village.okot.id) == ugx(500)
    assert fines_due(store, village.umoja, village.wanjiru.id) == ugx(0)
    assert "fined" in told(store, village.akello)


def test_who_has_not_put_in_is_fined_at_the_close_where_the_rules_say_so(
    store: MongoStore, village: Village
) -> None:
    """Okot asked on his phone before the close: that counts, whenever it is confirmed."""
    rules = umoja(store, village).constitution
    fines = {**rules.fines, "late_contribution": ugx(300)}
    store.groups.change(village.umoja, constitution=replace(rules, fines=fines, late_fines=True))
    cash(store, village, village.akello, 5_500, village.wanjiru)
    open_meeting(store, village, counted(5_000, 500))
    do(store, Contribute(village.umoja, village.okot.id, ugx(5_500)))
    assert (meeting_today(store, village.umoja).fined, meeting_today(store, village.umoja).fines) == (2, ugx(600))
    assert close_meeting(store, village, counted(5_000, 500))["fined"] == 2
    owed = [fines_due(store, village.umoja, who.id) for who in (village.nakato, village.wanjiru)]
    assert owed == [ugx(300)] * 2
    for who in (village.akello, village.okot):
        assert not fines_due(store, village.umoja, who.id)


def test_nobody_is_fined_when_the_officers_say_so(store: MongoStore, village: Village) -> None:
    open_meeting(store, village, counted(0))
    mark(store, village, village.akello, "absent")
    closed = close_meeting(store, village, counted(0), fine=False)
    assert (closed["fined"], fines_due(store, village.umoja, village.akello.id)) == (0, ugx(0))


def report(store: MongoStore, village: Village, count: Counted) -> None:
    do(store, ReportDifference(village.wanjiru.id, village.umoja, count, "a note is torn"))


@pytest.mark.parametrize(
    ("found", "posted"),
    [
        ((4_400, 500), {"1010": 4_400, "5060": 600}),
        ((5_300, 500), {"1010": 5_300, "5060": -300}),
        ((5_000, 300), {"1040": 300, "2020": -300}),
    ],
    ids=["the cash box is short", "the cash box is over", "the social fund's cash is short"],
)
def test_a_difference_is_posted_when_another_officer_agrees_and_then_the_meeting_opens(
    store: MongoStore, village: Village, found: tuple[int, int], posted: dict[str, int]
) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    before = store.books.totals(village.umoja)
    report(store, village, counted(*found))
    proposal = proposed(store, "cash_count")
    assert store.books.totals(village.umoja) == before
    with pytest.raises(NotAllowed):
        vote(store, proposal, village.wanjiru)
    vote(store, proposal, village.nakato)
    after = store.books.totals(village.umoja)
    assert after == before | posted
    assert after["1040"] == -after["2020"], "the social fund has what lies in its box"
    assert open_meeting(store, village, counted(*found)) == 1
    assert verify_book(store.books, village.umoja) == []


def test_a_difference_of_a_count_that_is_no_longer_true_is_not_posted(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    report(store, village, counted(4_400, 500))
    cash(store, village, village.okot, 5_000, village.wanjiru)
    check_is_void(store, village)


def test_a_report_is_void_after_a_count_that_agrees(store: MongoStore, village: Village) -> None:
    """49,300 short of 50,000; somebody counts again, and it is all there."""
    report_49_300_short(store, village)
    short = proposed(store, "cash_count")
    open_meeting(store, village, counted(50_000, 1_000))
    with pytest.raises(AlreadyDecided):
        vote(store, short, village.nakato)
    assert store.books.totals(village.umoja)["1010"] == 50_000
    assert "decided" in told(store, village.wanjiru)


def test_a_report_is_void_after_money_went_in_and_out_again(store: MongoStore, village: Village) -> None:
    """The sum is what it was, and what was counted is not."""
    report_49_300_short(store, village)
    mistaken = cash(store, village, village.nakato, 5_500, village.wanjiru)
    do(store, ReverseCash(village.okot.id, mistaken, "not paid"))
    check_is_void(store, village)


def report_49_300_short(store: MongoStore, village: Village) -> None:
    for saver in (village.akello, village.okot):
        cash(store, village, saver, 25_500, village.wanjiru)
    report(store, village, counted(700, 1_000))


def check_is_void(store: MongoStore, village: Village) -> None:
    """The vote books nothing, closes the report and tells whoever made it; the next count can be reported."""
    before, stale = store.books.totals(village.umoja), proposed(store, "cash_count")
    answer: Any = do(store, Vote(village.nakato.id, stale.id, stale.digest, yes=True))
    assert (answer["state"], store.proposals.get(stale.id).state) == ("expired", "expired")
    assert store.books.totals(village.umoja) == before
    assert "decided" in told(store, village.wanjiru)
    assert store.proposals.get(stale.id).yes == ()


def test_a_new_count_takes_the_place_of_a_report_that_is_void(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    report(store, village, counted(4_400, 500))
    cash(store, village, village.okot, 5_500, village.wanjiru)
    report(store, village, counted(9_000, 1_000))
    vote(store, proposed(store, "cash_count"), village.nakato)
    assert store.books.totals(village.umoja)["1010"] == 9_000


def test_what_moves_in_one_box_leaves_the_report_of_the_other(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    report(store, village, counted(5_000, 300))
    cash(store, village, village.akello, 5_000, village.wanjiru)
    vote(store, proposed(store, "cash_count"), village.nakato)
    assert store.books.totals(village.umoja)["1040"] == 300


def test_a_second_count_closes_the_report_of_the_box_that_agrees(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    report(store, village, counted(4_400, 500))
    assert do(store, ReportDifference(village.nakato.id, village.umoja, counted(5_000, 300), "a coin")) == 1
    assert proposed(store, "cash_count").subject == "1040"
    assert do(store, ReportDifference(village.nakato.id, village.umoja, counted(5_000, 500), "found")) == 0
    assert not store.proposals.count(kind="cash_count", state="open")


def test_the_vote_shows_when_it_was_counted(store: MongoStore, village: Village, clock: Clock) -> None:
    """On the clock of the group, three hours ahead of ours."""
    cash(store, village, village.akello, 5_500, village.wanjiru)
    report(store, village, counted(4_400, 500))
    here = store.now() + timedelta(hours=3)
    assert proposed(store, "cash_count").values["at"] == f"{here:%Y-%m-%dT%H:%M}"


def test_a_difference_is_reported_once_and_not_when_there_is_none(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    with pytest.raises(NothingDiffers):
        report(store, village, counted(5_000, 500))

    def attempt(officer: Villager) -> str:
        try:
            do(store, ReportDifference(officer.id, village.umoja, counted(4_000, 500), "it is short"))
        except AlreadyAsked:
            return "refused"
        return "asked"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, (village.nakato, village.wanjiru))) == ["asked", "refused"]
    before = store.books.totals(village.umoja)
    vote(store, proposed(store, "cash_count"), village.okot)
    assert store.books.totals(village.umoja) == before | {"1010": 4_000, "5060": 1_000}


def test_a_refused_command_changes_nothing(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, 5_500, village.wanjiru)
    before = everything(store.database)
    group, officer, member = village.umoja, village.nakato.id, village.akello.id
    for command in (
        OpenMeeting(officer, group, counted(1)),
        OpenMeeting(member, group, counted(5_000, 500)),
        CloseMeeting(officer, group, counted(5_000, 500), True),
        MarkAttendance(officer, group, member, "late"),
        ReportDifference(member, group, counted(1), "no"),
    ):
        with pytest.raises(DomainError):
            do(store, command)
    assert everything(store.database) == before


def test_the_books_say_what_is_in_the_boxes(store: MongoStore, village: Village) -> None:
    assert cash_of_books(store, umoja(store, village)) == counted(0, 0)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    assert cash_of_books(store, umoja(store, village)) == counted(5_000, 500)


def test_every_member_hears_what_came_of_a_meeting(store: MongoStore, village: Village, clock: Clock) -> None:
    open_meeting(store, village, counted(0))
    cash(store, village, village.akello, 5_700, village.wanjiru)
    mark(store, village, village.okot, "late")
    clock.forward(days=1)
    close_meeting(store, village, counted(5_200, 500))
    for who in (village.akello, village.okot, village.nakato, village.wanjiru):
        (notice,) = [each for each in store.notices.find(person=who.id) if each.kind == "meeting_closed"]
        assert words_of(notice, "en") == (
            "Meeting 1 of Umoja: cash UGX 5,700, put in UGX 5,700, lent UGX 0, fines UGX 500. "
            "The next is on 12 Oct. Thank you!"
        )


def test_cash_of_before_the_last_close_is_not_listed_and_what_was_cancelled_is(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    open_meeting(store, village, counted(0))
    clock.forward(days=1)
    close_meeting(store, village, counted(0))
    clock.forward(days=1)
    cash(store, village, village.akello, 5_500, village.wanjiru)
    (payment,) = store.payments.find(group=village.umoja)
    do(store, ReverseCash(village.nakato.id, payment.id, "it was Okot's"))
    moved = moved_since(store, village.umoja)
    assert [(each.came_in, each.amount, each.taken_back) for each in moved] == [
        (False, ugx(5_500), True), (True, ugx(5_500), False),
    ]  # fmt: skip
