"""A rotating group for every test here."""

import pytest

from domain.mongo.store import MongoStore
from tests.conftest import Clock
from tests.domain.rotation.rotating import Njangi


@pytest.fixture
def njangi(store: MongoStore, clock: Clock) -> Njangi:
    return Njangi(store, clock)
