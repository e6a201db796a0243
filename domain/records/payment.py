"""
A payment between a member and a group, and mobile money's state machine. Only a status query of the provider
decides.

    created → requested → pending → succeeded | failed | expired
                       ↘ unknown ↗

`created`: written down, nobody called. `requested`: the provider is being called, or we stopped while calling.
`pending`: it has the request. `unknown`: it did not say; we ask. Cash is `succeeded` when an officer writes it
down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta

from domain.books.accounts import Account
from domain.money import Money
from domain.records.group import PaymentPart, meeting_key

PaymentState = Literal["created", "requested", "pending", "unknown", "succeeded", "failed", "expired"]
Direction = Literal["in", "out"]
# What money is for; each has its settler, see `domain/treasury/settle.py`.
Purpose = Literal[
    "contribution", "share_capital", "repayment", "fine", "credit",
    "loan", "grant", "share_out", "rotation", "withdrawal", "exit",
]  # fmt: skip
# The same as people say it: what is put in at a meeting is for savings, a pot, or the social fund alone.
PaidFor = Literal[
    "savings", "social_fund", "pot", "share_capital", "repayment", "fine", "credit",
    "loan", "grant", "share_out", "rotation", "withdrawal", "exit",
]  # fmt: skip
Way = Literal["cash", "mobile_money"]
# Why no money has moved. Each provider has words of its own, which its folder in payments/ puts into these.
FailureReason = Literal[
    "not_enough_money",
    "declined",
    "not_approved_in_time",
    "limit_reached",
    "no_account",
    "other_network",  # they know no such number, and it may be of another network that is switched on
    "account_not_active",
    "wrong_pin",
    "try_later",  # the same was asked for a moment ago, or another payment is under way there
    "not_sent",  # the provider was not asked, or never took what it was asked
    "not_possible",  # a fault of theirs, or of ours
    "refused",  # they gave no reason that we know
]
# What people call a payment or a loan; no screen has a wider one than the example.
Ref = Annotated[str, Meta(examples=["CWWWWWW"])]

DIRECTIONS: Final[Mapping[Purpose, Direction]] = {
    "contribution": "in",
    "share_capital": "in",
    "repayment": "in",
    "fine": "in",
    "credit": "in",
    "loan": "out",
    "grant": "out",
    "share_out": "out",
    "rotation": "out",
    "withdrawal": "out",
    "exit": "out",
}

OPEN: Final[tuple[PaymentState, ...]] = ("created", "requested", "pending", "unknown")
FAILED: Final[tuple[PaymentState, ...]] = ("failed", "expired")

# The approval prompt is itself a network session: it comes after the member's call has closed.
PROMPT_AFTER: Final = timedelta(seconds=4)
# A request that was never sent is not sent late: nobody expects a prompt for something of long ago.
SEND_WITHIN: Final = timedelta(minutes=10)
# The provider is asked again this long after each answer that decided nothing, then every minute to ten
# minutes of age, then every hour. After a day a person looks at it too; it is never failed by a clock.
ASK_AFTER_SECONDS: Final = (5, 10, 20, 40, 60)
PERSON_AFTER: Final = timedelta(hours=24)
# What the provider does not know this long after it was last sent was never taken. Money that comes in all the
# same is posted; money out cannot be called back, and waits longer.
NOT_TAKEN_AFTER: Final[Mapping[Direction, timedelta]] = {
    "in": timedelta(minutes=5),
    "out": timedelta(hours=1),
}
# How long a worker may take over one payment before another one may.
PAYMENT_CLAIM: Final = timedelta(seconds=60)

PER_HOUR_MAX: Final = 6  # money commands of one member


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a provider's callback said of a payment, each "" or None where it said nothing: its own name for the
    request, its receipt, the amount, and the word for how it ended. Nobody has signed it, and it decides nothing.
    """

    key: str = ""
    receipt: str = ""
    amount: Money | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """
    What a provider says of a request.

    `not_found` may also mean "not visible yet"; `asked` that it heard the question and answers by calling us. That
    it did not say is `OutcomeUnknown`. `reason` is of what failed; `provider_reason` is the provider's own word,
    also for what is pending. It is kept for operators: a code or a few words, with nothing in it that must not be
    logged. `provider_id` is its receipt, "" where it says none; `amount` is None where it says none. `at` is when
    it said so, None for now.
    """

    state: Literal["pending", "succeeded", "failed", "not_found", "asked"]
    reason: FailureReason = "refused"
    provider_reason: str = ""
    provider_id: str = ""
    amount: Money | None = None
    external_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """
    Money from a member to a group or back. `id` is our uuid4 and the provider's idempotency key.

    `ref` is what the member sees and the provider echoes. `purpose` says what it is for and `subject` which one:
    the id of a loan, a fine. `parts` add up to the `amount` of a contribution and say which accounts of the member
    it is for. `way` is how the money moves and `provider` the name of who carries it, "" for cash. `asked_by` is
    the member who gave the command, "" when it follows from a decision; `officer` wrote down cash. `next_at` is
    when somebody has to look at it again; None when nobody has to. `reversed` is true once its entry was taken
    back. `cycle` is the group's `cycle_mark` when it was asked for.

    `provider_key` is the provider's own name for the request, where it has to be asked by that; `provider_id` is
    its receipt, or that name while it has said no receipt.
    """

    id: str
    ref: str
    group: str
    person: str
    phone: str
    amount: Money
    parts: tuple[PaymentPart, ...]
    meeting: str  # ISO date
    way: Way
    provider: str
    state: PaymentState
    created_at: datetime
    next_at: datetime | None
    purpose: Purpose = "contribution"
    subject: str = ""
    direction: Direction = "in"
    asked_by: str = ""
    officer: str = ""
    asked: int = 0  # status queries that decided nothing
    reason: FailureReason | Literal[""] = ""  # why it failed
    provider_reason: str = ""  # what the provider said last, for operators: members are never told
    provider_id: str = ""
    needs_person: bool = False
    sent_at: datetime | None = None  # when the provider was last called; not of what versions before have sent
    accepted: bool = False  # the provider said that it has the request
    reversed: bool = False
    cycle: int = 0
    provider_key: str = ""
    told: Told | None = None  # what callbacks said: hints
    answer: ProviderStatus | None = None  # to our last question, where it came later and nobody has taken it yet
    reconciled: bool = False  # its provider was seen to have moved it, or the difference is written down
    recalled: bool = False  # the number changed hands: what was not sent is not sent there, and nothing twice

    @property
    def counts_for(self) -> str:
        """The key of the meeting that it is for."""
        return meeting_key(self.meeting, self.cycle)

    @property
    def paid_for(self) -> PaidFor:
        """What a receipt and a statement say that it is for."""
        if self.purpose != "contribution":
            return self.purpose
        accounts = {part.account for part in self.parts}
        if accounts == {Account.SOCIAL_FUND}:
            return "social_fund"
        return "pot" if Account.POT in accounts else "savings"

    @property
    def moves_credit(self) -> bool:
        """Whether what it posts depends on the credit that its member has at that moment."""
        return any(part.account == Account.CREDIT for part in self.parts)

    @property
    def reference(self) -> str:
        """What its entry in the books is known by: at most one entry has it."""
        return f"payment:{self.id}"

    @property
    def reservation(self) -> str:
        """What the entry is known by that sets money aside while it is on its way out."""
        return f"reserve:{self.id}"

    @property
    def promise(self) -> str:
        """What the entry is known by that takes it from the member, where setting it aside did not yet do that."""
        return f"forward:promise:{self.id}"


def ask_again_at(payment: Payment, now: datetime) -> datetime:
    """When to ask the provider next, after an answer that decided nothing."""
    later = _later(payment, now)
    # What it does not seem to have ends at a moment of its own.
    ends_at = not_taken_at(payment)
    return ends_at if ends_at is not None and now < ends_at < later else later


def not_taken_at(payment: Payment) -> datetime | None:
    """When the provider would know of a request if it had it; None for one that it has, or may have."""
    if payment.accepted or payment.sent_at is None:
        return None
    return payment.sent_at + NOT_TAKEN_AFTER[payment.direction]


def _later(payment: Payment, now: datetime) -> datetime:
    if payment.asked < len(ASK_AFTER_SECONDS):
        return now + timedelta(seconds=ASK_AFTER_SECONDS[payment.asked])
    if now - payment.created_at < timedelta(minutes=10):
        return now + timedelta(minutes=1)
    return now + timedelta(hours=1)


def failure_state(reason: FailureReason) -> Literal["failed", "expired"]:
    """`expired` when the payer let the prompt pass or never got one, `failed` for every other reason."""
    return "expired" if reason in ("not_approved_in_time", "not_sent") else "failed"
