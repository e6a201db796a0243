"""The groups of these tests, for every one that has no other."""

import pytest

from domain.mongo.store import MongoStore
from tests.domain.savers import Savers, found
from tests.people import Village, found_village


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Six who have saved UGX 100,000 each, in cash; it is lent at 10 % for four weeks."""
    return found(store)


@pytest.fixture
def village(store: MongoStore) -> Village:
    """Nakato is chairperson and Wanjiru treasurer; nobody is secretary."""
    return found_village(store)
