"""What of a member's savings is locked: it stands for the loans of others."""

from typing import Any

from domain.money import Money
from domain.records.loan import ASKED_FOR
from domain.store import Store


def locked(store: Store, group_id: str, person: str) -> Money:
    """How much of a member's savings in a group stands for the loans of others and cannot be taken out."""
    guaranteed: dict[str, Any] = {"guarantees.person": person, "group": group_id, "state": [*ASKED_FOR, "active"]}
    nothing = Money(0, store.groups.get(group_id).currency)
    return sum((loan.locked(person) for loan in store.loans.find(**guaranteed)), nothing)
