"""Whether a server can keep our books: looked at when we connect, and not at the first registration."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from domain.errors import StoreError
from domain.mongo.layout import Document

VERSION_MIN: Final = (6, 0)
# A one-time code of an authenticator is good for so long, and a signed request for not much longer.
APART_MAX: Final = timedelta(seconds=30)


class Unfit(StoreError):
    """The server answers, and cannot be what we need; the message says why and what to do."""


class NoReplicaSet(Unfit):
    """It stands alone."""


class TooOld(Unfit):
    """Its version is one before VERSION_MIN."""


class NoTransactions(Unfit):
    """It did not take one."""


class ClockApart(Unfit):
    """It and this machine differ by more than APART_MAX: one of them does not keep its time."""


def check_fit(client: MongoClient[Any]) -> None:
    """Raises NoReplicaSet, TooOld, and what the driver raises."""
    hello = client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise NoReplicaSet(
            "this MongoDB is no replica set, so it has no transactions: start it with --replSet, run rs.initiate()"
        )
    version = client.admin.command("buildInfo")["versionArray"][:2]
    if tuple(version) < VERSION_MIN:
        shown = ".".join(map(str, version))
        raise TooOld(f"this MongoDB is {shown}: {'.'.join(map(str, VERSION_MIN))} or later is needed")


def try_transaction(database: Database[Document]) -> None:
    """
    One that leaves nothing behind, from its first write to its commit. The collections have to be there.

    Raises NoTransactions, and what the driver raises.
    """
    commands, id = database["commands"], f"start:{uuid.uuid4()}"
    everywhere = WriteConcern("majority", j=True)
    try:
        with (
            database.client.start_session() as session,
            session.start_transaction(ReadConcern("snapshot"), write_concern=everywhere),
        ):
            commands.insert_one({"_id": id}, session=session)
            commands.delete_one({"_id": id}, session=session)
    except OperationFailure as error:
        if error.timeout or error.has_error_label("TransientTransactionError"):
            raise
        why = (error.details or {}).get("codeName", f"code {error.code}")
        raise NoTransactions(
            f"this MongoDB takes no transaction ({why}): give our user the role readWrite on the database, "
            "and have a majority of the replica set's members keep data"
        ) from error


def check_clock(client: MongoClient[Any]) -> None:
    """Raises ClockApart, and what the driver raises."""
    asked = datetime.now(UTC)
    told: datetime = client.admin.command("hello")["localTime"]
    differs("MongoDB", asked, told.replace(tzinfo=UTC), datetime.now(UTC))


def differs(what: str, asked: datetime, told: datetime, heard: datetime) -> None:
    """
    What a server said the time is, between our asking and our hearing it. Raises ClockApart.

    An answer that came late says the less for it: what counts is the least by which the clocks can differ.
    """
    ahead, behind = asked - told, told - heard
    if max(ahead, behind) <= APART_MAX:
        return
    word, by = ("ahead of", ahead) if ahead > behind else ("behind", behind)
    raise ClockApart(
        f"this machine's clock is {by.total_seconds():.0f} s {word} that of {what}, {APART_MAX.seconds} s is the "
        "most: have both keep their time with NTP (timedatectl set-ntp true)"
    )
