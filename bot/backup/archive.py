"""
The archive of the oplog, beside the sets: one piece after the other, each from where the one before it ended.

A piece is named for the ticks that it lies between, and its name is authenticated with what is in it: so a piece
that is missing, doubled or in the place of another one shows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.backup.errors import BackupRefused, NotInArchive
from bot.backup.frames import seal, unseal
from bot.backup.manifest import Manifest, read_manifest, set_ids
from bot.backup.packing import pack, unpack
from bot.backup.places import Place
from bot.backup.vault import Vault
from bot.logs import log
from domain.mongo.oplog import Replay, oplog_between, oplog_end, oplog_oldest
from domain.mongo.store import MongoStore
from domain.mongo.tally import BadBson, documents_in
from domain.mongo.tick import Tick, read_tick

OPLOG: Final = "oplog/"
_PIECE: Final = ".bson.zst.aes"
# Where the last piece is looked for first: with one a minute, a year has half a million.
_DAYS_LOOKED_AT: Final = 2


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """What was written behind one tick, up to another."""

    after: Tick
    until: Tick

    @property
    def name(self) -> str:
        return f"{OPLOG}{_day(self.until)}/{self.after}_{self.until}{_PIECE}"


def archive_oplog(store: MongoStore, vault: Vault) -> Piece | None:
    """
    Keep what was written since the last piece, or since the newest set where there is none; None where there is
    no set to go on from. Where the oplog does not reach back so far, the piece begins where it does.
    """
    last = _last_piece(vault.place, store.now())
    if last is None:
        ids = set_ids(vault.place)
        if not ids:
            return None
        after = read_manifest(vault.place, vault.keys, ids[-1]).moment
    else:
        after = last.until
    until = oplog_end(store.database)
    if until <= after:
        return last
    oldest = oplog_oldest(store.database)
    if oldest > after:
        log().error(
            "the oplog was not archived in time: a part of it is lost", after=str(after), from_=str(oldest)
        )
        after = oldest
    piece = Piece(after, until)
    vault.place.put(piece.name, seal(pack(oplog_between(store.database, after, until)), vault.keys, piece.name))
    return piece


def set_for(vault: Vault, until: datetime) -> Manifest:
    """The newest set of before a time. Raises NotInArchive."""
    for id in reversed(set_ids(vault.place)):
        manifest = read_manifest(vault.place, vault.keys, id)
        if _time(manifest.moment) <= until:
            return manifest
    raise NotInArchive(f"no set is as old as {_printed(until)}")


def pieces_for(place: Place, after: Tick, until: datetime) -> list[Piece]:
    """
    The pieces that lead from a set to a time without a gap, and the one before them, where a transaction may have
    begun. Raises NotInArchive.
    """
    found = pieces_of(place)
    needed = [each for each in found if each.until > after and _time(each.after) <= until]
    reached = after
    for piece in needed:
        if piece.after > reached:
            raise NotInArchive(_gap(reached, piece.after))
        reached = max(reached, piece.until)
    if _time(reached) <= until:
        raise NotInArchive(
            f"the archive of the oplog reaches to {_printed(_time(reached))}, and not to {_printed(until)}"
        )
    before = [each for each in found if needed and each.until == needed[0].after]
    return [*before[-1:], *needed]


def verify_pieces(vault: Vault) -> Iterator[str]:
    """Read all of the archive; a line for each piece that is not as it was written, and for each gap."""
    reached: Tick | None = None
    for piece in pieces_of(vault.place):
        if reached and piece.after > reached:
            yield _gap(reached, piece.after)
        reached = max(reached or piece.until, piece.until)
        try:
            for _ in documents_in(_written(vault, piece)):
                pass
        except (BackupRefused, BadBson) as wrong:
            yield str(wrong)


def replay(
    vault: Vault, pieces: Sequence[Piece], into: Replay, until: datetime, step: Callable[[int], object]
) -> None:
    """Write what the pieces hold up to a time. Raises WrongKey, BrokenSet, NotReplayed."""
    for piece in pieces:
        if not into.write(documents_in(_written(vault, piece)), until):
            break
        step(1)
    into.finish()


def pieces_of(place: Place, under: str = OPLOG) -> list[Piece]:
    """Those that are kept, in order."""
    return sorted(_read_piece(name) for name in place.names(under) if name.endswith(_PIECE))


def forget_pieces(place: Place, needed: Tick) -> None:
    """Away with what was written before the oldest set, but for what may have begun a transaction in it."""
    for piece in pieces_of(place):
        if _time(piece.until) < _time(needed) - timedelta(hours=1):
            place.remove(piece.name)


def _written(vault: Vault, piece: Piece) -> Iterator[bytes]:
    return unpack(unseal(vault.place.get(piece.name), vault.keys, piece.name), piece.name)


def _gap(reached: Tick, after: Tick) -> str:
    return f"the archive of the oplog has a gap from {_printed(_time(reached))} to {_printed(_time(after))}"


def _last_piece(place: Place, now: datetime) -> Piece | None:
    for days in range(_DAYS_LOOKED_AT):
        day = (now - timedelta(days=days)).astimezone(UTC).date()
        if found := pieces_of(place, f"{OPLOG}{day}/"):
            return max(found, key=lambda each: each.until)
    return max(pieces_of(place), key=lambda each: each.until, default=None)


def _read_piece(name: str) -> Piece:
    after, _, until = name.rpartition("/")[2].removesuffix(_PIECE).partition("_")
    return Piece(read_tick(after), read_tick(until))


def _time(tick: Tick) -> datetime:
    return datetime.fromtimestamp(tick.seconds, UTC)


def _day(tick: Tick) -> str:
    return str(_time(tick).date())


def _printed(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
