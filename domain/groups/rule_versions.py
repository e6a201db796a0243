"""How a group's rules came to be what they are: each version, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from domain.groups.rules import Rule, value_of
from domain.money import Money
from domain.records.group import Adopted, Group
from domain.store import Store
from domain.tables import Some

VERSIONS_SHOWN_MAX: Final = 30
_EACH_RULE: Final[Sequence[Rule]] = get_args(Rule)


@dataclass(frozen=True, slots=True)
class RuleChanged:
    """What a rule said before, and says in this version."""

    rule: Rule
    was: Money | str
    to: Money | str


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A constitution from the day it was adopted; the first, and the oldest that is shown, change nothing."""

    version: int
    since: date
    changes: Sequence[RuleChanged]


def rule_versions(store: Store, group: Group) -> Some[RuleVersion]:
    """The newest first."""
    adopted = store.constitutions.some(VERSIONS_SHOWN_MAX, group=group.id, sort="-version")
    before: list[Adopted | None] = [*adopted[1:], None]
    versions = [
        RuleVersion(each.version, group.constitution.day(each.at), _changes(older, each))
        for each, older in zip(adopted, before, strict=False)
    ]
    return Some(versions, more=adopted.more)


def _changes(older: Adopted | None, newer: Adopted) -> list[RuleChanged]:
    if older is None:
        return []
    pairs = [(rule, value_of(older.constitution, rule), value_of(newer.constitution, rule)) for rule in _EACH_RULE]
    return [RuleChanged(rule, was, to) for rule, was, to in pairs if was != to]
