"""The switch between a service that does things and one that only shows them."""

from domain.access.audit import note
from domain.records.deployment import DEPLOYMENT, WHY_READ_ONLY_MAX, ReadOnly
from domain.store import Duplicate, Store

# Who switched it, where that was no person.
BY_BOOKS = "books"


def begin_read_only(store: Store, by: str, why: str) -> bool:
    """
    From now on nothing is done that moves money or binds somebody; False where that is so already, and then it
    stays who began it and why. Each process knows within two seconds. What is under way ends as it was begun.
    """
    if _now(store) is not None:
        return False
    try:
        store.deployment.put(read_only=ReadOnly(store.now(), why[:WHY_READ_ONLY_MAX], by))
    except Duplicate:  # somebody else wrote the first document at this moment
        store.deployment.put(read_only=ReadOnly(store.now(), why[:WHY_READ_ONLY_MAX], by))
    return True


def end_read_only(store: Store) -> ReadOnly | None:
    """Everything goes on; what it was that ended, None where nothing was to be ended."""
    if (ended := _now(store)) is not None:
        store.deployment.put(read_only=None)
    return ended


def _now(store: Store) -> ReadOnly | None:
    """As it stands in the store, not as it was seen a moment ago."""
    found = store.deployment.one(id=DEPLOYMENT)
    return found.read_only if found else None


def books_failed(store: Store, problem: str) -> None:
    """The books are not as they were written: nothing is written upon them before somebody has looked."""
    why = f"the books do not verify: {problem}"
    if begin_read_only(store, BY_BOOKS, why):
        note(store, None, "read_only.on", why=why, where=BY_BOOKS)
