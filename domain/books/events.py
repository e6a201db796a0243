"""
What an entry of a book is about, told by its reference: what a statement is read by, event by event.

Whoever posts an entry of a new kind says here what it is; an entry that is nowhere here is still a line, "other".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from domain.books.accounts import Account
from domain.books.ledger import Entry

EventKind = Literal[
    "payment",  # money went from hand to hand, or a provider has moved it
    "set_aside",  # it is to be sent, and has left its owner's account
    "not_sent",  # it was not sent: it is where it was before
    "taken_back",  # a payment in cash, mirrored
    "to_credit",  # what it was paid for, by mobile money, was something else: it is the member's credit
    "restated",  # a repayment, as it is since others of its loan have changed; or the mirror of what it was
    "written_off",
    "loan_from_savings",
    "loan_from_credit",
    "loan_from_part",
    "fine_from_credit",
    "social_from_credit",
    "fines_from_part",
    "part",  # of a share-out
    "leaving",  # all that somebody has becomes payable
    "stays",  # and is theirs again, who had not died
    "bid",
    "dividend",
    "referral",  # the reward for who brought a member, and half as much for them
    "found",  # money of an unknown payer is a member's
    "opening",  # how the book stood that a group brought with it; or the mirror of that
    "of_group",  # nothing of any member
    "other",
]

# The first that fits is it.
_KINDS: Final[Mapping[str, EventKind]] = {
    r"payment:(?P<payment>.+)": "payment",
    r"(reserve|forward:promise):(?P<payment>.+)": "set_aside",
    r"(release|forward:release):(?P<payment>.+)": "not_sent",
    r"to_credit:(?P<payment>.+)": "to_credit",
    r"reverse:payment:(?P<payment>.+)": "restated",
    r"reverse:loan:[^:]+:(\d+:)?\d+:(?P<payment>[^:]+)": "restated",
    r"reverse:loan:": "restated",
    r"(reverse:)?opening:": "opening",
    r"reverse:(?P<payment>.+)": "taken_back",
    r"loan:[^:]+:\d+:write_off": "written_off",
    r"loan:[^:]+:\d+:\d+:(?P<payment>[^:]+)": "restated",
    r"loan:[^:]+:(netting|exit):": "loan_from_savings",
    r"loan:[^:]+:credit:": "loan_from_credit",
    r"loan:[^:]+:share_out:": "loan_from_part",
    r"exit:": "leaving",
    r"alive:": "stays",
    r"share_out:.+:declared": "part",
    r"share_out:.+:fines:": "fines_from_part",
    r"bid:": "bid",
    r"dividend:": "dividend",
    r"referral:": "referral",
    r"(close|count|forward|inbound):": "of_group",
}

# What a member has in a group, wherever it lies: what is promised to them has left it.
HELD: Final = (Account.SHARES, Account.DEPOSITS, Account.CREDIT, Account.POT, Account.PAYABLE)


@dataclass(frozen=True, slots=True)
class BookEvent:
    """An entry and what it is about; `payment` is the id of the payment it belongs to, "" for none."""

    kind: EventKind
    entry: Entry
    payment: str = ""

    def held(self, member: str) -> int:
        """What it added to what a member has, in minor units."""
        return -self._sum(member, HELD)

    def owed(self, member: str) -> int:
        """What it added to the principal a member owes."""
        return self._sum(member, (Account.PRINCIPAL,))

    def promised(self, member: str) -> int:
        """What it added to what is on its way to a member."""
        return -self._sum(member, (Account.PROMISED,))

    def payable(self, member: str) -> int:
        """What it added to what is to be paid to a member."""
        return -self._sum(member, (Account.PAYABLE,))

    def taken(self, member: str = "") -> int:
        """What it took of what a member has, or of what all have, for something else."""
        legs = (leg for leg in self.entry.postings if leg.account in HELD and leg.amount > 0)
        return sum(leg.amount for leg in legs if leg.member == (member or leg.member))

    def changed(self, account: Account) -> int:
        """What it added to an account of the group, debit above zero."""
        return sum(leg.amount for leg in self.entry.postings if leg.account == account)

    def names(self, member: str) -> bool:
        """Whether any of it is a member's."""
        return any(leg.member == member for leg in self.entry.postings)

    @property
    def restates(self) -> bool:
        """Whether it is the mirror of a repayment as it was: of one that is another now, or was taken back."""
        return self.kind == "restated" and self.entry.reverses > 0

    @property
    def loan(self) -> str:
        """The loan it names, "" for none."""
        return next((leg.loan for leg in self.entry.postings if leg.loan), "")

    def _sum(self, member: str, accounts: tuple[Account, ...]) -> int:
        return sum(leg.amount for leg in self.entry.postings if leg.member == member and leg.account in accounts)


def event_of(entry: Entry) -> BookEvent:
    """What an entry is about."""
    accounts = {leg.account for leg in entry.postings}
    for pattern, kind in _KINDS.items():
        if found := re.match(pattern, entry.reference):
            return BookEvent(kind, entry, found.groupdict().get("payment") or "")
    if entry.reference.startswith("credit:"):
        return BookEvent("social_from_credit" if Account.SOCIAL_FUND in accounts else "fine_from_credit", entry)
    if entry.reference.startswith("own_money:"):
        return BookEvent("found" if Account.CREDIT in accounts else "of_group", entry)
    return BookEvent("other", entry)
