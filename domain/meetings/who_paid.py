"""Who has put in what is due for a meeting, and who has not: for officers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.books.accounts import Account
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group, Paid, due
from domain.records.payment import OPEN
from domain.records.person import Membership
from domain.records.rota import owed_to_pot, rota_id
from domain.savings.social_due import social_due
from domain.store import Between, Store

# So many of the list are looked at together: a whole village group.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class MeetingPaid:
    """
    `paid` of the `members` have put in all that is due for the meeting; `total` is all money they put in, with
    what is their credit; `numbers` have been given out.
    """

    meeting: date
    paid: int
    members: int
    total: Money
    numbers: int


@dataclass(frozen=True, slots=True)
class Missing:
    """
    A member, with their number, who still has something to put in; `missed` is what the social fund misses of
    meetings before.
    """

    number: int
    name: str
    due: Money
    missed: Money | None = None

    @property
    def total(self) -> Money:
        return self.due + self.missed if self.missed else self.due


def meeting_paid(store: Store, group_id: str) -> MeetingPaid:
    """How much is in for the meeting that comes next, or today's; what is on its way is not."""
    group = store.groups.get(group_id)
    rules, meeting = group.constitution, group.constitution.meeting(store.now())
    members = store.memberships.count(group=group_id, status="active")
    up = store.paid_up(group_id, group.meeting_key(meeting), Paid(rules.share_price.minor, rules.social.minor))
    paid = up.members if group.members > PAGE else members - len(not_paid(store, group_id, 1))
    return MeetingPaid(meeting, paid, members, Money(up.total, group.currency), group.members)


def not_paid(store: Store, group_id: str, first: int) -> list[Missing]:
    """Who has not put in what is due, of the fifty numbers from `first` on."""
    group = store.groups.get(group_id)
    numbers = Between(first, first + PAGE - 1)
    members = store.memberships.find(group=group_id, number=numbers, status="active", sort="number")
    names, owed = names_of(store, [each.person for each in members]), owed_for_meeting(store, group, members)
    owing = social_due(store, [(group, each) for each in members])
    missed = {each.person: owing[group.id, each.person].missed for each in members}
    return [
        Missing(each.number, names[each.person], owed[each.person], missed[each.person] or None)
        for each in members
        if owed[each.person] or missed[each.person]
    ]


def has_not_put_in(store: Store, group: Group) -> list[str]:
    """
    The members who have not put in what is due for today's meeting, and have not asked to be asked for it either:
    a payment counts from the moment it was asked for. Nobody in a group too large to be called.
    """
    if group.members > PAGE:
        return []
    members = store.memberships.find(group=group.id, status="active", sort="number")
    coming = store.payments.find(group=group.id, state=list(OPEN), direction="in", purpose="contribution")
    key = group.meeting_key(group.constitution.meeting(store.now()))
    asked = {each.person for each in coming if each.counts_for == key}
    owed = owed_for_meeting(store, group, members)
    return [person for person, amount in owed.items() if amount and person not in asked]


def owed_for_meeting(store: Store, group: Group, members: Sequence[Membership]) -> dict[str, Money]:
    """What each of these has still to put in for the meeting that comes, or today's."""
    rules, meeting = group.constitution, group.constitution.meeting(store.now())
    paid = store.paid_by(group.id, group.meeting_key(meeting), [each.person for each in members])
    if group.kind != "rosca":
        return {each.person: due(rules, paid[each.person], each.hands) for each in members}
    rota, balances = store.rotas.one(id=rota_id(group.id, group.cycle)), store.books.balances(group.id)
    owed = {}
    for each in members:
        social = Money(max(0, rules.social.minor - paid[each.person].social), group.currency)
        held = -balances.get((Account.POT, each.person), 0)
        owed[each.person] = social + owed_to_pot(rota, group, each, held, meeting)
    return owed
