"""What a member sees and does from their phone about the web: where they are signed in, and who looked at them."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from domain.access.audit import audit_entries, with_names
from domain.access.sign_in import end_sessions, sessions_of
from domain.commands import handles
from domain.people.web_sessions import close_session
from domain.store import Store

_LOOKED_AT: Final = 50  # of the newest acts, one's own among them


@dataclass(frozen=True, slots=True)
class WebPlace:
    """Where a member is signed in: since when (`time` as "09:05"), and what they said they use."""

    id: str
    day: date
    time: str
    device: str


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who looked at a member's account on the web: their name, and the day they last did."""

    name: str
    day: date


@dataclass(frozen=True, slots=True)
class SignOutFromPhone:
    """Close one session of a person's on the web, or all of them where `session` is ""."""

    person: str
    session: str


def web_places(store: Store, person: str) -> list[WebPlace]:
    """Where they are signed in, the newest first."""
    zone = ZoneInfo(_zone_of(store, person))
    return [
        WebPlace(each.id, at.date(), f"{at:%H:%M}", each.device)
        for each in sessions_of(store, "person", person)
        if (at := each.began_at.astimezone(zone))
    ]


def _zone_of(store: Store, person: str) -> str:
    """The time zone of a group of theirs, which is where they live."""
    mine = store.memberships.find(person=person, sort="-asked_at", limit=1)
    return store.groups.get(mine[0].group).constitution.time_zone if mine else "UTC"


@handles(SignOutFromPhone, always=True)
def sign_out_from_phone(tx: Store, command: SignOutFromPhone) -> int:
    """Answers with how many were closed: one that ended meanwhile is none."""
    if command.session:
        return int(close_session(tx, "person", command.person, command.session))
    return end_sessions(tx, "person", command.person)


def looks_at(store: Store, person: str) -> list[Look]:
    """Who looked at their account lately, but they themselves: each once, with the last day, the newest first."""
    last: dict[str, Look] = {}
    for each in with_names(store, audit_entries(store, about=person, limit=_LOOKED_AT)):
        if each.by and each.by != f"person:{person}":
            last.setdefault(each.by, Look(each.by_name, each.at.date()))
    return list(last.values())
