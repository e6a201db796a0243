"""Umoja with three officers and fines in its rules, and what its officers do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from domain.decisions.voting import Vote
from domain.meetings.count import Counted
from domain.mongo.store import MongoStore
from domain.records.group import FineReason, Group
from domain.records.person import membership_id
from domain.records.proposal import Proposal
from domain.savings.contribute import RecordCash
from tests.money import ugx
from tests.people import Village, Villager, do, found_village, let_in, register

FINES: Final[Mapping[FineReason, int]] = {"absence": 1_000, "late": 500, "disorder": 2_000}


def village_with_fines(store: MongoStore) -> Village:
    """Okot is its secretary; UGX 1,000 for absence, 500 for coming late, 2,000 for disorder."""
    village = found_village(store)
    set_rules(store, village)
    return village


def set_rules(store: MongoStore, village: Village) -> None:
    rules = store.groups.get(village.umoja).constitution
    fines = {reason: ugx(minor) for reason, minor in FINES.items()}
    store.groups.change(village.umoja, constitution=replace(rules, fines=fines))
    store.memberships.change(membership_id(village.umoja, village.okot.id), role="secretary")


def let_opio_in(store: MongoStore, village: Village) -> Villager:
    """Its secretary, as a third officer."""
    opio = register(store, "Opio Peter", "+256772000110", "4826")
    let_in(store, village.umoja, village.code, village.nakato, opio)
    store.memberships.change(membership_id(village.umoja, opio.id), role="secretary")
    return opio


def umoja(store: MongoStore, village: Village) -> Group:
    return store.groups.get(village.umoja)


def cash(store: MongoStore, village: Village, who: Villager, minor: int, officer: Villager) -> str:
    """Savings in cash; answers with the payment's id."""
    asked: Any = do(store, RecordCash(village.umoja, who.id, ugx(minor), officer.id))
    return str(asked["payment"])


def counted(cash: int, social: int = 0) -> Counted:
    return Counted(ugx(cash), ugx(social))


def proposed(store: MongoStore, kind: str) -> Proposal:
    """The one that is open."""
    (proposal,) = store.proposals.find(kind=kind, state="open")
    return proposal


def vote(store: MongoStore, proposal: Proposal, *voters: Villager, yes: bool = True) -> None:
    for voter in voters:
        reason = "" if yes else "we have too little"
        do(store, Vote(voter.id, proposal.id, proposal.digest, yes, reason))


def told(store: MongoStore, who: Villager) -> list[str]:
    """What kinds of message wait for somebody, oldest first."""
    return [notice.kind for notice in store.notices.find(person=who.id, sort="created_at")]


def agree(store: MongoStore, proposal: Proposal, *voters: Villager) -> Any:
    return [do(store, Vote(voter.id, proposal.id, proposal.digest, yes=True)) for voter in voters][-1]


def status(store: MongoStore, village: Village, who: Villager) -> str:
    return store.memberships.get(membership_id(village.umoja, who.id)).status
