"""
Reminders by themselves: a group at a time, twice a day, some of its members at a time.

The group's `next_at` says when it is looked at. One transaction opens the round and moves `next_at` on, so that
two schedulers open one; each further one looks at some members, writes their messages and moves the round on. What
has died in between is done again, and the messages are the same ones by their ids.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, get_args

from domain.people.find import names_of
from domain.records.group import Group, GroupKind
from domain.records.notice import Notice
from domain.records.person import Membership
from domain.records.reminder import ReminderRound, last_time, next_time
from domain.reminders.due import DueToday, due_today, meets_on
from domain.reminders.summary import tell_summary
from domain.reminders.times import is_morning, no_use_after
from domain.reminders.write import written
from domain.store import Between, Store
from domain.tell import tell_officers

# Members that one transaction looks at, and how many of those follow each other before others have their turn.
AT_ONCE: Final = 50
_STEPS_MAX: Final = 100
_ONE_DAY: Final = timedelta(days=1)


def groups_to_remind(store: Store, most: int) -> list[str]:
    """The groups whose time has come, and those that never had one: new ones, and those of before."""
    return store.groups.due(store.now(), most, kind=list(get_args(GroupKind)))


def remind_group(store: Store, id: str) -> None:
    """
    Open the round that a group's time has come for, and set its next one.

    Of those that nobody looked for in time there is none but the last, until the evening of its day.
    """
    # A group that cannot be read has a time all the same: it is put off like all that fails.
    store.groups.change(id, when={"next_at": None}, next_at=store.now())

    def work(tx: Store) -> None:
        group, now = tx.groups.get(id), tx.now()
        if group.next_at is None or now < group.next_at:
            return
        zone = group.constitution.time_zone
        if tx.groups.change(id, when={"next_at": group.next_at}, next_at=next_time(zone, now)) is None:
            return
        at = last_time(zone, now)
        # Before it had a time it was first seen, and nothing was missed; in the evening it is too late.
        if at < group.next_at or now >= no_use_after(zone, at) or group.closing:
            return
        if not is_morning(zone, at):
            tell_summary(tx, group, at)
        if _has_reason(tx, group, at):
            round = ReminderRound(f"{id}:{at.isoformat()}", id, at, next_at=now)
            if tx.reminder_rounds.one(id=round.id) is None:
                tx.reminder_rounds.insert(round)

    store.transaction(work)


def remind_members(store: Store, id: str, *, held_out: bool = False) -> None:
    """Write down the reminders of a round, some members at a time, until all are looked at or it is too late."""
    for _ in range(_STEPS_MAX):
        if not store.transaction(lambda tx: _step(tx, id, held_out=held_out)):
            return


def reminders_today(store: Store, group_id: str, *, held_out: bool = False) -> Iterator[tuple[Membership, Notice]]:
    """
    What the members of a group are reminded of on this day, with what they were reminded of already, in the order
    of their numbers. It writes nothing.
    """
    group, after = store.groups.get(group_id), 0
    while after < group.members:
        members = _next_members(store, group, after)
        today = due_today(store, [each.person for each in members], store.now())
        of = {each.person: each for each in members}
        for notice in written(store, today, store.now(), held_out=held_out):
            yield of[notice.person], notice
        after += AT_ONCE


def _step(tx: Store, id: str, *, held_out: bool) -> bool:
    """Look at the next members of a round; whether there are more."""
    round = tx.reminder_rounds.get(id)
    if round.next_at is None:
        return False
    group, now = tx.groups.get(round.group), tx.now()
    zone = group.constitution.time_zone
    over = now >= no_use_after(zone, round.at) or group.closing
    if not over:
        _remind(tx, group, _next_members(tx, group, round.after), round.at, held_out=held_out)
    after = round.after + AT_ONCE
    ends = over or after >= group.members
    tx.reminder_rounds.change(id, after=after, next_at=None if ends else now)
    return not ends


def _next_members(store: Store, group: Group, after: int) -> list[Membership]:
    numbers = Between(after + 1, after + AT_ONCE)
    return store.memberships.find(group=group.id, number=numbers, status="active", sort="number")


def _remind(tx: Store, group: Group, members: list[Membership], at: datetime, *, held_out: bool) -> None:
    now, morning = tx.now(), is_morning(group.constitution.time_zone, at)
    today = due_today(tx, [each.person for each in members], now)
    # At eight go those who have something that belongs there, with all else of the day: it is one message a day.
    chosen = [
        person
        for person, reminders in today.by_person.items()
        if not morning or any(each.is_for_morning and not each.is_for_officers for each in reminders)
    ]
    notices = list(written(tx, today, now, only=chosen, held_out=held_out))
    told = {each.id for each in tx.notices.among([notice.id for notice in notices])}
    tx.notices.insert_all([notice for notice in notices if notice.id not in told])
    if morning:
        _tell_officers(tx, group, today)


def _tell_officers(tx: Store, group: Group, today: DueToday) -> None:
    """Of whom they hear that reminders did not help."""
    late = [
        (person, each, each.amount)
        for person, reminders in today.by_person.items()
        for each in reminders
        if each.is_for_officers and each.group == group.id and each.amount
    ]
    names = names_of(tx, {person for person, _, _ in late})
    for person, each, amount in late:
        id = f"late:{each.of}:{each.day.isoformat()}"
        tell_officers(
            tx, group, "late_in_spite_of_reminders", id=id, but=person, name=names[person], amount=amount
        )


def _has_reason(store: Store, group: Group, at: datetime) -> bool:
    """Whether any member may have something due, by a look at the group alone."""
    if is_morning(group.constitution.time_zone, at):
        return "instalment" not in group.silent and store.loans.one(group=group.id, state="active") is not None
    day = group.constitution.day(at)
    if meets_on(group, day + _ONE_DAY):
        return True
    waiting = {"group": group.id, "state": "open"}
    return store.proposals.one(**waiting) is not None or (
        store.loans.one(group=group.id, state="submitted") is not None
    )
