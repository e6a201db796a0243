"""A group that shares out, step by step: the plan, the votes, the parts, the next cycle."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from domain.books.ledger import Draft, Posting
from domain.decisions.voting import Vote
from domain.errors import DomainError
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, OpenMeeting
from domain.records.group import Group
from domain.records.payment import Way
from domain.records.proposal import Proposal
from domain.records.share_out import ShareOut
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll, PayLine
from domain.share_out.shown import planned
from tests.domain.savers import Savers
from tests.money import ugx

FINES = {"late": ugx(2_000)}
VOTERS = ("ben", "dan", "eve")


def group(savers: Savers) -> Group:
    return savers.store.groups.get(savers.group)


def made(savers: Savers) -> ShareOut:
    return savers.store.share_outs.get(f"{savers.group}:{group(savers).cycle}")


def ask(savers: Savers, kept: int = 0, officer: str = "ada") -> Proposal:
    """The plan as it is now, put to the members."""
    seen = planned(savers.store, savers.group, ugx(kept))
    savers.do(ProposeShareOut(officer, savers.group, ugx(kept), seen.digest))
    return waiting(savers)


def waiting(savers: Savers) -> Proposal:
    (proposal,) = savers.store.proposals.find(group=savers.group, state="open", kind="share_out")
    return proposal


def vote(savers: Savers, proposal: Proposal, *voters: str, yes: bool = True) -> None:
    for voter in voters:
        savers.do(Vote(voter, proposal.id, proposal.digest, yes, "" if yes else "too early"))


def decide(savers: Savers, kept: int = 0) -> ShareOut:
    vote(savers, ask(savers, kept), *VOTERS)
    return made(savers)


def pay(savers: Savers, person: str, way: Way = "cash", officer: str = "ada") -> Any:
    return savers.do(PayLine(officer, made(savers).id, person, way))


def pay_everybody(savers: Savers) -> None:
    savers.do(PayAll("ada", made(savers).id, "cash"))
    pay(savers, "ada", officer="ben")


def start(savers: Savers, first: date = date(2026, 10, 12)) -> Any:
    return savers.do(StartCycle("ada", savers.group, first))


def hold_meeting(savers: Savers, cash: int) -> None:
    """A meeting from its opening to its close, with so much in the box."""
    counted = Counted(ugx(cash), ugx(0))
    savers.do(OpenMeeting("ada", savers.group, counted))
    savers.do(CloseMeeting("ada", savers.group, counted, fine=False))


def post(savers: Savers, name: str, **minor: int) -> None:
    """An entry of the group's own accounts; `a1010` is account 1010."""
    legs = tuple(Posting(code[1:], amount) for code, amount in minor.items())
    savers.store.post(Draft(savers.group, "UGX", name, name, savers.store.now(), legs))


def of(savers: Savers, *people: str) -> list[tuple[int, int, int, int]]:
    """Gross, loans, fines and pay of members in the plan."""
    lines = [made(savers).line(person) for person in people]
    return [(each.gross.minor, each.loans.minor, each.fines.minor, each.pay.minor) for each in lines if each]


def refused(code: type[DomainError], command: Callable[[], object]) -> dict[str, str | int]:
    with pytest.raises(code) as error:
        command()
    return error.value.details
