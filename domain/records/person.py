"""People and the groups they belong to: one person, one identity, any number of groups."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.errors import DomainError
from domain.money import Money
from domain.records.feature import Feature
from domain.records.group import GroupKind

Language = Literal["en", "fr", "sw"]
Role = Literal["member", "chairperson", "secretary", "treasurer"]
Gender = Literal["f", "m", "other"]
MembershipStatus = Literal[
    "pending", "active", "refused", "suspended", "leaving", "exited", "deceased", "expelled"
]

LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr", "sw")
OFFICERS: Final[frozenset[Role]] = frozenset({"chairperson", "secretary", "treasurer"})
NAME_LENGTH_MAX: Final = 40
SEATS_MAX: Final = 4  # members who share one phone


class AlreadyRegistered(DomainError):
    """The phone number belongs to a member."""

    code = "already_registered"


class AlreadyInGroup(DomainError):
    """The member is in the group, or waits to be let in."""

    code = "already_in_group"


class NoSuchGroup(DomainError):
    """No group has this code."""

    code = "no_such_group"


# Why somebody may not do something in a group; its sentence is in `flows/words/refused/`.
#   stranger, pending, suspended, gone: they are no member, are not one yet, or are none now
#   officer: only officers may
#   own: it is their own, or they wrote it down; involved: they asked for it, or it is about them
#   theirs: it is another member's; amount: not above nothing, or of another currency
#   kind: a group of this kind does not have it; changed: it is no longer as it was seen
WhyNotAllowed = Literal[
    "stranger",
    "pending",
    "suspended",
    "gone",
    "officer",
    "own",
    "involved",
    "theirs",
    "amount",
    "kind",
    "changed",
]


class NotAllowed(DomainError):
    """
    Somebody may not do this: `why`, in which `group`, and the `name` of whom it is about, "" where there is none.

    What was kept of a refusal before these were said reads as something that has changed.
    """

    code = "not_allowed"

    def __init__(self, why: WhyNotAllowed = "changed", group: str = "", name: str = "") -> None:
        super().__init__(why=why, group=group, name=name)


class NoPhone(DomainError):
    """This needs a phone number of their own, and the member has none."""

    code = "no_phone"


class AlreadyDecided(DomainError):
    """Another officer was faster."""

    code = "already_decided"


@dataclass(frozen=True, slots=True)
class Pin:
    """
    A PIN as it is stored, with its count of wrong tries; see `domain/records/pin.py`. `hash` is "" until a member
    who was enrolled without a phone has one, and chooses.
    """

    hash: str
    wrong: int = 0  # since the last right one
    lockouts: int = 0  # since the last right one: each is longer than the one before
    locked_until: datetime | None = None


# Whoever has a number or a PIN that is new may be a thief; who was expelled or reported dead may be wronged.
HELD_FOR: Final = timedelta(hours=24)


def hours_held(since: datetime | None, now: datetime) -> int:
    """For how many hours more money is held back since something happened; 0 when it is not."""
    left = HELD_FOR - (now - since) if since else timedelta(0)
    return max(0, -(-int(left.total_seconds()) // 3600))


@dataclass(frozen=True, slots=True)
class Person:
    """
    One human being as stored. `phone` is E.164, "" for a member whom officers serve and who has none, or whose
    number changed hands; `messages_stopped` after STOP, until START.

    `receipts` is the channel they want messages on, "" for whichever works; see `domain/records/chat.py`.
    `seat` is their place among those who share a phone: 0 for who had it first, and for who shares it with nobody.
    `email` is an address of theirs, proved at `email_at`, "" for none; see `domain/people/email.py`.
    `sex` and `birth_year` are known of who came with their group, where its sheets said them.
    """

    id: str
    name: str
    phone: str
    language: Language
    pin: Pin
    created_at: datetime
    messages_stopped: bool = False
    payments: int = 0  # asked for so far
    receipts: str = ""
    frozen: bool = False  # by themselves: no money moves for them
    phone_changed_at: datetime | None = None
    pin_reset_at: datetime | None = None  # a new PIN in place of a forgotten one
    own_name: str = ""  # in their own letters, where `name` is not in those
    seat: int = 0
    phone_before: str = ""  # the number they had last that changed hands
    phone_closed_at: datetime | None = None
    reminders_off: bool = False  # receipts and news, but no reminders and no summaries
    email: str = ""
    email_at: datetime | None = None
    digest_by_email: bool = False  # the daily digest of the groups they lead goes there too
    sex: Gender | None = None
    birth_year: int | None = None
    network: str = ""  # who carries the money of their number, where they said so

    def vote_held(self, now: datetime) -> int:
        """
        For how many hours more they agree to no money, 0 for none: a new PIN in place of a forgotten one may be a
        thief's. A new number alone is none, for the PIN is the old one.
        """
        return hours_held(self.pin_reset_at, now)

    @property
    def held_since(self) -> datetime | None:
        """When their number or their PIN became new: whoever did that may not be them. None when neither is."""
        return max(filter(None, (self.phone_changed_at, self.pin_reset_at)), default=None)


@dataclass(frozen=True, slots=True)
class Membership:
    """
    One person in one group; `number` is their place in the group's list, from 1. At `held_from` they were told of
    something that others decided about them: no money of theirs leaves for a while. With `no_phone` they lead
    nothing and do not count among those who vote; it is so while the person has no number. `social_brought` is
    what they owed the social fund, in minor units, when their group moved in: it is of that cycle.
    """

    id: str  # group:person
    group: str
    person: str
    number: int
    role: Role
    status: MembershipStatus
    asked_at: datetime
    decided_by: str = ""
    joined_at: datetime | None = None  # None: with the group
    hands: int = 1  # in a rotation
    held_from: datetime | None = None
    exit: str = ""  # the proposal by which they leave; "leaving" until what is theirs is paid
    no_phone: bool = False
    # Of the group's letters: those after `letters_from` are theirs to read, and so many of them, and of those to
    # everybody, they have read. Until `muted_until` they write none.
    letters_from: int = 0
    letters_read: int = 0
    letters_read_to_all: int = 0
    muted_until: datetime | None = None
    social_brought: int = 0


@dataclass(frozen=True, slots=True)
class PaidTo:
    """Where a member pays to from their phone's own menu: the number, and their account of `account_number.py`."""

    paybill: str
    account: str


