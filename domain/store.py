"""The port to the store: what a rule needs from it, and nothing that only one database has."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from domain.addresses import Address, SentCode
from domain.groups import Group, Paid
from domain.ledger import Draft, Entry
from domain.members import Membership, Person
from domain.outbox import Notice
from domain.payments import Payment
from domain.pins import PinHasher

T = TypeVar("T")
R = TypeVar("R")


class NotFound(LookupError):
    """No document has this id."""


class Duplicate(Exception):
    """A document with this id, or another unique field of it, exists. The transaction is undone."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out: its key and what it answered, as JSON values."""

    id: str
    result: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderId:
    """Something we made at a provider: our name for it as `id`, and the provider's."""

    id: str
    value: str


class Table(Protocol[T]):
    """The documents of one kind. `equal` names fields and the values they must have."""

    def get(self, id: str) -> T: ...  # NotFound
    def one(self, **equal: Any) -> T | None: ...
    def find(self, *, sort: str = "id", limit: int = 0, **equal: Any) -> list[T]: ...
    def among(self, ids: Sequence[str]) -> list[T]: ...
    def insert(self, item: T) -> None: ...  # Duplicate
    def change(self, id: str, *, when: Mapping[str, Any] | None = None, **fields: Any) -> T | None:
        """Set fields, if the document is as `when` says; the document after it, or None."""
        ...

    def count_up(self, id: str, field: str) -> int:
        """Add one to a number, atomically; the number after it."""


class Payments(Table[Payment], Protocol):
    """Payments, found by when somebody has to look at them."""

    def claim(self, id: str, now: datetime) -> Payment | None:
        """Take one that is due for a while, so that nobody else does; None when it is not due."""

    def due(self, now: datetime, limit: int) -> list[str]: ...
    def asked_since(self, person: str, since: datetime) -> int: ...
    def open_of(self, person: str) -> list[Payment]: ...


class Notices(Table[Notice], Protocol):
    """Messages out, found by when somebody has to send them."""

    def claim(self, id: str, now: datetime) -> Notice | None: ...
    def due(self, now: datetime, limit: int) -> list[str]: ...


class Books(Protocol):
    """The double-entry books; see `domain/ledger.py`."""

    def of_member_in(self, books: Sequence[str], member: str) -> Mapping[tuple[str, str], int]:
        """A member's balances, by book and account; 0 for what was never posted to."""

    def of_member(self, book: str, member: str, limit: int) -> list[Entry]: ...


@dataclass(frozen=True, slots=True)
class Effects:
    """What is written in the same transaction as an entry of the books."""

    paid: tuple[str, str, Paid] | None = None  # the person, the meeting, what was added to what they put in
    payment: tuple[str, Mapping[str, Any]] | None = None  # its id, the fields that change
    notices: tuple[Notice, ...] = ()


class Store(Protocol):
    """Everything durable. Inside `transaction`, the same with its writes kept together."""

    @property
    def people(self) -> Table[Person]: ...
    @property
    def groups(self) -> Table[Group]: ...
    @property
    def memberships(self) -> Table[Membership]: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def commands(self) -> Table[Done]: ...
    @property
    def addresses(self) -> Table[Address]: ...
    @property
    def codes(self) -> Table[SentCode]: ...
    @property
    def provider_ids(self) -> Table[ProviderId]: ...
    @property
    def books(self) -> Books: ...
    @property
    def pins(self) -> PinHasher: ...

    def now(self) -> datetime: ...
    def new_id(self) -> str: ...
    @property
    def payable(self) -> frozenset[str]:
        """The currencies that a mobile-money provider takes here."""

    @property
    def channel_titles(self) -> Mapping[str, str]:
        """What people call the channels, by name."""

    def paid(self, person: str, meetings: Mapping[str, str]) -> Mapping[str, Paid]:
        """What a person has put in for a meeting (ISO date) of each group, by group."""

    def post(self, draft: Draft, effects: Effects) -> Entry:
        """
        Write an entry and what belongs to it, together; blocks until it is durable.

        The same reference again answers with the first entry and changes nothing. Not inside `transaction`.
        """

    def within(self, seconds: float) -> AbstractContextManager[object]:
        """All that is asked of the store inside takes no longer than this, together; then it raises."""
        ...

    def transaction(self, work: Callable[["Store"], R]) -> R:
        """Run `work` in one transaction. It may run more than once: nothing in it may reach outside."""
