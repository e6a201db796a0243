"""A backup a day and a restore on trial a week, by whichever scheduler comes first, and once."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.backup.archive import pieces_of
from bot.backup.manifest import read_manifest, set_id, set_ids, write_manifest
from bot.backup.vault import Vault, vault_of
from bot.config import Settings
from bot.upkeep import Keeper, upkeep
from domain.mongo.lease import LeaseTaken, leased
from domain.records.run import Run
from tests.bot.backup.vaults import KEY, TOWN, vault_in
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.together import together
from tests.waiting import until

AT = time(2, 0)
KAMPALA = "Africa/Kampala"


@pytest.fixture
def keeper(town: Savers, vault: Vault) -> Keeper:
    return Keeper(town.store, vault, AT, KAMPALA)


def runs(town: Savers) -> dict[str, bool | None]:
    return {each.id: each.ok for each in town.store.runs.find()}


def nights(keeper: Keeper) -> list[str]:
    return keeper.nights(threading.Event())


def test_a_day_and_a_week_are_done_once(town: Savers, keeper: Keeper, clock: Clock) -> None:
    """It is nine on a Monday in Kampala: nothing was ever done, so what was due last is."""
    assert nights(keeper) == ["backup:2026-10-05", "restore_test:2026-10-04"]
    assert nights(keeper) == []
    clock.forward(hours=16, minutes=59)
    assert nights(keeper) == [], "a minute to two"
    clock.forward(minutes=1)
    assert nights(keeper) == ["backup:2026-10-06"]
    for _ in range(5):
        clock.forward(days=1)
        assert len(nights(keeper)) == 1
    clock.forward(hours=1)
    assert nights(keeper) == ["restore_test:2026-10-11"], "on Sunday, an hour after the backup"
    assert {*runs(town).values()} == {True}
    assert len(set_ids(keeper.vault.place)) == 7
    assert town.store.runs.get("restore_test:2026-10-11").details["books"] == "1"


@pytest.mark.parametrize(
    ("now", "zone", "day", "week"),
    [
        (datetime(2026, 10, 5, 6, tzinfo=UTC), KAMPALA, "2026-10-05", "2026-10-04"),
        (datetime(2026, 10, 4, 22, 59, tzinfo=UTC), KAMPALA, "2026-10-04", "2026-10-04"),
        (datetime(2026, 10, 4, 23, 0, tzinfo=UTC), KAMPALA, "2026-10-05", "2026-10-04"),
        (datetime(2026, 10, 3, 23, 30, tzinfo=UTC), KAMPALA, "2026-10-04", "2026-09-27"),
        (datetime(2026, 10, 4, 0, 0, tzinfo=UTC), KAMPALA, "2026-10-04", "2026-10-04"),
        (datetime(2026, 10, 5, 1, 30, tzinfo=UTC), "Africa/Dakar", "2026-10-04", "2026-10-04"),
    ],
)
def test_when_a_backup_was_due_last_is_by_the_operators_zone(
    keeper: Keeper, clock: Clock, now: datetime, zone: str, day: str, week: str
) -> None:
    clock.forward(seconds=(now - clock()).total_seconds())
    there = replace(keeper, zone=zone)
    assert (str(there.day().date()), str(there.week().date())) == (day, week)


def test_two_schedulers_double_nothing(town: Savers, keeper: Keeper) -> None:
    def scheduler(_: int) -> list[str]:
        try:
            return nights(keeper)
        except LeaseTaken:
            return []

    done = [each for both in together(2, scheduler) for each in both]
    assert sorted(done) == sorted(runs(town)) == ["backup:2026-10-05", "restore_test:2026-10-04"]
    assert len(set_ids(keeper.vault.place)) == 1


def test_who_is_killed_at_it_is_followed_by_another_one(town: Savers, keeper: Keeper, clock: Clock) -> None:
    """Its lease runs out; what it had begun stays written down as begun."""
    town.store.runs.insert(Run("backup:2026-10-05", "backup", clock()))
    with leased(town.store.database, "nights", by="the other machine", now=clock):
        with pytest.raises(LeaseTaken, match="the other machine is at it since 2026-10-05 06:00:00 UTC"):
            nights(keeper)
        clock.forward(seconds=61)
        assert nights(keeper) == ["backup:2026-10-05.2", "restore_test:2026-10-04"]
    assert runs(town)["backup:2026-10-05"] is None


def test_one_that_failed_is_tried_again_after_a_while(
    town: Savers, keeper: Keeper, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "full").write_text("no folder")
    broken = replace(keeper, vault=vault_in(tmp_path / "full"))
    with pytest.raises(Exception, match="cannot be written to"):
        nights(broken)
    failed = town.store.runs.get("backup:2026-10-05")
    assert (failed.ok, failed.ended_at) == (False, clock())
    assert "cannot be written to" in failed.details["problem"]
    assert nights(keeper) == [], "not at once"
    clock.forward(minutes=15)
    assert nights(keeper) == ["backup:2026-10-05.2", "restore_test:2026-10-04"]


def test_the_thirty_first_removes_the_first(town: Savers, tmp_path: Path, clock: Clock) -> None:
    """Of the days before yesterday there are only manifests: nobody reads what is in them any more."""
    keeper = Keeper(town.store, vault_in(tmp_path / "thirty", keep=30), AT, KAMPALA)
    nights(keeper)
    (first,) = set_ids(keeper.vault.place)
    made = read_manifest(keeper.vault.place, keeper.vault.keys, first)
    for day in range(1, 29):
        at = made.made_at + timedelta(days=day)
        write_manifest(keeper.vault.place, keeper.vault.keys, replace(made, id=set_id(at), made_at=at, parts=()))
    clock.forward(days=29)
    nights(keeper)
    ids = set_ids(keeper.vault.place)
    assert (len(ids), ids[0]) == (30, first), "thirty are kept"
    clock.forward(days=1)
    nights(keeper)
    assert set_ids(keeper.vault.place)[:-1] == ids[1:]
    assert town.store.runs.find(kind="backup", sort="-began_at", limit=1)[0].details["removed"] == first


def test_who_is_told_to_stop_ends_in_the_middle_and_leaves_no_set(town: Savers, keeper: Keeper) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Exception, match="told to stop"):
        keeper.nights(stop)
    assert set_ids(keeper.vault.place) == []
    assert runs(town) == {"backup:2026-10-05": False}
    assert town.store.database["leases"].count_documents({}) == 0


def test_the_oplog_is_archived_from_the_first_set_on(town: Savers, keeper: Keeper) -> None:
    keeper.minute()
    assert pieces_of(keeper.vault.place) == []
    nights(keeper)
    keeper.minute()
    (piece,) = pieces_of(keeper.vault.place)
    town.give_credit("dan", 100)
    keeper.minute()
    first, second = pieces_of(keeper.vault.place)
    assert (first, second.after) == (piece, piece.until)


def test_a_restore_on_trial_leaves_no_database_behind(town: Savers, keeper: Keeper) -> None:
    nights(keeper)
    assert TOWN in town.store.database.client.list_database_names()
    assert f"{TOWN}_restore_test" not in town.store.database.client.list_database_names()


def test_a_set_that_cannot_be_restored_is_written_down(
    town: Savers, keeper: Keeper, tmp_path: Path, clock: Clock
) -> None:
    nights(keeper)
    clock.forward(days=7)
    (id,) = set_ids(keeper.vault.place)
    keeper.store.runs.insert(Run("backup:2026-10-12", "backup", clock(), clock() - timedelta(hours=1), True))
    file = tmp_path / "sets" / "sets" / id / "people.bson.zst.aes"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Exception, match="is cut off"):
        nights(keeper)
    failed = town.store.runs.get("restore_test:2026-10-11")
    assert failed.ok is False and "is cut off" in failed.details["problem"]


def test_a_scheduler_does_it_beside_its_work(town: Savers, settings: Settings, tmp_path: Path) -> None:
    given = replace(settings, mongo_database=TOWN, backup_to=str(tmp_path / "sets"), backup_key=KEY)
    stop, there = threading.Event(), vault_of(given).place
    with upkeep(given, stop):
        until(lambda: town.store.runs.one(kind="restore_test", ok=True) is not None)
        assert len(set_ids(there)) == 1
    assert stop.is_set()
    assert not [each.name for each in threading.enumerate() if each.name in ("nights", "oplog")]


def test_figures_are_exported_beside_it_also_where_there_are_no_backups(
    town: Savers, settings: Settings, tmp_path: Path
) -> None:
    given = replace(
        settings, mongo_database=TOWN, backup_to="", export_to=str(tmp_path / "out"), export_at="00:00"
    )
    stop = threading.Event()
    with upkeep(given, stop):
        assert [each.name for each in threading.enumerate() if each.name in ("nights", "oplog")] == []
        until(lambda: town.store.runs.one(kind="export", ok=True) is not None)
    (night,) = (tmp_path / "out").iterdir()
    assert sorted(each.name for each in night.iterdir()) == [
        "definitions.csv", "loans.csv", "members.csv", "programme.csv", "transactions.csv",
    ]  # fmt: skip
    assert not [each.name for each in threading.enumerate() if each.name == "exports"]


def test_where_no_place_is_set_nothing_is_done(town: Savers, settings: Settings) -> None:
    with upkeep(replace(settings, mongo_database=TOWN), threading.Event()):
        assert not [each.name for each in threading.enumerate() if each.name in ("nights", "oplog")]
