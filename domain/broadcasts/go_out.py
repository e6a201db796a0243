"""
A broadcast on its way, a step at a time: it is fired, its messages are written, and it is done.

Every step is one transaction, and may be tried any number of times by several workers at once. What is written
has the id of the broadcast and the person: so nobody gets it twice, and after a crash the next worker goes on
where the last one was.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from domain.broadcasts.audience import Addressee, page_of
from domain.broadcasts.send import before_meeting, ends_at, still_may
from domain.records.broadcast import LASTS, STILL_GOING, Broadcast, cast_id
from domain.records.notice import Notice
from domain.store import Store
from domain.tell import tell

WEEK: Final = timedelta(days=7)
A_WEEK_MAX: Final = 3  # broadcasts that one member gets
LOOKED_AT_AGAIN: Final = timedelta(seconds=2)
RESTS: Final = timedelta(minutes=1)  # while nothing can change but the time
SOON_DONE: Final = timedelta(minutes=10)  # most are; what takes longer waits for a morning, or is for very many


def advance(store: Store, id: str) -> None:
    """Take a broadcast as far as it can go now; nothing when its time has not come."""
    _stir(store, id)
    while store.transaction(lambda tx: _step(tx, id)):
        _stir(store, id)


def _stir(store: Store, id: str) -> None:
    """
    It was stopped, has expired, or goes on after a rest: what waits of it is ended, or looked at anew.

    In no transaction, which would meet every worker that claims one of these; each of them is at most one message
    ahead. What comes back to the queue afterwards is looked at when it is claimed.
    """
    cast, now = store.broadcasts.get(id), store.now()
    if not cast.stirred or cast.next_at is None or cast.next_at > now:
        return
    if cast.state in ("stopped", "expired"):
        why = "CALLED_OFF" if cast.state == "stopped" else "TOO_LATE"
        store.notices.change_waiting(id, state="skipped", reason=why, why=why, next_at=None)
        store.broadcasts.change(id, when={"state": cast.state}, stirred=False, next_at=None)
    elif cast.expanded:
        store.notices.change_waiting(id, next_at=now)
        store.broadcasts.change(id, when={"state": cast.state}, stirred=False)


def _step(tx: Store, id: str) -> bool:
    """One step; whether there is another at once."""
    cast, now = tx.broadcasts.get(id), tx.now()
    if cast.next_at is None or cast.next_at > now:
        return False
    if cast.state in STILL_GOING and not still_may(tx, cast):
        # Whoever was an officer when they asked for it is none now: what waits for the morning does not go either.
        _keep(tx, cast, state="stopped", stirred=True, next_at=now)
        return False
    match cast.state:
        case "repeating":
            return _fire(tx, cast, now)
        case "waiting" | "expanding" | "paused" if now >= cast.ends_at:
            return _expire(tx, cast)
        case "waiting":
            _keep(tx, cast, state="expanding", stirred=False, next_at=now)
            return True
        case "expanding":
            return _write_some(tx, cast, now)
        case "sending":
            return _look(tx, cast, now)
        case "paused":
            return _keep(tx, cast, next_at=min(now + RESTS, cast.ends_at))
    return _keep(tx, cast, next_at=None)


def _keep(tx: Store, cast: Broadcast, **fields: Any) -> bool:
    """Write how it stands, if nobody else has meanwhile; answers with False, for there is no step at once."""
    tx.broadcasts.change(cast.id, when={"state": cast.state, "cursor": cast.cursor}, **fields)
    return False


def _fire(tx: Store, parent: Broadcast, now: datetime) -> bool:
    """
    Make the broadcast that this one repeats, once for its day, and set when the next is. One that was missed by
    more than it lasts is made all the same, and has expired.
    """
    rules = tx.groups.get(parent.group).constitution
    at = parent.next_at or now
    next_at = before_meeting(rules, now)
    if not still_may(tx, parent):
        return _keep(tx, parent, state="stopped", next_at=None)
    late = now >= at + LASTS
    firing = replace(
        parent,
        id=f"{parent.id}:{rules.day(at).isoformat()}",
        parent=parent.id,
        repeat="",
        proposal="",
        state="expired" if late else "waiting",
        created_at=now,
        begins_at=at,
        ends_at=ends_at(at, rules.time_zone),
        next_at=None if late else at,
    )
    if tx.broadcasts.one(id=firing.id) is None:
        tx.broadcasts.insert(firing)
        if late:
            _tell_expired(tx, firing)
    return _keep(tx, parent, next_at=next_at)


def _write_some(tx: Store, cast: Broadcast, now: datetime) -> bool:
    page = page_of(tx, cast, cast.cursor)
    there = {each.id for each in tx.notices.among([cast_id(cast.id, each.person) for each in page.people])}
    new = [each for each in page.people if cast_id(cast.id, each.person) not in there]
    tx.notices.insert_all(_messages(tx, cast, new, now))
    done: dict[str, Any] = {"state": "sending", "expanded": True} if page.last else {}
    _keep(tx, cast, cursor=page.cursor, people=cast.people + len(new), next_at=now, **done)
    return True


def _messages(tx: Store, cast: Broadcast, people: Sequence[Addressee], now: datetime) -> list[Notice]:
    """A message for each: whoever has had enough this week is written down too, and is sent nothing."""
    had = tx.notices.broadcasts_to([each.person for each in people], now - WEEK)
    made = []
    for each in people:
        notice = Notice(
            id=cast_id(cast.id, each.person),
            person=each.person,
            kind=each.kind,
            values=each.values,
            created_at=now,
            next_at=now,
            once=True,
            bulk=True,
            quiet_in=each.zone,
            # One to all groups begins by the clock of none: to each it is of use as long after their own night.
            until=max(cast.ends_at, ends_at(cast.begins_at, each.zone)),
            group=each.group,
            owed=each.owed,
            broadcast=cast.id,
        )
        if had.get(each.person, 0) >= A_WEEK_MAX and not cast.source:
            notice = replace(notice, state="skipped", reason="ENOUGH", why="ENOUGH", next_at=None)
        made.append(notice)
    return made


def _look(tx: Store, cast: Broadcast, now: datetime) -> bool:
    """Done when none of its messages is on its way any more."""
    if tx.notices.count(broadcast=cast.id, state=["queued", "sending"]):
        pause = LOOKED_AT_AGAIN if now < cast.begins_at + SOON_DONE else RESTS
        return _keep(tx, cast, next_at=now + pause)
    return _keep(tx, cast, state="done", next_at=None)


def _expire(tx: Store, cast: Broadcast) -> bool:
    _tell_expired(tx, cast)
    _keep(tx, cast, state="expired", stirred=True, next_at=tx.now())
    return True


def _tell_expired(tx: Store, cast: Broadcast) -> None:
    """Whoever wrote it hears that it was not sent: not to all, or to nobody."""
    if cast.by:
        group = tx.groups.get(cast.group)
        tell(tx, cast.by, "cast_expired", id=f"cast_expired:{cast.id}", group=group.name, count=cast.people)
