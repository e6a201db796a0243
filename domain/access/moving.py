"""
Whose the groups are that move in: who may bring one, and who sees how far it is.

An operator brings any group, and so does a token for all groups. An agent brings those whose sheets name them, or
nobody, and sees those. A group that moves in is no group yet, so a token for some groups sees none.
"""

from collections.abc import Sequence

from domain.access.agents import agent_with_code
from domain.access.caller import Caller
from domain.records.account import StaffAccount
from domain.records.arrival import Arrival, ArrivalState
from domain.records.person import NoSuchGroup, NotAllowed
from domain.store import Store


def check_brings(caller: Caller) -> None:
    """Raises NotAllowed for whoever brings no groups at all."""
    if not caller.everywhere and caller.kind != "account":
        raise NotAllowed(why="stranger")


def own_agent_code(store: Store, caller: Caller) -> str:
    """What sheets call the caller, if they are an agent: their code, or their address; "" for others."""
    account = _agent(store, caller)
    return (account.code or account.email) if account else ""


def brings_group(store: Store, caller: Caller, code: str, agent_code: str) -> bool:
    """Whether the caller may bring the group of this code, whose sheets name this agent, "" for nobody."""
    if caller.everywhere:
        return True
    known = store.arrivals.one(id=code)
    return _is_theirs(store, caller, agent_code) and (
        known is None or _is_theirs(store, caller, known.book.agent, known.by)
    )


def _is_theirs(store: Store, caller: Caller, agent_code: str, by: str = "") -> bool:
    if not agent_code:
        return by in ("", caller.key)
    named = agent_with_code(store, agent_code)
    return named is not None and caller.kind == "account" and named.id == caller.id


def arrivals_of(
    store: Store, caller: Caller, states: Sequence[ArrivalState], *, past: tuple[object, str] | None, limit: int
) -> list[Arrival]:
    """The groups in these states that are theirs to see, the newest first, those `past` one. Raises NotAllowed."""
    check_brings(caller)
    theirs = {} if caller.everywhere else {"book.agent": _names_of(store, caller)}
    return store.arrivals.keyset("-at", limit, past, state=list(states), **theirs)


def arrival_for(store: Store, caller: Caller, code: str) -> Arrival:
    """The group that moves in with this code, if it is theirs to see. Raises NoSuchGroup, NotAllowed."""
    check_brings(caller)
    found = store.arrivals.one(id=code)
    if found is None or not (caller.everywhere or found.book.agent in _names_of(store, caller)):
        raise NoSuchGroup
    return found


def _names_of(store: Store, caller: Caller) -> list[str]:
    account = _agent(store, caller)
    return [each for each in (account.code, account.email) if each] if account else []


def _agent(store: Store, caller: Caller) -> StaffAccount | None:
    if caller.kind != "account" or caller.role != "agent":
        return None
    return store.accounts.one(id=caller.id)
