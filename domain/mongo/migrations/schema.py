"""
How far a database has come, in the database itself, and whether a program can run on it.

schema    {_id: 1, about, needs, began_at, position, looked_at, changed, ended_at}     a step, begun or done
          {_id: "restoring", at}                                  a restore puts collections in their places
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pymongo.database import Database

from domain.mongo.fit import Unfit
from domain.mongo.layout import Document
from domain.mongo.migrations.step import Portion, Step
from domain.mongo.refill import Staged
from domain.mongo.snapshot import STAGING

SCHEMA_COLLECTION: Final = "schema"
RESTORING: Final = "restoring"


class SchemaAhead(Unfit):
    """A newer program has changed it so that this one cannot read it."""


class SchemaBehind(Unfit):
    """This program cannot run on it before a step is done."""


class BeingRestored(Unfit):
    """A restore is putting collections in their places, or was stopped while it did."""


def schema_of(database: Database[Document]) -> int:
    """How many of the steps are done, one after the other."""
    done = {each["_id"] for each in _steps(database) if each.get("ended_at")}
    schema = 0
    while schema + 1 in done:
        schema += 1
    return schema


def schema_needed(database: Database[Document]) -> int:
    """The schema that a program has to know to run on this database; a step counts as soon as it is begun."""
    return max((each["needs"] for each in _steps(database)), default=0)


def check_schema(database: Database[Document], steps: Sequence[Step], *, migrating: bool = False) -> None:
    """Raises BeingRestored, SchemaAhead, and, unless somebody is `migrating` it, SchemaBehind."""
    if database[SCHEMA_COLLECTION].find_one({"_id": RESTORING}):
        raise BeingRestored(
            f"the database {database.name} is being restored; if nobody is at it, type: "
            "python -m bot restore --replace"
        )
    needed = schema_needed(database)
    if needed > len(steps):
        raise SchemaAhead(
            f"the database {database.name} needs a program of schema {needed} or later, and this one has "
            f"{len(steps)}: start the newer version"
        )
    schema = schema_of(database)
    if not migrating and any(step.required for step in steps[schema:]) and not is_new(database):
        raise SchemaBehind(
            f"the database {database.name} has schema {schema}, and this version needs {len(steps)}: "
            "type: python -m bot migrate"
        )


def is_new(database: Database[Document]) -> bool:
    """Nobody has been in it."""
    names = ("groups", "people", SCHEMA_COLLECTION)
    return not any(database[name].find_one({}, {"_id": 1}, sort=[("_id", 1)]) for name in names)


def mark_new(database: Database[Document], steps: Sequence[Step], now: datetime) -> None:
    """In a database in which nobody has been there is nothing to bring forward."""
    if is_new(database):
        for step in steps:
            begin_step(database, step, now)
            end_step(database, step, now)


def pending(database: Database[Document], steps: Sequence[Step]) -> Sequence[Step]:
    """The steps that are not done yet."""
    return steps[schema_of(database) :]


def begin_step(database: Database[Document], step: Step, now: datetime) -> str:
    """Programs that it is not for refuse from now on. Where to go on from: "" at the beginning."""
    fresh = {"about": step.about, "needs": step.needs, "began_at": now, "position": ""}
    schema = database[SCHEMA_COLLECTION]
    schema.update_one({"_id": step.number}, {"$setOnInsert": fresh}, upsert=True)
    begun = schema.find_one({"_id": step.number})
    assert begun is not None, "it was written"
    position: str = begun["position"]
    return position


def note_portion(database: Database[Document], step: Step, portion: Portion) -> None:
    """It is done: whoever goes on does so behind it."""
    database[SCHEMA_COLLECTION].update_one(
        {"_id": step.number},
        {
            "$set": {"position": portion.position},
            "$inc": {"looked_at": portion.looked_at, "changed": portion.changed},
        },
    )


def end_step(database: Database[Document], step: Step, now: datetime) -> None:
    """All of it is done."""
    database[SCHEMA_COLLECTION].update_one({"_id": step.number}, {"$set": {"ended_at": now}})


def begin_swap(database: Database[Document], target: Staged, now: datetime) -> None:
    """No process starts from now on, until what is filled in of this collection is in place of what says so."""
    if STAGING + SCHEMA_COLLECTION not in target.list_collection_names():
        target.create_collection(STAGING + SCHEMA_COLLECTION)
    target[SCHEMA_COLLECTION].delete_one({"_id": RESTORING})
    database[SCHEMA_COLLECTION].update_one({"_id": RESTORING}, {"$set": {"at": now}}, upsert=True)


def _steps(database: Database[Document]) -> list[Document]:
    return [each for each in database[SCHEMA_COLLECTION].find() if isinstance(each["_id"], int)]
