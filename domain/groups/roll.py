"""The members of a group with their figures, a page at a time: as many queries whatever the number of members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.books.accounts import SAVINGS, Account
from domain.groups.overview import LIST_PAGE
from domain.money import Money
from domain.records.group import Group
from domain.records.person import Membership, MembershipStatus, Role
from domain.store import Between, Store

_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended", "leaving")
_ACCOUNTS: Final = (*SAVINGS, Account.POT, Account.CREDIT, Account.PRINCIPAL)
PHONE_END: Final = 3


@dataclass(frozen=True, slots=True)
class OnRoll:
    """
    A member and what the book says of them: `saved` with what they put into the rotation, `credit` paid ahead,
    the principal of their loans, and fines that are due. Of the phone the last digits, "" where there is none.
    """

    person: str
    number: int
    name: str
    role: Role
    status: MembershipStatus
    phone_end: str
    saved: Money
    credit: Money
    owes: Money
    fines: Money


def roll_page(store: Store, group: Group, first: int) -> list[OnRoll]:
    """Who is in the group, of the LIST_PAGE numbers from `first` on."""
    numbers = Between(first, first + LIST_PAGE - 1)
    return _with_figures(
        store, group, store.memberships.find(group=group.id, number=numbers, status=list(_THERE), sort="number")
    )


def roll_of(store: Store, group: Group, people: Sequence[str]) -> list[OnRoll]:
    """The same of some people who are in the group, or were."""
    members = store.memberships.among([f"{group.id}:{person}" for person in people])
    return _with_figures(store, group, sorted(members, key=lambda each: each.number))


def _with_figures(store: Store, group: Group, members: Sequence[Membership]) -> list[OnRoll]:
    ids = [each.person for each in members]
    if not ids:
        return []
    people = {each.id: each for each in store.people.among(ids)}
    balances = store.books.of_members(group.id, _ACCOUNTS, ids)
    fines: dict[str, int] = {}
    for fine in store.fines.find(group=group.id, person=ids, state="due"):
        fines[fine.person] = fines.get(fine.person, 0) + fine.amount.minor
    return [
        OnRoll(
            person=each.person,
            number=each.number,
            name=people[each.person].name,
            role=each.role,
            status=each.status,
            phone_end=people[each.person].phone[-PHONE_END:],
            saved=_held(balances, group, each.person, *SAVINGS, Account.POT),
            credit=_held(balances, group, each.person, Account.CREDIT),
            owes=_held(balances, group, each.person, Account.PRINCIPAL),
            fines=Money(fines.get(each.person, 0), group.currency),
        )
        for each in members
    ]


def _held(balances: Mapping[tuple[str, str], int], group: Group, person: str, *accounts: Account) -> Money:
    return Money(sum(each.shown(balances.get((each, person), 0)) for each in accounts), group.currency)
