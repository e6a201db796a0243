"""A rehearsal says what would refuse a command, and leaves nothing behind."""

import pytest

from domain.commands import rehearse
from domain.mongo.store import MongoStore
from domain.savings.contribute import RecordCash
from domain.savings.fines import AlreadyFined, FineMember
from tests.domain.officers import ugx, village_with_fines
from tests.people import Village, do


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def _everything(store: MongoStore) -> dict[str, list[object]]:
    names = sorted(store.database.list_collection_names())
    return {name: list(store.database[name].find().sort("_id", 1)) for name in names}


def test_a_rehearsal_changes_nothing(store: MongoStore, village: Village) -> None:
    """Not the books, the messages or the counters either."""
    before = _everything(store)
    rehearse(store, FineMember(village.wanjiru.id, village.umoja, village.akello.id, "late"))
    rehearse(store, RecordCash(village.umoja, village.akello.id, ugx(700), village.wanjiru.id))
    assert _everything(store) == before


def test_a_rehearsal_is_refused_as_the_command_is(store: MongoStore, village: Village) -> None:
    fine = FineMember(village.wanjiru.id, village.umoja, village.akello.id, "late")
    do(store, fine)
    before = _everything(store)
    with pytest.raises(AlreadyFined):
        rehearse(store, fine)
    assert _everything(store) == before
