"""Founding a group: its first officers, its first constitution, and the code by which others find it."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from domain.arithmetic.periods import Every
from domain.commands import handles
from domain.groups.rules import Rule, adopt, check_kind, defaults, with_rules
from domain.money import Money
from domain.records.group import BOOKS, Code, Constitution, Group, GroupKind
from domain.records.person import OFFICERS, Membership, NotAllowed, Role, membership_id
from domain.records.reminder import next_time
from domain.store import Store

GROUP_CODE_DIGITS: Final = 5
# Where so many codes of a length are taken one after the other, they have become scarce: the next is longer.
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A new group with its first officers, (person, role) each, in the order of the group's list."""

    code: str
    name: str
    kind: GroupKind
    constitution: Constitution
    officers: tuple[tuple[str, Role], ...]


@dataclass(frozen=True, slots=True)
class StartGroup:
    """
    Somebody founds a group with what is usual for its kind, but for some `rules`, and is its chairperson.

    `price` is that of a share or a hand, or what is usually saved. The values of the rules are as in ProposeRule.
    """

    person: str
    name: str
    kind: GroupKind
    price: Money
    social_fund: Money
    every: Every
    first_meeting: date
    time_zone: str
    rules: Mapping[Rule, str] = field(default_factory=dict)


@handles(FoundGroup)
def found_group(tx: Store, command: FoundGroup) -> str:
    """Answers with the group's id. Raises NotAllowed when nobody would lead it, BadConstitution."""
    if not any(role in OFFICERS for _, role in command.officers):
        raise NotAllowed(why="officer", group=command.name)
    check_kind(command.kind, command.constitution)
    now = tx.now()
    group = Group(
        id=tx.new_id(),
        code=command.code,
        name=command.name,
        kind=command.kind,
        currency=command.constitution.share_price.currency,
        constitution=command.constitution,
        created_at=now,
        members=len(command.officers),
        books=BOOKS,
        next_at=next_time(command.constitution.time_zone, now),
    )
    tx.groups.insert(group)
    adopt(tx, group, command.constitution, version=1)
    for number, (person, role) in enumerate(command.officers, start=1):
        id = membership_id(group.id, person)
        tx.memberships.insert(
            Membership(id, group.id, person, number, role, "active", asked_at=now, joined_at=now)
        )
    return group.id


@handles(StartGroup)
def start_group(tx: Store, command: StartGroup) -> Code:
    """Answers with the code of the group. Raises BadConstitution, NotInCoins."""
    usual = defaults(
        command.kind,
        command.price,
        command.first_meeting,
        social_fund=command.social_fund,
        every=command.every,
        time_zone=command.time_zone,
    )
    rules = with_rules(command.kind, usual, command.rules)
    code = free_code(tx, codes())
    found_group(tx, FoundGroup(code, command.name, command.kind, rules, ((command.person, "chairperson"),)))
    return code


def meeting_days(store: Store, time_zone: str) -> Annotated[list[date], Meta(min_length=1)]:
    """The days a group can meet first: today where it is, and the six after it."""
    today = store.now().astimezone(ZoneInfo(time_zone)).date()
    return [today + timedelta(days=days) for days in range(7)]


def free_code(store: Store, codes: Iterable[str]) -> str:
    """The first of them that no group has."""
    return next(code for code in codes if store.groups.one(code=code) is None)


def codes() -> Iterator[str]:
    """Any number of codes by chance, of GROUP_CODE_DIGITS digits and then of more; the first digit is not 0."""
    for tries in count():
        least = 10 ** (GROUP_CODE_DIGITS - 1 + tries // _TRIES)
        yield str(least + secrets.randbelow(9 * least))
