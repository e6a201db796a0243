"""Deciding together: a proposal is made, those who may decide are told, and vote."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from msgspec import Meta

from domain.commands import handles
from domain.decisions.concluding import conclude, lapse_unless_it_holds, still_holds
from domain.decisions.rights import active_member, check_has_phone, check_person_not_frozen
from domain.errors import DomainError
from domain.records.group import Group
from domain.records.notice import Values
from domain.records.person import OFFICERS, AlreadyDecided, Membership, NotAllowed, membership_id
from domain.records.proposal import (
    DECIDED_BY_ANOTHER,
    DECIDED_BY_MEMBERS,
    DECIDED_BY_ONE,
    FRESH_PIN,
    HELD_WITH_PIN,
    OPEN_FOR,
    Proposal,
    ProposalKind,
    ProposalState,
    Voters,
    digest_of,
    excluded,
    quorum,
)
from domain.store import Store
from domain.tables import Some, some_of
from domain.tell import tell_to_decide

# So many are called to a vote by a message; in a group that is larger, the others find it in their menu.
CALLED_MAX: Final = 500


class TooFewOfficers(DomainError):
    """`needed` officers who have no part in it have to agree, and there are only `there`."""

    code = "too_few_officers"


class TooFewMembers(DomainError):
    """`needed` members who have no part in it have to agree, and there are only `there`."""

    code = "too_few_members"


class ProposalChanged(DomainError):
    """What is voted on is no longer what the voter saw."""

    code = "proposal_changed"


class AlreadyVoted(DomainError):
    """They have said yes or no before."""

    code = "already_voted"


class VoteHeld(DomainError):
    """The officer has a new PIN for a forgotten one: for `hours` more they agree to no money."""

    code = "vote_held"


class AlreadyAsked(DomainError):
    """The same was asked for; `missing` more have to agree until `day`, as ISO, or "" where no vote is open."""

    code = "already_asked"

    def __init__(self, missing: int = 0, day: str = "") -> None:
        super().__init__(missing=missing, day=day)


@dataclass(frozen=True, slots=True)
class Vote:
    """Yes or no to what a person saw: `digest` is that of the proposal then. A no says why."""

    person: str
    proposal: str
    digest: str
    yes: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Whoever made a proposal takes it back."""

    person: str
    proposal: str


