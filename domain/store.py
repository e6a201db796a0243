"""The port to the store: what a rule needs from it, and nothing that only one database has."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from domain.books.ledger import Draft, Entry
from domain.books.statements import PartOfBook, Span, Sums
from domain.errors import StoreError
from domain.money import Money
from domain.records.feature import Feature
from domain.records.group import Paid
from domain.records.limit import Reached, Use
from domain.records.notice import Notice
from domain.records.payment import Direction
from domain.records.pin import PinHasher
from domain.records.session import TokenKeys
from domain.tables import Tables

R = TypeVar("R")


class NotFound(StoreError):
    """No document has this id."""


class Unreadable(StoreError):
    """A document is not what this version reads: somebody changed it, or another version wrote it."""


class Changed(StoreError):
    """A document is no longer as an entry's Change took it to be: nothing was written. Work it out anew."""


class Duplicate(StoreError):
    """A document with this id, or another unique field of it, exists. The transaction is undone."""


@dataclass(frozen=True, slots=True)
class Between:
    """A value from `first` to `last`, both included, for `Table.find` and `Table.count`."""

    first: Any
    last: Any


@dataclass(frozen=True, slots=True)
class After:
    """A value above this one, for `Table.find` and `Table.count`: the next page of a list."""

    value: Any


@dataclass(frozen=True, slots=True)
class Before:
    """A value below this one: the next page of a list from the end."""

    value: Any


@dataclass(frozen=True, slots=True)
class PaidSpan:
    """The meetings of a group from one day to another, both included, as one person paid for them."""

    group: str
    person: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class MoneyProvider:
    """
    Somebody who carries mobile money in one direction: in these currencies, from or to the phone numbers (E.164)
    that begin with one of `numbers`, but not with one of `but_not` that is as long or longer.

    In minor units each amount is a whole number of `unit`, at least `least` and at most `most`, None where nobody
    has said. Who carries several currencies, each with limits of its own, is there once for each. `title` is what
    people call it, and `paybill` the number that they pay to from their phone's own menu, "" where they cannot.
    """

    name: str
    direction: Direction
    currencies: frozenset[str]
    numbers: tuple[str, ...] = ("+",)
    but_not: tuple[str, ...] = ()
    unit: int = 1
    least: int = 1
    most: int | None = None
    title: str = ""
    paybill: str = ""
    lists: bool = False  # it lists what it moved
    balanced: bool = False  # it says what our accounts with it hold
    network: str = ""  # whose phones alone it is for; "" where it is for those of several

    def reaches(self, calling_code: str) -> bool:
        """Whether it carries money of a country's numbers, of whatever network: "+256"."""
        return any(each.startswith(calling_code) or calling_code.startswith(each) for each in self.numbers)

    def serves(self, phone: str) -> bool:
        """Whether a number is of its network, by the longest beginning that is known of it."""
        mine, others = (
            max((len(each) for each in beginnings if phone.startswith(each)), default=0)
            for beginnings in (self.numbers, self.but_not)
        )
        return mine > others


@dataclass(frozen=True, slots=True)
class MessageCosts:
    """
    What messages cost the operator. `text` is a part of a text message, `template` a chat message to somebody who
    has not written for longer than the channel's `windows` say; None where nobody has said what it costs. What is
    written within that time, or where there is no such time, is free. A broadcast that costs more than `most`
    needs a second person.
    """

    text: Money | None = None
    template: Money | None = None
    most: Money | None = None
    windows: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offered:
    """
    What the operator offers besides what every service has: the `features` that are switched on, for how long a
    letter can be read, the words of messages are kept, what a group brought with it, and files that were sent or
    asked for, and what messages cost.

    Links, each "" where there is none: `chat_link` is where a chat with us opens, to be followed by what is typed
    in it, quoted; `start_link` where another one begins, to be followed by a code that lets join; `check_link` the
    page on which a receipt is checked, to be followed by group and code.
    """

    features: frozenset[Feature] = frozenset()
    letters_kept: timedelta = timedelta(days=90)
    words_kept: timedelta = timedelta(days=90)
    books_kept: timedelta = timedelta(days=30)
    files_kept: timedelta = timedelta(days=7)
    message_costs: MessageCosts = MessageCosts()
    chat_link: str = ""
    start_link: str = ""
    check_link: str = ""


