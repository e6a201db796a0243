"""What is kept, to see that something changed nothing."""

from typing import Any

from pymongo.database import Database


def everything(database: Database[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Every document there is, by its collection and in the order of its id."""
    return {name: list(database[name].find().sort("_id", 1)) for name in sorted(database.list_collection_names())}
