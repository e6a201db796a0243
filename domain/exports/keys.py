"""A group as it is exported: with what files say instead of names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain.access.accounts import accounts_of_staff
from domain.exports.people import ExportFor
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.group import Group
from domain.records.programme import Programme
from domain.store import After

KEY_LENGTH: Final = 20
_KEYS_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class ExportedGroup:
    """
    A group, the code of its `programme` and of its `agent`, "" for none, how ids are made keys, and `whom` the
    file is for.
    """

    group: Group
    programme: str
    agent: str
    seal: Callable[[str], str]
    whom: ExportFor = "programme"

    def key(self, id: str) -> str:
        """What files say for an id, "" for none: nobody gets the id, or another deployment's key, from it."""
        return self.seal(id) if id else ""

    def money(self, minor: int) -> Money:
        return Money(minor, self.group.currency)


def groups_to_export(
    store: MongoStore, programme: Programme | None = None, whom: ExportFor = "programme"
) -> Iterator[ExportedGroup]:
    """The groups of a programme, all without, one after the other."""
    codes = {each.id: each.code for each in store.programmes.find()}
    agents = {each.id: each.code or each.email for each in accounts_of_staff(store)}
    seal = lru_cache(_KEYS_KEPT)(lambda id: store.pins.seal(f"export\n{id}").hex()[:KEY_LENGTH])
    for group in store.groups.each(**({"programme": programme.id} if programme else {})):
        if group.undone:
            continue
        yield ExportedGroup(group, codes.get(group.programme, ""), agents.get(group.agent, ""), seal, whom)


def count_to_export(store: MongoStore, programme: Programme | None = None) -> int:
    """How many groups that are, with the few whose opening was undone: no index tells them apart."""
    return store.groups.count(**({"programme": programme.id} if programme else {"id": After("")}))
