"""How far a broadcast is: counted when it is asked for, of its messages, so that no counter can be wrong."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.broadcasts.audience import NOT_REACHED_STATES, sent_again
from domain.decisions.rights import acting_officer
from domain.records.broadcast import STOPPABLE, Audience, Broadcast, BroadcastState, MessageKind
from domain.records.notice import NoticeState
from domain.store import Store
from domain.tables import Some

BROADCASTS_AT_ONCE: Final = 6  # what becomes of older ones is rarely asked
WhyShown = Literal[
    "STOPPED", "TOO_LATE", "LEFT", "PAID", "CALLED_OFF", "ENOUGH", "NO_WAY", "WRONG_NUMBER", "PHONE_OFF",
    "REFUSED", "NO_CREDIT",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class NotReached:
    """So many whom it did not reach, and why."""

    why: WhyShown
    people: int


@dataclass(frozen=True, slots=True)
class BroadcastLine:
    """A broadcast in a list: what it says, when it was asked for, and how far it is."""

    id: str
    kind: MessageKind
    state: BroadcastState
    day: date


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a broadcast is. `sent` are with a provider, `delivered` on a phone and not read as far as we know;
    of the `unknown` nobody knows whether it went. `seconds` are left until the first goes. `again` is how many
    whom it did not reach could be sent it again.
    """

    id: str
    kind: MessageKind
    audience: Audience
    words: str
    state: BroadcastState
    begins_on: date
    begins_at: str
    seconds: int
    people: int
    queued: int
    sent: int
    delivered: int
    read: int
    unknown: int
    not_reached: list[NotReached]
    can_stop: bool
    can_pause: bool
    again: int


def recent_broadcasts(store: Store, group_id: str, officer: str, past: str = "") -> Some[BroadcastLine]:
    """A group's own, the newest first. Raises as `acting_officer`."""
    acting_officer(store, group_id, officer)
    return broadcasts_of(store, group_id, past)


def broadcasts_of(store: Store, group_id: str, past: str = "") -> Some[BroadcastLine]:
    """The same, whoever asks."""
    rules = store.groups.get(group_id).constitution
    found = store.broadcasts.some(BROADCASTS_AT_ONCE, past=past, group=group_id, sort="-created_at")
    seen = [BroadcastLine(each.id, each.kind, each.state, rules.day(each.created_at)) for each in found]
    return Some(seen, found.more)


def broadcast_progress(store: Store, broadcast: str, officer: str) -> Progress:
    """Raises as `acting_officer`."""
    cast = store.broadcasts.get(broadcast)
    acting_officer(store, cast.group, officer)
    return progress_of(store, cast, store.groups.get(cast.group).constitution.time_zone)


def progress_of(store: Store, cast: Broadcast, zone: str) -> Progress:
    """The same, whoever asks."""
    tally = store.notices.tally(cast.id)
    there = cast.begins_at.astimezone(ZoneInfo(zone))

    def count(*states: NoticeState) -> int:
        return sum(people for (state, _), people in tally.items() if state in states)

    reasons: dict[WhyShown, int] = {}
    for (state, why), people in tally.items():
        if state in ("failed", "skipped"):
            shown: WhyShown = "REFUSED" if why == "" or why == "NO_ANSWER" else why
            reasons[shown] = reasons.get(shown, 0) + people
    again = count("unknown") + sum(n for why, n in reasons.items() if why not in ("STOPPED", "LEFT", "PAID"))
    again -= _reached_again(store, cast)
    return Progress(
        id=cast.id,
        kind=cast.kind,
        audience=cast.audience,
        words=str(cast.values.get("words", "")),
        state=cast.state,
        begins_on=there.date(),
        begins_at=f"{there:%H:%M}",
        seconds=max(0, int((cast.begins_at - store.now()).total_seconds())) if cast.state == "waiting" else 0,
        people=cast.people,
        queued=count("queued", "sending"),
        sent=count("sent"),
        delivered=count("delivered"),
        read=count("read"),
        unknown=count("unknown"),
        not_reached=[NotReached(why, people) for why, people in sorted(reasons.items())],
        can_stop=cast.state in STOPPABLE,
        can_pause=cast.state in ("waiting", "expanding", "sending"),
        again=max(0, again) if cast.state in ("done", "stopped", "expired") else 0,
    )


def _reached_again(store: Store, cast: Broadcast) -> int:
    """How many whom it did not reach got it since, when it was sent to them again."""
    tallies = [store.notices.tally(each.id) for each in sent_again(store, cast.id)]
    return sum(
        people for tally in tallies for (state, _), people in tally.items() if state not in NOT_REACHED_STATES
    )
