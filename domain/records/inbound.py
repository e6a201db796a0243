"""
Money that nobody asked for: a member pays from their phone's own menu, and a provider says that it has come in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from domain.money import Money

# matched: it was that of a payment we had asked for. attributed: it is in its member's accounts. unidentified: in
# the group's book among what nobody knows the owner of, or, where not even the group is known, in no book at all.
# returned: it was sent back, or two operators agreed that it never came.
InboundState = Literal["attributed", "unidentified", "matched", "returned"]
# Who says that it has come. confirmed: the provider, asked or in a list of its own. believed: a call in its name,
# and nobody can be asked, so the books have it. awaited: such a call, and no book has it until it is confirmed.
SaidBy = Literal["confirmed", "believed", "awaited"]
# Whether it came from the member's own phone, as far as a provider says who paid.
PayerHint = Literal["matches", "other", "unknown"]
# Why a member should not send it; each rail has a code of its own for it.
NotTaken = Literal["account", "amount", "receiver", "other"]
# Why it is not what the account says, or nobody's yet; "" where it is.
#   account: nobody has it; currency: the group keeps its book in another one
#   closing, left, suspended, frozen: the member's money does not move now; full, no_loan, no_fine: nothing to pay
#   prompts: it can be that of several which are open; how they end says of which
WhyUnplaced = Literal[
    "", "account", "currency", "closing", "left", "suspended", "frozen", "full", "no_loan", "no_fine", "prompts"
]

# What is left of who paid, and of what they typed, once nobody needs it.
NO_PAYER: Final[dict[str, Any]] = {
    "account": "",
    "payer_name": "",
    "payer_hint": "",
    "words_until": None,
}


@dataclass(frozen=True, slots=True)
class Came:
    """
    What a provider says came in. `account` is what the payer typed, as it came; `payer` their number, what is left
    of it under a mask, or its SHA-256 in hex: it is compared, and never kept but as plain digits. `at` is the
    provider's time, in UTC.
    """

    rail: str
    receipt: str
    amount: Money
    account: str
    at: datetime
    payer: str = ""
    payer_name: str = ""
    said_by: SaidBy = "confirmed"


@dataclass(frozen=True, slots=True)
class Inbound:
    """
    One receipt of such money; `id` is rail:receipt, so each is written down once.

    `group` and `person` are whose it is, "" while nobody knows; `payment` is what it became for its member, and
    `entry` the reference of what the group's book has of it while it is nobody's. `payer_hint` is what comparing
    came to. What is awaited is asked about at `next_at`, and what can be of several prompts is looked at. Only of
    what is nobody's are kept, to find out whose it is, the payer's digits as a hint, the first of their names and
    the `account` as it was typed: some time after it is known, at `words_until`, they go.
    """

    id: str
    rail: str
    receipt: str
    amount: Money
    account: str
    payer_hint: str
    payer_name: str
    at: datetime
    came_at: datetime
    state: InboundState
    group: str = ""
    person: str = ""
    payment: str = ""
    why: WhyUnplaced = ""
    entry: str = ""
    words_until: datetime | None = None
    said_by: SaidBy = "confirmed"
    next_at: datetime | None = None


def inbound_id(rail: str, receipt: str) -> str:
    """The one id that a receipt of a provider's can have."""
    return f"{rail}:{receipt}"
