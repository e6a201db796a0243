"""The broadcasts of all groups, for an operator: how far each is, and what it may cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.money import Money
from domain.records.broadcast import Audience, BroadcastState, MessageKind
from domain.store import Before, Store

CASTS_A_PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class CastSeen:
    """
    A broadcast: to a `group`, "" for all, by whom, and how many of its messages went, arrived, or did not go. What
    it costs at most is None where nobody has said what messages cost.
    """

    id: str
    at: datetime
    group: str
    code: str
    by: str
    kind: MessageKind
    audience: Audience
    state: BroadcastState
    people: int
    gone: int
    failed: int
    cost: Money | None


def casts_seen(
    store: Store, groups: Sequence[str] | None = None, before: datetime | None = None
) -> list[CastSeen]:
    """The newest first, those of these groups, None for all. Two queries, and one for all that they count."""
    wanted: dict[str, Any] = {"created_at": Before(before)} if before else {}
    if groups is not None:
        wanted["group"] = list(groups)
    casts = store.broadcasts.find(sort="-created_at", limit=CASTS_A_PAGE, **wanted)
    names = {each.id: each for each in store.groups.among(sorted({each.group for each in casts if each.group}))}
    counted = store.notices.tallies([each.id for each in casts])
    price = store.offered.message_costs.text
    return [
        CastSeen(
            id=each.id,
            at=each.created_at,
            group=names[each.group].name if each.group else "",
            code=names[each.group].code if each.group else "",
            by=each.name if each.by else "",
            kind=each.kind,
            audience=each.audience,
            state=each.state,
            people=each.people,
            gone=sum(counted.get((each.id, state), 0) for state in ("sent", "delivered", "read")),
            failed=sum(counted.get((each.id, state), 0) for state in ("failed", "unknown")),
            cost=Money(each.cost, price.currency) if price else None,
        )
        for each in casts
    ]
