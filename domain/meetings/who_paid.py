"""Who has put in what is due for a meeting, and who has not: for officers."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.books.accounts import Account
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Paid, due
from domain.records.rota import owed_to_pot, rota_id
from domain.savings.social_due import social_due
from domain.store import Between, Store

# So many of the list are looked at together: a whole village group.
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class MeetingPaid:
    """`paid` of the `members` have put in all that is due for the meeting; `numbers` have been given out."""

    meeting: date
    paid: int
    members: int
    total: Money
    numbers: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A member who still has something to put in; `missed` is what the social fund misses of meetings before."""

    name: str
    due: Money
    missed: Money | None = None


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
    rules, meeting = group.constitution, group.constitution.meeting(store.now())
    numbers = Between(first, first + PAGE - 1)
    members = store.memberships.find(group=group_id, number=numbers, status="active", sort="number")
    paid = store.paid_by(group_id, group.meeting_key(meeting), [each.person for each in members])
    names = names_of(store, [each.person for each in members])
    owed = {each.person: due(rules, paid[each.person], each.hands) for each in members}
    if group.kind == "rosca":
        rota, balances = store.rotas.one(id=rota_id(group.id, group.cycle)), store.books.balances(group.id)
        for each in members:
            social = Money(max(0, rules.social.minor - paid[each.person].social), group.currency)
            owed[each.person] = social + owed_to_pot(
                rota, group, each, -balances.get((Account.POT, each.person), 0), meeting
            )
    owing = social_due(store, [(group, each) for each in members])
    missed = {each.person: owing[group.id, each.person].missed for each in members}
    return [
        Missing(names[person], amount, missed[person] or None)
        for person, amount in owed.items()
        if amount or missed[person]
    ]
