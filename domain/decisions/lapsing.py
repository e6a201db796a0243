"""What ends without a vote: a proposal that nobody decided in time, and what was approved and not carried out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from domain.decisions.concluding import conclude, lapse, still_holds, undo_waiting
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.proposal import CARRIED_OUT_WITHIN, ENDS_WITH_CYCLE, Proposal
from domain.store import Between, Store
from domain.tell import tell, tell_officers


class ApprovalLapsed(DomainError):
    """It was approved, and not carried out in time: within so many `days`, and in the same cycle."""

    code = "approval_lapsed"


def expire(store: Store, id: str) -> None:
    """Close a proposal that nobody decided, or carried out, in time; nothing when it is not so."""

    def work(tx: Store) -> None:
        proposal = tx.proposals.get(id)
        if proposal.state == "open" and tx.now() >= proposal.expires_at:
            conclude(tx, replace(proposal, state="expired"), lapsed=not still_holds(tx, proposal))
        if proposal.lapses_at and tx.now() >= proposal.lapses_at:
            lapse_approval(tx, proposal, "time")

    store.transaction(work)


def overdue(store: Store, limit: int) -> list[str]:
    """Those that nobody decided, or carried out, in time, for `expire`."""
    now = store.now()
    ended = Between(datetime.min.replace(tzinfo=UTC), now)
    undecided = store.proposals.due(now, limit, sort="expires_at", state="open", expires_at=ended)
    return undecided + store.proposals.due(now, limit, sort="lapses_at", state="approved", lapses_at=ended)


def wait(tx: Store, id: str) -> None:
    """What was approved is not carried out at once, or not any more: it lapses when it is not done in time."""
    approved = tx.proposals.get(id)
    lapses_at = (approved.decided_at or approved.expires_at) + CARRIED_OUT_WITHIN
    tx.proposals.change(id, when={"state": "approved"}, lapses_at=lapses_at)


def carried_out(tx: Store, id: str) -> None:
    """What was approved is done, or on its way, or taken back: there is nothing to lapse any more."""
    tx.proposals.change(id, lapses_at=None)


def check_in_force(tx: Store, group: Group, id: str) -> None:
    """
    What was approved can still be carried out: within CARRIED_OUT_WITHIN, and in the cycle it was approved in.

    Raises ApprovalLapsed.
    """
    approved = tx.proposals.get(id)
    decided_at = approved.decided_at or approved.created_at
    earlier = not group.is_of_cycle(0, decided_at)
    # A version before did not write down when it was decided; it was open no longer than this.
    last = (approved.decided_at or approved.expires_at) + CARRIED_OUT_WITHIN
    if approved.state != "approved" or earlier or tx.now() >= last:
        raise ApprovalLapsed(days=CARRIED_OUT_WITHIN.days)


def lapse_approval(tx: Store, proposal: Proposal, why: Literal["time", "cycle", "left"]) -> None:
    """What was approved is not carried out any more; whom it was for is told why, and so are the officers."""
    lapsed = tx.proposals.change(proposal.id, when={"state": "approved"}, state="expired", lapses_at=None)
    if lapsed is None:
        return
    undo_waiting(tx, lapsed)
    group = tx.groups.get(proposal.group)
    name, amount = proposal.values["name"], proposal.values["amount"]
    said = {"what": str(proposal.kind), "why": str(why)}
    tell(tx, proposal.about, "approval_lapsed", group=group.name, name=name, amount=amount, **said)
    tell_officers(tx, group, "approval_lapsed", but=proposal.about, name=name, amount=amount, **said)


def lapse_with_cycle(tx: Store, group: Group) -> None:
    """What was asked for or approved of a cycle's money ends with the cycle."""
    for each in tx.proposals.find(group=group.id, state="open", sort="created_at"):
        if each.kind in ENDS_WITH_CYCLE:
            lapse(tx, each)
    for each in _waiting_approvals(tx, group.id):
        lapse_approval(tx, each, "cycle")


def lapse_of(tx: Store, group: Group, person: str) -> None:
    """What was asked for or approved for a member ends with their place in the group."""
    for each in tx.proposals.find(group=group.id, state="open", sort="created_at"):
        if each.about == person:
            lapse(tx, each)
    for each in _waiting_approvals(tx, group.id):
        if each.about == person:
            lapse_approval(tx, each, "left")


def _waiting_approvals(tx: Store, group: str) -> list[Proposal]:
    ever = Between(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=0))
    return tx.proposals.find(group=group, state="approved", lapses_at=ever, sort="created_at")
