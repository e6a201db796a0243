"""Walk a book from its first entry and say what is not as it was written."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pymongo.client_session import ClientSession

from domain.books.accounts import Account
from domain.books.ledger import GENESIS, Entry, digest
from domain.mongo.books import MongoBooks
from domain.mongo.layout import (
    Document,
    entries_of,
    entry_id,
    range_of_entries,
    range_of_members,
    to_entry,
    to_head,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place of a book, or with the book itself, where `seq` is 0."""

    seq: int
    text: str


def verify_book(books: MongoBooks, book: str) -> list[Problem]:
    """
    Every problem of a book, none when it is as it was posted; it may be posted to meanwhile.

    Found are entries that were changed, removed, added, doubled or moved, and balances that are not the sum of
    their postings. What is read is one snapshot, which mongod keeps for `minSnapshotHistoryWindowInSeconds`
    (300 by default): raise that where a book has tens of millions of entries.
    """
    with books.client.start_session(snapshot=True) as session:
        return list(_problems(books, book, session))


def _problems(books: MongoBooks, book: str, session: ClientSession) -> Iterator[Problem]:
    entries = entries_of(books.database)
    sums: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    seen, seq, last = 0, 0, GENESIS
    for document in entries.find(range_of_entries(book), session=session).sort("_id", 1):
        seen += 1
        try:
            entry = to_entry(document)
            yield from _problems_of_entry(document, entry, seq, last)
            for leg in entry.postings:
                sums[leg.account, ""] += leg.amount
                if leg.member:
                    sums[leg.account, leg.member] += leg.amount
                if leg.provider:
                    held[leg.account, leg.provider] += leg.amount
            seq, last = entry.seq, entry.hash
        except (AttributeError, KeyError, TypeError, ValueError):
            # Somebody changed the shape of it. Its neighbours show the gap as well.
            yield Problem(seq + 1, f"entry {document['_id']} cannot be read")
    strays = entries.count_documents({"book": book}, session=session) - seen
    if strays:
        yield Problem(0, f"{strays} entries lie outside the book's order")
    yield from _problems_of_balances(books, book, session, seq, last, sums)
    yield from _problems_of_wallets(books, book, session, held)


def _problems_of_entry(document: Document, entry: Entry, seq: int, last: str) -> Iterator[Problem]:
    """`seq` and `last` are the place and the hash of the entry before it, as they are stored."""
    if entry.seq != seq + 1:
        text = f"entry {entry.seq} follows entry {seq}: entries are missing, doubled or out of order"
        yield Problem(entry.seq, text)
    if document["_id"] != entry_id(entry.book, entry.seq):
        yield Problem(entry.seq, f"entry {entry.seq} is stored as {document['_id']}")
    if entry.previous != last:
        yield Problem(entry.seq, f"entry {entry.seq} does not continue the chain from entry {seq}")
    if entry.hash != digest(entry, entry.seq, entry.previous):
        yield Problem(entry.seq, f"entry {entry.seq} was changed: its content does not have its hash")
    if sum(leg.amount for leg in entry.postings) != 0:
        yield Problem(entry.seq, f"entry {entry.seq} does not sum to zero")


def _problems_of_balances(
    books: MongoBooks, book: str, session: ClientSession, seq: int, last: str, sums: Counter[tuple[str, str]]
) -> Iterator[Problem]:
    accounts = books.database["accounts"]
    head = to_head(accounts.find_one({"_id": book}, session=session))
    if (head.seq, head.hash) != (seq, last):
        yield Problem(0, f"the head stands at entry {head.seq}, the last entry is {seq}, or their hashes differ")
    stored = {(code, ""): balance for code, balance in head.totals.items()}
    for each in accounts.find(range_of_members(book), session=session):
        _, code, member = each["_id"].split("|", 2)
        stored[code, member] = each["balance"]
    for code, member in sorted(sums.keys() | stored.keys()):
        balance, total = stored.get((code, member), 0), sums[code, member]
        if balance != total:
            whose = f"{code} of {member}" if member else code
            yield Problem(0, f"the balance of {whose} is {balance}, its postings sum to {total}")
    trial = sum(balance for (_, member), balance in stored.items() if not member)
    if trial != 0:
        yield Problem(0, f"the trial balance is {trial}, not zero")
    parts: Counter[str] = Counter()
    for (code, member), balance in stored.items():
        if member:
            parts[code] += balance
    for account in (each for each in Account if each.by_member):
        total = stored.get((account, ""), 0)
        if parts[account] != total:
            yield Problem(0, f"the members' parts of {account} sum to {parts[account]}, the account holds {total}")


def _problems_of_wallets(
    books: MongoBooks, book: str, session: ClientSession, held: Counter[tuple[str, str]]
) -> Iterator[Problem]:
    """What a provider has of an account is what was posted to it there; the account's rest needs no check."""
    head = books.database["accounts"].find_one({"_id": book}, {"providers": 1}, session=session) or {}
    stored = {
        (code, provider): balance
        for code, balances in head.get("providers", {}).items()
        for provider, balance in balances.items()
    }
    for code, provider in sorted(held.keys() | stored.keys()):
        balance, total = stored.get((code, provider), 0), held[code, provider]
        if balance != total:
            yield Problem(0, f"the balance of {code} with {provider} is {balance}, its postings sum to {total}")
