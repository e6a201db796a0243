"""
A death that was recorded wrongly: two officers make the member one again, while nothing was paid.

What was declared payable is theirs as before, and their fines are due again. Their loans stay settled: what was
paid of them was paid, and what was given up is still owed. Once the money is paid, they join anew.
"""

from dataclasses import dataclass

from domain.books.accounts import Account
from domain.books.ledger import Entry, reversal
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import GroupIsClosing, other_officer
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.groups.leave import check_nothing_on_its_way, end_of, settlement_reference
from domain.records.group import Group
from domain.records.meeting import Fine
from domain.records.person import Membership, NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell_everywhere
from domain.treasury.money_out import hold
from domain.treasury.take_back import CycleIsOver, NotReversible


class SettlementPaid(DomainError):
    """What was theirs was paid out: they join anew."""

    code = "settlement_paid"


@dataclass(frozen=True, slots=True)
class UndoDeath:
    """An officer says that a member whose death was recorded is alive, and why it is known."""

    officer: str
    group: str
    person: str
    reason: str


def recorded_dead(store: Store, group_id: str, person: str) -> bool:
    """Whether a member is leaving, or has left, because their death was recorded."""
    membership = store.memberships.one(id=membership_id(group_id, person))
    return membership is not None and _death_of(store, membership) is not None


@handles(UndoDeath)
def undo_death(tx: Store, command: UndoDeath) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, Frozen, GroupIsClosing, CycleIsOver, MoneyOnItsWay, SettlementPaid, NotReversible,
    AlreadyAsked, TooFewOfficers.
    """
    other_officer(tx, command.group, command.officer, command.person)
    group = tx.groups.get(command.group)
    death, _, _ = _still_unpaid(tx, group, command.person)
    asked_once(tx, group.id, "alive", command.person)
    return propose(
        tx,
        group,
        "alive",
        subject=command.person,
        maker=command.officer,
        about=command.person,
        contents={"person": command.person, "exit": death.id},
        values={"name": tx.people.get(command.person).name, "reason": command.reason, "exit": death.id},
    ).needed


@rests_on("alive")
def still_recorded_dead(tx: Store, proposal: Proposal) -> bool:
    """By the same decision."""
    membership = tx.memberships.get(membership_id(proposal.group, proposal.subject))
    death = _death_of(tx, membership)
    return death is not None and death.id == proposal.values["exit"]


@concludes("alive", tells="subject")
def conclude_alive(tx: Store, proposal: Proposal) -> None:
    """
    They are a member like any other, and are told on every channel; no money of theirs leaves for a while.

    Raises what `undo_death` raises: the vote is then refused.
    """
    group, person = tx.groups.get(proposal.group), proposal.subject
    one_at_a_time(tx.people, person)
    _, entry, fines = _still_unpaid(tx, group, person)
    if entry:
        tx.post(reversal(entry, f"alive:{proposal.id}", tx.now()))
    for fine in fines:
        tx.fines.change(fine.id, state="due", paid=0, exit="", paid_at=None)
    tx.memberships.change(membership_id(group.id, person), status="active", exit="")
    hold(tx, group, person)
    tell_everywhere(tx, person, "death_undone", group=group.name)


def _death_of(store: Store, membership: Membership) -> Proposal | None:
    if membership.status not in ("leaving", "deceased") or not membership.exit:
        return None
    decided = store.proposals.get(membership.exit)
    return decided if end_of(decided) == "deceased" else None


def _still_unpaid(tx: Store, group: Group, person: str) -> tuple[Proposal, Entry | None, list[Fine]]:
    """The decision, its entry if it has one, and the fines that it ended."""
    membership = tx.memberships.one(id=membership_id(group.id, person))
    death = _death_of(tx, membership) if membership else None
    if death is None:
        raise NotAllowed(why="changed", group=group.name)
    if group.closing:
        raise GroupIsClosing(group=group.name)
    if not group.is_of_cycle(0, death.decided_at or death.created_at):
        raise CycleIsOver
    check_nothing_on_its_way(tx, group, person)
    entry = tx.books.with_reference(group.id, settlement_reference(death))
    legs = {leg.account: leg.amount for leg in entry.postings} if entry else {}
    owed = -tx.books.of_member_in([group.id], person)[group.id, Account.PAYABLE]
    if owed < -legs.get(Account.PAYABLE, 0):
        raise SettlementPaid
    ended = tx.fines.find(group=group.id, person=person, state=["paid", "waived"], sort="at")
    fines = [fine for fine in ended if fine.exit == death.id]
    # An earlier version did not write down which fines it ended.
    if sum(fine.paid for fine in fines) != -legs.get(Account.FINES, 0):
        raise NotReversible(why="")
    return death, entry, fines
