"""The members of the replica set as the driver hears of them, every other second: no query asks for this."""

from collections.abc import Collection, Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.server_description import ServerDescription


def has_primary(client: MongoClient[Any]) -> bool:
    """Whether there is one that takes our writes, as far as we know."""
    return client.topology_description.has_writable_server()


def members_of(client: MongoClient[Any]) -> Collection[ServerDescription]:
    """What the driver last heard of each."""
    return client.topology_description.server_descriptions().values()


def replica_lag_seconds(servers: Collection[ServerDescription]) -> Mapping[str, float]:
    """
    How far each secondary is behind the primary, by what it wrote last, as "host:port".

    Of a member that does not answer nothing is known. Each is heard of at another moment, so while much is written
    two seconds are as good as none.
    """
    primary = next((each for each in servers if each.is_writable), None)
    if primary is None or primary.last_write_date is None:
        return {}
    return {
        _name(each): max(0.0, primary.last_write_date - each.last_write_date)
        for each in servers
        if each.is_readable and not each.is_writable and each.last_write_date is not None
    }


def _name(server: ServerDescription) -> str:
    host, port = server.address
    return f"{host}:{port}"
