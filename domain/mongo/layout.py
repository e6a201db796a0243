"""
How the books lie in MongoDB.

entries   {_id: "book:000000000001", and the fields of domain.ledger.Entry}
accounts  {_id: book, seq, hash, currency, totals: {code: balance},    the head of a book
           providers: {code: {provider: balance}}}                     of the totals, what a provider has
          {_id: "book|code|member", balance}                           what one member has in one account
"""

from collections.abc import Mapping
from typing import Any

from bson.codec_options import CodecOptions
from pymongo.collection import Collection
from pymongo.database import Database

from domain.books.ledger import GENESIS, Entry, Head, Posting
from domain.books.statements import Span

Document = dict[str, Any]


def entries_of(database: Database[Document]) -> Collection[Document]:
    """The entries, with times that know they are UTC."""
    return database.get_collection("entries", codec_options=CodecOptions(tz_aware=True))


def entry_id(book: str, seq: int) -> str:
    """The entries of a book in their order are a range of these ids."""
    return f"{book}:{seq:012d}"


def account_id(book: str, account: str, member: str) -> str:
    """One member's balance in one account has this id; the totals are in the head of the book, under its name."""
    return f"{book}|{account}|{member}"


def range_of_entries(book: str, after: int = 0) -> Document:
    """Entries of a book past a place. The book is named too: "a:000000000007" might be a book itself."""
    return {"_id": {"$gt": entry_id(book, after), "$lt": f"{book};"}, "book": book}


def range_by_date(book: str, span: Span, length: int) -> Document:
    """Entries of a span, of the first `length` of a book. `at` is bounded once more, for the index."""
    first, until = span.first, span.until
    return {
        "book": book,
        "seq": {"$lte": length},
        "at": {"$gte": first.at, "$lte": until.at},
        "$and": [
            {"$or": [{"at": {"$gt": first.at}}, {"seq": {"$gte": first.seq}}]},
            {"$or": [{"at": {"$lt": until.at}}, {"seq": {"$lt": until.seq}}]},
        ],
    }


def range_of_members(book: str) -> Document:
    """The balances of a book's members. "}" is what follows "|"."""
    return {"_id": {"$gt": f"{book}|", "$lt": f"{book}}}"}}


def entry_document(entry: Entry) -> Document:
    """As `to_entry` reads it back."""
    return {
        "_id": entry_id(entry.book, entry.seq),
        "book": entry.book,
        "seq": entry.seq,
        "currency": entry.currency,
        "reference": entry.reference,
        "text": entry.text,
        "at": entry.at,
        "postings": [
            {"account": leg.account, "amount": leg.amount, "member": leg.member}
            | ({"loan": leg.loan} if leg.loan else {})
            | ({"provider": leg.provider} if leg.provider else {})
            for leg in entry.postings
        ],
        "reverses": entry.reverses,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def to_entry(document: Mapping[str, Any]) -> Entry:
    """Raises KeyError or TypeError when somebody took a field away."""
    return Entry(
        seq=document["seq"],
        book=document["book"],
        currency=document["currency"],
        reference=document["reference"],
        text=document["text"],
        at=document["at"],
        postings=tuple(
            Posting(leg["account"], leg["amount"], leg["member"], leg.get("loan", ""), leg.get("provider", ""))
            for leg in document["postings"]
        ),
        reverses=document["reverses"],
        previous=document["previous"],
        hash=document["hash"],
    )


def to_head(document: Mapping[str, Any] | None) -> Head:
    """A book that has no document yet stands before its first entry."""
    if document is None:
        return Head(0, GENESIS)
    return Head(document["seq"], document["hash"], document["currency"], document.get("totals", {}))
