"""
Figures that somebody asks for over the web, as a file that is there for some days.

A worker makes it in spells, a few groups at a time, for whoever asked as they are then. A file of commas grows
part by part; a workbook cannot, so it is made in one go and may not be too long.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.exports.write import EXPORT_NAMES, pieces_of
from bot.signed_links import SignedLinks
from bot.spell import CLAIM, WAITED_SECONDS, Spell
from domain.access.again import caller_again
from domain.access.caller import Caller
from domain.exports.columns import COLUMNS, ExportCell, ExportName
from domain.exports.keys import ExportedGroup, count_to_export, groups_to_export
from domain.exports.rows import ExportSpan, export_rows
from domain.mongo.file_parts import PART_BYTES
from domain.mongo.store import MongoStore
from domain.people.limits import EXPORTS, take
from domain.records.asked_export import AskedExport, AskedForm
from domain.records.programme import Programme
from domain.store import NotFound
from flows.engine.spreadsheet import csv_pieces, xlsx_table

LINK_VALID: Final = timedelta(hours=1)
# More would keep a worker from all else for too long.
WORKBOOK_ROWS_MAX: Final = 50_000
# Of a phone, for whoever sees no whole ones; as bot/api/shapes.py shows it.
SHOWN_DIGITS: Final = 3


def ask_for_export(
    store: MongoStore,
    caller: Caller,
    name: ExportName,
    programme: Programme | None,
    span: ExportSpan,
    form: AskedForm,
) -> AskedExport:
    """Have a worker make the file, of the groups that they see. Raises TooManyFiles."""
    take(store, EXPORTS.of(caller.key))
    now = store.now()
    asked = AskedExport(
        id=store.new_id(),
        by=caller.key,
        name=name,
        programme=programme.code if programme else "",
        first=span.first,
        last=span.last,
        form=form,
        state="waiting",
        at=now,
        until=now + store.offered.files_kept,
        next_at=now,
    )
    store.exports.insert(asked)
    return asked


def exports_of(
    store: MongoStore, caller: Caller, *, past: tuple[object, str] | None = None, limit: int = 50
) -> list[AskedExport]:
    """What the caller asked for and is still there, the newest first."""
    found = store.exports.keyset("-at", limit, past, by=caller.key)
    return [each for each in found if each.until > store.now()]


def export_for(store: MongoStore, caller: Caller, id: str) -> AskedExport:
    """One of the caller's own. Raises NotFound."""
    found = store.exports.one(id=id)
    if found is None or found.by != caller.key or found.until <= store.now():
        raise NotFound("an export")
    return found


def may_fetch(caller: Caller, asked: AskedExport) -> bool:
    """Whether its file is there, and all groups in it are theirs still: they may have been handed over."""
    theirs = caller.everywhere or (bool(asked.theirs) and caller.groups.issuperset(asked.theirs))
    return asked.state == "ready" and theirs


@dataclass(frozen=True, slots=True)
class ExportLink:
    """Where a file is fetched, and until when."""

    url: str
    until: datetime


def link_to(links: SignedLinks, public_url: str, caller: Caller, asked: AskedExport) -> ExportLink | None:
    """A link for whoever has it, as long as it is good; None where there is no file, or not for this caller."""
    if not may_fetch(caller, asked):
        return None
    token, until = links.made(asked.id, LINK_VALID)
    return ExportLink(f"{public_url}/exports/{token}/{name_of_file(asked)}", until)


def file_at(store: MongoStore, id: str) -> AskedExport | None:
    """The export of a link, None when its file is not there any more."""
    found = store.exports.one(id=id)
    if (
        found is None
        or found.state != "ready"
        or found.until <= store.now()
        or not store.file_parts.are_there(found.parts)
    ):
        return None
    return found


def name_of_file(asked: AskedExport) -> str:
    """Like `programme-north-2026-11-29.csv`."""
    parts = [asked.name, asked.programme, (asked.last or asked.at.date()).isoformat()]
    return f"{'-'.join(filter(None, parts))}.{asked.form}"


def exports_due(store: MongoStore, most: int) -> Sequence[str]:
    """Those that are to be made."""
    return store.exports.due(store.now(), most)


def carry_on_export(
    store: MongoStore, id: str, *, seconds: float = WAITED_SECONDS, rows_max: int = WORKBOOK_ROWS_MAX
) -> None:
    """Write the next groups of an export, for some seconds; nothing when somebody else is at it."""
    spell = Spell.begun(store.exports, id, store.now, seconds)
    if spell is None:
        return
    asked, caller = spell.item, caller_again(store, spell.item.by)
    name = next((each for each in EXPORT_NAMES if each == asked.name), None)
    programme = store.programmes.one(code=asked.programme) if asked.programme else None
    if caller is None or name is None or (asked.programme and programme is None):
        spell.write(store.exports, state="failed", why="no_right", next_at=None)
        return
    seen = None if caller.everywhere else asked.theirs or _groups_in(store, caller, programme)
    if seen == ():
        spell.write(store.exports, state="failed", why="no_right", next_at=None)
        return
    groups = _GroupsOf(store, programme, seen, asked.groups or _count(store, programme, seen))
    made = _Made(store, spell, name, groups, whole_phones="members:phones" in caller.scopes)
    if asked.form == "csv":
        made.table()
    else:
        made.workbook(rows_max)


