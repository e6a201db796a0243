"""The steps of a migration, on the store that the version before has filled."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pymongo
import pytest
import redis
from click.testing import CliRunner, Result
from pymongo.monitoring import CommandStartedEvent

from bot.backup.vault import Quiet
from bot.cli.main import main
from bot.config import Settings
from domain.mongo.lease import leased
from domain.mongo.migrations import SCHEMA, STEPS
from domain.mongo.migrations.as_read import AS_READ
from domain.mongo.migrations.run import do_step
from domain.mongo.migrations.schema import (
    BeingRestored,
    SchemaAhead,
    SchemaBehind,
    begin_step,
    check_schema,
    mark_new,
    schema_of,
)
from domain.mongo.migrations.step import Portion
from domain.mongo.store import MongoStore, open_store, utc_now
from tests.conftest import PINS, Clock
from tests.listening import Listening
from tests.upgrade.before import Before

KINDS = ("groups", "loans", "notices", "payments", "proposals")
Database = pymongo.database.Database[dict[str, Any]]


@pytest.fixture
def old(
    its_settings: Settings, its_clock: Clock, left: Before, mongo: pymongo.MongoClient[dict[str, Any]]
) -> Iterator[MongoStore]:
    """As it was dumped: no process of this version has been in it."""
    left.restore(mongo[its_settings.mongo_database], redis.Redis.from_url(its_settings.redis_url))
    store = open_store(
        its_settings.mongo_uri, its_settings.mongo_database, pins=PINS, clock=its_clock, prepared=True
    )
    yield store
    store.close()


def read(store: MongoStore) -> dict[str, list[Any]]:
    """Every document of the kinds that are changed, as rules see them."""
    return {kind: getattr(store, kind).find() for kind in KINDS}


def raw(store: MongoStore) -> dict[str, list[Any]]:
    return {kind: list(store.database[kind].find().sort("_id", 1)) for kind in KINDS}


def test_documents_of_before_are_written_as_they_are_read(old: MongoStore) -> None:
    before, seen = raw(old), read(old)
    changed = do_step(old.database, AS_READ, old.now, Quiet())
    assert changed > 100
    assert read(old) == seen, "nobody sees a difference"
    after = raw(old)
    assert {each.get("way") for each in before["payments"]} == {None}
    assert {each["way"] for each in after["payments"]} == {"cash", "mobile_money"}
    assert (
        sum(one != other for kind in KINDS for one, other in zip(before[kind], after[kind], strict=True))
        == changed
    )
    assert [each["phone"] for each in after["payments"]] == [each["phone"] for each in before["payments"]]
    assert schema_of(old.database) == SCHEMA
    assert do_step(old.database, AS_READ, old.now, Quiet()) == 0


def test_one_that_was_stopped_goes_on_where_it_was(old: MongoStore) -> None:
    class Stopped(Exception):
        pass

    def work(database: Database, position: str, dry: bool) -> Iterator[Portion]:
        yield next(AS_READ.work(database, position, dry))
        raise Stopped

    with pytest.raises(Stopped):
        do_step(old.database, replace(AS_READ, work=work), old.now, Quiet())
    (begun,) = old.database["schema"].find()
    assert begun["position"].startswith("groups:") and "ended_at" not in begun
    assert schema_of(old.database) == 0
    looked_at = begun["looked_at"]
    do_step(old.database, AS_READ, old.now, Quiet())
    (done,) = old.database["schema"].find()
    assert done["looked_at"] == looked_at + sum(len(raw(old)[kind]) for kind in KINDS if kind != "groups")
    assert schema_of(old.database) == SCHEMA


class Meanwhile(Listening):
    """Does something when documents are about to be written that were read before."""

    def __init__(self, collection: str, then: Callable[[], object]) -> None:
        self._collection, self._then = collection, then

    def started(self, event: CommandStartedEvent) -> None:
        if event.command.get("update") == self._collection:
            self._then()


def test_what_a_process_changes_meanwhile_stands(
    old: MongoStore, its_settings: Settings, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    """Between its reading and its writing: an update that was made for what is no longer there does nothing."""
    theirs = mongo[its_settings.mongo_database]["payments"]
    (cash, *others) = [each["_id"] for each in theirs.find({"provider": "cash"})]
    listener = Meanwhile(
        "payments",
        lambda: theirs.update_one({"_id": cash}, {"$set": {"provider": "another", "way": "mobile_money"}}),
    )
    with pymongo.MongoClient[dict[str, Any]](
        its_settings.mongo_uri, tz_aware=True, timeoutMS=10_000, event_listeners=[listener]
    ) as client:
        do_step(client[its_settings.mongo_database], AS_READ, old.now, Quiet())
    kept = old.payments.get(cash)
    assert (kept.provider, kept.way) == ("another", "mobile_money")
    assert {old.payments.get(id).way for id in others} == {"cash"}


def test_a_new_database_has_nothing_to_bring_forward(store: MongoStore) -> None:
    mark_new(store.database, STEPS, store.now())
    assert schema_of(store.database) == SCHEMA
    check_schema(store.database, STEPS)


def test_a_database_in_which_somebody_was_is_none(old: MongoStore) -> None:
    mark_new(old.database, STEPS, old.now())
    assert schema_of(old.database) == 0
    check_schema(old.database, STEPS)  # the step is not required: processes run before it and beside it


def test_a_program_refuses_what_it_cannot_read_and_says_what_to_type(old: MongoStore) -> None:
    database = old.database
    contract = replace(AS_READ, number=SCHEMA + 1, needs=SCHEMA + 1)
    begin_step(database, replace(contract, needs=0), old.now())
    check_schema(database, STEPS)  # a newer program has added something, which this one reads over
    database["schema"].delete_many({})
    begin_step(database, contract, old.now())  # it is begun: from here on
    with pytest.raises(SchemaAhead, match=f"needs a program of schema {SCHEMA + 1} or later, and this one has"):
        check_schema(database, STEPS)
    check_schema(database, [*STEPS, contract])
    database["schema"].delete_many({})
    required = [*STEPS, replace(AS_READ, number=SCHEMA + 1, required=True)]
    with pytest.raises(SchemaBehind, match="type: python -m bot migrate"):
        check_schema(database, required)
    check_schema(database, required, migrating=True)
    database["schema"].insert_one({"_id": "restoring"})
    with pytest.raises(BeingRestored, match="bot restore --replace"):
        check_schema(database, STEPS)


@pytest.fixture
def typed(its_settings: Settings) -> Any:
    def run(*words: str) -> Result:
        given = {
            "MONGO_URI": its_settings.mongo_uri,
            "MONGO_DATABASE": its_settings.mongo_database,
            "REDIS_URL": its_settings.redis_url,
            "DATA_DIR": str(its_settings.data_dir),
        }
        return CliRunner().invoke(main, words, env=given)

    return run


def test_it_is_rehearsed_done_once_and_written_down(old: MongoStore, typed: Any) -> None:
    before = raw(old)
    dry = typed("migrate", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "tests has schema 0, and this version 1." in dry.stdout
    assert "Nothing was changed." in dry.stdout
    assert raw(old) == before and list(old.database["schema"].find()) == []
    with leased(old.database, "migrate", by="another machine", now=utc_now):
        held = typed("migrate")
    assert held.exit_code == 1 and "migrate: another machine is at it since" in held.output
    done = typed("migrate")
    assert done.exit_code == 0, done.output
    line = "Step 1: documents of versions before are written as they are read: "
    (would,) = [each.removeprefix(line).split()[0] for each in dry.stdout.splitlines() if each.startswith(line)]
    assert f"{line}{would} documents changed." in done.stdout
    assert "tests has schema 1." in done.stdout
    (run,) = old.runs.find(kind="migrate")
    assert run.ok and run.id.startswith("migrate:1:")
    assert "Step" not in typed("migrate").stdout


def test_a_command_does_not_start_on_a_schema_that_is_ahead(old: MongoStore, typed: Any) -> None:
    begin_step(old.database, replace(AS_READ, number=99, needs=99), old.now())
    refused = typed("stuck")
    assert refused.exit_code == 1
    assert "MONGO_URI: the database tests needs a program of schema 99 or later" in refused.output
    assert len(refused.output.strip().splitlines()) == 1
