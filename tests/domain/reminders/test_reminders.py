"""What members are reminded of, when, and of what never: over any days, and with two schedulers at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.mongo.store import MongoStore
from domain.people.chats import StopMessages
from domain.people.freeze import Freeze
from domain.records.group import Group
from domain.records.notice import EVENING, MORNING, Notice
from domain.records.person import Membership, NotAllowed, Person, Pin, membership_id
from domain.records.reminder import REMINDER_KINDS
from domain.records.rota import Place, Rota, rota_id
from domain.reminders.held_out import is_held_out
from domain.reminders.rounds import groups_to_remind, remind_group, remind_members, reminders_today
from domain.reminders.switches import (
    ChooseSummaryDay,
    StopReminders,
    SwitchReminders,
    reminders_are_off,
    reminders_now,
)
from domain.savings.contribute import Contribute, RecordCash
from domain.wanted import why_not_wanted
from flows.words.notices import words_of
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, found
from tests.emptied import empty
from tests.money import ugx

CY = "Reminder by Cy of Umoja"
HEARD = f"{CY}: please put in UGX 1,000 by 12 Oct. Meetings you saved at: 1 of 1. Dial *384*7*1*1# or write pay."
KAMPALA = ZoneInfo("Africa/Kampala")


@pytest.fixture
def umoja(store: MongoStore) -> Savers:
    """Meets on Mondays; the clock stands on Monday, 5 October. Nobody has saved yet."""
    store.service_code = "*384*7#"
    return found(store, saved=0)


def look(store: MongoStore, **options: Any) -> None:
    """What the scheduler and the workers do now."""
    for id in groups_to_remind(store, 100):
        remind_group(store, id)
    for id in store.reminder_rounds.due(store.now(), 100):
        remind_members(store, id, **options)


def to(clock: Clock, day: int, hour: int, minute: int = 0, month: int = 10) -> None:
    """Go on to a time of the clock in Kampala."""
    at = datetime(2026, month, day, hour, minute, tzinfo=KAMPALA)
    assert at >= clock()
    clock.forward(seconds=(at - clock()).total_seconds())


def begin(store: MongoStore) -> None:
    """A group of before is seen for the first time: it is only given its time."""
    look(store)
    assert reminded(store) == []


def reminded(store: MongoStore, kind: str = "reminder") -> list[Notice]:
    return [each for each in store.notices.find(sort="created_at") if each.kind == kind]


def why(store: MongoStore, notice: Notice) -> str | None:
    """Why it is not sent after all, though it is written down."""
    return why_not_wanted(store, notice, store.people.get(notice.person))


def said(store: MongoStore, person: str, kind: str = "reminder") -> list[str]:
    return [words_of(each, "en") for each in reminded(store, kind) if each.person == person]


def test_the_day_before_the_meeting_each_hears_their_own_part_and_how_far_they_are(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    """Dan saved last week and has put in for the next meeting; Eve saved; Fay, who is new, never has."""
    begin(store)
    umoja.do(RecordCash(umoja.group, "dan", ugx(1_000), "ada"))  # for today's, the 5th
    umoja.do(RecordCash(umoja.group, "eve", ugx(1_000), "ada"))
    to(clock, 7, 9)
    umoja.do(RecordCash(umoja.group, "dan", ugx(1_000), "ada"))
    for hour in (16, 59), (17, 0), (17, 1), (18, 0):
        to(clock, 11, *hour if hour != (16, 59) else (16, 59))
        look(store)
    to(clock, 12, 8)
    look(store)
    assert said(store, "eve") == [HEARD]
    assert said(store, "fay") == [f"{CY}: please put in UGX 1,000 by 12 Oct. Dial *384*7*1*1# or write pay."]
    assert said(store, "dan") == [f"{CY}: we meet on 12 Oct. Meetings you saved at: 1 of 1. See you there!"]
    assert said(store, "cy")[0].startswith("Reminder by Ada of Umoja"), "nobody is reminded by themselves"
    assert {each.until for each in reminded(store)} == {datetime(2026, 10, 11, 16, tzinfo=UTC)}


def test_an_instalment_is_called_two_days_before_on_the_day_and_when_it_is_late_and_then_officers_hear(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    for person in ("ada", "dan"):
        umoja.do(RecordCash(umoja.group, person, ugx(100_000), "ben"))
    loan = umoja.lend("dan", 60_000)
    (line,) = umoja.loan(loan).standing(date(2026, 10, 5)).lines
    assert line.due == date(2026, 11, 2)
    for kind in REMINDER_KINDS:
        if kind != "instalment":
            umoja.do(SwitchReminders("ada", umoja.group, kind, on=False))
    begin(store)
    for _ in range(70):
        clock.forward(days=1)  # at nine
        look(store)
    assert [each.created_at.date() for each in reminded(store)] == [
        date(2026, month, day) for month, day in ((10, 31), (11, 2), (11, 3), (11, 10), (11, 17), (11, 24))
    ]
    assert {each.person for each in reminded(store)} == {"dan"}
    texts = said(store, "dan")
    assert texts[0] == f"{CY}: please pay UGX 66,000 of your loan by 2 Nov. Dial *384*7*3*3# or write repay."
    assert texts[-1].startswith(f"{CY}: please pay UGX 67,320 of your loan, due since 2 Nov.")
    heard = reminded(store, "late_in_spite_of_reminders")
    assert [(each.person, each.created_at.date()) for each in heard] == [
        (officer, date(2026, 12, 1)) for officer in ("ada", "ben", "cy")
    ]


def test_whoever_has_paid_is_paying_or_wants_none_is_not_reminded(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    """And a reminder that waits to be sent is looked at once more."""
    begin(store)
    to(clock, 6, 9)
    umoja.do(Contribute(umoja.group, "ben", ugx(1_000)))
    umoja.do(StopMessages("cy", stopped=True))
    umoja.do(StopReminders("eve", stopped=True))
    assert reminders_are_off(store, "eve")
    to(clock, 11, 17)
    look(store)
    waiting = {each.person: each for each in reminded(store)}
    assert waiting.keys() == {"ada", "dan", "fay"}
    assert [why(store, each) for each in waiting.values()] == [None] * 3
    umoja.do(RecordCash(umoja.group, "dan", ugx(1_000), "ada"))
    umoja.do(Contribute(umoja.group, "fay", ugx(1_000)))
    umoja.do(StopReminders("ada", stopped=True))
    assert [why(store, each) for each in waiting.values()] == ["PAID"] * 3
    umoja.do(StopMessages("ada", stopped=True))
    assert why(store, waiting["ada"]) == "STOPPED"
    umoja.do(StopMessages("ada", stopped=False))
    umoja.do(StopReminders("ada", stopped=False))
    assert why(store, waiting["ada"]) is None
    umoja.do(Freeze("ada"))
    assert why(store, waiting["ada"]) == "PAID", "she can pay nothing, and another may have her phone"


def test_two_groups_make_one_message_and_each_counts_by_its_own_clock(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    """Dan is in Umoja, in Kampala, and in Abidjan's Sanwi, which also meets on Monday."""
    now = store.now()
    rules = replace(store.groups.get(umoja.group).constitution, time_zone="Africa/Abidjan")
    store.groups.insert(Group("sanwi", "20202", "Sanwi", "vsla", "UGX", rules, created_at=now, members=2))
    for number, person in enumerate(("dan", "fay"), start=1):
        if person == "fay":
            store.database["memberships"].delete_one({"_id": membership_id(umoja.group, "fay")})
        id = membership_id("sanwi", person)
        store.memberships.insert(Membership(id, "sanwi", person, number, "member", "active", now + timedelta(1)))
    begin(store)
    for hour in range(30):
        to(clock, 10 + (20 + hour) // 24, (20 + hour) % 24)
        look(store)
    to_do = "savings UGX 1,000 by 12 Oct; savings UGX 1,000 by 12 Oct, Sanwi"
    assert said(store, "dan") == [f"{CY}. To do: {to_do}. Dial *384*7# or write menu."]
    (fays,) = [each for each in reminded(store) if each.person == "fay"]
    assert fays.created_at == datetime(2026, 10, 11, 17, tzinfo=UTC), "five in Abidjan is eight in Kampala"
    assert words_of(fays, "en").startswith("Reminder by Sanwi: please"), "it has no officer"


def test_votes_guarantees_and_turns_are_called_too(store: MongoStore, umoja: Savers, clock: Clock) -> None:
    for person in ("ada", "ben", "dan", "eve"):
        umoja.do(RecordCash(umoja.group, person, ugx(100_000), "cy"))
    asked = umoja.ask("dan", 150_000, 1, "cash", "eve")
    assert umoja.loan(asked).state == "submitted"
    umoja.ask("ben", 10_000)  # the other officers are called to a vote
    begin(store)
    for day in (6, 7, 8):
        to(clock, day, 17)
        look(store)
    assert said(store, "eve") == [f"{CY}: answer on a loan by 19 Oct. Dial *384*7# and choose Loans, Guarantee."]
    for officer in ("ada", "cy"):
        (text,) = said(store, officer)
        assert text.endswith("your vote is wanted until 19 Oct. Dial *384*7# and choose My group, Decide.")
    assert {each.person for each in reminded(store)} == {"eve", "ada", "cy"}
    assert not [
        text for each in reminded(store) if (text := words_of(each, "en")) and ("Dan" in text or "150" in text)
    ]


def test_a_turn_is_called_the_day_before_with_what_is_still_owed(store: MongoStore, clock: Clock) -> None:
    rosca = found(store, kind="rosca", saved=0)
    store.service_code = "*384*7#"
    places = tuple(Place(person, number) for number, person in enumerate((*rosca.officers, *rosca.members), 1))
    id = rota_id(rosca.group, 1)
    store.rotas.insert(Rota(id, rosca.group, 1, ugx(1_000), "fixed", places, first="2026-10-12"))
    begin(store)
    to(clock, 7, 9)
    rosca.do(RecordCash(rosca.group, "ada", ugx(1_000), "ben"))
    to(clock, 11, 17)
    look(store)
    assert said(store, "ada") == [
        f"{CY}. To do: your round of 12 Oct; meeting of 12 Oct. Dial *384*7# or write menu."
    ]
    assert said(store, "eve") == [f"{CY}: please put in UGX 1,000 by 12 Oct. Dial *384*7*1*1# or write pay."]


def test_a_group_that_was_not_looked_at_in_time_is_reminded_of_nothing_late(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    begin(store)
    to(clock, 11, 19, 30)
    look(store)
    assert reminded(store) == []
    to(clock, 18, 17)
    look(store)
    assert len(reminded(store)) == 6, "a week later all is as ever"


def test_two_schedulers_two_groups_and_a_worker_that_died_write_each_reminder_once(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    """The same 120 people are in both groups, whose rounds are walked by four at once."""
    now, group = store.now(), store.groups.get(umoja.group)
    people = [*umoja.officers, *umoja.members, *(f"p{number:03}" for number in range(7, 121))]
    store.groups.insert(replace(group, id="tujenge", code="20202", name="Tujenge"))
    for number, person in enumerate(people, start=1):
        if number > 6:
            store.people.insert(Person(person, "Some Body", f"+256772001{number:03}", "en", Pin("-"), now))
        for each in (umoja.group, "tujenge"):
            if each == "tujenge" or number > 6:
                id = membership_id(each, person)
                store.memberships.insert(Membership(id, each, person, number, "member", "active", now))
    for id in (umoja.group, "tujenge"):
        store.groups.change(id, members=120)
    begin(store)
    to(clock, 11, 17)
    with ThreadPoolExecutor(4) as hands:
        for future in [hands.submit(look, store) for _ in range(4)]:
            future.result()
    rounds = store.reminder_rounds.find()
    assert [(each.after, each.next_at) for each in rounds] == [(150, None)] * 2
    assert len(reminded(store)) == 120
    store.reminder_rounds.change(rounds[0].id, after=50, next_at=now)  # as if it had died in the middle
    look(store)
    assert len(reminded(store)) == 120
    assert len(list(reminders_today(store, umoja.group))) == 120, "and the operator can look at all of them"


def test_a_tenth_is_held_out_and_it_is_always_the_same(store: MongoStore, umoja: Savers, clock: Clock) -> None:
    tenth = sum(is_held_out(f"person {number}") for number in range(10_000))
    assert 900 < tenth < 1_100
    begin(store)
    now = store.now()
    out = next(name for name in map(str, range(100)) if is_held_out(name))
    store.people.insert(Person(out, "Held Out", "+256772009999", "en", Pin("-"), now))
    id = membership_id(umoja.group, out)
    store.memberships.insert(Membership(id, umoja.group, out, 7, "member", "active", now))
    store.groups.change(umoja.group, members=7)
    to(clock, 11, 17)
    look(store, held_out=True)
    got = {each.person for each in reminded(store)}
    assert got == {each for each in (*umoja.officers, *umoja.members) if not is_held_out(each)}
    assert len(list(reminders_today(store, umoja.group))) == 7, "without the setting all get theirs"


def test_officers_switch_kinds_off_and_on(store: MongoStore, umoja: Savers, clock: Clock) -> None:
    now = reminders_now(store, umoja.group, "ada")
    assert (now.on, now.kinds) == (["contribution", "instalment", "meeting", "vote", "guarantee", "summary"],) * 2
    with pytest.raises(NotAllowed):
        reminders_now(store, umoja.group, "dan")
    with pytest.raises(NotAllowed):
        umoja.do(SwitchReminders("dan", umoja.group, "meeting", on=False))
    begin(store)
    umoja.do(SwitchReminders("ada", umoja.group, "contribution", on=False))
    to(clock, 11, 17)
    look(store)
    assert {words_of(each, "en") for each in reminded(store) if each.person != "cy"} == {
        f"{CY}: we meet on 12 Oct. See you there!"
    }
    umoja.do(SwitchReminders("ada", umoja.group, "meeting", on=False))
    umoja.do(SwitchReminders("ada", umoja.group, "contribution", on=True))
    assert store.groups.get(umoja.group).silent == ("meeting",)
    to(clock, 18, 17)
    look(store)
    assert len([text for text in said(store, "dan") if "put in UGX 1,000 by 19 Oct" in text]) == 1


def test_the_week_s_figures_name_nobody_and_come_on_the_group_s_day(
    store: MongoStore, umoja: Savers, clock: Clock
) -> None:
    begin(store)
    umoja.do(ChooseSummaryDay("ada", umoja.group, 2))
    umoja.do(RecordCash(umoja.group, "dan", ugx(100_000), "ada"))
    umoja.do(RecordCash(umoja.group, "ben", ugx(50_000), "ada"))
    umoja.lend("dan", 60_000)
    umoja.do(StopReminders("fay", stopped=True))
    for day in range(6, 21):
        to(clock, day, 17)
        look(store)
    told = reminded(store, "week_summary")
    assert {each.person for each in told} == {"ada", "ben", "cy", "dan", "eve"}, "once, for then nothing moved"
    (text,) = {words_of(each, "en") for each in told}
    assert text.startswith("This week in Umoja: put in UGX 150,000, lent UGX 60,000, paid back UGX 0. The next")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "ask", "off", "on", "switch", "wait"]),
        st.sampled_from(["dan", "eve", "fay"]),
        st.integers(1, 40),  # hours
    ),
    min_size=6,
    max_size=14,
)