@dataclass(frozen=True, slots=True)
class PaidUp:
    """How many members have put in what they should, and the minor units that all have put in."""

    members: int
    total: int


class Limits(Protocol):
    """The counters of limits. They are in no transaction: a use counts, whatever becomes of what it was for."""

    def take(self, *uses: Use) -> Reached | None:
        """
        Count all these uses, atomically for each counter and in one round trip. Where a limit is used up, none of
        them counts, and the answer is the first such limit.
        """

    def give_back(self, *uses: Use) -> None:
        """What was taken was none of what is limited."""


class Books(Protocol):
    """The double-entry books; see `domain/books/ledger.py`."""

    def of_member_in(self, books: Sequence[str], member: str) -> Mapping[tuple[str, str], int]:
        """A member's balances, by book and account; 0 for what was never posted to."""

    def of_member(self, book: str, member: str, limit: int) -> list[Entry]:
        """The newest entries that name a member, newest first."""
        ...

    def of_member_within(self, book: str, member: str, span: Span) -> list[Entry]:
        """Those of a span by date, oldest first."""
        ...

    def with_references(self, book: str, references: Sequence[str]) -> list[Entry]:
        """Those that are posted of these references, in no order."""
        ...

    def at_places(self, book: str, places: Sequence[int]) -> list[Entry]:
        """The entries with these places in their book, in no order."""
        ...

    def newest_that_touch(self, book: str, accounts: Sequence[str], span: Span, limit: int) -> list[Entry]:
        """The newest entries of a span that touch one of the accounts, newest first."""
        ...

    def sums(self, book: str, span: Span, member: str = "") -> Sums:
        """What each account held before a span and what moved in it, of the whole book or of one member's part."""
        ...

    def balances(self, book: str) -> Mapping[tuple[str, str], int]:
        """
        Every account's balance under (code, ""), and every member's part of it under (code, member): for a book of
        a group whose members can be listed.
        """

    def totals(self, book: str) -> Mapping[str, int]:
        """Every account's balance, by its code; what was never posted to is not there."""

    def wallets(self, book: str) -> Mapping[tuple[str, str], int]:
        """
        What each provider has of the balances of the accounts of mobile money, by account and provider; "" has
        what no provider has. None of them is zero, and those of one account sum to it.
        """

    def wallets_of_all(self) -> Mapping[str, Mapping[tuple[str, str], int]]:
        """The same of all books together, by currency."""

    def of_members(
        self, book: str, accounts: Sequence[str], members: Sequence[str]
    ) -> Mapping[tuple[str, str], int]:
        """What some members have in some accounts, by account and member; never posted to, it is not there."""

    def moved_of_members(
        self, book: str, accounts: Sequence[str], members: Sequence[str], span: Span
    ) -> Mapping[tuple[str, str], int]:
        """How the same changed in a span, debit above zero; what did not is not there."""

    def by_month(
        self, book: str, accounts: Sequence[str], members: Sequence[str], since: datetime, zone: str
    ) -> Mapping[tuple[str, str, str], int]:
        """
        How the same changed in each month from a moment on, by account, member and month ("2026-01", in the time
        zone). An entry and its mirror change no month: what never was has no dividend.
        """

    def by_day(self, book: str, accounts: Sequence[str], span: Span, zone: str) -> Mapping[date, int]:
        """How some accounts changed together on each day of a span, debit above zero, in a time zone."""
        ...

    def came_and_went(self, book: str, accounts: Sequence[str], span: Span) -> tuple[int, int]:
        """
        What some accounts together got from outside them in a span, and what left them, both without what was
        taken back in it: an entry from one of them to another moves nothing, a mirror less than nothing.
        """
        ...

    def parts_within(self, book: str, span: Span) -> Mapping[str, PartOfBook]:
        """Each member's part of a book, from before a span to its end: it reads the book, and is for a worker."""
        ...

    def earned_by(self, book: str, at: datetime) -> Mapping[str, int]:
        """What the accounts of income and expense held at a moment, less what was closed of it up to now."""

    def length(self, book: str) -> int:
        """How many entries a book has."""
        ...

    def count_within(self, book: str, span: Span) -> int:
        """How many entries of a book are in a span."""
        ...

    def posted_to(self, book: str, account: str, after: int) -> bool:
        """Whether an entry past this place of a book touches an account: for a place that is not long ago."""

    def with_reference(self, book: str, reference: str) -> Entry | None:
        """The one entry with this reference; None when it is not posted."""


