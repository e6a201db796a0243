"""A rehearsal says what would refuse a command, and leaves nothing behind."""

import pytest

from domain.commands import rehearse
from domain.mongo.store import MongoStore
from domain.savings.contribute import RecordCash
from domain.savings.fines import AlreadyFined, FineMember
from tests.domain.officers import village_with_fines
from tests.kept import everything
from tests.money import ugx
from tests.people import Village, do


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def test_a_rehearsal_changes_nothing(store: MongoStore, village: Village) -> None:
    """Not the books, the messages or the counters either."""
    before = everything(store.database)
    rehearse(store, FineMember(village.wanjiru.id, village.umoja, village.akello.id, "late"))
    rehearse(store, RecordCash(village.umoja, village.akello.id, ugx(700), village.wanjiru.id))
    assert everything(store.database) == before


def test_a_rehearsal_is_refused_as_the_command_is(store: MongoStore, village: Village) -> None:
    fine = FineMember(village.wanjiru.id, village.umoja, village.akello.id, "late")
    do(store, fine)
    before = everything(store.database)
    with pytest.raises(AlreadyFined):
        rehearse(store, fine)
    assert everything(store.database) == before
