"""Agents with the groups they look after, and how many of those need a visit."""

from dataclasses import dataclass

from domain.access.accounts import accounts_of_staff
from domain.access.agents import groups_of_agent
from domain.arithmetic.health import VISIT_BELOW
from domain.store import After, Before, Store


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """An agent's account, how many groups they look after, and how many of those need a visit."""

    id: str
    name: str
    email: str
    code: str
    disabled: bool
    groups: int
    visits: int


def agents_seen(store: Store) -> list[AgentSeen]:
    """All agents by their addresses: two indexed queries each."""
    found = []
    for each in accounts_of_staff(store):
        if each.role != "agent":
            continue
        groups = sorted(groups_of_agent(store, each))
        visits = store.figures.count(id=groups, currency=After(""), worst=Before(VISIT_BELOW)) if groups else 0
        found.append(AgentSeen(each.id, each.name, each.email, each.code, each.disabled, len(groups), visits))
    return found