@dataclass(frozen=True, slots=True)
class Change:
    """Fields of one document to set, if it still is as `when` says. `table` is named as in Store."""

    table: str
    id: str
    fields: Mapping[str, Any]
    when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effects:
    """What is written in the same transaction as an entry of the books."""

    paid: tuple[str, str, Paid] | None = None  # the person, the meeting, what was added to what they put in
    changes: tuple[Change, ...] = ()
    notices: tuple[Notice, ...] = ()
    # What has to be put right in the book when the entry is in it; see `treasury.settle.post_settled`.
    then: Callable[["Store"], None] | None = None

    def also(self, change: Change) -> "Effects":
        """The same with one change more."""
        return replace(self, changes=(*self.changes, change))


NO_EFFECTS: Final = Effects()


class Store(Tables, Protocol):
    """
    Everything durable: the tables, and what is in none of them. Inside `transaction`, the same with its writes
    kept together.
    """

    @property
    def limits(self) -> Limits: ...
    @property
    def books(self) -> Books: ...
    @property
    def pins(self) -> PinHasher: ...
    @property
    def token_keys(self) -> TokenKeys: ...

    def now(self) -> datetime:
        """The moment it is, in UTC."""
        ...

    def new_id(self) -> str:
        """A uuid4 that nobody has had."""
        ...

    @property
    def providers(self) -> Sequence[MoneyProvider]:
        """The mobile-money providers that are switched on, in the operator's order."""

    @property
    def countries(self) -> frozenset[str]:
        """Where the phone numbers are to which a stranger can have us send text messages; ISO 3166 codes."""

    @property
    def offered(self) -> Offered:
        """What the operator offers besides."""

    @property
    def channel_titles(self) -> Mapping[str, str]:
        """What people call the channels, by name."""

    @property
    def service_code(self) -> str:
        """What people dial to talk with us."""

    def paid(self, person: str, meetings: Mapping[str, str]) -> Mapping[str, Paid]:
        """What a person has put in for a meeting of each group, by group. Meetings are named by their keys."""

    def paid_at(self, *spans: PaidSpan) -> Mapping[tuple[str, str], Mapping[str, Paid]]:
        """What people have put in for each meeting of some days, by its key, by group and person; one query."""

    def paid_by(self, group: str, meeting: str, people: Sequence[str]) -> Mapping[str, Paid]:
        """What each of some people has put in for a meeting of one group, by person."""

    def paid_up(self, group: str, meeting: str, least: Paid) -> PaidUp:
        """How many have put in at least this for a meeting, and what all together have; one aggregation."""

    def post(self, draft: Draft, effects: Effects = NO_EFFECTS) -> Entry:
        """
        Write an entry and what belongs to it, together; blocks until it is durable.

        The same reference again answers with the first entry and changes nothing. Inside `transaction` it is a
        part of it; outside, it shares one transaction with whatever else waits to be posted, so that a whole group
        can pay at once. Raises InsufficientFunds; and, having written nothing, Changed and Duplicate.
        """

    def stamps(self, scopes: Sequence[str]) -> Mapping[str, str]:
        """
        A text for each scope, "group:ID" or "person:ID", that is another one after every write that concerns it.
        What is read after it is no older than it.
        """
        ...

    def pins_by_mark(self) -> Counter[str]:
        """How many PINs stand on each pepper, by its mark (`mark_of`). All people are read."""
        ...

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """All that is asked of the store inside takes no longer than this, together; then it raises."""
        ...

    def transaction(self, work: Callable[["Store"], R]) -> R:
        """Run `work` in one transaction. It may run more than once: nothing in it may reach outside."""
