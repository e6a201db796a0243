"""A list that is read some at a time: everything once, in its order, and nothing left out."""

from datetime import timedelta

import pytest

from domain.mongo.store import MongoStore
from domain.records.contest import Contest
from domain.tables import Some
from tests.conftest import Clock


def _keep(store: MongoStore, clock: Clock, minutes: list[int]) -> None:
    for number, later in enumerate(minutes):
        at = clock() + timedelta(minutes=later)
        store.contests.insert(Contest(f"c{len(minutes) - number:02}", "group", "person", "No.", at))


def _in_parts(store: MongoStore, most: int, sort: str) -> list[list[str]]:
    parts: list[list[str]] = []
    some, past = Some[Contest]([], more=True), ""
    while some.more:
        some = store.contests.some(most, past=past, group="group", state="open", sort=sort)
        parts.append([each.id for each in some])
        past = some[-1].id
    return parts


@pytest.mark.parametrize("sort", ["at", "-at", "id"])
@pytest.mark.parametrize(
    "minutes", [[0] * 7, [0, 1, 1, 1, 1, 1, 2], list(range(7))], ids=["at once", "some", "apart"]
)
def test_each_is_read_once_in_its_order_also_of_those_of_one_moment(
    store: MongoStore, clock: Clock, sort: str, minutes: list[int]
) -> None:
    _keep(store, clock, minutes)
    parts = _in_parts(store, 3, sort)
    assert [len(part) for part in parts] == [3, 3, 1]
    everything = [each.id for each in store.contests.find(group="group", state="open", sort=sort)]
    assert [id for part in parts for id in part] == everything and len({*everything}) == 7


def test_where_the_last_one_shown_is_not_there_any_more_nothing_is_left_out(
    store: MongoStore, clock: Clock
) -> None:
    _keep(store, clock, [0, 1, 1, 1, 1, 2, 3])
    everything = [each.id for each in store.contests.find(group="group", sort="at")]
    last = everything[2]
    store.contests.change(last, state="kept")
    behind = [each.id for each in store.contests.some(9, past=last, group="group", state="open", sort="at")]
    assert behind == [id for id in everything[1:] if id != last], "those of the same moment come once more"
    assert store.contests.some(9, past="nobody", group="group", sort="at")[0].id == everything[0]
