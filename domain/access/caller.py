"""
Who asks, and what they may see: one place for the pages and the API.

Every query of a group begins with `group_for` or `groups_seen`, which take the caller: a group that is not theirs
does not exist for them. What somebody is in a group is read anew at each request.
"""

from dataclasses import dataclass
from typing import Final, Literal

from domain.errors import DomainError
from domain.records.api_token import API_SCOPES, ApiScope
from domain.records.group import Group
from domain.records.person import OFFICERS, Language, Membership, NoSuchGroup, NotAllowed, membership_id
from domain.store import After, Store

CallerKind = Literal["person", "account", "token"]
CallerRole = Literal["member", "agent", "operator"]
GroupStanding = Literal["member", "officer", "agent", "operator"]

# Who is less sees less. What an officer does is no matter of rank: see `officer_for`.
_RANK: Final[tuple[GroupStanding, ...]] = ("member", "officer", "agent", "operator")
_MEMBERS: Final = ("active", "suspended", "leaving")
_SEEN_BY: Final[dict[CallerRole, frozenset[ApiScope]]] = {
    "member": frozenset(API_SCOPES),
    "agent": frozenset(API_SCOPES) - {"messages:send", "members:phones"},
    "operator": frozenset(API_SCOPES),
}


class NotSignedIn(DomainError):
    """Nobody is signed in, or what they hold is good no more."""

    code = "not_signed_in"


class MissingScope(DomainError):
    """The token is not good for this; `scope` is what it lacks."""

    code = "missing_scope"


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who asks, as they are at this request: a person of a group, an account of the operator's, or a token.

    `session` is the id of their session, "" for a token. `groups` are the ids of those an agent or a token is good
    for, nothing for others; `everywhere` for whoever sees all groups.
    """

    kind: CallerKind
    id: str
    role: CallerRole
    name: str
    language: Language = "en"
    scopes: frozenset[str] = frozenset()
    session: str = ""
    groups: frozenset[str] = frozenset()
    everywhere: bool = False

    @property
    def key(self) -> str:
        """One name for whoever it is: "person:ID"."""
        return f"{self.kind}:{self.id}"


def scopes_of(role: CallerRole) -> frozenset[str]:
    """What somebody who signed in may ask for of the groups that are theirs."""
    return frozenset(_SEEN_BY[role])


def check_scope(caller: Caller, scope: ApiScope) -> None:
    """Raises MissingScope."""
    if scope not in caller.scopes:
        raise MissingScope(scope=scope)


def standing(store: Store, caller: Caller, group: str) -> GroupStanding | None:
    """What the caller is in a group (its id) at this moment; None where it is not theirs."""
    if caller.kind != "person":
        if caller.everywhere:
            return "operator"
        return "agent" if group in caller.groups else None
    return _standing_of(store.memberships.one(id=membership_id(group, caller.id)))


def _standing_of(membership: Membership | None) -> GroupStanding | None:
    if membership is None or membership.status not in _MEMBERS:
        return None
    leads = membership.status == "active" and membership.role in OFFICERS and not membership.no_phone
    return "officer" if leads else "member"


def group_for(store: Store, caller: Caller, code: str, least: GroupStanding = "member") -> Group:
    """
    The group of this code, for whoever is at least this in it. Raises NoSuchGroup where it is not theirs or there
    is none, NotAllowed where it is theirs and they are less.
    """
    group = store.groups.one(code=code)
    found = standing(store, caller, group.id) if group else None
    if group is None or found is None:
        raise NoSuchGroup
    if _RANK.index(found) < _RANK.index(least):
        raise NotAllowed(why="officer", group=group.name)
    return group


def officer_for(store: Store, caller: Caller, code: str) -> Group:
    """The group of this code, for one of its officers: who sees all groups acts in none. Raises as `group_for`."""
    group = group_for(store, caller, code)
    if standing(store, caller, group.id) != "officer":
        raise NotAllowed(why="officer", group=group.name)
    return group


def groups_seen(store: Store, caller: Caller, after: str = "", limit: int = 50) -> list[Group]:
    """Their groups, by id, those `after` one; at most `limit`."""
    if caller.everywhere:
        return store.groups.find(limit=limit, id=After(after))
    if caller.kind == "person":
        mine = store.memberships.find(person=caller.id, status=list(_MEMBERS))
        ids = {each.group for each in mine}
    else:
        ids = set(caller.groups)
    shown = sorted(id for id in ids if id > after)[:limit]
    return sorted(store.groups.among(shown), key=lambda group: group.id)
