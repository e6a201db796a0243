"""What a set says of itself: what is in it, of when, and who made it."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bot.backup.errors import BrokenSet, ForeignSet, OutdatedSet, PartialSet
from bot.backup.frames import Keyring, seal, unseal
from bot.backup.places import Place
from domain.mongo.tick import Tick, read_tick

FORMAT: Final = 1
SETS: Final = "sets/"
MANIFEST: Final = "manifest.json.aes"
_PART: Final = ".bson.zst.aes"


@dataclass(frozen=True, slots=True)
class Part:
    """
    A collection. `content` is the sum of its documents' SHA-256, `sha256` that of its file; `options` and
    `indexes` are extended JSON.
    """

    name: str
    documents: int
    size_bytes: int
    content: str
    stored_bytes: int
    sha256: str
    options: str
    indexes: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    `id` is when it was begun, `tick` the moment of the database that it holds. `deployment` is the same for all
    processes of one, `schema` how far its database was migrated, and `needs` the schema that a program has to know
    to read it.
    """

    format: int
    id: str
    made_at: datetime
    took_seconds: float
    version: str
    schema: int
    needs: int
    deployment: str
    database: str
    tick: str
    parts: tuple[Part, ...]

    @property
    def moment(self) -> Tick:
        return read_tick(self.tick)

    @property
    def documents(self) -> int:
        return sum(each.documents for each in self.parts)

    @property
    def size_bytes(self) -> int:
        return sum(each.size_bytes for each in self.parts)

    @property
    def stored_bytes(self) -> int:
        return sum(each.stored_bytes for each in self.parts)


def set_id(at: datetime) -> str:
    """What a set that is begun now is called; they sort by time."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def deployment_of(pin_pepper: str) -> str:
    """
    Which deployment this is. Its PIN_PEPPER says it, which is never changed: with another one nobody's PIN would
    be right after a restore.
    """
    return hmac.new(pin_pepper.encode(), b"backup: which deployment", "sha256").hexdigest()[:16]


def part_name(id: str, collection: str) -> str:
    """Where a collection of a set is kept."""
    return f"{SETS}{id}/{collection}{_PART}"


def manifest_name(id: str) -> str:
    """Where it is kept what is in a set: written last, so a set without it is none."""
    return f"{SETS}{id}/{MANIFEST}"


def write_manifest(place: Place, keys: Keyring, manifest: Manifest) -> None:
    """The set is whole."""
    name = manifest_name(manifest.id)
    place.put(name, seal([msgspec.json.encode(manifest)], keys, name))


def read_manifest(place: Place, keys: Keyring, id: str) -> Manifest:
    """Raises PartialSet, WrongKey, BrokenSet, OutdatedSet."""
    name = manifest_name(id)
    try:
        said = b"".join(unseal(place.get(name), keys, name))
    except PartialSet as missing:
        raise PartialSet(f"set {id} is not there, or was never finished: it has no manifest") from missing
    if msgspec.json.decode(said).get("format") != FORMAT:
        raise OutdatedSet(f"set {id} is of a format that this program does not know: take a newer program")
    try:
        return msgspec.json.decode(said, type=Manifest)
    except msgspec.ValidationError as wrong:
        raise BrokenSet(f"{name} cannot be read: {wrong}") from wrong


def set_ids(place: Place) -> list[str]:
    """The sets that are whole, the oldest first."""
    return [id for id, names in _by_set(place.names(SETS)) if MANIFEST in names]


def unfinished_ids(place: Place) -> list[str]:
    """Sets that were begun and have no manifest, the oldest first."""
    return [id for id, names in _by_set(place.names(SETS)) if MANIFEST not in names]


def remove_set(place: Place, id: str) -> None:
    """Away with a set. Its manifest goes first: what is left of it, when somebody stops here, is no set."""
    place.remove(manifest_name(id))
    for name in place.names(f"{SETS}{id}/"):
        place.remove(name)


def check_origin(manifest: Manifest, deployment: str) -> None:
    """Raises ForeignSet."""
    if manifest.deployment != deployment:
        raise ForeignSet(
            f"set {manifest.id} was made by another deployment, whose PIN_PEPPER is not ours: with ours, nobody's "
            "PIN would be right"
        )


def check_age(manifest: Manifest, now: datetime, old: timedelta, schema: int) -> None:
    """Raises OutdatedSet where it is older than `old`, or needs a newer program than one of this schema."""
    if manifest.needs > schema:
        raise OutdatedSet(
            f"set {manifest.id} has schema {manifest.schema}, which a program of schema {manifest.needs} or later "
            f"reads, and this one has {schema}: restore it with version {manifest.version} or later"
        )
    if now - manifest.made_at > old:
        raise OutdatedSet(
            f"set {manifest.id} is {(now - manifest.made_at).days} days old, and BACKUP_TOO_OLD is {old.days}: "
            "add --old if it is what you want"
        )


def _by_set(names: Iterable[str]) -> Sequence[tuple[str, set[str]]]:
    found: dict[str, set[str]] = {}
    for name in names:
        id, _, file = name.removeprefix(SETS).partition("/")
        found.setdefault(id, set()).add(file)
    return sorted(found.items())
