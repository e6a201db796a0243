"""Finding somebody in a group: by their number in its list, their phone, or the beginning of their name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from domain.people.phones import LookedForByNumber, NoSuchMember, holders_of, normal_phone
from domain.records.group import Group
from domain.records.person import Membership, MembershipStatus, Role
from domain.store import Store

# By name only where the whole list is read in no time: in a larger group too many begin alike.
NAMES_MAX: Final = 60
_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended", "leaving")
_GONE: Final[tuple[MembershipStatus, ...]] = ("exited", "deceased", "expelled")


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member as an officer sees them in the list. `id` is the person's."""

    id: str
    name: str
    number: int
    role: Role
    status: MembershipStatus
    frozen: bool
    has_phone: bool = True


def find_members(
    store: Store, group_id: str, typed: str, country: str, gone: bool = False
) -> Annotated[list[ListedMember], Meta(min_length=1)]:
    """
    Those who are in the group, also suspended, in its order; a phone without a country code is of `country`. Who
    has left, or has died, is among them when `gone`.

    Raises NoSuchMember when it is nobody, LookedForByNumber for a name in a large group.
    """
    group = store.groups.get(group_id)
    if not _is_number(typed) and group.members > NAMES_MAX:
        raise LookedForByNumber(group=group.name)
    found = sorted(_memberships(store, group, typed, country, gone), key=lambda membership: membership.number)
    people = {person.id: person for person in store.people.among([m.person for m in found])}
    wanted = typed.casefold()
    listed = [
        ListedMember(
            m.person,
            people[m.person].name,
            m.number,
            m.role,
            m.status,
            people[m.person].frozen,
            bool(people[m.person].phone),
        )
        for m in found
        if _is_number(typed) or any(part.startswith(wanted) for part in _parts(people[m.person].name))
    ]
    if not listed:
        raise NoSuchMember
    return listed


def names_of(store: Store, people: Iterable[str]) -> dict[str, str]:
    """What people are called, by their ids."""
    return {person.id: person.name for person in store.people.among(list(people))}


def _memberships(store: Store, group: Group, typed: str, country: str, gone: bool) -> list[Membership]:
    statuses = [*_THERE, *(_GONE if gone else ())]
    if not _is_number(typed):
        return store.memberships.find(group=group.id, status=statuses)
    if len(typed) <= 6 and not typed.startswith(("+", "0")):
        return store.memberships.find(group=group.id, number=int(typed), status=statuses)
    phone = normal_phone(typed, country)
    found = [person.id for person in holders_of(store, phone)] if phone else []
    return store.memberships.find(group=group.id, person=found, status=statuses) if found else []


def _is_number(typed: str) -> bool:
    digits = typed.removeprefix("+").replace(" ", "")
    return digits.isascii() and digits.isdigit()


def _parts(name: str) -> list[str]:
    """A name and each word of it: people are called by either."""
    return [name.casefold(), *name.casefold().split()]