def _groups_in(store: MongoStore, caller: Caller, programme: Programme | None) -> tuple[str, ...]:
    """The ids of the caller's groups, those of a programme or all."""
    of = {"programme": programme.id} if programme else {}
    return tuple(sorted(store.groups.ids(id=sorted(caller.groups), **of)))


def _count(store: MongoStore, programme: Programme | None, seen: Sequence[str] | None) -> int:
    return count_to_export(store, programme) if seen is None else len(seen)


@dataclass(frozen=True, slots=True)
class _GroupsOf:
    """The groups of an export: those of a programme that are `seen`, None for all; how many there are."""

    store: MongoStore
    programme: Programme | None
    seen: Sequence[str] | None
    count: int

    def after(self, id: str) -> Iterator[ExportedGroup]:
        """Those whose ids come after one, in their order."""
        wanted = None if self.seen is None else frozenset(self.seen)
        for each in groups_to_export(self.store, self.programme):
            if each.group.id > id and (wanted is None or each.group.id in wanted):
                yield each


class _Made:
    """A file that is being made."""

    def __init__(
        self,
        store: MongoStore,
        spell: Spell[AskedExport],
        name: ExportName,
        groups: _GroupsOf,
        *,
        whole_phones: bool,
    ) -> None:
        self._store, self._spell, self._name, self._groups = store, spell, name, groups
        self._asked = spell.item
        self._columns = [each.name for each in COLUMNS[name]]
        self._phone = self._columns.index("phone") if "phone" in self._columns and not whole_phones else None
        self._rows, self._done, self._after = self._asked.rows, self._asked.done, self._asked.after
        self._parts, self._size = self._asked.parts, self._asked.size
        self._held, self._taken_over = b"", False
        # Of this turn: one of before that still writes does not write into this file.
        self._file = f"{self._asked.id}.{spell.turn}"

    def table(self) -> None:
        """Go on with a file of commas, from the group behind which it stands."""
        titled = not self._parts
        for each in self._groups.after(self._after):
            for piece in csv_pieces(self._columns, self._rows_of(each), titled=titled):
                self._add(piece)
            titled = False
            self._done, self._after = self._done + 1, each.group.id
            over = self._spell.is_over
            if (over or self._spell.is_to_be_written) and (not self._written() or over):
                return
        if titled:
            self._add(b"".join(csv_pieces(self._columns, [])))
        self._written(state="ready", next_at=None, groups=self._done)

    def workbook(self, rows_max: int) -> None:
        """Write a workbook, all of it, unless it has too many rows."""
        self._done = self._rows = 0
        with tempfile.TemporaryDirectory(prefix="export-") as made:
            path = Path(made) / "table.xlsx"
            xlsx_table(path, self._name, self._columns, self._all_rows(rows_max))
            if self._taken_over:
                return
            if self._rows > rows_max:
                self._spell.write(self._store.exports, state="failed", why="too_long", next_at=None)
                return
            self._parts, self._size = (), 0
            for piece in pieces_of(path):
                self._add(piece)
        self._written(state="ready", next_at=None, groups=self._done)

    def _all_rows(self, rows_max: int) -> Iterator[tuple[ExportCell, ...]]:
        """All of them; or fewer, where there are too many, or somebody else makes this file by now."""
        for each in self._groups.after(""):
            for row in self._rows_of(each):
                if self._rows > rows_max:
                    return
                yield row
            self._done += 1
            if self._spell.is_to_be_written:
                said = {"done": self._done, "groups": self._groups.count, "next_at": self._store.now() + CLAIM}
                self._taken_over = self._spell.write(self._store.exports, **said) is None
                if self._taken_over:
                    return

    def _rows_of(self, each: ExportedGroup) -> Iterator[tuple[ExportCell, ...]]:
        """The rows of a group, counted; phones as whoever asked may see them."""
        span = ExportSpan(self._asked.first, self._asked.last)
        for row in export_rows(self._store, self._name, each, span):
            self._rows += 1
            yield row if self._phone is None else self._without_phone(row, self._phone)

    def _without_phone(self, row: tuple[ExportCell, ...], place: int) -> tuple[ExportCell, ...]:
        phone = row[place]
        shown = f"…{phone[-SHOWN_DIGITS:]}" if isinstance(phone, str) and phone else phone
        return (*row[:place], shown, *row[place + 1 :])

    def _add(self, piece: bytes) -> None:
        self._held += piece
        while len(self._held) >= PART_BYTES:
            self._put(self._held[:PART_BYTES])
            self._held = self._held[PART_BYTES:]

    def _put(self, data: bytes) -> None:
        id = self._store.file_parts.put(self._file, len(self._parts), data, self._asked.until)
        self._parts, self._size = (*self._parts, id), self._size + len(data)

    def _written(self, **said: Any) -> bool:
        """Write what is held, and how far it is; False when somebody else has taken it up."""
        if self._held:
            self._put(self._held)
            self._held = b""
        written = self._spell.write(
            self._store.exports,
            rows=self._rows,
            done=self._done,
            after=self._after,
            parts=self._parts,
            size=self._size,
            theirs=tuple(self._groups.seen or ()),
            **({"groups": self._groups.count} | said),
        )
        if written is None:
            self._leave_nothing()
        return written is not None

    def _leave_nothing(self) -> None:
        """Take away what no file is made of: another one is at it, or somebody in it was forgotten."""
        known = self._store.exports.one(id=self._asked.id)
        if known is None or not any(part.startswith(f"{self._file}:") for part in known.parts):
            self._store.file_parts.remove(self._file)
