"""The tables of the store: what each is asked, and the list of them, one for each kind of document."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar, overload

from domain.records.account import StaffAccount
from domain.records.api_token import ApiToken
from domain.records.arrival import Arrival
from domain.records.asked_export import AskedExport
from domain.records.audit import AuditEntry, AuditHead
from domain.records.broadcast import Broadcast
from domain.records.case import Case
from domain.records.chat import Address, SentCode
from domain.records.consent import Consent
from domain.records.contest import Contest
from domain.records.deployment import DeploymentState
from domain.records.difference import Difference
from domain.records.dividend import Declaration
from domain.records.figures import GroupDay, GroupNow, GroupsWanted, Total
from domain.records.forgotten import Forgotten, Tombstone
from domain.records.grant import Grant
from domain.records.group import Adopted, Group
from domain.records.inbound import Inbound
from domain.records.incident import Incident
from domain.records.invitation import Invitation
from domain.records.letter import Letter
from domain.records.loan import Loan
from domain.records.meeting import Attendance, Fine, Meeting
from domain.records.notice import Digest, EarlyReport, Notice, NoticeState, WhyUnsent
from domain.records.paper import Paper
from domain.records.payment import Payment
from domain.records.person import Membership, Person
from domain.records.prepared import PreparedLoan
from domain.records.programme import Programme
from domain.records.proposal import Proposal
from domain.records.receipt import Receipt
from domain.records.referral import Referral, ReferralCode
from domain.records.reminder import ReminderRound
from domain.records.rota import Rota
from domain.records.run import Run
from domain.records.session import WebSession
from domain.records.share_out import ShareOut
from domain.records.stuck import Stuck
from domain.records.upload import SheetUpload, UploadFinding, UploadGroup

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out: its key and what it answered, as JSON values."""

    id: str
    result: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """
    A request to the API that changes something, by who made it and how they called it; `digest` is of what it
    said.

    `status` is 0 while it is under way, which nobody takes it to be after `claimed_until`; then `body` is what was
    answered. It is forgotten as its command is: see `Done`.
    """

    id: str
    digest: str
    at: datetime
    claimed_until: datetime
    status: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True)
class ProviderId:
    """Something we made at a provider: our name for it as `id`, and the provider's."""

    id: str
    value: str


SHOWN_MAX: Final = 30  # of a list, on a phone at once


@dataclass(frozen=True, slots=True)
class Some(Sequence[T], Generic[T]):
    """
    Some of a list. `more`: there are others behind them, and whoever shows these says so, or asks for those that
    are past the last one.
    """

    items: list[T]
    more: bool

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        return self.items[place]


class _Known(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Known)


def some_of(items: Sequence[N], past: str, most: int = SHOWN_MAX) -> Some[N]:
    """As `Table.some`, of a list that is all there."""
    first = next((place for place, each in enumerate(items, start=1) if each.id == past), 0)
    return Some([*items[first : first + most]], more=len(items) > first + most)


