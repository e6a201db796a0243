"""A group whose sheets were checked is brought, whole or not at all: on the command line and over the web."""

from domain.commands import NowReadOnly, execute
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.moving_in.arrive import BringGroup, digest_of_opening
from domain.moving_in.check import CheckedGroup
from domain.records.arrival import ARRIVING
from domain.records.upload import GroupOutcome


def bring_checked(
    store: MongoStore, key: str, by: str, checked: CheckedGroup, *, odd: bool
) -> tuple[GroupOutcome, DomainError | None]:
    """
    What became of it, and why it was refused, by whatever rule. What was brought with this `key` is brought; what
    is here otherwise, with the same figures, was brought before. One that is `odd` waits until somebody says that
    it is right. Raises NowReadOnly.
    """
    if checked.book is None:
        return "wrong", None
    known = store.arrivals.one(id=checked.code)
    is_here = known and known.state in (*ARRIVING, "open") and known.digest == digest_of_opening(checked.book)
    if is_here and store.commands.one(id=key) is None:
        return "before", None
    if odd:
        return "odd", None
    try:
        execute(store, key, BringGroup(by, checked.book))
    except NowReadOnly:
        raise
    except DomainError as error:
        return "refused", error
    return "brought", None
