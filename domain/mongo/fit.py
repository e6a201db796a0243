"""Whether a server can keep our books: looked at when we connect, and not at the first registration."""

from typing import Any, Final

from pymongo import MongoClient

from domain.errors import StoreError

VERSION_MIN: Final = (6, 0)


class Unfit(StoreError):
    """The server answers, and cannot be what we need; the message says why and what to do."""


def check_fit(client: MongoClient[Any]) -> None:
    """Raises Unfit for a server without transactions or of a version before; and what the driver raises."""
    hello = client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise Unfit(
            "this MongoDB is no replica set, so it has no transactions: start it with --replSet, run rs.initiate()"
        )
    version = client.admin.command("buildInfo")["versionArray"][:2]
    if tuple(version) < VERSION_MIN:
        shown = ".".join(map(str, version))
        raise Unfit(f"this MongoDB is {shown}: {'.'.join(map(str, VERSION_MIN))} or later is needed")
