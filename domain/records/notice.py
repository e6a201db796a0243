"""Messages to send: each is a document first, so that losing a queue loses no message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.money import Money
from domain.records.person import Language

# From "sending" on it may have gone. "skipped": nobody wants it, or its time is over. "unknown": it is not known
# whether it went, and it is not sent again by itself.
NoticeState = Literal["queued", "sending", "sent", "delivered", "read", "failed", "skipped", "unknown"]
# Why it was not sent to somebody: they said STOP; it was of no use any more; they are no member of the group it is
# for; what it reminds of is paid; it was taken back, or removed; they have had enough of such; nothing of theirs
# takes messages from us.
Skipped = Literal["STOPPED", "TOO_LATE", "LEFT", "PAID", "CALLED_OFF", "ENOUGH", "NO_WAY"]
# The same, and why it failed, in the few words that leaders are told; "NO_ANSWER" where nobody knows.
WhyUnsent = Literal[Skipped, "", "NO_ANSWER", "WRONG_NUMBER", "PHONE_OFF", "REFUSED", "NO_CREDIT"]
NoticeKind = Literal[
    "welcome_to_group",
    "opening_to_agree",
    "opening_told",
    "opening_contested",
    "opening_stands",
    "opening_sent_back",
    "enrolled",
    "refused_by_group",
    "somebody_wants_to_join",
    "invitation",
    "invitation_taken",
    "office_taken",
    "office_left",
    "receipt",
    "payment_failed",
    "paid_out",
    "payout_failed",
    "payment_unclear",
    "payment_to_look_at",
    "decision_wanted",
    "digest",
    "reminder",
    "week_summary",
    "late_in_spite_of_reminders",
    "decided",
    "approval_lapsed",
    "standing_changed",
    "death_reported",
    "death_undone",
    "settlement_due",
    "entered_alone",
    "money_is_yours",
    "unasked_unknown",
    "unasked_kept",
    "unasked_waits",
    "unasked_on_credit",
    "wallet_corrected",
    "paid_from_credit",
    "put_on_credit",
    "social_to_box",
    "box_to_social",
    "meeting_closed",
    "fined",
    "fine_waived",
    "granted",
    "turn_set",
    "turn_lost",
    "auction_set",
    "turn_held",
    "bid_parted",
    "dividend_credited",
    "dividend_too_high",
    "cash_contested",
    "cash_kept",
    "cash_reversed",
    "cash_cancelled",
    "guarantee_wanted",
    "guarantee_declined",
    "loan_approved",
    "loan_waits",
    "loan_rescheduled",
    "loan_waived",
    "loan_written_off",
    "savings_taken",
    "shared_out",
    "repayment_reversed",
    "account_frozen",
    "account_opened",
    "phone_asked",
    "phone_changed",
    "phone_joined",
    "number_closed",
    "number_lost",
    "pin_changed",
    "pin_locked",
    "pin_asked",
    "pin_reset",
    "pin_code",
    "chat_linked",
    "messages_stopped",
    "messages_wanted",
    "email_code",
    "email_set",
    "code",
    "sign_in_code",
    "sign_in_email",
    "cast_words",
    "cast_meeting",
    "cast_due",
    "cast_late",
    "cast_decision",
    "cast_expired",
    "referral_rewarded",
    "referral_welcome",
    "letter",
    "letter_removed",
    "muted",
]

# What is not clear about a payment: whether money came in, whether it went out, or that we were told both.
Unclear = Literal["in", "out", "both"]
# How a group's mobile money was brought to what its provider says.
Corrected = Literal["more", "less", "fee"]

# What has become of a proposal: agreed to, refused, not decided in time, closed because what it was about has
# changed, or taken back by whoever asked.
Became = Literal["approved", "rejected", "expired", "lapsed", "withdrawn"]

Values = Mapping[str, str | int | Money]

# What warns a person that somebody else may be acting for them is sent whatever they said of messages, and so is
# the answer to what they said.
ALWAYS: Final[frozenset[NoticeKind]] = frozenset(
    {
        "pin_changed",
        "pin_locked",
        "pin_asked",
        "pin_reset",
        "pin_code",
        "chat_linked",
        "code",
        "sign_in_code",
        "sign_in_email",
        "email_code",
        "email_set",
        "messages_stopped",
        "messages_wanted",
        "office_left",
        "standing_changed",
        "death_reported",
        "death_undone",
        "account_frozen",
        "account_opened",
        "phone_asked",
        "phone_changed",
        "phone_joined",
        "number_lost",
    }
)
# A code is a secret while it is good, for so long: then it is not sent any more, nor kept.
CODES: Final[Mapping[NoticeKind, timedelta]] = {
    "code": timedelta(minutes=10),
    "pin_code": timedelta(hours=1),
    "email_code": timedelta(minutes=10),
    "sign_in_code": timedelta(minutes=5),
    "sign_in_email": timedelta(minutes=5),
}
# What only goes to a number, as a text message.
BY_TEXT: Final[frozenset[NoticeKind]] = frozenset({"code", "pin_code", "messages_stopped", "messages_wanted"})
# What only goes by e-mail, and has a subject of its own.
BY_EMAIL: Final[frozenset[NoticeKind]] = frozenset({"email_code", "sign_in_email"})
# What somebody wrote in their own words: no template has these.
IN_OWN_WORDS: Final[frozenset[NoticeKind]] = frozenset({"cast_words"})
# What goes to chats alone: who has none finds it when they call, and no text message is paid for it.
BY_CHAT: Final[frozenset[NoticeKind]] = frozenset({"letter"})
ATTEMPTS_MAX: Final = 8
NOTICE_CLAIM: Final = timedelta(seconds=60)
# Between these, by the clock of where they live, people are written to without a pressing reason.
MORNING: Final = time(7)
EVENING: Final = time(19)


@dataclass(frozen=True, slots=True)
class Notice:
    """
    One message to one person. `id` says why it exists, so that a reason is told once.

    The words are found when it is sent, in the language the person has then. `to` is a phone number instead of a
    person, for somebody who is nobody yet, in `language`. `first` is a channel, or one address, to try before the
    chosen one. `tried` are the addresses it could not be sent to, "text" for the phone.

    A receipt, a code or an alarm is sent again when it is not known whether it went: twice is better than not at
    all. What is sent `once` is not. One of many is `bulk`: what is somebody's own goes before it. `quiet_in` is
    the time zone whose evenings and nights it leaves in peace, "" for what cannot wait; after `until` it is of no
    use.

    Just before it is sent it is looked at whether anybody still wants it, see `domain/wanted.py`: `group` is whose
    members alone it is for, `owed` is what it reminds of, "" where there is no such condition. `broadcast` is the
    one that it belongs to.
    `email` is the address to which it goes and nowhere else: its person's, or one that is to be proved theirs.
    `letter` is the one that it brings: its words are read when it is sent, and not kept longer than there.
    """

    id: str
    person: str
    kind: NoticeKind
    values: Values
    created_at: datetime
    next_at: datetime | None
    state: NoticeState = "queued"
    attempts: int = 0
    provider_id: str = ""
    reason: str = ""
    why: WhyUnsent = ""  # of a reason, which may be a provider's own word
    to: str = ""
    language: Language = "en"
    first: str = ""
    tried: tuple[str, ...] = ()
    sent_to: str = ""  # the address it went to last
    once: bool = False
    bulk: bool = False
    quiet_in: str = ""
    until: datetime | None = None
    group: str = ""
    owed: str = ""
    broadcast: str = ""
    letter: str = ""
    email: str = ""


def morning_after(zone: str, now: datetime) -> datetime | None:
    """When people of a time zone may be written to, where that is not now; see `Notice.quiet_in`."""
    if not zone:
        return None
    there = now.astimezone(ZoneInfo(zone))
    if MORNING <= there.time() < EVENING:
        return None
    day = there.date() + timedelta(days=there.time() >= EVENING)
    return datetime.combine(day, MORNING, there.tzinfo).astimezone(now.tzinfo)


def retry_at(notice: Notice, now: datetime) -> datetime | None:
    """When to try again after a failure that may pass: 10 s, then twice as long each time; None: give up."""
    if notice.attempts >= ATTEMPTS_MAX:
        return None
    return now + timedelta(seconds=10 * 2**notice.attempts)


@dataclass(frozen=True, slots=True)
class EarlyReport:
    """
    What a provider said of a message whose id, `id` here, is not in any notice: not yet, or never.

    `state` is "delivered", "read" or "failed". Kept for an hour; a notice gets its id within seconds.
    """

    id: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """
    What was paid out of a group in the 24 hours before `until`, for its officers; see `domain/treasury/digest.py`.

    `id` is group:day; `next_at` is None once it is sent.
    """

    id: str
    group: str
    until: datetime
    next_at: datetime | None
