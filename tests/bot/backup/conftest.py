"""A group that saves and lends, in a database that is dropped afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

from bot.backup.vault import Vault
from bot.local.stores import Stores
from domain.mongo.store import open_store
from tests.bot.backup.vaults import TOWN, vault_in
from tests.conftest import PINS, Clock
from tests.domain.savers import Savers, found
from tests.people import carries


@pytest.fixture
def town(mongo: pymongo.MongoClient[dict[str, Any]], stores: Stores, clock: Clock) -> Iterator[Savers]:
    """Without indexes: it takes longer to make them than all of a test, and few documents need none."""
    mongo.drop_database(TOWN)
    providers = carries("momo", "UGX")
    store = open_store(
        stores.mongo_uri, TOWN, pins=PINS, providers=providers, clock=clock, timeout_seconds=10, prepared=True
    )
    try:
        yield found(store)
    finally:
        store.close()
        mongo.drop_database(TOWN)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A folder."""
    return vault_in(tmp_path / "sets")
