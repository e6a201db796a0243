"""What follows when a proposal has ended: what was decided is done, and told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal

from domain.records.proposal import Proposal, ProposalKind
from domain.store import Store
from domain.tell import tell_outcome

# It may answer with whose profiles are others now, beside those who asked and whom it is about.
Concluder = Callable[[Store, Proposal], Sequence[str] | None]
Holds = Callable[[Store, Proposal], bool]

# Who hears of what was approved by another message than that it was: a message twice costs twice.
Tells = Literal["nobody", "subject", "all"]

_CONCLUDERS: Final[dict[ProposalKind, Concluder]] = {}
_TELLS: Final[dict[ProposalKind, Tells]] = {}
_REFUSERS: Final[dict[ProposalKind, Concluder]] = {}
_HOLDS: Final[dict[ProposalKind, Holds]] = {}


def concludes(kind: ProposalKind, *, tells: Tells = "nobody") -> Callable[[Concluder], Concluder]:
    """
    Name the function that does what was approved, inside the transaction of the vote that decided it, and whom it
    `tells` what that means for them: the one it is about, or all members.

    What it raises refuses the vote. It never ends with nothing done, or nobody would hear why: what may be gone
    when it is voted on is said by `rests_on`.
    """

    def register(concluder: Concluder) -> Concluder:
        _CONCLUDERS[kind] = concluder
        _TELLS[kind] = tells
        return concluder

    return register


def refuses(kind: ProposalKind) -> Callable[[Concluder], Concluder]:
    """
    Name the function that undoes what waited for a proposal which was rejected, withdrawn or has expired; of one
    that was approved, when it was not carried out in time.
    """

    def register(concluder: Concluder) -> Concluder:
        _REFUSERS[kind] = concluder
        return concluder

    return register


def rests_on(kind: ProposalKind) -> Callable[[Holds], Holds]:
    """
    Name the function that says whether what a proposal of this kind rests on is still as it was when it was asked
    for. Once it is not, the proposal has lapsed for good: it is closed by the next who votes or asks for the same.
    """

    def register(holds: Holds) -> Holds:
        _HOLDS[kind] = holds
        return holds

    return register


def lapse_unless_it_holds(tx: Store, proposal: Proposal) -> bool:
    """Close an open proposal when what it rests on has changed, and tell whoever asked; whether it was so."""
    if still_holds(tx, proposal):
        return False
    lapse(tx, proposal)
    return True


def still_holds(store: Store, proposal: Proposal) -> bool:
    """Whether what a proposal rests on is as it was: see `rests_on`."""
    holds = _HOLDS.get(proposal.kind)
    return holds is None or holds(store, proposal)


def lapse(tx: Store, proposal: Proposal) -> None:
    """Close an open proposal that has no longer anything to decide, and tell those who know of it."""
    conclude(tx, replace(proposal, state="expired"), lapsed=True)


def conclude(tx: Store, proposal: Proposal, *, seen_by: str = "", lapsed: bool = False) -> Sequence[str]:
    """
    Write down how a proposal stands; once it is no longer open, what follows is done and told. Answers with who
    else is changed by it.
    """
    decided_at = tx.now() if proposal.state == "approved" else None
    tx.proposals.change(
        proposal.id,
        state=proposal.state,
        yes=proposal.yes,
        no=proposal.no,
        reason=proposal.reason,
        decided_at=decided_at,
    )
    changed: Sequence[str] | None = None
    if proposal.state == "open":
        return ()
    if proposal.state == "approved":
        changed = _CONCLUDERS[proposal.kind](tx, proposal)
    else:
        undo_waiting(tx, proposal)
    became = "lapsed" if lapsed else proposal.state
    why = proposal.reason if proposal.state == "rejected" else ""
    # What was done may be another sum than what was asked for.
    values = tx.proposals.get(proposal.id).values
    group = tx.groups.get(proposal.group)
    people = _who_hears(proposal) - {seen_by}
    tx.people.among([*people])  # read once, together
    for person in people:
        tell_outcome(tx, person, group, proposal.kind, values, became, why)
    return changed or ()


def undo_waiting(tx: Store, proposal: Proposal) -> None:
    """What waited for a proposal, if anything does, waits no longer: see `refuses`."""
    if refuser := _REFUSERS.get(proposal.kind):
        refuser(tx, proposal)


def _who_hears(proposal: Proposal) -> set[str]:
    """Whoever asked, whom it is about and those who voted; but for those who are told by what was done."""
    people = {proposal.maker, proposal.about, *proposal.yes, *proposal.no} - {""}
    if proposal.state == "approved":
        told = _TELLS[proposal.kind]
        people -= people if told == "all" else {proposal.about} if told == "subject" else set()
    return people
