"""The meeting: today's, those that were held, and a page of paper to take to it."""

from collections.abc import Mapping
from typing import Final

from flask import Response

from bot.pages.groups import Here, first_number, group_page
from domain.groups.overview import LIST_PAGE
from domain.groups.roll import roll_page
from domain.meetings.close import moved_since
from domain.meetings.held import meeting_held, meetings_held
from domain.meetings.meeting import meeting_today
from domain.meetings.who_paid import meeting_paid, not_paid, owed_for_meeting
from domain.records.meeting import Presence
from domain.records.person import membership_id
from flows.words.accounts import ACCOUNT_NAMES
from flows.words.lines import say_moved
from flows.words.texts import Text, t

PRESENCES: Final[Mapping[Presence, Text]] = {
    "present": t("There"),
    "late": t("Came late"),
    "excused": t("Excused"),
    "absent": t("Absent"),
}


@group_page("/meeting")
def meeting(here: Here) -> Response:
    """How it stands with the next meeting, or with the one that is open, and what was held before."""
    store, group, first = here.store, here.group, first_number()
    return here.page(
        "meeting.html",
        today=meeting_today(store, group.id),
        open=meeting_held(store, group, group.meeting) if group.meeting else None,
        paid=meeting_paid(store, group.id),
        missing=not_paid(store, group.id, first),
        first=first,
        next=first + LIST_PAGE if first + LIST_PAGE <= group.members else 0,
        moved=moved_since(store, group.id),
        held=meetings_held(store, group),
        say_moved=say_moved,
        presences=PRESENCES,
    )


@group_page("/meeting/<day>")
def meeting_of_day(here: Here, day: str) -> Response:
    """One that was held, or is: its key stands in the address, see `meeting_key`."""
    seen = meeting_held(here.store, here.group, f"{here.group.id}:{day.replace('_', '/')}")
    return here.page("held.html", seen=seen, presences=PRESENCES, account_names=ACCOUNT_NAMES)


@group_page("/sheet")
def sheet(here: Here) -> Response:
    """A page to print for the meeting: every member, what they have and owe and have to pay, and room to write."""
    here.note("members.seen")
    store, group, first = here.store, here.group, first_number()
    rows = roll_page(store, group, first)
    members = [
        each
        for each in store.memberships.among([membership_id(group.id, row.person) for row in rows])
        if each.status == "active"
    ]
    return here.page(
        "sheet.html",
        rows=rows,
        due=owed_for_meeting(store, group, members) if members else {},
        paid=meeting_paid(store, group.id),
        today=meeting_today(store, group.id),
        first=first,
        next=first + LIST_PAGE if first + LIST_PAGE <= group.members else 0,
    )
