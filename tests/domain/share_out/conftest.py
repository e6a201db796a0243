"""A group that has saved, for every test here."""

import pytest

from domain.mongo.store import MongoStore
from tests.domain.savers import Savers, found
from tests.domain.share_out.sharing import FINES


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Six who have saved UGX 100,000 each, in cash."""
    return found(store, fines=FINES)