class Table(Protocol[T]):
    """
    The documents of one kind. `equal` names fields and the values they must have: one, a list of which any does,
    a Between, After or Before. `sort` names a field, with "-" before it for the highest first. Whatever reads a
    document raises Unreadable for one that is not what it should be.
    """

    def get(self, id: str) -> T:
        """Raises NotFound."""
        ...

    def one(self, **equal: Any) -> T | None:
        """Any one of them."""

    def find(self, *, sort: str = "id", limit: int = 0, **equal: Any) -> list[T]:
        """All of them, or the first `limit`."""
        ...

    def some(self, most: int = SHOWN_MAX, *, past: str = "", sort: str = "id", **equal: Any) -> Some[T]:
        """
        The first `most` of them, or of those that come after the one with the id `past`, and whether that is all.
        Where that one is not among them any more, some may come a second time; none is left out.
        """
        ...

    def keyset(self, sort: str, limit: int, past: tuple[Any, str] | None, **equal: Any) -> list[T]:
        """
        The first `limit` by a field and, where it is the same, by id; or those `past` the one with this value in
        the field and this id. So a list that is read in pages has everything once, whatever comes meanwhile.
        """
        ...

    def each(self, **equal: Any) -> Iterator[T]:
        """All of them by id, read a few at a time: for what grows with the years."""
        ...

    def due(self, now: datetime, limit: int, *, sort: str = "next_at", **equal: Any) -> list[str]:
        """
        The ids of those whose time, `next_at`, has come, the longest waiting first; or, of documents that have no
        such time while all is well, of those that are as `equal` says and were not put off. None of them is read:
        one that cannot be stops no other.
        """
        ...

    def ids(self, **equal: Any) -> list[str]:
        """The ids alone of those that are so, in no order: where an index has them, nothing else is read."""
        ...

    def count(self, **equal: Any) -> int: ...
    def among(self, ids: Sequence[str]) -> list[T]:
        """Those that are there of these ids, in no order."""
        ...

    def insert(self, item: T) -> None:
        """Raises Duplicate."""

    def insert_all(self, items: Sequence[T]) -> None:
        """Several in one write, in a transaction. Raises Duplicate."""

    def change(self, id: str, *, when: Mapping[str, Any] | None = None, **fields: Any) -> T | None:
        """Set fields, if the document is as `when` says; the document after it, or None. Raises Duplicate."""
        ...

    def remove(self, id: str, *, when: Mapping[str, Any]) -> None:
        """Take a document away, if it is there and as `when` says: for what says nothing of money or people."""

    def count_up(self, id: str, field: str) -> int:
        """Add one to a number, atomically; the number after it."""


def unused_id(table: Table[Any], draw: Callable[[], str]) -> str:
    """
    What is drawn, and drawn again while something in the table has it: when a million have a code of eight digits,
    one draw in ninety is somebody's.
    """
    return next(id for id in iter(draw, "") if table.one(id=id) is None)


class Payments(Table[Payment], Protocol):
    """Payments, found by when somebody has to look at them."""

    def claim(self, id: str, now: datetime) -> Payment | None:
        """Take one that is due for a while, so that nobody else does; None when it is not due."""

    def asked_since(self, person: str, since: datetime) -> int:
        """How many this person has asked for since then, for whomever they were."""
        ...

    def open_of(self, person: str) -> list[Payment]:
        """Those to or from a person that have not ended."""
        ...


class Notices(Table[Notice], Protocol):
    """
    Messages out, found by when somebody has to send them. In a transaction those that are inserted one by one are
    written together at its end: there they are not read before, and that an id is taken is heard then.
    """

    def claim(self, id: str, now: datetime) -> Notice | None:
        """As a payment is; the claim counts as an attempt."""

    def change_waiting(self, broadcast: str, **fields: Any) -> None:
        """Set fields of all messages of a broadcast that are queued."""

    def tally(self, broadcast: str) -> Mapping[tuple[NoticeState, WhyUnsent], int]:
        """How many of its messages are in each state, and why; one aggregation on an index."""
        ...

    def tallies(self, broadcasts: Sequence[str]) -> Mapping[tuple[str, NoticeState], int]:
        """The same of several, by broadcast and state."""
        ...

    def broadcasts_to(self, people: Sequence[str], since: datetime) -> Mapping[str, int]:
        """How many messages of broadcasts each of these has been sent since then, or is about to be."""
        ...


class Papers(Table[Paper], Protocol):
    """Files on their way to who asked for them."""

    def claim(self, id: str, now: datetime) -> Paper | None:
        """As a notice is."""


class Audit(Table[AuditEntry], Protocol):
    """The log of acts."""

    def put_in_chain(self, entries: Sequence[AuditEntry]) -> None:
        """Give lines that wait their place and seal, in one write, in a transaction."""


class FiguresNow(Table[GroupNow], Protocol):
    """The figures of the day that runs, of every group."""

    def lacking(self, limit: int) -> list[str]:
        """The ids of groups that have none yet."""
        ...

    def added_up(self, groups: Sequence[str] | None) -> list[Total]:
        """The sums of some groups, None for all, a line for each currency; one aggregation."""
        ...

    def page(self, wanted: GroupsWanted) -> list[GroupNow]:
        """Some groups in an order, from behind a place in it."""
        ...


