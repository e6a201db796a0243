"""
What a deployment does for itself beside its work: a backup each day, one restored on trial each week, the oplog
archived each minute, and the figures of groups written each night.

The scheduler does it, in threads of their own. Of several schedulers one does each of them: it holds a lease in
MongoDB meanwhile (`domain/mongo/lease.py`), and what is done is written down in `runs`, under the day it was due.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.backup.duty import archive, back_up, try_restore
from bot.backup.errors import ToldToStop
from bot.backup.manifest import set_ids
from bot.backup.vault import Vault, place_at, vault_of
from bot.config import Settings
from bot.exports.nightly import NightlyExport
from bot.logs import log, report
from bot.tries import next_try
from domain.errors import StoreError
from domain.mongo.lease import LeaseTaken, leased
from domain.mongo.store import MongoStore, is_away, open_store
from domain.records.pin import PinHasher
from domain.records.run import RunKind
from domain.store import Duplicate

LOOKED_AT_SECONDS: Final = 5.0
ARCHIVED_SECONDS: Final = 60.0
_TRIAL_AFTER: Final = timedelta(hours=1)  # the backup of that night is there by then
_PATIENCE_SECONDS: Final = 300
_STOP_SECONDS: Final = 10.0
_SUNDAY: Final = 6


@contextmanager
def upkeep(settings: Settings, stop: threading.Event) -> Iterator[None]:
    """Do it meanwhile, until `stop`; nothing where neither backups nor exports are configured."""
    if not settings.backup_to and settings.app_env == "production":
        log().warning("no backups are made: BACKUP_TO is empty")
    if not settings.backup_to and not settings.export_to:
        yield
        return
    store = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PinHasher(settings.pin_pepper),
        replica_set=settings.mongo_replica_set,
        timeout_seconds=_PATIENCE_SECONDS,
        prepared=True,
    )
    with closing(store):
        threads = [
            threading.Thread(target=_every, args=(stop, seconds, work), name=name, daemon=True)
            for name, seconds, work in _works(settings, store, stop)
        ]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            stop.set()
            for each in threads:
                each.join(_STOP_SECONDS)


def _works(
    settings: Settings, store: MongoStore, stop: threading.Event
) -> Iterator[tuple[str, float, Callable[[], object]]]:
    """What is done, each by its name, and how often it is looked whether it is due."""
    zone = settings.backup_zone
    if settings.backup_to:
        keeper = Keeper(store, vault_of(settings), time.fromisoformat(settings.backup_at), zone)
        yield "nights", LOOKED_AT_SECONDS, lambda: keeper.nights(stop)
        yield "oplog", ARCHIVED_SECONDS, keeper.minute
    if settings.export_to:
        place = place_at(settings, settings.export_to)
        exports = NightlyExport(store, place, time.fromisoformat(settings.export_at), zone)
        yield "exports", LOOKED_AT_SECONDS, lambda: exports.night(lambda: _check(stop, "export"))


def _check(stop: threading.Event, what: str) -> None:
    """Raises ToldToStop."""
    if stop.is_set():
        raise ToldToStop(f"{what}: the process was told to stop")


def _every(stop: threading.Event, seconds: float, work: Callable[[], object]) -> None:
    while not stop.is_set():
        try:
            work()
        except (LeaseTaken, Duplicate, ToldToStop) as quiet:
            log().debug("upkeep waits", why=str(quiet))
        except Exception as error:
            if is_away(error):
                log().warning("upkeep waits: a store is away", error=type(error).__name__)
            elif isinstance(error, StoreError):
                log().error("upkeep failed", problem=str(error))
            else:
                report("upkeep failed", error)
        stop.wait(seconds)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Knows what is due, and does it. `at` is when a backup is made each day, in `zone`."""

    store: MongoStore
    vault: Vault
    at: time
    zone: str

    def minute(self) -> None:
        """Archive the oplog."""
        archive(self.store, self.vault)

    def nights(self, stop: threading.Event) -> list[str]:
        """Do what is due; the runs that were done. Raises LeaseTaken while another scheduler is at it."""
        if not any(self._due()):
            return []
        done = []
        with leased(self.store.database, "nights", by=socket.gethostname(), now=self.store.now):
            progress = _Until(stop)
            if run := self._run("backup", self.day()):
                back_up(self.store, self.vault, progress, run)
                done.append(run)
            if run := self._run("restore_test", self.week()):
                try_restore(self.store, self.vault, progress, run)
                done.append(run)
        return done

    def day(self) -> datetime:
        """When the last backup was due."""
        return self._last(self.store.now().astimezone(ZoneInfo(self.zone)))

    def week(self) -> datetime:
        """When the last restore on trial was due: on Sunday, an hour after the backup."""
        at = self._last(self.store.now().astimezone(ZoneInfo(self.zone)) - _TRIAL_AFTER)
        return at - timedelta(days=(at.weekday() - _SUNDAY) % 7)

    def _last(self, now: datetime) -> datetime:
        at = datetime.combine(now.date(), self.at, now.tzinfo)
        return at if at <= now else datetime.combine(now.date() - timedelta(days=1), self.at, now.tzinfo)

    def _due(self) -> Iterator[str]:
        if run := self._run("backup", self.day()):
            yield run
        if run := self._run("restore_test", self.week()):
            yield run

    def _run(self, kind: RunKind, due: datetime) -> str | None:
        """Under which id it is done now: the next try, a while after one that failed; None where it is done."""
        run = next_try(self.store, f"{kind}:{due.date()}")
        if run and kind == "restore_test" and not set_ids(self.vault.place):
            return None  # there is nothing to try yet
        return run


class _Until:
    """Nobody looks how far it is; it ends when the process is told to."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    @contextmanager
    def phase(self, label: str, length: int) -> Iterator[Callable[[int], object]]:
        """Raises ToldToStop."""

        def step(steps: int) -> None:
            _check(self._stop, label)

        yield step
