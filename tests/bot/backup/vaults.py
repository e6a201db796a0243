"""Places for sets, and a database of its own: what is restored takes the place of what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bot.backup.frames import Keyring
from bot.backup.manifest import deployment_of
from bot.backup.places import Folder
from bot.backup.vault import Vault
from domain.mongo.lease import Lease, leased
from domain.mongo.store import MongoStore
from tests.conftest import PEPPER

TOWN = "tests_backup"
KEY = "0123456789abcdef0123456789abcdef-key"


def vault_in(path: Path, *, key: str = KEY, keep: int = 30, pepper: str = PEPPER) -> Vault:
    """A folder, as it is configured."""
    return Vault(
        place=Folder(path),
        keys=Keyring([key]),
        deployment=deployment_of(pepper),
        version="0.1.0",
        keep=keep,
        old=timedelta(days=35),
    )


@contextmanager
def lease_of(store: MongoStore) -> Iterator[Lease]:
    """As whoever makes a backup holds it."""
    with leased(store.database, "backup", by="a test", now=store.now) as lease:
        yield lease
