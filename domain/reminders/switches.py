"""What a group has its members reminded of, as its officers want it; and a member who wants no reminders."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from domain.commands import handles
from domain.decisions.rights import acting_officer
from domain.records.group import Group
from domain.records.person import OFFICERS, NotAllowed, membership_id
from domain.records.reminder import REMINDER_KINDS, ReminderKind
from domain.store import Store


@dataclass(frozen=True, slots=True)
class SwitchReminders:
    """An officer has members reminded of something, or no longer."""

    officer: str
    group: str
    kind: ReminderKind
    on: bool


@dataclass(frozen=True, slots=True)
class ChooseSummaryDay:
    """An officer says on which evening members hear what the week brought; `weekday` from Monday, 0."""

    officer: str
    group: str
    weekday: int


@dataclass(frozen=True, slots=True)
class StopReminders:
    """A member wants no reminders, or wants them again. Receipts and news they get all the same."""

    person: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class RemindersNow:
    """What members of a group are reminded of, in the order it is listed, and what it has of these at all."""

    on: list[ReminderKind]
    kinds: Annotated[list[ReminderKind], Meta(min_length=1)]
    summary_day: Annotated[int, Meta(examples=[6])]


def reminders_now(store: Store, group_id: str, officer: str) -> RemindersNow:
    """The switches of a group, for one of its officers. Raises NotAllowed."""
    found = store.memberships.one(id=membership_id(group_id, officer))
    group = store.groups.get(group_id)
    if found is None or found.status != "active" or found.role not in OFFICERS:
        raise NotAllowed(why="officer", group=group.name)
    kinds = [kind for kind in REMINDER_KINDS if _has(group, kind)]
    return RemindersNow([kind for kind in kinds if kind not in group.silent], kinds, group.summary_day)


def reminders_are_off(store: Store, person: str) -> bool:
    """Whether a member wants no reminders."""
    return store.people.get(person).reminders_off


@handles(SwitchReminders)
def switch_reminders(tx: Store, command: SwitchReminders) -> None:
    """It holds from the next reminder on. Raises NotAllowed, NoPhone, Frozen."""
    acting_officer(tx, command.group, command.officer)
    silent = [kind for kind in tx.groups.get(command.group).silent if kind != command.kind]
    tx.groups.change(command.group, silent=silent if command.on else [*silent, command.kind])


@handles(ChooseSummaryDay)
def choose_summary_day(tx: Store, command: ChooseSummaryDay) -> None:
    """Raises NotAllowed, NoPhone, Frozen."""
    acting_officer(tx, command.group, command.officer)
    tx.groups.change(command.group, summary_day=command.weekday % 7)


@handles(StopReminders, always=True)
def stop_reminders(tx: Store, command: StopReminders) -> None:
    """It holds at once, for those too that are written down and not sent."""
    tx.people.change(command.person, reminders_off=command.stopped)


def _has(group: Group, kind: ReminderKind) -> bool:
    """Whether a group of its kind has such a thing at all."""
    if kind == "turn":
        return group.kind == "rosca"
    if kind in ("instalment", "guarantee"):
        return group.constitution.loans is not None and group.kind != "rosca"
    return True
