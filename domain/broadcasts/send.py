"""
An officer writes to many members of their group: who may, how often, when it goes, and who else has to agree.

Sixty seconds pass between the order and the first message. In them, and while it goes out, it can be stopped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.broadcasts.audience import pages_of, sent_again
from domain.broadcasts.words import check_words
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, refuses
from domain.decisions.rights import acting_officer
from domain.decisions.voting import propose
from domain.errors import DomainError
from domain.records.broadcast import (
    LASTS,
    REMINDERS,
    STOPPABLE,
    UNDO,
    Audience,
    Broadcast,
    BroadcastState,
    MessageKind,
)
from domain.records.group import Constitution, Group
from domain.records.notice import Values, morning_after
from domain.records.person import Membership
from domain.records.proposal import Proposal, digest_of
from domain.store import Between, Store

# When it goes: at once, in the morning, the day before the next meeting, or before each meeting from now on.
WhenSent = Literal["now", "morning", "before_meeting", "each_meeting"]

ALONE_MAX: Final = 50  # people whom one officer writes to without another
OWN_WORDS_MAX: Final = 2  # messages in own words that a group sends in a day
SAID_WITHIN: Final = timedelta(hours=48)
CHOSEN_MAX: Final = 50
_DAY: Final = timedelta(days=1)
_MORNING: Final = time(8)
_AFTERNOON: Final = time(17)


class RemindersOnly(DomainError):
    """A treasurer reminds of meetings and of money; what is in own words is for the other officers."""

    code = "reminders_only"


class TooManyBroadcasts(DomainError):
    """The group has sent `most` messages in own words in a day."""

    code = "too_many_broadcasts"


class NobodyToTell(DomainError):
    """Nobody is in the audience."""

    code = "nobody_to_tell"


class SaidBefore(DomainError):
    """The same was written to the same people within SAID_WITHIN, or is on its way to them."""

    code = "said_before"


class BroadcastOver(DomainError):
    """It is sent, stopped or expired: there is nothing to change any more."""

    code = "broadcast_over"


@dataclass(frozen=True, slots=True)
class SendBroadcast:
    """
    An officer writes to an audience of their group: in their own `words`, or what is ready of this kind. `chosen`
    are people. `cost` is what the preview said, in minor units of what messages are paid in. `repeated`: they know
    that the same was sent before.
    """

    person: str
    group: str
    kind: MessageKind
    audience: Audience
    words: str = ""
    chosen: tuple[str, ...] = ()
    when: WhenSent = "now"
    cost: int = 0
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SendAgain:
    """An officer sends a broadcast again, to those whom it did not reach or of whom nobody knows."""

    person: str
    broadcast: str


@dataclass(frozen=True, slots=True)
class StopBroadcast:
    person: str
    broadcast: str


@dataclass(frozen=True, slots=True)
class PauseBroadcast:
    """Hold it, or let it go on."""

    person: str
    broadcast: str
    paused: bool


@dataclass(frozen=True, slots=True)
class SendingBegun:
    """What became of the order: it goes at `begins_at`, or after `missing` more have agreed."""

    broadcast: str
    state: BroadcastState
    day: date  # by the group's clock
    at: str  # HH:MM
    missing: int = 0


def may_broadcast(store: Store, group_id: str, officer: str, kind: MessageKind) -> None:
    """
    Whether an officer may send this kind now, before anything is typed for it.

    Raises as `acting_officer`, RemindersOnly, TooManyBroadcasts.
    """
    _check_right(acting_officer(store, group_id, officer), kind)
    if kind == "words":
        _check_not_too_many(store, group_id)


@handles(SendBroadcast)
def send_broadcast(tx: Store, command: SendBroadcast) -> SendingBegun:
    """
    Raises as `may_broadcast` and `check_words`, NobodyToTell, SaidBefore, and where another officer has to agree
    TooFewOfficers.
    """
    one_at_a_time(tx.groups, command.group)
    may_broadcast(tx, command.group, command.person, command.kind)
    check_words(command.words)
    cast = drafted(tx, command)
    if not command.repeated:
        check_not_said(tx, cast)
    if not any(page.people for page in pages_of(tx, cast)):
        raise NobodyToTell
    return _begin(tx, cast)


def drafted(store: Store, command: SendBroadcast) -> Broadcast:
    """The broadcast that a command asks for, as it would be written down."""
    group, now = store.groups.get(command.group), store.now()
    repeats = command.when == "each_meeting"
    begins_at = now + UNDO if command.when == "now" else first_time(group.constitution, command.when, now)
    values: dict[str, str] = {}
    name = store.people.get(command.person).name
    if command.kind == "words":
        values = {"name": name, "words": command.words}
    return Broadcast(
        id=store.new_id(),
        group=group.id,
        by=command.person,
        name=name,
        kind=command.kind,
        audience=command.audience,
        values=values,
        state="repeating" if repeats else "waiting",
        created_at=now,
        begins_at=begins_at,
        ends_at=ends_at(begins_at, group.constitution.time_zone),
        next_at=begins_at,
        digest=digest_of(
            {"group": group.id, "kind": command.kind, "audience": command.audience, "said": values}
            | {"chosen": sorted(command.chosen)}
        ),
        chosen=command.chosen[:CHOSEN_MAX],
        repeat="before_meeting" if repeats else "",
        cost=command.cost,
    )


@handles(SendAgain)
def send_again(tx: Store, command: SendAgain) -> SendingBegun:
    """Raises as `acting_officer`, RemindersOnly, NobodyToTell, SaidBefore, and TooFewOfficers."""
    before = tx.broadcasts.get(command.broadcast)
    one_at_a_time(tx.groups, before.group)
    officer = acting_officer(tx, before.group, command.person)
    _check_right(officer, before.kind)
    group, now = tx.groups.get(before.group), tx.now()
    cast = again(tx, before, command.person, tx.people.get(command.person).name, now, group.constitution.time_zone)
    return _begin(tx, cast)


def again(store: Store, before: Broadcast, by: str, name: str, now: datetime, zone: str) -> Broadcast:
    """
    A broadcast to those whom another did not reach. Raises NobodyToTell, and SaidBefore while it is being sent to
    them again already: two officers may see the same counts.
    """
    if any(each.state in STOPPABLE for each in sent_again(store, before.id)):
        raise SaidBefore
    cast = Broadcast(
        id=store.new_id(),
        group=before.group,
        by=by,
        name=name,
        kind=before.kind,
        audience="again",
        values=before.values,
        state="waiting",
        created_at=now,
        begins_at=now + UNDO,
        ends_at=ends_at(now + UNDO, zone),
        next_at=now + UNDO,
        digest="",
        source=before.id,
        cost=before.cost,
    )
    if not any(page.people for page in pages_of(store, cast)):
        raise NobodyToTell
    return cast


@handles(StopBroadcast, always=True)
def stop_broadcast(tx: Store, command: StopBroadcast) -> None:
    """From now on nobody more is written to. Raises as `acting_officer`, BroadcastOver."""
    cast = tx.broadcasts.get(command.broadcast)
    acting_officer(tx, cast.group, command.person)
    stop(tx, cast)


def stop(tx: Store, cast: Broadcast) -> None:
    """Raises BroadcastOver."""
    fields = {"state": "stopped", "stirred": True, "next_at": tx.now()}
    if tx.broadcasts.change(cast.id, when={"state": list(STOPPABLE)}, **fields) is None:
        raise BroadcastOver


@handles(PauseBroadcast, always=True)
def pause_broadcast(tx: Store, command: PauseBroadcast) -> None:
    """Raises as `acting_officer`, BroadcastOver when it cannot be paused, or does not rest."""
    cast = tx.broadcasts.get(command.broadcast)
    acting_officer(tx, cast.group, command.person)
    if command.paused:
        changed = tx.broadcasts.change(
            cast.id, when={"state": ["waiting", "expanding", "sending"]}, state="paused"
        )
    else:
        state = "sending" if cast.expanded else "waiting"
        fields = {"state": state, "stirred": True, "next_at": max(tx.now(), cast.begins_at)}
        changed = tx.broadcasts.change(cast.id, when={"state": "paused"}, **fields)
    if changed is None:
        raise BroadcastOver


def check_not_said(store: Store, cast: Broadcast) -> None:
    """Raises SaidBefore. What is said before each meeting is said again by itself."""
    if any(each.digest == cast.digest for each in store.broadcasts.find(group=cast.group, state="repeating")):
        raise SaidBefore
    within = Between(store.now() - SAID_WITHIN, store.now())
    for each in store.broadcasts.find(group=cast.group, created_at=within):
        if each.digest == cast.digest and (each.state != "stopped" or each.people):
            raise SaidBefore


def first_time(rules: Constitution, when: WhenSent, now: datetime) -> datetime:
    """The first moment after now that this means, by the group's clock."""
    there = now.astimezone(ZoneInfo(rules.time_zone))
    if when == "morning":
        return _at(there.date() + _DAY, _MORNING, there)
    return before_meeting(rules, now)


