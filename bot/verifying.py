"""
The books are checked from their first entry every night. Where one is not as it was written, read-only mode goes
on by itself: nothing more is written upon it before somebody has looked.
"""

import time
from dataclasses import dataclass
from typing import Final, Self

from bot.spell import SPELL_SECONDS
from bot.tries import begun
from domain.board.daily import books_checked
from domain.board.read_only import books_failed
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import Group
from domain.records.run import Run
from domain.store import After

# In UTC: it is night where most groups are, and before the day's backup.
BEGINS_AT_HOUR: Final = 1
_BOOKS_READ_AT_ONCE: Final = 100
_KIND: Final = "ledger_verify"


def verification_due(store: MongoStore, _most: int) -> list[str]:
    """The id of tonight's run, until it has ended."""
    now = store.now()
    if now.hour < BEGINS_AT_HOUR:
        return []
    id = f"{_KIND}:{now:%Y-%m-%d}"
    run = store.runs.one(id=id)
    return [] if run and run.ended_at else [id]


def verify_some(store: MongoStore, id: str) -> None:
    """
    Check the next books of a run; after the last it has ended. Two workers at once check the same ones, and one of
    them writes down how far it is.
    """
    run = begun(store, id, _KIND)
    if run.ended_at:
        return
    done = BooksRun.read(run)
    ends_at = time.monotonic() + SPELL_SECONDS
    while groups := store.groups.find(limit=_BOOKS_READ_AT_ONCE, id=After(done.after)):
        for group in groups:
            found = len(problems_of(store, group))
            done = BooksRun(id, group.id, done.books + 1, done.problems + found)
            if time.monotonic() > ends_at:
                store.runs.change(id, when={"details": run.details}, details=done.details)
                return
    done.end(store, books=done.books, problems=done.problems)


def problems_of(store: MongoStore, group: Group) -> list[str]:
    """What is wrong with a group's book, in words; where anything is, read-only mode is on when this returns."""
    problems = [f"{group.name}: {problem.text}" for problem in verify_book(store.books, group.id)]
    if problems:
        books_failed(store, f"group {group.code}")
    books_checked(store, group.id, whole=not problems)
    return problems


@dataclass(frozen=True, slots=True)
class BooksRun:
    """How far a run is: behind which group, how many books it has checked, and how many problems it found."""

    id: str
    after: str = ""
    books: int = 0
    problems: int = 0

    @classmethod
    def read(cls, run: Run) -> Self:
        told = run.details
        return cls(run.id, told.get("after", ""), int(told.get("books", 0)), int(told.get("problems", 0)))

    @classmethod
    def by_hand(cls, store: MongoStore) -> Self:
        """One that begins now, whatever ran tonight."""
        now = store.now()
        run = Run(f"{_KIND}:{now:%Y-%m-%dT%H:%M:%S.%f}", _KIND, now)
        store.runs.insert(run)
        return cls(run.id)

    @property
    def details(self) -> dict[str, str]:
        return {"after": self.after, "books": str(self.books), "problems": str(self.problems)}

    def end(self, store: MongoStore, *, books: int, problems: int) -> None:
        said = {"books": str(books), "problems": str(problems)}
        store.runs.change(self.id, ended_at=store.now(), ok=not problems, details=said)
