"""A group to which money comes, for every test here."""

import pytest

from domain.mongo.store import MongoStore
from tests.domain.savers import Savers, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Shares of 1,000, at most ten a meeting; the social fund gets 500 first."""
    return found(store, saved=0, shares_max=10, social_fund=ugx(500))