def before_meeting(rules: Constitution, now: datetime) -> datetime:
    """The afternoon before a meeting, the next that is to come."""
    there = now.astimezone(ZoneInfo(rules.time_zone))
    meeting = rules.meeting_after(there.date())
    at = _at(meeting - _DAY, _AFTERNOON, there)
    return at if at > now else _at(rules.meeting_after(meeting) - _DAY, _AFTERNOON, there)


def ends_at(begins_at: datetime, zone: str) -> datetime:
    """After this it is of no use: some hours after people may be written to."""
    return (morning_after(zone, begins_at) or begins_at) + LASTS


def _at(day: date, moment: time, there: datetime) -> datetime:
    return datetime.combine(day, moment, there.tzinfo).astimezone(ZoneInfo("UTC"))


def _begin(tx: Store, cast: Broadcast) -> SendingBegun:
    """Write it down, to be sent; where it is for many, or costs much, after another officer has agreed."""
    group, missing = tx.groups.get(cast.group), 0
    if needs_second(tx, cast):
        missing = 1
        tx.broadcasts.insert(_asked(tx, cast, group))
    else:
        tx.broadcasts.insert(cast)
    there = cast.begins_at.astimezone(ZoneInfo(group.constitution.time_zone))
    state: BroadcastState = "asked" if missing else cast.state
    return SendingBegun(cast.id, state, there.date(), f"{there:%H:%M}", missing)


