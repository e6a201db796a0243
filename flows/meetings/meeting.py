"""A meeting: an officer opens it on counted cash, names who is not there, and closes it on counted cash."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.decisions.rights import may_lead
from domain.meetings.close import moved_since
from domain.meetings.count import CountDiffers, Counted, ReportDifference
from domain.meetings.meeting import (
    Closed,
    CloseMeeting,
    MarkAttendance,
    MeetingToday,
    OpenMeeting,
    meeting_today,
)
from domain.money import Money
from domain.records.meeting import Presence
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.people.find_member import find_member
from flows.shown import leads
from flows.words.lines import say_moved
from flows.words.refusals import refusal
from flows.words.texts import Label, Text, joined, nt, t

MOVED: Final = "moved"
# So many are named in one go: a conversation holds sixty answers.
NAMED_MAX: Final = 8

_PRESENCES: Final[Mapping[Presence, Text]] = {
    "absent": t("Absent"),
    "late": t("Late"),
    "excused": t("Excused"),
    "present": t("Present"),
}


@flow("meeting", label=t("Meeting"), shown=leads)
def meeting(me: Member) -> Conversation:
    """What comes next in it: open, roll call, close."""
    group = yield from ask.pick("group", t("Meeting of which group?"), me.groups_led)
    yield from read("may", may_lead, group.id, me.id)
    today = yield from read("today", meeting_today, group.id)
    if today.open_since:
        return (yield from _go_on(me, group, today))
    extraordinary = today.next != today.today
    yield from possible("may_open", OpenMeeting(me.id, group.id, today.in_book, extraordinary))
    if extraordinary:
        prompt = t("{group} meets on {day}. Meet today all the same?", group=group.name, day=today.next)
        if not (yield from ask.confirm("extra", prompt)):
            return say(t("No meeting was opened."))
    yield from ask.pin("pin", me.id, t("Open a meeting of {group}. Your PIN?", group=group.name))
    return (
        yield from _count(
            me, group, today, lambda counted: OpenMeeting(me.id, group.id, counted, extraordinary), _opened
        )
    )


def _go_on(me: Member, group: GroupOfMember, today: MeetingToday) -> Conversation:
    prompt = t(
        "Meeting of {day}. Absent {absent}, late {late}, excused {excused}.",
        day=today.open_since,
        absent=today.absent,
        late=today.late,
        excused=today.excused,
    )
    labels = {"roll": t("Roll call"), "close": t("Close the meeting"), MOVED: t("Cash since the last close")}
    what = yield from ask.choice("what", prompt, labels)
    if what == MOVED:
        return (yield from _list_moved(me, group))
    if what == "roll":
        return (yield from _call_the_roll(me, group))
    return (yield from _close(me, group, today))


def _call_the_roll(me: Member, group: GroupOfMember) -> Conversation:
    """Whoever is not named is there."""
    labels: Mapping[str, Label] = {str(presence): label for presence, label in _PRESENCES.items()}
    yield from ask.pin("pin_roll", me.id, t("Name who is absent, late or excused. Your PIN?"))
    for _ in range(NAMED_MAX):
        who = yield from find_member(me, group)
        said = yield from ask.choice("presence", t("{name} today?", name=who.name), labels)
        presence = next(each for each in _PRESENCES if each == said)
        yield from submit("mark", MarkAttendance(me.id, group.id, who.id, presence))
        prompt = t("{name}: {presence}.", name=who.name, presence=_PRESENCES[presence])
        more = yield from ask.choice("more", prompt, {"yes": t("Name another"), "no": t("All are named")})
        if more == "no":
            return say(t("Noted. Everybody else is present."))
    return say(t("Noted. Choose Meeting again to name more."))


def _close(me: Member, group: GroupOfMember, today: MeetingToday) -> Conversation:
    fine, fines = False, today.fines
    if today.fined:
        prompt = nt(
            "{count} member was late or absent. Fine {amount}?",
            "{count} members were late or absent. Fine {amount} in all?",
            today.fined,
            amount=today.fines,
        )
        fine = yield from ask.confirm("fine", prompt)
    yield from ask.pin("pin_close", me.id, t("Close the meeting of {group}. Your PIN?", group=group.name))

    def close(counted: Counted) -> CloseMeeting:
        return CloseMeeting(me.id, group.id, counted, fine, fines)

    return (yield from _count(me, group, today, close, _closed))


def _list_moved(me: Member, group: GroupOfMember) -> Conversation:
    yield from ask.pin("pin_moved", me.id, t("Cash of {group} since the last close. Your PIN?", group=group.name))
    moved = yield from read("moved", moved_since, group.id)
    if not moved:
        return say(t("No cash has moved since the last close."))
    return say(joined("\n", map(say_moved, moved)))


def _count(
    me: Member,
    group: GroupOfMember,
    today: MeetingToday,
    command: Callable[[Counted], object],
    done: Callable[[Any], Screen],
) -> Conversation:
    """
    Recite what should be in the boxes now and count them, until it is what the books say; or book what differs.
    """
    prompt = t("Count the cash box. How much is in it?")
    if today.last:
        recited = t("By the book now: {boxes}", boxes=_boxes(today.in_book))
        if not today.moved:
            recited = t("As at the last close, {day}: {boxes}", day=today.last, boxes=_boxes(today.in_book))
        prompt = joined("\n", (recited, prompt))
    while True:
        cash = yield from ask.counted("cash", prompt, group.currency)
        social = Money(0, group.currency)
        if today.has_social:
            social = yield from ask.counted("social_cash", t("Count the social fund's cash."), group.currency)
        counted = Counted(cash, social)
        try:
            return done((yield from submit("counted", command(counted))))
        except CountDiffers as error:
            difference = refusal(error)
        labels = {"again": t("Count again"), "book": t("Record it")}
        what = yield from ask.choice("differs", difference, labels)
        if what == "book":
            return (yield from _book(me, group, counted))


def _book(me: Member, group: GroupOfMember, counted: Counted) -> Conversation:
    yield from possible("may_report", ReportDifference(me.id, group.id, counted, ""))
    reason = yield from ask.reason("why", t("Why? The officers will read it."))
    asked: int = yield from submit("report", ReportDifference(me.id, group.id, counted, reason))
    if not asked:
        return say(t("It now agrees with the books. The earlier request is closed."))
    return say(t("Another officer must agree, with Decide in the menu. Then count again."))


def _opened(number: int) -> Screen:
    return say(t("Meeting {number} is open. For the roll call choose Meeting again.", number=number))


def _closed(closed: Closed) -> Screen:
    lines = [t("Meeting {number} is closed.", number=closed.number), _boxes(closed.counted)]
    if closed.fined:
        lines.append(nt("{count} fine, {amount}.", "{count} fines, {amount}.", closed.fined, amount=closed.fines))
    return say(joined("\n", lines))


def _boxes(counted: Counted) -> Text:
    if not counted.social:
        return t("Cash box {cash}.", cash=counted.cash)
    return t("Cash box {cash}, social fund {social}.", cash=counted.cash, social=counted.social)
