"""What is asked for in a group and what became of it: who asked, who has said what, who has still to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.people.find import names_of
from domain.records.group import Group
from domain.records.notice import Values
from domain.records.proposal import Proposal, ProposalKind, ProposalState, Voters
from domain.store import Store
from domain.tables import Some

OPEN_SHOWN_MAX: Final = 50
CLOSED_SHOWN: Final = 20
_CLOSED: Final[tuple[ProposalState, ...]] = ("approved", "rejected", "withdrawn", "expired")


@dataclass(frozen=True, slots=True)
class DecisionSeen:
    """
    A request as the group sees it: `missing` more have to agree until the day it is open `until`. `maker` and
    those who said `yes` and `no` by name; `reason` is of whoever said no last. A vote is bound to the `digest`.
    """

    id: str
    kind: ProposalKind
    values: Values
    state: ProposalState
    maker: str
    by: Voters
    needed: int
    missing: int
    yes: Sequence[str]
    no: Sequence[str]
    reason: str
    asked: date
    until: date
    digest: str


def decisions_open(store: Store, group: Group) -> Some[DecisionSeen]:
    """What waits for votes, oldest first."""
    found = store.proposals.some(OPEN_SHOWN_MAX, group=group.id, state="open", sort="created_at")
    seen = _seen(store, group, (each for each in found if store.now() < each.expires_at))
    return Some(seen, more=found.more)


def decisions_closed(store: Store, group: Group) -> Some[DecisionSeen]:
    """What is decided, or was given up, newest first."""
    found = store.proposals.some(CLOSED_SHOWN, group=group.id, state=list(_CLOSED), sort="-created_at")
    return Some(_seen(store, group, found), more=found.more)


def _seen(store: Store, group: Group, proposals: Iterable[Proposal]) -> list[DecisionSeen]:
    found, day = list(proposals), group.constitution.day
    names = names_of(store, {person for each in found for person in (each.maker, *each.yes, *each.no) if person})
    return [
        DecisionSeen(
            id=each.id,
            kind=each.kind,
            values=each.values,
            state=each.state,
            maker=names.get(each.maker, ""),
            by=each.by,
            needed=each.needed,
            missing=max(0, each.needed - len(each.yes)),
            yes=[names[person] for person in each.yes],
            no=[names[person] for person in each.no],
            reason=each.reason,
            asked=day(each.created_at),
            until=day(each.expires_at),
            digest=each.digest,
        )
        for each in found
    ]