def needs_second(store: Store, cast: Broadcast) -> bool:
    """Whether it is for more people than one officer writes to alone, or costs too much for that."""
    most = store.offered.message_costs.most
    if most is not None and cast.cost > most.minor:
        return True
    count = 0
    for page in pages_of(store, cast):
        count += len(page.people)
        if count > ALONE_MAX:
            return True
    return False


def _asked(tx: Store, cast: Broadcast, group: Group) -> Broadcast:
    values: Values = {"name": cast.name, "message": cast.kind, "audience": cast.audience, **_words(cast)}
    contents = {"broadcast": cast.id, "digest": cast.digest, "repeat": cast.repeat, "source": cast.source}
    made = propose(tx, group, "broadcast", subject=cast.id, maker=cast.by, contents=contents, values=values)
    return replace(cast, state="asked", next_at=None, proposal=made.id)


def _words(cast: Broadcast) -> Mapping[str, str]:
    words = cast.values.get("words", "")
    return {"words": str(words)} if words else {}


@concludes("broadcast")
def agreed(tx: Store, proposal: Proposal) -> None:
    """It goes a minute later, or when it was to go; stopped meanwhile, it stays stopped."""
    cast = tx.broadcasts.get(proposal.subject)
    begins_at = max(cast.begins_at, tx.now() + UNDO)
    ends = ends_at(begins_at, tx.groups.get(cast.group).constitution.time_zone)
    state = "repeating" if cast.repeat else "waiting"
    fields = {"state": state, "begins_at": begins_at, "ends_at": ends, "next_at": begins_at}
    tx.broadcasts.change(cast.id, when={"state": "asked"}, **fields)


@refuses("broadcast")
def not_agreed(tx: Store, proposal: Proposal) -> None:
    tx.broadcasts.change(proposal.subject, when={"state": "asked"}, state="stopped", next_at=None)


def _check_right(officer: Membership, kind: MessageKind) -> None:
    """The chairperson and the secretary write what they like, the treasurer reminds. Raises RemindersOnly."""
    if officer.role == "treasurer" and kind not in REMINDERS:
        raise RemindersOnly


def still_may(store: Store, cast: Broadcast) -> bool:
    """Whether whoever asked for it some time ago still has the right to."""
    if not cast.by:
        return True
    try:
        _check_right(acting_officer(store, cast.group, cast.by), cast.kind)
    except DomainError:
        return False
    return True


def _check_not_too_many(store: Store, group_id: str) -> None:
    """Raises TooManyBroadcasts. What was stopped before anybody got it does not count."""
    today = Between(store.now() - _DAY, store.now())
    sent = [
        each
        for each in store.broadcasts.find(group=group_id, created_at=today)
        if each.kind == "words" and not each.source and not (each.state == "stopped" and not each.people)
    ]
    if len(sent) >= OWN_WORDS_MAX:
        raise TooManyBroadcasts(most=OWN_WORDS_MAX)