@dataclass(frozen=True, slots=True)
class Voted:
    """
    The answer to a vote: what has become of the proposal, and how many more have to agree. It is "expired", and
    the vote does not count, when what it rested on has changed since it was asked for.

    `values` are the proposal's after it, with what was paid; `changed` are those who are no longer as they were
    known.
    """

    state: ProposalState
    missing: int
    values: Values
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A proposal as a member sees it: `digest` is what a vote is for, `missing` how many have still to agree.

    It is `mine` to take back, or this member `votes` on it, or both. For `held` hours more they cannot agree.
    """

    id: str
    kind: ProposalKind
    digest: str
    values: Values
    missing: int
    fresh_pin: bool
    mine: bool
    votes: bool
    held: Annotated[int, Meta(examples=[24])] = 0


def propose(
    tx: Store,
    group: Group,
    kind: ProposalKind,
    *,
    subject: str,
    maker: str,
    about: str = "",
    contents: Mapping[str, object],
    values: Values,
    id: str = "",
    by: Voters | None = None,
    place: int = 0,
) -> Proposal:
    """
    Ask for a decision; everybody who may take it is told. `contents` are what a vote is bound to, and `place` how
    many entries the book had, where it matters what was posted since.

    It is `by` the officers or all members that it is decided, as is usual for its kind when nothing is said. What
    members decide about somebody needs two of them, whatever the rules say: no officer decides it alone.

    Raises TooFewOfficers, TooFewMembers.
    """
    now, rules = tx.now(), group.constitution
    by = by or _usual_voters(kind)
    voters, needed = check_enough_voters(tx, group, kind, maker=maker, about=about, by=by)
    proposal = Proposal(
        id=id or tx.new_id(),
        group=group.id,
        kind=kind,
        subject=subject,
        maker=maker,
        about=about,
        digest=digest_of(contents),
        values=values,
        needed=needed,
        by=by,
        voters=voters,
        created_at=now,
        expires_at=now + OPEN_FOR,
        place=place,
    )
    tx.proposals.insert(proposal)
    out = excluded(maker, about, by)
    called = tx.memberships.find(sort="asked_at", limit=CALLED_MAX, **_voters(group, by))
    people = [each.person for each in called if each.person not in out and not each.no_phone]
    tx.people.among(people)  # read once, together
    for person in people:
        tell_to_decide(tx, person, group, kind, values, rules.day(proposal.expires_at))
    return proposal


def check_enough_voters(
    store: Store, group: Group, kind: ProposalKind, *, maker: str, about: str = "", by: Voters | None = None
) -> tuple[int, int]:
    """
    How many may vote on what is asked for, and how many of them have to agree.

    Raises TooFewOfficers, TooFewMembers: it could never be decided.
    """
    by = by or _usual_voters(kind)
    may_vote, rules = _voters(group, by), group.constitution
    ids = [membership_id(group.id, person) for person in excluded(maker, about, by)]
    there = _able(store, **may_vote) - _able(store, id=ids, **may_vote)
    needed = quorum(rules.quorum, there)
    if by == "officers":
        needed = 1 if kind in DECIDED_BY_ONE else rules.approvals
        if kind in DECIDED_BY_ANOTHER:
            needed = max(1, min(needed, there))
    elif about:
        needed = max(2, needed)
    if there < needed:
        raise (TooFewOfficers if by == "officers" else TooFewMembers)(needed=needed, there=there)
    return there, needed


def may_ask_others(
    store: Store, group_id: str, kind: ProposalKind, maker: str, about: str = "", subject: str = ""
) -> None:
    """
    Whether others can be asked to decide this, for a conversation before anything is typed for it: as `propose`
    and, where it has a `subject`, `asked_once` would refuse it. It changes nothing.

    Raises AlreadyAsked, TooFewOfficers, TooFewMembers.
    """
    check_not_asked(store, group_id, kind, subject)
    check_enough_voters(store, store.groups.get(group_id), kind, maker=maker, about=about)


def _usual_voters(kind: ProposalKind) -> Voters:
    return "members" if kind in DECIDED_BY_MEMBERS else "officers"


def _voters(group: Group, by: Voters) -> dict[str, Any]:
    """What the memberships of those who decide have in common."""
    voters: dict[str, Any] = {"group": group.id, "status": "active"}
    return voters | {"role": list(OFFICERS)} if by == "officers" else voters


def _able(tx: Store, **equal: Any) -> int:
    """How many of these members can vote: those with a phone. A vote that waits for others is never decided."""
    return tx.memberships.count(**equal) - tx.memberships.count(no_phone=True, **equal)


def amend(tx: Store, proposal: Proposal, contents: Mapping[str, object], values: Values) -> Proposal:
    """Change what is decided on: the votes that were given are gone. Raises AlreadyDecided."""
    fields = {"digest": digest_of(contents), "values": values, "yes": (), "no": (), "reason": ""}
    amended = tx.proposals.change(proposal.id, when={"state": "open"}, **fields)
    if amended is None:
        raise AlreadyDecided
    return amended


@handles(Vote)
def vote(tx: Store, command: Vote) -> Voted:
    """
    Raises NotAllowed, NoPhone, Frozen, AlreadyDecided, AlreadyVoted, VoteHeld, ProposalChanged, and what the
    function raises that does what was decided (`concludes`).
    """
    proposal = tx.proposals.get(command.proposal)
    membership = active_member(tx, proposal.group, command.person)
    check_has_phone(membership)
    voter = tx.people.get(command.person)
    check_person_not_frozen(voter)
    if proposal.by == "officers" and membership.role not in OFFICERS:
        raise NotAllowed(why="officer", group=tx.groups.get(proposal.group).name)
    if command.person in excluded(proposal.maker, proposal.about, proposal.by):
        raise NotAllowed(why="involved", group=tx.groups.get(proposal.group).name)
    if proposal.state != "open" or tx.now() >= proposal.expires_at:
        raise AlreadyDecided
    if command.person in (*proposal.yes, *proposal.no):
        raise AlreadyVoted
    if command.yes and (hours := _held(proposal, voter.vote_held(tx.now()))):
        raise VoteHeld(hours=hours)
    if command.digest != proposal.digest:
        raise ProposalChanged
    if lapse_unless_it_holds(tx, proposal):
        return Voted("expired", 0, proposal.values)
    if command.yes:
        voted = replace(proposal, yes=(*proposal.yes, command.person))
    else:
        voted = replace(proposal, no=(*proposal.no, command.person), reason=command.reason)
    others = conclude(tx, replace(voted, state=voted.outcome), seen_by=command.person)
    # Whoever hands an office over asks for it, and is changed by it too.
    people = dict.fromkeys((proposal.about, proposal.maker, *others))
    changed = tuple(people) if voted.outcome == "approved" else ()
    values = tx.proposals.get(proposal.id).values
    return Voted(voted.outcome, max(0, voted.needed - len(voted.yes)), values, changed)


@handles(Withdraw)
def withdraw(tx: Store, command: Withdraw) -> None:
    """Raises NotAllowed, AlreadyDecided."""
    proposal = tx.proposals.get(command.proposal)
    if command.person != proposal.maker:
        raise NotAllowed(why="theirs", group=tx.groups.get(proposal.group).name)
    if proposal.state != "open":
        raise AlreadyDecided
    conclude(tx, replace(proposal, state="withdrawn"), seen_by=command.person)


def open_for(tx: Store, group: str, kind: ProposalKind, subject: str) -> list[Proposal]:
    """The open proposals of this kind for a subject whose time has not passed."""
    return [each for each in open_in(tx, group) if (each.kind, each.subject) == (kind, subject)]


def open_in(store: Store, group: str) -> list[Proposal]:
    """What can still be decided in a group, oldest first."""
    waiting = store.proposals.find(group=group, state="open", sort="created_at")
    return [each for each in waiting if store.now() < each.expires_at]


def asked_once(tx: Store, group: str, kind: ProposalKind, subject: str) -> None:
    """Raises AlreadyAsked while a proposal of this kind for the same subject is open, and has not lapsed."""
    for each in open_for(tx, group, kind, subject):
        if not lapse_unless_it_holds(tx, each):
            raise AlreadyAsked(*_still_missing(tx, each))


def check_not_asked(store: Store, group: str, kind: ProposalKind, subject: str) -> None:
    """The same, and what has lapsed is left for the next who votes or asks. Raises AlreadyAsked."""
    if not subject:
        return
    for each in open_for(store, group, kind, subject):
        if still_holds(store, each):
            raise AlreadyAsked(*_still_missing(store, each))


def _still_missing(store: Store, proposal: Proposal) -> tuple[int, str]:
    """How many have still to agree, and until which day of the group they can."""
    rules = store.groups.get(proposal.group).constitution
    return max(0, proposal.needed - len(proposal.yes)), rules.day(proposal.expires_at).isoformat()


def open_to(store: Store, group: Group, person: str) -> list[Proposal]:
    """
    What waits for this member's vote, and what they asked for themselves, oldest first. Raises NotAllowed.
    """
    membership = active_member(store, group.id, person)
    return [
        proposal
        for proposal in open_in(store, group.id)
        if proposal.maker == person or _may_vote(proposal, membership)
    ]


def waiting_for(store: Store, group_id: str, person: str, past: str = "") -> Some[Waiting]:
    """The same for a conversation. Raises NotAllowed."""
    membership = active_member(store, group_id, person)
    hours = store.people.get(person).vote_held(store.now())
    found = some_of(open_to(store, store.groups.get(group_id), person), past)
    waiting = [
        Waiting(
            id=each.id,
            kind=each.kind,
            digest=each.digest,
            values=each.values,
            missing=each.needed - len(each.yes),
            fresh_pin=each.kind in FRESH_PIN,
            mine=each.maker == person,
            votes=_may_vote(each, membership),
            held=_held(each, hours),
        )
        for each in found
    ]
    return Some(waiting, found.more)


def _held(proposal: Proposal, hours: int) -> int:
    """For how many hours more somebody held back for `hours` does not agree to this: officers, to money."""
    return hours if proposal.by == "officers" and proposal.kind in HELD_WITH_PIN else 0


def _may_vote(proposal: Proposal, voter: Membership) -> bool:
    return (
        not voter.no_phone
        and (proposal.by == "members" or voter.role in OFFICERS)
        and voter.person not in excluded(proposal.maker, proposal.about, proposal.by)
        and voter.person not in (*proposal.yes, *proposal.no)
    )
