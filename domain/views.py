"""
What is shown again and again, worked out once: each view by itself, kept until something that it shows is written.

A view is for eyes. What decides about money reads the books, in its transaction.

Nothing has to be dropped. A view is kept together with the stamps of whom it shows (`domain/mongo/stamps.py`),
read before anything else was; it counts while the stamps are what they were. So it is never older than the last
commit before somebody asked, whichever process wrote, whether or not the cache was there then, and whatever died
halfway.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from typing import Any, Final, Generic, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from domain.fractions import fraction_as_text, text_as_fraction
from domain.groups.glance import Glance, glance_at
from domain.groups.overview import Waits, waiting_in
from domain.loans.borrow import Borrowing, borrowing
from domain.meetings.who_paid import MeetingPaid, meeting_paid
from domain.people.profile import member
from domain.records.figures import Total
from domain.records.group import Group
from domain.records.person import Chat, GroupOfMember, Language
from domain.store import Store

V = TypeVar("V")

ViewName = Literal["eligibility", "profile", "overview", "dashboard"]


class Cache(Protocol):
    """What may be forgotten at any time. Nothing raises: a cache that is away has nothing, and keeps nothing."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, kept: timedelta) -> None: ...

    def looked_up(self, name: ViewName, *, found: bool) -> None:
        """Count that somebody looked for a view, and whether it was there and counted."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as they and those who help them see them: see `Member`."""

    id: str
    name: str
    phone: str
    language: Language
    groups: tuple[GroupOfMember, ...]
    groups_past: tuple[GroupOfMember, ...]
    waiting: tuple[str, ...]
    chats: tuple[Chat, ...]
    receipts: str
    messages_stopped: bool
    email: str
    digest_by_email: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What the leaders of a group see first: where its money is, who has put in for the meeting, what waits."""

    glance: Glance
    paid: MeetingPaid
    waits: Waits


def _configured(store: Store) -> str:
    """What a view shows besides what is stored: another configuration has views of its own."""
    carriers = sorted(
        (each.name, each.direction, sorted(each.currencies), each.paybill) for each in store.providers
    )
    said = repr((carriers, sorted(store.offered.features), sorted(store.channel_titles.items())))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a cache holds: the value as JSON, whom it shows with their stamps, and until when it counts."""

    stamps: dict[str, str]
    until: float
    value: msgspec.Raw


class _View(Generic[V]):
    """One kind of view. Its shape is part of its key, for two versions may run at once."""

    def __init__(self, name: ViewName, of: Any, kept: timedelta) -> None:
        self.name, self.kept = name, kept
        self._value = msgspec.json.Decoder(of, dec_hook=text_as_fraction)
        self._shape = hashlib.sha256(repr(msgspec.inspect.type_info(of)).encode()).hexdigest()[:12]

    def key(self, where: str, of: str) -> str:
        return f"view:{self.name}:{self._shape}:{where}:{of}"

    def closed(self, stamps: dict[str, str], until: float, value: V) -> bytes:
        written = msgspec.json.encode(value, enc_hook=fraction_as_text)
        return msgspec.json.encode(_Kept(stamps, until, msgspec.Raw(written)))

    def open(self, found: bytes | None) -> _Kept | None:
        """What was found; None when it is none of ours."""
        try:
            return None if found is None else msgspec.json.decode(found, type=_Kept)
        except msgspec.MsgspecError:
            return None

    def read(self, value: msgspec.Raw) -> V:
        decoded: V = self._value.decode(value)
        return decoded


_ELIGIBILITY: Final = _View[Borrowing]("eligibility", Borrowing, timedelta(minutes=30))
_PROFILE: Final = _View[Profile]("profile", Profile, timedelta(hours=1))
_OVERVIEW: Final = _View[Overview]("overview", Overview, timedelta(minutes=5))
_DASHBOARD: Final = _View[list[Total]]("dashboard", list[Total], timedelta(minutes=5))


class Views:
    """All views there are, of one store, with what keeps them."""

    def __init__(self, store: Store, cache: Cache) -> None:
        self._store, self._cache, self._where = store, cache, _configured(store)

    def eligibility(self, group: str, person: str) -> Borrowing:
        """See `borrowing`; of today, for days count in it. Raises NoLoans."""

        def made() -> tuple[Borrowing, datetime]:
            ends = self._day_ends(self._store.groups.get(group))
            return borrowing(self._store, group, person), ends

        return self._view(_ELIGIBILITY, f"{group}:{person}", [f"group:{group}"], made)

    def profile(self, person: str) -> Profile:
        """Who somebody is, and in which groups. Raises NotFound."""

        def groups() -> list[str]:
            return [f"group:{each.group}" for each in self._store.memberships.find(person=person)]

        def made() -> tuple[Profile, None]:
            found = member(self._store, person)
            return Profile(**{each.name: getattr(found, each.name) for each in fields(Profile)}), None

        return self._view(_PROFILE, person, [f"person:{person}"], made, groups)

    def overview(self, group: str) -> Overview:
        """Of today. Raises OutOfBalance."""

        def made() -> tuple[Overview, datetime]:
            store, found = self._store, self._store.groups.get(group)
            ends = self._day_ends(found)
            return Overview(glance_at(store, found), meeting_paid(store, group), waiting_in(store, group)), ends

        return self._view(_OVERVIEW, group, [f"group:{group}"], made)

    def totals(self, groups: Sequence[str] | None = None) -> list[Total]:
        """
        The figures of groups added up, None for all: what a dashboard is made of. A job works them out once in
        some minutes, and they say of when they are: no posting changes them, so here only the time counts. Before
        there are any, nothing is kept.
        """

        def made() -> tuple[list[Total], datetime | None]:
            found = self._store.figures.added_up(groups)
            return found, None if found else self._store.now()

        of = "all" if groups is None else hashlib.sha256(" ".join(sorted(groups)).encode()).hexdigest()
        return self._view(_DASHBOARD, of, [], made)

    def _view(
        self,
        view: _View[V],
        of: str,
        scopes: Sequence[str],
        made: Callable[[], tuple[V, datetime | None]],
        more: Callable[[], Sequence[str]] = lambda: (),
    ) -> V:
        """
        What is kept, if it counts, else what is `made` now, with the moment at which it ends by itself. It shows
        the `scopes`, and `more` that are found by reading what those concern.
        """
        key = view.key(self._where, of)
        kept = view.open(self._cache.get(key))
        # Before anything else is read: a write that comes between makes what is kept here count for nobody.
        stamps = self._stamps({*scopes, *(kept.stamps if kept else ())})
        if kept and (self._store.now().timestamp() >= kept.until or stamps != kept.stamps):
            kept = None
        self._cache.looked_up(view.name, found=kept is not None)
        if kept:
            return view.read(kept.value)
        stamps = {scope: stamps[scope] for scope in scopes} | self._stamps(more())
        value, ends = made()
        last = self._store.now() + view.kept
        until = (last if ends is None else min(ends, last)).timestamp()
        self._cache.put(key, view.closed(stamps, until, value), view.kept)
        return value

    def _stamps(self, scopes: Collection[str]) -> dict[str, str]:
        return dict(self._store.stamps([*scopes])) if scopes else {}

    def _day_ends(self, group: Group) -> datetime:
        tomorrow = group.constitution.day(self._store.now()) + timedelta(days=1)
        return datetime.combine(tomorrow, time(), ZoneInfo(group.constitution.time_zone))
