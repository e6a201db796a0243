"""The books in MongoDB: posted to by group commit (`posting.py`), with balances that cost one read."""

from collections.abc import Iterator, Sequence

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from domain.ledger import ACCOUNTS, Entry
from domain.mongo.layout import (
    Document,
    account_id,
    entries_of,
    range_of_entries,
    range_of_members,
    to_entry,
)
from domain.mongo.posting import BooksUnavailable, Unit, UnitRefused, Write, Writer

__all__ = ["Books", "BooksUnavailable", "Unit", "UnitRefused", "Write"]


class Books:
    """
    The double-entry books of every group.

    One for all threads of a process. It is built after a fork: a forked child has no writer thread, and its
    `post` raises BooksUnavailable.
    """

    def __init__(
        self,
        client: MongoClient[Document],
        database: Database[Document],
        *,
        batch_max: int = 200,
        heads_max: int = 50_000,
    ) -> None:
        self.client = client
        self.database = database.with_options(read_concern=ReadConcern("majority"))
        self._entries, self._accounts = entries_of(self.database), self.database["accounts"]
        self._writer = Writer(client, database, batch_max, heads_max)

    @staticmethod
    def create_indexes(database: Database[Document]) -> None:
        """One entry for a reference; a member's entries, newest first. Entries in order are found by _id."""
        database["entries"].create_index([("book", 1), ("reference", 1)], unique=True)
        database["entries"].create_index([("book", 1), ("postings.member", 1), ("seq", -1)])

    def post(self, unit: Unit) -> Entry:
        """
        Write an entry and what belongs to it; blocks until it is committed to a majority and journalled.

        The same reference again answers with the first entry and changes nothing.
        Raises InsufficientFunds, CurrencyMismatch (see `Head.follow`), UnitRefused, BooksUnavailable.
        """
        return self._writer.post(unit)

    def close(self) -> None:
        """Take no more, and return when what waits is posted."""
        self._writer.close()

    def balance(self, book: str, account: str, member: str = "") -> int:
        """What an account holds, or one member's part of it; minor units, debit above zero."""
        if member:
            found = self._accounts.find_one({"_id": account_id(book, account, member)})
            return int(found["balance"]) if found else 0
        head = self._accounts.find_one({"_id": book}, {f"totals.{account}": 1})
        return int(head["totals"].get(account, 0)) if head else 0

    def of_member_in(self, books: Sequence[str], member: str) -> dict[tuple[str, str], int]:
        """A member's balances in several books, by book and account; 0 for what was never posted to."""
        wanted = {account_id(b, code, member): (b, code) for b in books for code in ACCOUNTS}
        balances = dict.fromkeys(wanted.values(), 0)
        for each in self._accounts.find({"_id": {"$in": list(wanted)}}):
            balances[wanted[each["_id"]]] = int(each["balance"])
        return balances

    def balances(self, book: str) -> dict[tuple[str, str], int]:
        """Every account's balance under (code, ""), and every member's part of it under (code, member)."""
        balances = {(code, ""): total for code, total in self.totals(book).items()}
        for each in self._accounts.find(range_of_members(book)):
            _, account, member = each["_id"].split("|", 2)
            balances[account, member] = int(each["balance"])
        return balances

    def totals(self, book: str) -> dict[str, int]:
        """Every account's balance, by its code."""
        head = self._accounts.find_one({"_id": book})
        return {code: int(total) for code, total in head["totals"].items()} if head else {}

    def length(self, book: str) -> int:
        """How many entries a book has."""
        head = self._accounts.find_one({"_id": book}, {"seq": 1})
        return int(head["seq"]) if head else 0

    def newest(self, book: str, limit: int) -> list[Entry]:
        """The newest entries of a book, newest first."""
        return [to_entry(each) for each in self._entries.find(range_of_entries(book)).sort("_id", -1).limit(limit)]

    def entries(self, book: str, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """The entries of a book in order, from the place after `after`."""
        return map(to_entry, self._entries.find(range_of_entries(book, after)).sort("_id", 1).limit(limit or 0))

    def of_member(self, book: str, member: str, limit: int) -> list[Entry]:
        """The newest entries that name a member, newest first."""
        found = self._entries.find({"book": book, "postings.member": member}).sort("seq", -1).limit(limit)
        return [to_entry(each) for each in found]

    def names(self) -> Iterator[str]:
        """Every book that has an entry."""
        steps: list[Document] = [
            {"$sort": {"book": 1, "reference": 1}},
            {"$group": {"_id": "$book"}},
            {"$sort": {"_id": 1}},
        ]
        return (each["_id"] for each in self._entries.aggregate(steps))