@dataclass(frozen=True, slots=True)
class GroupOfMember:
    """What a conversation needs to know of a member's group, without asking the store."""

    id: str
    name: str
    currency: str
    role: Role
    share_price: Money
    cap: Money  # the most one contribution may be
    kind: GroupKind = "vsla"
    lends: bool = True  # False in a rotation: what is put in goes to whoever's turn it is
    rewards: bool = False  # who brings a new member
    paid_to: PaidTo | None = None

    @property
    def led(self) -> bool:
        """Whether this member is one of its officers."""
        return self.role in OFFICERS


@dataclass(frozen=True, slots=True)
class Chat:
    """A linked address; `name` is what people call its channel."""

    id: str
    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """Who is talking: the profile that is kept beside the session and rebuilt from the store."""

    id: str
    name: str
    phone: str
    language: Language
    groups: tuple[GroupOfMember, ...] = ()
    waiting: tuple[str, ...] = ()  # names of the groups that have not decided yet
    chats: tuple[Chat, ...] = ()
    receipts: str = ""
    messages_stopped: bool = False
    groups_past: tuple[GroupOfMember, ...] = ()  # that they left, or may not act in now: they read what was theirs
    has_pin: bool = True  # not before the first call of who was enrolled by an officer
    sharing: bool = False  # others have the same phone: a call, or a chat, asks first who is talking
    letters_new: int = 0  # in all groups, since they read them last
    email: str = ""  # "" too where no e-mail is sent
    digest_by_email: bool = False
    moving_in: bool = False  # a group of theirs moves in and wants their word
    to_confirm: bool = False  # something was prepared elsewhere and waits for their PIN
    pin_locked_until: datetime | None = None  # as it was when this was read
    # Of this turn, never kept: where they talk from, whether nothing but their number says who they are, and what
    # is switched on.
    address: str = ""
    by_number: bool = False
    features: tuple[Feature, ...] = ()

    def speaks_from(self, sender: str) -> bool:
        """Whether this is their phone's number or one of their chats."""
        return sender == self.phone or any(chat.id == sender for chat in self.chats)

    def groups_of(self, kind: GroupKind) -> tuple[GroupOfMember, ...]:
        """The groups of one kind."""
        return tuple(group for group in self.groups if group.kind == kind)

    @property
    def groups_lending(self) -> tuple[GroupOfMember, ...]:
        """The groups that lend."""
        return tuple(group for group in self.groups if group.lends)

    @property
    def groups_ever(self) -> tuple[GroupOfMember, ...]:
        """The groups in which this member has a statement."""
        return (*self.groups, *self.groups_past)

    @property
    def groups_led(self) -> tuple[GroupOfMember, ...]:
        """The groups in which this member is an officer."""
        return tuple(group for group in self.groups if group.led)


@dataclass(frozen=True, slots=True)
class Stranger:
    """
    Someone who is no member yet. `phone` is "" until their channel, or a code, says which is theirs.

    `address` is where they talk from, on the channel that is named.
    """

    phone: str
    language: Language = "en"
    id: str = ""
    address: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """One of those who share a phone, as all who hold it may see them."""

    id: str
    name: str
    language: Language
    has_pin: bool = True  # as of a Member


@dataclass(frozen=True, slots=True)
class SharedPhone:
    """A phone that several members share, before it is known which of them is talking. `id` is nobody's."""

    phone: str
    holders: tuple[Holder, ...]  # who had it first, first
    language: Language
    id: str = ""
    address: str = ""  # as of a Member


Talker = Member | Stranger | SharedPhone


def membership_id(group: str, person: str) -> str:
    """The one id a person can have in a group."""
    return f"{group}:{person}"


def check_approver(officer: Membership | None, applicant: Membership, group: str) -> None:
    """
    An officer of the group, active, and never the applicant; `group` is its name.

    Raises NotAllowed, NoPhone, or AlreadyDecided when the applicant no longer waits.
    """
    if officer is None or officer.status != "active" or officer.role not in OFFICERS:
        raise NotAllowed(why="officer", group=group)
    if officer.person == applicant.person or officer.group != applicant.group:
        raise NotAllowed(why="own", group=group)
    if officer.no_phone:
        raise NoPhone
    if applicant.status != "pending":
        raise AlreadyDecided
