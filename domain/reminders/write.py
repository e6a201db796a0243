"""A reminder as it is written down: one message for all that a member is reminded of on a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.notice import Notice, Values
from domain.records.person import OFFICERS, Membership, Person, Role
from domain.reminders.due import DueToday, Reminder
from domain.reminders.held_out import is_held_out
from domain.reminders.times import no_use_after
from domain.store import Store
from domain.tell import has_chat

# So many are named in one message, which is to be one text; where there are more, the first is, and how many more.
NAMED_MAX: Final = 2
# What a reminder rests on: `domain/reminders/still.py` looks at it once more before it goes.
STILL_DUE: Final = "reminder"
_WHO_SPEAKS: Final[Sequence[Role]] = ("treasurer", "chairperson", "secretary")


@dataclass(frozen=True, slots=True)
class _Officer:
    person: str
    role: Role
    name: str


def reminder_id(person: str, day: date) -> str:
    """The one id that a reminder to a person on a day can have, whichever group it comes from."""
    return f"remind:{day.isoformat()}:{person}"


def written(
    store: Store, today: DueToday, now: datetime, *, only: Iterable[str] | None = None, held_out: bool = False
) -> Iterator[Notice]:
    """
    The messages that those who have something due today get, of `only` some people where these are named.

    Not to whoever wants no messages or no reminders, or froze their account, nor to the tenth that is `held_out`,
    nor to whom no message goes.
    It is of no use after the evening of its day, and where it is not known whether it went it is not sent again.
    """
    asked = today.by_person if only is None else only
    due = {person: _for_member(today.by_person.get(person, ())) for person in asked}
    wanted = [person for person, reminders in due.items() if reminders]
    people = {each.id: each for each in store.people.among(wanted)}
    officers = _officers(store, {due[person][0].group for person in wanted})
    for person in wanted:
        if not _is_to_get_it(store, people[person]) or (held_out and is_held_out(person)):
            continue
        reminders, theirs = due[person], today.memberships[person]
        home, of = today.groups[theirs[0].group], today.groups[reminders[0].group]
        zone = home.constitution.time_zone
        yield Notice(
            reminder_id(person, home.constitution.day(now)),
            person,
            "reminder",
            values_of(reminders, today.groups, len(theirs), _speaker(officers[of.id], person), store.service_code),
            now,
            next_at=now,
            once=True,
            bulk=True,
            owed=STILL_DUE,
            quiet_in=zone,
            until=min(no_use_after(zone, now), no_use_after(of.constitution.time_zone, now)),
        )


def values_of(
    reminders: Sequence[Reminder], groups: Mapping[str, Group], among: int, officer: str, dial: str
) -> dict[str, str | int | Money]:
    """
    What the words are made of: of each thing that is named its kind and figures, numbered from 1; and how many
    groups the member is `among`.
    """
    named = reminders if len(reminders) <= NAMED_MAX else reminders[:1]
    values: dict[str, str | int | Money] = {
        "officer": officer,
        "dial": dial,
        "more": len(reminders) - len(named),
        "among": among,
    }
    for number, each in enumerate(named, start=1):
        said: Values = {
            "kind": each.kind,
            "group": groups[each.group].name,
            "day": each.day.isoformat(),
            "done": each.done,
            "all": each.all,
            "late": each.late,
            **({"amount": each.amount} if each.amount else {}),
        }
        values |= {f"{name}{number}": value for name, value in said.items()}
    return values


def _for_member(reminders: Iterable[Reminder]) -> list[Reminder]:
    return [each for each in reminders if not each.is_for_officers]


def _is_to_get_it(store: Store, person: Person) -> bool:
    if person.messages_stopped or person.reminders_off or person.frozen:
        return False  # whoever froze their account can pay nothing, and may have lost the phone
    return bool(person.phone) or has_chat(store, person.id)


def _officers(store: Store, groups: Iterable[str]) -> Mapping[str, Sequence[_Officer]]:
    """Those of each group, whose name is to be heard first."""
    found = {id: store.memberships.find(group=id, role=list(OFFICERS), status="active") for id in groups}
    names = names_of(store, {each.person for members in found.values() for each in members})
    return {
        id: sorted((_named(each, names) for each in members), key=lambda each: _WHO_SPEAKS.index(each.role))
        for id, members in found.items()
    }


def _named(officer: Membership, names: Mapping[str, str]) -> _Officer:
    return _Officer(officer.person, officer.role, names[officer.person].split()[0])


def _speaker(officers: Sequence[_Officer], person: str) -> str:
    """The first name of an officer other than the one who is written to; "" where there is no other."""
    return next((each.name for each in officers if each.person != person), "")
