"""
Each night the figures of all groups are written to where EXPORT_TO says, in a folder of that day: once, by whoever
holds the lease. What fails is tried again, as long as the day lasts.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.backup.places import Place
from bot.exports.write import DEFINITIONS, EXPORT_NAMES, told_to_stop, write_export
from bot.logs import log
from bot.tries import next_try
from domain.access.audit import note
from domain.errors import StoreError
from domain.exports.keys import groups_to_export
from domain.exports.rows import ExportSpan
from domain.mongo.lease import leased
from domain.mongo.store import MongoStore
from domain.records.run import Run

# Older nights are taken away: who takes back a consent, or is forgotten, is in no file after a week.
NIGHTS_KEPT: Final = 7
_KIND: Final = "export"
_DAY_LENGTH: Final = len("2026-11-29")
_FILES: Final = frozenset({DEFINITIONS, *(f"{name}.csv" for name in EXPORT_NAMES)})


@dataclass(frozen=True, slots=True)
class NightlyExport:
    """Knows whether it is time, and does it. `at` is when, in `zone`."""

    store: MongoStore
    place: Place
    at: time
    zone: str

    def due(self) -> str | None:
        """The id of tonight's next try; None before its time, when it is done, or was tried a short while ago."""
        now = self.store.now().astimezone(ZoneInfo(self.zone))
        return next_try(self.store, f"{_KIND}:{now.date()}") if now.time() >= self.at else None

    def night(self, check: Callable[[], object] = lambda: None) -> str | None:
        """
        Write tonight's files, if they are due; the run's id. `check` is asked before each group, and raises to end
        it. A run that fails says why, and is tried again. Raises LeaseTaken while another
        scheduler is at it.
        """
        if self.due() is None:
            return None
        with leased(self.store.database, "exports", by=socket.gethostname(), now=self.store.now):
            id = self.due()
            if id is None:
                return None  # another scheduler was first
            self.store.runs.insert(Run(id, _KIND, self.store.now()))
            try:
                details = self._write(date.fromisoformat(id.removeprefix(f"{_KIND}:")[:_DAY_LENGTH]), check)
            except BaseException as error:
                why = str(error) if isinstance(error, StoreError) else type(error).__name__
                self._end(id, ok=False, details={"problem": why})
                raise
            self._end(id, ok=True, details=details)
        log().info("figures were exported", **details)
        return id

    def _write(self, day: date, check: Callable[[], object]) -> dict[str, str]:
        self._forget(day)
        note(self.store, None, "exported", why="nightly, all")
        rows: dict[str, str] = {}
        for name in EXPORT_NAMES:
            groups = told_to_stop(groups_to_export(self.store), check)
            _, count = write_export(self.store, self.place, f"{day}/", name, groups, ExportSpan())
            rows[name] = str(count)
        return rows

    def _forget(self, day: date) -> None:
        oldest = day - timedelta(days=NIGHTS_KEPT - 1)
        for name in self.place.names(""):
            if (of := _night_of(name)) and of < oldest:
                self.place.remove(name)

    def _end(self, id: str, *, ok: bool, details: dict[str, str]) -> None:
        self.store.runs.change(id, ended_at=self.store.now(), ok=ok, details=details)


def _night_of(name: str) -> date | None:
    """The night that a file is of, None for one that is none of ours."""
    folder, _, file = name.partition("/")
    if file not in _FILES:
        return None
    try:
        return datetime.strptime(folder, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, wherever
    except ValueError:
        return None
