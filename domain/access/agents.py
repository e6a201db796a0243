"""
Which groups belong to a programme, and who looks after them: said by the groups themselves, each of which names
its programme and its agent. So a group has one agent, and who looks after it no more sees it no more.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from domain.access.audit import note
from domain.access.caller import Caller
from domain.errors import DomainError
from domain.records.account import StaffAccount
from domain.records.group import Group
from domain.records.programme import Programme
from domain.store import Duplicate, Store

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")
_NAME_MAX: Final = 60


class BadProgramme(DomainError):
    """A programme that cannot be made: its code is none, or another one's, or it has no name."""

    code = "bad_programme"


class NoAgent(DomainError):
    """The account is an operator's, or may not sign in: nobody looks after groups with it."""

    code = "no_agent"


def groups_of_agent(store: Store, account: StaffAccount) -> frozenset[str]:
    """
    The ids of the groups that an agent sees now: those that name them, read from the index alone.

    Accounts of before hold ids themselves. Such a group is the agent's for as long as it names nobody.
    """
    named = store.groups.ids(agent=account.id)
    held = store.groups.ids(id=list(account.groups), agent=["", None]) if account.groups else []
    return frozenset((*named, *held))


def agent_with_code(store: Store, code: str) -> StaffAccount | None:
    """The agent whom sheets call so: by the code of their account, or by its address."""
    said = code.strip()
    if not said:
        return None
    found = store.accounts.one(email=said.lower()) if "@" in said else store.accounts.one(code=said)
    return found if found and found.role == "agent" else None


def add_programme(store: Store, code: str, name: str) -> Programme:
    """A new programme. Raises BadProgramme."""
    code, name = code.strip().lower(), " ".join(name.split())
    if not _CODE.fullmatch(code) or not 0 < len(name) <= _NAME_MAX:
        raise BadProgramme
    made = Programme(store.new_id(), code, name, store.now())
    try:
        store.programmes.insert(made)
    except Duplicate as error:
        raise BadProgramme from error
    return made


def programme_with(store: Store, code: str) -> Programme | None:
    """The programme with this code."""
    return store.programmes.one(code=code.strip().lower())


def programmes_seen(store: Store, caller: Caller) -> list[Programme]:
    """All of them, for whoever sees all groups; for others those that a group of theirs is in."""
    found = store.programmes.find(sort="code")
    if caller.everywhere:
        return found
    theirs = {each.programme for each in store.groups.among(sorted(caller.groups))}
    return [each for each in found if each.id in theirs]


def put_in_programme(
    store: Store, groups: Iterable[Group], programme: Programme, *, by: Caller | None = None, where: str = ""
) -> int:
    """Have groups belong to a programme, and to no other; how many did not before."""
    moved = [each for each in groups if each.programme != programme.id]
    for group in moved:
        note(store, by, "group.programme", group=group.id, why=programme.code, where=where)
        store.groups.change(group.id, programme=programme.id)
    return len(moved)


def look_after(
    store: Store,
    groups: Iterable[Group],
    agent: StaffAccount | None,
    *,
    by: Caller | None = None,
    why: str = "",
    where: str = "",
) -> int:
    """
    Give groups their agent, None for nobody; how many had another. Each is written down before it is done, so an
    interruption leaves some done, and the same again does the rest. Raises NoAgent.
    """
    if agent is not None and (agent.role != "agent" or agent.disabled):
        raise NoAgent
    id = agent.id if agent else ""
    moved = [each for each in groups if each.agent != id]
    for group in moved:
        note(store, by, "group.agent", about=id, group=group.id, why=why, where=where)
        store.groups.change(group.id, agent=id)
    return len(moved)


def hand_groups_over(
    store: Store,
    giver: StaffAccount,
    taker: StaffAccount,
    codes: Sequence[str] = (),
    *,
    by: Caller | None = None,
    where: str = "",
) -> int:
    """
    Hand groups of one agent to another: those with these codes, all without; how many. A group that is not the
    giver's stays where it is. Raises NoAgent.
    """
    theirs = store.groups.among(sorted(groups_of_agent(store, giver)))
    wanted = [each for each in theirs if not codes or each.code in codes]
    why = f"from {giver.email}"
    return look_after(store, sorted(wanted, key=lambda each: each.code), taker, by=by, why=why, where=where)
