"""A group's cycles: one is open at a time, and the next begins at a moment."""

from domain.records.group import Group
from domain.store import Store


def begin_next_cycle(tx: Store, group: Group) -> Group:
    """The group in its next cycle, from now on: what was before is of the one that ends."""
    begun = tx.groups.change(
        group.id, cycle=group.cycle + 1, cycle_began_at=tx.now(), numbered=True, closing=False
    )
    assert begun is not None, "the group was read in this transaction"
    return begun
