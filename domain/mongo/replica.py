"""A replica set of one. Transactions need a replica set, so even a private mongod has to be one."""

import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

NAME = "rs0"
_NOT_YET_INITIALIZED = 94
# A mongod that is still reading its configuration answers with one of these; it is asked again.
_STARTING_UP = {_NOT_YET_INITIALIZED, 23, 109}  # 23 AlreadyInitialized, 109 ConfigurationInProgress


def ensure_primary(port: int, timeout_seconds: float) -> None:
    """
    Make the mongod at 127.0.0.1:`port` the only member of its replica set, and wait until it takes writes.

    A new one is initiated. One that listened on another port the last time still has the old address in its
    configuration and stands by as REMOVED: it is given the new address.

    Raises TimeoutError when it is not a primary in time, and OperationFailure when it refuses.
    """
    deadline = time.monotonic() + timeout_seconds
    client: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=int(timeout_seconds * 1000)
    )
    with client:
        while time.monotonic() < deadline:
            try:
                _configure(client, f"127.0.0.1:{port}")
                if client.admin.command("hello")["isWritablePrimary"]:
                    return
            except OperationFailure as refusal:
                if refusal.code not in _STARTING_UP:
                    raise
            except ConnectionFailure:
                pass  # a change of role may close it; the next command connects again
            time.sleep(0.01)
    raise TimeoutError(f"mongod on port {port} is not a primary after {timeout_seconds:g} s")


def _configure(client: MongoClient[dict[str, Any]], host: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as refusal:
        if refusal.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": NAME, "members": [{"_id": 0, "host": host}]})
        return
    if [member["host"] for member in config["members"]] != [host]:
        config["members"] = [config["members"][0] | {"host": host}]
        config["version"] += 1
        # Forced, because no primary is left to ask: the only member does not recognise its own address.
        client.admin.command("replSetReconfig", config, force=True)
