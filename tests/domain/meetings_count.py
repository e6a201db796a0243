"""Cash that was counted and is not what the book says, reported and agreed to."""

from domain.decisions.voting import Vote
from domain.meetings.count import Counted, ReportDifference
from tests.domain.savers import Savers
from tests.money import ugx


def short(savers: Savers, minor: int) -> None:
    """Less in the box than the book says, or more where it is below zero: Ada counts, Ben agrees."""
    box, social = savers.totals["1010"], savers.totals.get("1040", 0)
    savers.do(ReportDifference("ada", savers.group, Counted(ugx(box - minor), ugx(social)), "counted twice"))
    (proposal,) = savers.store.proposals.find(group=savers.group, state="open")
    savers.do(Vote("ben", proposal.id, proposal.digest, yes=True))
