"""A set made while members pay is one moment; it comes back whole; a moment between two payments comes back."""

import threading
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest

from bot.backup.archive import Piece, archive_oplog, pieces_of, set_for, verify_pieces
from bot.backup.errors import BadRestore, BrokenSet, NotInArchive
from bot.backup.frames import seal, unseal
from bot.backup.make import make_set
from bot.backup.manifest import set_ids, unfinished_ids
from bot.backup.packing import pack, unpack
from bot.backup.restore import restore_set
from bot.backup.vault import Quiet, Vault
from domain.mongo.migrations import STEPS
from domain.mongo.migrations.schema import BeingRestored, check_schema
from domain.mongo.oplog import NotReplayed, oplog_between
from domain.mongo.refill import documents_there
from domain.mongo.snapshot import SnapshotGone, snapshot
from domain.mongo.verify import verify_book
from domain.savings.contribute import RecordCash
from tests.bot.backup.vaults import TOWN
from tests.domain.savers import Savers
from tests.money import ugx
from tests.people import do

QUIET = Quiet()


def pays(town: Savers, person: str, minor: int) -> None:
    do(town.store, RecordCash(town.group, person, ugx(minor), "ada"))


def kept(town: Savers) -> dict[str, list[Any]]:
    """Every document there is, by collection and id; leases are nobody's."""
    database = town.store.database
    names = sorted({*database.list_collection_names()} - {"leases", "schema"})
    return {name: sorted(database[name].find(), key=lambda each: str(each["_id"])) for name in names}