@runs(on_one_store, max_examples=5)
@given(acts=ACTS)
def test_at_most_one_a_member_and_day_none_to_who_has_paid_none_at_night_and_no_one_else_s_figures(
    acts: list[tuple[str, str, int]], store: MongoStore, clock: Clock
) -> None:
    """Whatever members and officers do meanwhile, and whenever it is looked."""
    empty(store.database)
    umoja = found(store, saved=0)
    # Each owes something else, so that a figure says whose it is.
    owes = {"dan": 1, "eve": 2, "fay": 3}
    for person, hands in owes.items():
        store.memberships.change(membership_id(umoja.group, person), hands=hands)
    seen: set[str] = set()
    for act, person, hours in acts:
        match act:
            case "pay":
                due = ugx(owes[person] * 1_000)
                umoja.do(RecordCash(umoja.group, person, due, "ada"))
            case "ask":
                store.people.change(person, payments=0)
                if len(store.payments.open_of(person)) < 3:
                    umoja.do(Contribute(umoja.group, person, ugx(1_000)))
            case "off" | "on":
                umoja.do(StopReminders(person, stopped=act == "off"))
            case "switch":
                on = "contribution" in store.groups.get(umoja.group).silent
                umoja.do(SwitchReminders("ada", umoja.group, "contribution", on))
        for step in range(0, hours, 3):
            clock.forward(hours=min(3, hours - step))
            look(store)
            for each in reminded(store):
                if each.id not in seen:
                    seen.add(each.id)
                    _check(store, umoja, each, owes)
    days = Counter((each.person, each.created_at.astimezone(KAMPALA).date()) for each in reminded(store))
    assert all(count == 1 for count in days.values())


def _check(store: MongoStore, umoja: Savers, notice: Notice, owes: dict[str, int]) -> None:
    there, person = notice.created_at.astimezone(KAMPALA), store.people.get(notice.person)
    assert MORNING <= there.time() < EVENING
    assert not person.reminders_off
    assert store.payments.open_of(notice.person) == []
    if notice.person in owes and "amount1" in notice.values:
        key = store.groups.get(umoja.group).meeting_key(there.date() + timedelta(days=1))
        paid = store.paid(notice.person, {umoja.group: key})[umoja.group].shares
        left = owes[notice.person] * 1_000 - paid
        assert left > 0
        assert notice.values["amount1"] == ugx(left)
