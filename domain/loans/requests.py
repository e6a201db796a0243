"""What a member has asked for and what has not been decided or paid out yet: in all their groups, in one list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.money import Money
from domain.records.loan import LoanState
from domain.records.proposal import ProposalKind
from domain.store import Store

Wanted = Literal["withdrawal", "grant", "exit", "reschedule", "loan"]

# What officers decide on, by the kind of their decision.
_DECIDED_ON: Final[Mapping[ProposalKind, Wanted]] = {
    "withdrawal": "withdrawal",
    "grant": "grant",
    "exit": "exit",
    "reschedule": "reschedule",
}
# A loan that is being sent cannot be called back.
_CANCELLED: Final[tuple[LoanState, ...]] = ("submitted", "guaranteed", "approved")


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """
    Something asked for that its owner can still cancel: the `id` is a loan's, or a proposal's. `missing` is how
    many have to agree still, 0 for what waits for a guarantor, or to be paid out.
    """

    id: str
    kind: Wanted
    group: str
    amount: Money
    missing: int


def own_requests(store: Store, person: str) -> list[OwnRequest]:
    """All of a member's, oldest first."""
    there = store.memberships.find(person=person, status=["active", "suspended"])
    groups = {group.id: group for group in store.groups.among([each.group for each in there])}
    asked = store.proposals.find(
        group=[*groups], state="open", maker=person, about=person, kind=list(_DECIDED_ON), sort="created_at"
    )
    loans = store.loans.find(person=person, group=[*groups], state=list(_CANCELLED), sort="asked_at")
    voted = store.proposals.among([loan.proposal for loan in loans])
    votes = {each.id: each.needed - len(each.yes) for each in voted}
    requests = []
    for each in asked:
        amount = each.values.get("amount")
        assert isinstance(amount, Money), "each of these is about an amount"
        if store.now() < each.expires_at:
            kind, missing = _DECIDED_ON[each.kind], each.needed - len(each.yes)
            requests.append(OwnRequest(each.id, kind, groups[each.group].name, amount, missing))
    for loan in loans:
        missing = votes.get(loan.proposal, 0) if loan.state == "guaranteed" else 0
        requests.append(OwnRequest(loan.id, "loan", groups[loan.group].name, loan.amount, missing))
    return requests
