"""Books on a real mongod, empty."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from bot.local.stores import Stores
from domain.mongo.books import MongoBooks
from tests.conftest import DATABASE
from tests.emptied import empty


@pytest.fixture
def database(stores: Stores, mongo: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    empty(mongo[DATABASE])
    with MongoClient[dict[str, Any]](stores.mongo_uri, timeoutMS=15_000) as client:
        yield client[DATABASE]


@pytest.fixture
def books(database: Database[dict[str, Any]]) -> Iterator[MongoBooks]:
    opened = MongoBooks(database.client, database)
    yield opened
    opened.close()