class Deployments(Table[DeploymentState], Protocol):
    """How the service is run: one document, or none while nobody has changed anything."""

    def seen(self) -> DeploymentState:
        """As it was two seconds ago at the most: nobody asks the store more often than that."""
        ...

    def put(self, **fields: Any) -> None:
        """Set fields of it, whether it was there or not; this process sees it at once. Raises Duplicate."""


class StuckWork(Table[Stuck], Protocol):
    """Work that could not be done."""

    def again(self, id: str, now: datetime) -> None:
        """Somebody wants it tried now: its pauses begin anew."""


class Tables(Protocol):
    """Every table, by its name: `store.loans`."""

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
    def arrivals(self) -> Table[Arrival]: ...
    @property
    def uploads(self) -> Table[SheetUpload]: ...
    @property
    def upload_findings(self) -> Table[UploadFinding]: ...
    @property
    def upload_groups(self) -> Table[UploadGroup]: ...
    @property
    def exports(self) -> Table[AskedExport]: ...
    @property
    def broadcasts(self) -> Table[Broadcast]: ...
    @property
    def papers(self) -> Papers: ...
    @property
    def early_reports(self) -> Table[EarlyReport]: ...
    @property
    def commands(self) -> Table[Done]: ...
    @property
    def answered(self) -> Table[Answered]: ...
    @property
    def addresses(self) -> Table[Address]: ...
    @property
    def codes(self) -> Table[SentCode]: ...
    @property
    def constitutions(self) -> Table[Adopted]: ...
    @property
    def consents(self) -> Table[Consent]: ...
    @property
    def invitations(self) -> Table[Invitation]: ...
    @property
    def programmes(self) -> Table[Programme]: ...
    @property
    def proposals(self) -> Table[Proposal]: ...
    @property
    def meetings(self) -> Table[Meeting]: ...
    @property
    def attendance(self) -> Table[Attendance]: ...
    @property
    def fines(self) -> Table[Fine]: ...
    @property
    def grants(self) -> Table[Grant]: ...
    @property
    def contests(self) -> Table[Contest]: ...
    @property
    def loans(self) -> Table[Loan]: ...
    @property
    def prepared_loans(self) -> Table[PreparedLoan]: ...
    @property
    def share_outs(self) -> Table[ShareOut]: ...
    @property
    def receipts(self) -> Table[Receipt]: ...
    @property
    def rotas(self) -> Table[Rota]: ...
    @property
    def declarations(self) -> Table[Declaration]: ...
    @property
    def deployment(self) -> Deployments: ...
    @property
    def digests(self) -> Table[Digest]: ...
    @property
    def reminder_rounds(self) -> Table[ReminderRound]: ...
    @property
    def provider_ids(self) -> Table[ProviderId]: ...
    @property
    def letters(self) -> Table[Letter]: ...
    @property
    def referral_codes(self) -> Table[ReferralCode]: ...
    @property
    def referrals(self) -> Table[Referral]: ...
    @property
    def accounts(self) -> Table[StaffAccount]: ...
    @property
    def web_sessions(self) -> Table[WebSession]: ...
    @property
    def api_tokens(self) -> Table[ApiToken]: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def audit_heads(self) -> Table[AuditHead]: ...
    @property
    def forgotten(self) -> Table[Forgotten]: ...
    @property
    def tombstones(self) -> Table[Tombstone]: ...
    @property
    def stuck(self) -> StuckWork: ...
    @property
    def inbound(self) -> Table[Inbound]: ...
    @property
    def incidents(self) -> Table[Incident]: ...
    @property
    def cases(self) -> Table[Case]: ...
    @property
    def differences(self) -> Table[Difference]: ...
    @property
    def figures(self) -> FiguresNow: ...
    @property
    def group_days(self) -> Table[GroupDay]: ...
    @property
    def runs(self) -> Table[Run]: ...
