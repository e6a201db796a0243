"""A member, and a notice that waits for her."""

import pytest

from domain.mongo.store import MongoStore
from domain.records.notice import Notice
from tests.people import Villager, register


@pytest.fixture
def akello(store: MongoStore) -> Villager:
    return register(store, "Akello Grace", "+256772000101", "2581")


@pytest.fixture
def notice(store: MongoStore, akello: Villager) -> str:
    """A notice that is due now."""
    now = store.now()
    store.notices.insert(Notice("n1", akello.id, "welcome_to_group", {"group": "Umoja"}, now, next_at=now))
    return "n1"
