"""Where backups are kept and under which key, as the settings say, and how long work on them is shown."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from bot.backup.bucket import Access, Bucket
from bot.backup.frames import Keyring
from bot.backup.manifest import deployment_of
from bot.backup.places import Folder, Place
from bot.config import Settings
from bot.setting import BadSettings

_BUCKET = "s3://"


@dataclass(frozen=True, slots=True)
class Vault:
    """`keep` is how many sets there are at most; one older than `old` is restored only by who says so."""

    place: Place
    keys: Keyring
    deployment: str
    version: str
    keep: int
    old: timedelta


class Progress(Protocol):
    """Shows how far something is that takes long."""

    def phase(self, label: str, length: int) -> AbstractContextManager[Callable[[int], object]]:
        """A part of it, with so many steps; what it gives is told how many more are done."""
        ...


class Quiet:
    """Nobody looks."""

    def phase(self, label: str, length: int) -> AbstractContextManager[Callable[[int], object]]:
        return nullcontext(lambda steps: None)


def vault_of(settings: Settings, place: Place | None = None) -> Vault:
    """As it is configured, or in another place. Raises BadSettings."""
    if place is None and not settings.backup_to:
        raise BadSettings("BACKUP_TO: must be a folder, or s3://BUCKET/PREFIX, where backups are kept")
    if not settings.backup_key:
        raise BadSettings("BACKUP_KEY: must be set: backups are encrypted with it")
    return Vault(
        place=place or place_at(settings, settings.backup_to),
        keys=Keyring([each for each in (settings.backup_key, settings.backup_key_previous) if each]),
        deployment=deployment_of(settings.pin_pepper),
        version=settings.app_version,
        keep=settings.backup_keep,
        old=timedelta(days=settings.backup_too_old),
    )


def place_at(settings: Settings, where: str) -> Place:
    """A folder, or a bucket of the service that is configured. Raises BadSettings."""
    if not where.startswith(_BUCKET):
        return Folder(Path(where))
    bucket, _, prefix = where.removeprefix(_BUCKET).strip("/").partition("/")
    if not (settings.backup_bucket_key and settings.backup_bucket_secret):
        raise BadSettings("BACKUP_BUCKET_KEY: must be set, and BACKUP_BUCKET_SECRET: the bucket asks who we are")
    access = Access(
        settings.backup_bucket_url,
        settings.backup_bucket_key,
        settings.backup_bucket_secret,
        settings.backup_bucket_region,
    )
    return Bucket(bucket, prefix, access)
