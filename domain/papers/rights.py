"""Who may have a paper of a group."""

from domain.decisions.rights import active_member, not_allowed
from domain.records.person import OFFICERS
from domain.store import Store


def check_leads(store: Store, group_id: str, person: str) -> None:
    """Raises NotAllowed for whoever is no officer of the group now."""
    if active_member(store, group_id, person).role not in OFFICERS:
        raise not_allowed(store, group_id, "officer")
