"""
A decision that more than one person has to take: who asked for what, who has to agree, who has.

What is decided is bound to a digest of its contents. When the contents change, the votes that were given are gone,
and one that comes late, for the old contents, does not count.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from domain.records.notice import Values
from domain.records.person import Role

ProposalKind = Literal[
    "loan",  # subject: the loan
    "reschedule",
    "write_off",
    "loan_waiver",  # of interest or penalties of a loan
    "netting",  # of a loan in default, from savings and guarantors
    "grant",  # of the social fund; subject: the proposal itself
    "waiver",  # subject: the fine
    "cash_count",  # a difference between the cash and the books; subject: the account
    "to_credit",  # mobile money that was meant for something else; subject: the payment
    "own_money",  # of the group, entered in its book; subject: the proposal itself
    "withdrawal",
    "exit",  # subject: the person who leaves, as in the next three
    "alive",  # whose death was recorded wrongly
    "suspension",
    "expulsion",
    "officer",  # subject: the person who takes the office over
    "rotation",  # the order of its turns; subject: the rota's id
    "phone",  # subject: the person whose number changes
    "constitution",
    "share_out",
    "dividend",  # subject: the declaration
    "broadcast",  # to many at once; subject: the broadcast
]
ProposalState = Literal["open", "approved", "rejected", "withdrawn", "expired"]
Voters = Literal["officers", "members"]

# Money of all, or a member's place among them, is for all to decide; the rest is what officers are chosen for.
DECIDED_BY_MEMBERS: Final[frozenset[ProposalKind]] = frozenset(
    {"write_off", "share_out", "expulsion", "constitution"}
)
# Who they are was proved by a code to the new number; an officer says that it is them, or that they live. Cash is
# counted by two, an order of turns is read by two, and the group's own money, or what somebody's was meant for, is
# entered by one and agreed by another.
DECIDED_BY_ONE: Final[frozenset[ProposalKind]] = frozenset(
    {"phone", "alive", "cash_count", "rotation", "own_money", "to_credit", "broadcast"}
)
# Where a group has fewer other officers than usually have to agree, those it has are enough: else no office could
# be filled while officers are few.
DECIDED_BY_ANOTHER: Final[frozenset[ProposalKind]] = frozenset({"officer"})
# Money leaves by the vote that decides it, or a way for it is opened.
FRESH_PIN: Final[frozenset[ProposalKind]] = frozenset(
    {"loan", "grant", "withdrawal", "exit", "phone", "share_out", "dividend"}
)
# What an officer whose PIN is new does not agree to yet: money leaves by it, is given up, or is said to be gone.
HELD_WITH_PIN: Final[frozenset[ProposalKind]] = FRESH_PIN | {
    "reschedule", "loan_waiver", "netting", "waiver", "cash_count", "to_credit", "own_money", "rotation",
}  # fmt: skip
# What rests on this cycle's money; who is an officer, a member, or how one is reached does not end with it.
ENDS_WITH_CYCLE: Final[frozenset[ProposalKind]] = frozenset(
    {
        "loan", "reschedule", "write_off", "loan_waiver", "netting",
        "grant", "waiver", "cash_count", "to_credit", "withdrawal", "exit", "alive",
    }
)  # fmt: skip
OPEN_FOR: Final = timedelta(days=14)
# As long as one may vote: a group that meets each week has met twice, and one that meets each fortnight once.
CARRIED_OUT_WITHIN: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    `maker` asked for it and `about` is the person it is for, "" for nobody: officers decide on neither their own
    request nor for themselves, and the member that a vote of all is about does not vote.

    `values` fill its sentence. `needed` yes votes approve it; it is rejected when those who have not voted are too
    few to get there. `reason` is of whoever said no last. `place` is how many entries the book had when it was
    asked for, where that matters. What was approved and is not carried out yet lapses at `lapses_at`.

    `left` is who left which office by what was approved, by person; None too where an earlier version decided it.
    """

    id: str
    group: str
    kind: ProposalKind
    subject: str
    maker: str
    about: str
    digest: str
    values: Values
    needed: int
    by: Voters  # who decides
    voters: int  # how many may vote
    created_at: datetime
    expires_at: datetime
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    state: ProposalState = "open"
    reason: str = ""
    place: int = 0
    decided_at: datetime | None = None  # when it was approved
    lapses_at: datetime | None = None
    left: Mapping[str, Role] | None = None

    @property
    def outcome(self) -> ProposalState:
        """What the votes so far come to."""
        if len(self.yes) >= self.needed:
            return "approved"
        return "rejected" if self.voters - len(self.no) < self.needed else "open"


def digest_of(contents: Mapping[str, object]) -> str:
    """What a vote is bound to: SHA-256, in hex, of the contents as JSON with sorted keys; values as text."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True, default=str).encode()).hexdigest()


def quorum(part: Fraction, members: int) -> int:
    """How many of the members have to agree: a part of them, rounded up, and one at least."""
    return max(1, ceil(part * members))


def excluded(maker: str, about: str, by: Voters) -> frozenset[str]:
    """Who does not decide: of officers the maker and whom it is about, of all members only the latter."""
    people: Iterable[str] = (maker, about) if by == "officers" else (about,)
    return frozenset(filter(None, people))