def test_a_set_that_was_made_while_members_paid_comes_back_whole(
    town: Savers, vault: Vault, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    stop, begun = threading.Event(), threading.Barrier(4)

    def pay(person: str) -> None:
        pays(town, person, 1_000)
        begun.wait()
        while not stop.is_set():
            pays(town, person, 1_000)

    payers = [threading.Thread(target=pay, args=(each,)) for each in town.members]
    for each in payers:
        each.start()
    begun.wait()
    made = make_set(town.store, vault, QUIET)
    stop.set()
    for each in payers:
        each.join()
    later = town.store.books.length(town.group)
    mongo.drop_database(TOWN)

    restored = restore_set(town.store, vault, made, QUIET)

    assert restored.documents == made.documents > 20
    assert verify_book(town.store.books, town.group) == []
    assert 0 < town.store.books.length(town.group) == restored.entries <= later
    references = {each.reference for each in town.store.books.entries(town.group)}
    payments = town.store.payments.find(group=town.group, state="succeeded")
    assert {each.reference for each in payments} == references, "each payment with its entry, and none without"


def test_a_moment_between_two_payments_comes_back(town: Savers, vault: Vault) -> None:
    """What was written in transactions and outside of them, changed, removed and made anew."""
    make_set(town.store, vault, QUIET)
    database = town.store.database
    loan = town.lend("dan", 20_000)
    database["private"].insert_many([{"_id": number, "some": {"deep": [1, 2]}} for number in range(3)])
    database["private"].update_one({"_id": 1}, {"$set": {"some.deep.1": 7}, "$unset": {"none": ""}})
    database["private"].delete_one({"_id": 0})
    database.create_collection("strict", validator={"some": {"$type": "string"}})
    archive_oplog(town.store, vault)
    pays(town, "eve", 1_000)
    then, length = kept(town), town.store.books.length(town.group)
    between = after_now(town)
    pays(town, "fay", 2_000)
    database["private"].drop()
    archived(town, vault, between)

    restored = restore_set(town.store, vault, set_for(vault, between), QUIET, until=between)

    assert restored.replayed > 20
    assert town.store.books.length(town.group) == restored.entries == length
    assert kept(town) == then
    assert town.loan(loan).state == "active"
    assert database["strict"].options() == {"validator": {"some": {"$type": "string"}}}
    town.check()


def after_now(town: Savers) -> datetime:
    """A moment of the server that lies behind all that was written, and before all that comes."""
    hello = town.store.database.client.admin
    at = hello.command("hello")["localTime"].replace(tzinfo=UTC)
    while hello.command("hello")["localTime"].replace(tzinfo=UTC) <= at:
        pass
    return at


def archived(town: Savers, vault: Vault, at: datetime) -> None:
    """The archive reaches behind this second. Something has to be written for that, in whichever database."""
    ping = town.store.database.client["tests_ping"]["ping"]
    while (piece := archive_oplog(town.store, vault)) and piece.until.seconds <= at.timestamp():
        ping.insert_one({})
    ping.drop()


def written_in(vault: Vault) -> bytes:
    """All that the pieces of the archive hold."""
    return b"".join(
        part
        for name in (each.name for each in pieces_of(vault.place))
        for part in unpack(unseal(vault.place.get(name), vault.keys, name), name)
    )


def test_a_moment_that_no_set_and_no_piece_has_is_refused(town: Savers, vault: Vault) -> None:
    with pytest.raises(NotInArchive, match="no set is as old"):
        set_for(vault, datetime(2026, 10, 5, tzinfo=UTC))
    assert archive_oplog(town.store, vault) is None, "there is no set to go on from"
    made = make_set(town.store, vault, QUIET)
    pays(town, "eve", 1_000)
    between = after_now(town)
    there = documents_there(town.store.database)
    with pytest.raises(NotInArchive, match="reaches to"):
        restore_set(town.store, vault, made, QUIET, until=between)
    first = archive_oplog(town.store, vault)
    archived(town, vault, between)
    assert first is not None
    assert list(verify_pieces(vault)) == []
    vault.place.remove(first.name)
    with pytest.raises(NotInArchive, match="has a gap from"):
        restore_set(town.store, vault, made, QUIET, until=between)
    assert documents_there(town.store.database) == there
    vault.place.put(first.name, [b"something else, put here by hand"])
    (line,) = verify_pieces(vault)
    assert line == f"{first.name} is no file of a backup that this version can read"
    with pytest.raises(BrokenSet, match="oplog/"):
        restore_set(town.store, vault, made, QUIET, until=between)
    assert documents_there(town.store.database) == there
    assert not [name for name in town.store.database.list_collection_names() if name.startswith("restoring")]


def test_a_set_of_broken_books_is_refused_and_nothing_is_touched(town: Savers, vault: Vault) -> None:
    pays(town, "eve", 1_000)
    entries = town.store.database["entries"]
    entries.update_one({"_id": f"{town.group}:000000000003"}, {"$set": {"text": "another one"}})
    made = make_set(town.store, vault, QUIET)
    entries.update_one({"_id": f"{town.group}:000000000003"}, {"$set": {"text": "cash"}})
    there = kept(town)
    with pytest.raises(BadRestore, match="entry 3 was changed"):
        restore_set(town.store, vault, made, QUIET)
    assert kept(town) == there


def test_a_restore_on_trial_leaves_everything_as_it_is(town: Savers, vault: Vault) -> None:
    made = make_set(town.store, vault, QUIET)
    pays(town, "eve", 1_000)
    there = kept(town)
    tried = restore_set(town.store, vault, made, QUIET, swap=False)
    assert (tried.books, tried.documents) == (1, made.documents)
    assert kept(town) == there


def test_indexes_and_collections_come_back_as_they_were(town: Savers, vault: Vault) -> None:
    database = town.store.database
    database["people"].create_index([("phone", 1)], unique=True, name="own", partialFilterExpression={"a": 1})
    database.create_collection("checked", validator={"some": {"$type": "string"}})
    database.create_collection("capped", capped=True, size=4096)  # of these no moment can be read
    made = make_set(town.store, vault, QUIET)
    database["people"].drop_index("own")
    database["came_later"].insert_one({})
    restore_set(town.store, vault, made, QUIET)
    assert "came_later" not in database.list_collection_names()
    assert database["people"].index_information()["own"]["unique"]
    assert database["checked"].options() == {"validator": {"some": {"$type": "string"}}}
    assert "capped" not in {each.name for each in made.parts}


def test_a_moment_the_server_has_forgotten_is_said(
    town: Savers, vault: Vault, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    data = {"failCommands": ["find"], "errorCode": 239, "namespace": f"{TOWN}.payments"}
    mongo.admin.command("configureFailPoint", "failCommand", mode={"skip": 1}, data=data)
    try:
        with pytest.raises(
            SnapshotGone, match=r"after \d+ s: set its parameter minSnapshotHistoryWindowInSeconds to"
        ):
            make_set(town.store, vault, QUIET)
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")
    assert set_ids(vault.place) == []
    assert len(unfinished_ids(vault.place)) == 1, "what was begun is no set"


def test_a_transaction_that_fills_several_places_of_the_oplog_is_one(town: Savers, vault: Vault) -> None:
    """Of 20 MB, where a place holds 16. One that was taken back is nowhere."""
    made = make_set(town.store, vault, QUIET)
    database = town.store.database
    database.create_collection("large")
    with database.client.start_session() as session:
        with session.start_transaction():
            for number in range(20):
                database["large"].insert_one({"_id": number, "some": "x" * (1 << 20)}, session=session)
        session.start_transaction()
        database["large"].insert_one({"_id": "never"}, session=session)
        session.abort_transaction()
    between = after_now(town)
    archived(town, vault, between)
    database["large"].drop()
    restored = restore_set(town.store, vault, made, QUIET, until=between)
    assert restored.replayed >= 20
    assert [each["_id"] for each in database["large"].find({}, {"_id": 1}).sort("_id", 1)] == [*range(20)]


def test_what_two_pieces_have_is_written_once(town: Savers, vault: Vault) -> None:
    """Two schedulers that both archived, as when one had lost its lease and did not know."""
    made = make_set(town.store, vault, QUIET)
    numbers = town.store.database["numbers"]
    numbers.insert_one({"_id": 1, "number": 0})
    archive_oplog(town.store, vault)
    for _ in range(3):
        numbers.update_one({"_id": 1}, {"$inc": {"number": 1}})
    between = after_now(town)
    archived(town, vault, between)
    last = max(pieces_of(vault.place))
    both = Piece(made.moment, last.until)
    entries = oplog_between(town.store.database, both.after, both.until)
    vault.place.put(both.name, seal(pack(entries), vault.keys, both.name))
    numbers.drop()
    restore_set(town.store, vault, made, QUIET, until=between)
    assert numbers.find_one() == {"_id": 1, "number": 3}


def test_a_restore_that_was_stopped_while_it_put_things_in_place_lets_nobody_start(
    town: Savers, vault: Vault, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    made = make_set(town.store, vault, QUIET)
    pays(town, "eve", 1_000)
    data = {"failCommands": ["renameCollection"], "errorCode": 91}
    mongo.admin.command("configureFailPoint", "failCommand", mode={"skip": 3, "times": 1}, data=data)
    try:
        with pytest.raises(pymongo.errors.PyMongoError):
            restore_set(town.store, vault, made, QUIET)
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")
    with pytest.raises(BeingRestored, match="python -m bot restore --replace"):
        check_schema(town.store.database, STEPS)
    restore_set(town.store, vault, made, QUIET)
    check_schema(town.store.database, STEPS)
    assert verify_book(town.store.books, town.group) == []


def test_the_server_is_told_to_remember_for_as_long_as_it_takes(
    town: Savers, mongo: pymongo.MongoClient[dict[str, Any]]
) -> None:
    """Here it is told to remember for a second, and has to for a minute; it is as it was afterwards."""
    name = "minSnapshotHistoryWindowInSeconds"

    def window() -> int:
        return int(mongo.admin.command({"getParameter": 1, name: 1})[name])

    before = window()
    mongo.admin.command({"setParameter": 1, name: 1})
    try:
        with snapshot(town.store.database) as taken:
            assert window() == 60
            assert "people" in {each.name for each in taken.collections()}
        assert window() == 1
    finally:
        mongo.admin.command({"setParameter": 1, name: before})


def test_a_moment_behind_a_restore_wants_a_set_that_was_made_behind_it(town: Savers, vault: Vault) -> None:
    made = make_set(town.store, vault, QUIET)
    restore_set(town.store, vault, made, QUIET)
    pays(town, "eve", 1_000)
    between = after_now(town)
    archived(town, vault, between)
    with pytest.raises(NotReplayed, match="take a set that was made behind it"):
        restore_set(town.store, vault, made, QUIET, until=between)
    fay = town.store.people.get("fay").phone.encode()
    assert b"eve" in written_in(vault) and fay not in written_in(vault), "what was filled in is in no piece"
    later = make_set(town.store, vault, QUIET)
    length = town.store.books.length(town.group)
    between = after_now(town)
    archived(town, vault, between)
    pays(town, "fay", 1_000)
    restore_set(town.store, vault, later, QUIET, until=between)
    assert town.store.books.length(town.group) == length
