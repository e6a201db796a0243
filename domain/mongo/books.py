"""The books in MongoDB: posted to by group commit (`posting.py`), with balances that cost one read."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from domain.books.accounts import ACCOUNTS, WITH_PROVIDERS, Account
from domain.books.events import HELD
from domain.books.ledger import RESTATED, Entry, Head
from domain.books.statements import CLOSING, BookPlace, Moved, PartOfBook, Span, Sums
from domain.mongo.layout import (
    Document,
    account_id,
    entries_of,
    entry_id,
    range_by_date,
    range_of_entries,
    range_of_members,
    to_entry,
    to_head,
)
from domain.mongo.posting import (
    BooksUnavailable,
    NothingMatched,
    Unit,
    UnitRefused,
    ValueTaken,
    Write,
    Writer,
    post_in,
)

__all__ = ["BooksUnavailable", "MongoBooks", "NothingMatched", "Unit", "UnitRefused", "ValueTaken", "Write"]


class MongoBooks:
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
        self._session: ClientSession | None = None

    def post(self, unit: Unit) -> Entry:
        """
        Write an entry and what belongs to it; blocks until it is committed to a majority and journalled.

        The same reference again answers with the first entry and changes nothing.
        Raises InsufficientFunds, CurrencyMismatch (see `Head.follow`), UnitRefused, BooksUnavailable.
        """
        if self._session:
            return post_in(self._writer.database, self._session, unit)
        return self._writer.post(unit)

    def within(self, session: ClientSession) -> "MongoBooks":
        """The same books inside a transaction: what is read is what it sees, what is posted a part of it."""
        inside = copy(self)
        inside._session = session
        return inside

    def close(self) -> None:
        """Take no more, and return when what waits is posted."""
        self._writer.close()

    def balance(self, book: str, account: str, member: str = "") -> int:
        """What an account holds, or one member's part of it; minor units, debit above zero."""
        if member:
            found = self._accounts.find_one({"_id": account_id(book, account, member)}, session=self._session)
            return int(found["balance"]) if found else 0
        head = self._accounts.find_one({"_id": book}, {f"totals.{account}": 1}, session=self._session)
        return int(head["totals"].get(account, 0)) if head else 0

    def of_member_in(self, books: Sequence[str], member: str) -> dict[tuple[str, str], int]:
        """A member's balances in several books, by book and account; 0 for what was never posted to."""
        wanted = {account_id(b, account, member): (b, account) for b in books for account in Account}
        balances: dict[tuple[str, str], int] = dict.fromkeys(wanted.values(), 0)
        for each in self._accounts.find({"_id": {"$in": list(wanted)}}, session=self._session):
            balances[wanted[each["_id"]]] = int(each["balance"])
        return balances

    def balances(self, book: str) -> dict[tuple[str, str], int]:
        """Every account's balance under (code, ""), and every member's part of it under (code, member)."""
        balances = {(code, ""): total for code, total in self.totals(book).items()}
        for each in self._accounts.find(range_of_members(book), session=self._session):
            _, account, member = each["_id"].split("|", 2)
            balances[account, member] = int(each["balance"])
        return balances

    def totals(self, book: str) -> dict[str, int]:
        """Every account's balance, by its code."""
        head = self._accounts.find_one({"_id": book}, session=self._session)
        return {code: int(total) for code, total in head["totals"].items()} if head else {}

    def wallets(self, book: str) -> dict[tuple[str, str], int]:
        """What each provider has of an account's balance, by account and provider; "" has what no provider has."""
        head = self._accounts.find_one({"_id": book}, {"totals": 1, "providers": 1}, session=self._session) or {}
        named = {
            (code, provider): int(balance)
            for code, balances in head.get("providers", {}).items()
            for provider, balance in balances.items()
        }
        return _with_the_rest(named, {code: int(total) for code, total in head.get("totals", {}).items()})

    def wallets_of_all(self) -> dict[str, dict[tuple[str, str], int]]:
        """The same of all books together, by their currency; one aggregation on an index of the heads."""
        parts = [_parts_of(account) for account in WITH_PROVIDERS]
        steps: list[Document] = [
            {"$match": {"currency": {"$gt": ""}}},
            {"$project": {"currency": 1, "parts": {"$concatArrays": parts}}},
            {"$unwind": "$parts"},
            {
                "$group": {
                    "_id": {"currency": "$currency", "code": "$parts.code", "provider": "$parts.provider"},
                    "balance": {"$sum": "$parts.balance"},
                }
            },
        ]
        named: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
        totals: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for each in self._accounts.aggregate(steps, session=self._session):
            of, balance = each["_id"], int(each["balance"])
            if of["provider"]:
                named[of["currency"]][of["code"], of["provider"]] = balance
            else:
                totals[of["currency"]][of["code"]] = balance
        return {currency: _with_the_rest(named[currency], total) for currency, total in totals.items()}

    def of_members(self, book: str, accounts: Sequence[str], members: Sequence[str]) -> dict[tuple[str, str], int]:
        """What some members have in some accounts, by account and member; never posted to, it is not there."""
        wanted = {account_id(book, code, member): (code, member) for code in accounts for member in members}
        found = self._accounts.find({"_id": {"$in": list(wanted)}}, session=self._session)
        return {wanted[each["_id"]]: int(each["balance"]) for each in found}

    def moved_of_members(
        self, book: str, accounts: Sequence[str], members: Sequence[str], span: Span
    ) -> dict[tuple[str, str], int]:
        """How the same changed in a span, debit above zero; one aggregation."""
        theirs = {"postings.account": {"$in": list(accounts)}, "postings.member": {"$in": list(members)}}
        steps: list[Document] = [
            {"$match": range_by_date(book, span, self.length(book)) | theirs},
            {"$unwind": "$postings"},
            {"$match": theirs},
            {
                "$group": {
                    "_id": {"account": "$postings.account", "member": "$postings.member"},
                    "net": {"$sum": "$postings.amount"},
                }
            },
        ]
        found = self._entries.aggregate(steps, session=self._session)
        return {(each["_id"]["account"], each["_id"]["member"]): int(each["net"]) for each in found}

    def by_month(
        self, book: str, accounts: Sequence[str], members: Sequence[str], since: datetime, zone: str
    ) -> dict[tuple[str, str, str], int]:
        """
        How the same changed in each month from a moment on, by account, member and month ("2026-01", in the time
        zone). An entry and its mirror change no month: one aggregation, after one look for the mirrors.
        """
        theirs = {"postings.member": {"$in": list(members)}}
        pairs = self._pairs({"book": book, "at": {"$gte": since}, **theirs})
        month = {"$dateToString": {"date": "$at", "format": "%Y-%m", "timezone": zone}}
        steps: list[Document] = [
            {"$match": {"book": book, "at": {"$gte": since}, **theirs, "seq": {"$nin": pairs}}},
            {"$project": {"postings": 1, "month": month}},
            {"$unwind": "$postings"},
            {"$match": {"postings.account": {"$in": list(accounts)}, **theirs}},
            {
                "$group": {
                    "_id": {"account": "$postings.account", "member": "$postings.member", "month": "$month"},
                    "net": {"$sum": "$postings.amount"},
                }
            },
        ]
        found = self._entries.aggregate(steps, session=self._session)
        return {
            (each["_id"]["account"], each["_id"]["member"], each["_id"]["month"]): each["net"] for each in found
        }

    def _pairs(self, wanted: Document) -> list[int]:
        """
        The places of the mirrors that are wanted, and of what they mirror. Of a mirror of a mirror the first two
        are a pair, and the third stands for itself.
        """
        mirrors = {**wanted, "reverses": {"$gt": 0}, "reference": {"$not": {"$regex": f"^{RESTATED}"}}}
        found = self._entries.find(mirrors, {"seq": 1, "reverses": 1}, session=self._session).sort("seq", 1)
        pairs: set[int] = set()
        for each in found:
            if each["reverses"] not in pairs:
                pairs |= {each["reverses"], each["seq"]}
        return sorted(pairs)

    def by_day(self, book: str, accounts: Sequence[str], span: Span, zone: str) -> dict[date, int]:
        """How some accounts changed together on each day of a span, debit above zero; one aggregation."""
        wanted = range_by_date(book, span, self.length(book)) | {"postings.account": {"$in": list(accounts)}}
        day = {"$dateToString": {"date": "$at", "format": "%Y-%m-%d", "timezone": zone}}
        steps: list[Document] = [
            {"$match": wanted},
            {"$project": {"postings": 1, "day": day}},
            {"$unwind": "$postings"},
            {"$match": {"postings.account": {"$in": list(accounts)}}},
            {"$group": {"_id": "$day", "net": {"$sum": "$postings.amount"}}},
        ]
        found = self._entries.aggregate(steps, session=self._session)
        return {date.fromisoformat(each["_id"]): int(each["net"]) for each in found}

    def came_and_went(self, book: str, accounts: Sequence[str], span: Span) -> tuple[int, int]:
        """What some accounts together got from outside them in a span, and what left them; one aggregation."""
        theirs = {"$filter": {"input": "$postings", "cond": {"$in": ["$$this.account", list(accounts)]}}}
        net = {"$sum": {"$map": {"input": theirs, "in": "$$this.amount"}}}
        # The mirror of what came in is less that came in, and not something that went out.
        comes = {"$ne": [{"$gt": ["$net", 0]}, {"$gt": ["$reverses", 0]}]}
        steps: list[Document] = [
            {
                "$match": range_by_date(book, span, self.length(book))
                | {"postings.account": {"$in": list(accounts)}}
            },
            {"$project": {"net": net, "reverses": 1}},
            {
                "$group": {
                    "_id": None,
                    "came": {"$sum": {"$cond": [comes, "$net", 0]}},
                    "went": {"$sum": {"$cond": [comes, 0, {"$multiply": ["$net", -1]}]}},
                }
            },
        ]
        found = list(self._entries.aggregate(steps, session=self._session))
        return (int(found[0]["came"]), int(found[0]["went"])) if found else (0, 0)

    def parts_within(self, book: str, span: Span) -> dict[str, PartOfBook]:
        """Each member's part of a book, from before a span to its end; one aggregation over all up to then."""
        first = span.first
        before = {
            "$or": [
                {"$lt": ["$at", first.at]},
                {"$and": [{"$eq": ["$at", first.at]}, {"$lt": ["$seq", first.seq]}]},
            ]
        }
        is_loan = {"$eq": ["$postings.account", Account.PRINCIPAL.value]}
        came = {"$cond": ["$before", 0, {"$max": ["$net", 0]}]}
        went = {"$cond": ["$before", 0, {"$max": [{"$multiply": ["$net", -1]}, 0]}]}
        steps: list[Document] = [
            {"$match": range_by_date(book, Span(until=span.until), self.length(book))},
            {"$project": {"postings": 1, "before": before}},
            {"$unwind": "$postings"},
            {"$match": {"postings.account": {"$in": [each.value for each in (*HELD, Account.PRINCIPAL)]}}},
            {
                "$group": {
                    "_id": {"entry": "$_id", "member": "$postings.member", "loan": is_loan},
                    "before": {"$first": "$before"},
                    "net": {
                        "$sum": {"$cond": [is_loan, "$postings.amount", {"$multiply": ["$postings.amount", -1]}]}
                    },
                }
            },
            {
                "$group": {
                    "_id": {"member": "$_id.member", "loan": "$_id.loan"},
                    "had": {"$sum": {"$cond": ["$before", "$net", 0]}},
                    "came": {"$sum": came},
                    "went": {"$sum": went},
                }
            },
        ]
        parts: dict[str, PartOfBook] = {}
        for each in self._entries.aggregate(steps, session=self._session):
            member, had, came_to, went_from = each["_id"]["member"], each["had"], each["came"], each["went"]
            part = parts.get(member, PartOfBook())
            if each["_id"]["loan"]:
                parts[member] = replace(part, owed=had, owes=had + came_to - went_from)
            else:
                parts[member] = replace(part, had=had, came=came_to, went=went_from)
        return parts

    def earned_by(self, book: str, at: datetime) -> dict[str, int]:
        """What the accounts of income and expense held at a moment, less what was closed of it up to now."""
        since = self.moved(book, Span(BookPlace(at)), self.length(book))
        earned = {}
        for code, total in self.totals(book).items():
            after = since.get(code, Moved())
            if ACCOUNTS[code].is_result and (held := total - after.net + after.closing):
                earned[code] = held
        return earned

    def length(self, book: str) -> int:
        """How many entries a book has."""
        head = self._accounts.find_one({"_id": book}, {"seq": 1}, session=self._session)
        return int(head["seq"]) if head else 0

    def count_within(self, book: str, span: Span) -> int:
        """How many entries of a book are in a span."""
        return self._entries.count_documents(range_by_date(book, span, self.length(book)), session=self._session)

    def posted_to(self, book: str, account: str, after: int) -> bool:
        """Whether an entry past this place of a book touches an account."""
        since = range_of_entries(book, after) | {"postings.account": account}
        return self._entries.find_one(since, {"_id": 1}, session=self._session) is not None

    def newest(self, book: str, limit: int) -> list[Entry]:
        """The newest entries of a book, newest first."""
        return [to_entry(each) for each in self._entries.find(range_of_entries(book)).sort("_id", -1).limit(limit)]

    def entries(self, book: str, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """The entries of a book in order, from the place after `after`."""
        return map(to_entry, self._entries.find(range_of_entries(book, after)).sort("_id", 1).limit(limit or 0))

    def of_member(self, book: str, member: str, limit: int) -> list[Entry]:
        """The newest entries that name a member, newest first."""
        found = self._entries.find({"book": book, "postings.member": member}, session=self._session)
        found = found.sort([("at", -1), ("seq", -1)]).limit(limit)
        return [to_entry(each) for each in found]

    def of_member_within(self, book: str, member: str, span: Span) -> list[Entry]:
        """Those of a span by date, oldest first."""
        return list(self.between(book, span, self.length(book), member=member))

    def newest_that_touch(self, book: str, accounts: Sequence[str], span: Span, limit: int) -> list[Entry]:
        """The newest entries of a span that touch one of the accounts, newest first."""
        wanted = range_by_date(book, span, self.length(book)) | {"postings.account": {"$in": list(accounts)}}
        found = self._entries.find(wanted, session=self._session).sort([("at", -1), ("seq", -1)]).limit(limit)
        return [to_entry(each) for each in found]

    def sums(self, book: str, span: Span, member: str = "") -> Sums:
        """
        What each account held before a span and what moved in it, of the whole book or of one member's part.

        It sums a member's entries up to the end of the span. Of a book, besides those in the span, it sums those
        before it or those after it, whichever are fewer: what is left of the balances is the rest.
        """
        head = to_head(self._accounts.find_one({"_id": book}, session=self._session))
        moved = self.moved(book, span, head.seq, member)
        before, after = Span(until=span.first), Span(first=span.until)
        if member or self._place_of(book, span.first, head) <= head.seq - self._place_of(book, span.until, head):
            opening = {code: each.net for code, each in self.moved(book, before, head.seq, member).items()}
        else:
            changes = moved, self.moved(book, after, head.seq)
            opening = {
                code: total - sum(each[code].net for each in changes if code in each)
                for code, total in head.totals.items()
            }
        return Sums(head.seq, opening, moved)

    def _place_of(self, book: str, place: BookPlace, head: Head) -> int:
        """About how many entries a book has before a place: their order is nearly that of their dates."""
        following = list(self.between(book, Span(first=place), head.seq, limit=1))
        return following[0].seq - 1 if following else head.seq

    def moved(self, book: str, span: Span, length: int, member: str = "") -> dict[str, Moved]:
        """What went through each account in a span, when the book had `length` entries; one aggregation."""
        closings = {"book": book, "reference": {"$gte": CLOSING, "$lt": f"{CLOSING[:-1]};"}}
        closed = [each["seq"] for each in self._entries.find(closings, {"seq": 1}, session=self._session)]
        amount = "$postings.amount"
        is_closing = {"$or": [{"$in": ["$seq", closed]}, {"$in": ["$reverses", closed]}]}
        steps: list[Document] = [
            {"$match": range_by_date(book, span, length) | ({"postings.member": member} if member else {})},
            {"$project": {"postings": 1, "closing": is_closing}},
            {"$unwind": "$postings"},
            *([{"$match": {"postings.member": member}}] if member else []),
            {
                "$group": {
                    "_id": "$postings.account",
                    "debit": {"$sum": {"$max": [amount, 0]}},
                    "credit": {"$sum": {"$max": [{"$multiply": [amount, -1]}, 0]}},
                    "closing": {"$sum": {"$cond": ["$closing", amount, 0]}},
                }
            },
        ]
        found = self._entries.aggregate(steps, session=self._session)
        return {each["_id"]: Moved(each["debit"], each["credit"], each["closing"]) for each in found}

    def between(
        self, book: str, span: Span, length: int, *, member: str = "", accounts: Sequence[str] = (), limit: int = 0
    ) -> Iterator[Entry]:
        """
        The entries of a span by date, when the book had `length` entries: those that name the member and touch
        one of the accounts, if such are given. They are streamed; `limit` 0 is for all.
        """
        wanted = range_by_date(book, span, length)
        if member:
            wanted["postings.member"] = member
        if accounts:
            wanted["postings.account"] = {"$in": list(accounts)}
        found = self._entries.find(wanted, session=self._session).sort([("at", 1), ("seq", 1)]).limit(limit)
        return map(to_entry, found)

    def at_place(self, book: str, seq: int) -> Entry | None:
        """The entry with this place in its book."""
        found = self._entries.find_one({"_id": entry_id(book, seq)}, session=self._session)
        return to_entry(found) if found else None

    def with_reference(self, book: str, reference: str) -> Entry | None:
        """The entry with this reference, if it is posted."""
        found = self._entries.find_one({"book": book, "reference": reference}, session=self._session)
        return to_entry(found) if found else None

    def with_references(self, book: str, references: Sequence[str]) -> list[Entry]:
        """Those that are posted of these references, in no order."""
        wanted = {"book": book, "reference": {"$in": list(references)}}
        return [to_entry(each) for each in self._entries.find(wanted, session=self._session)] if references else []

    def at_places(self, book: str, places: Sequence[int]) -> list[Entry]:
        """The entries with these places in their book, in no order."""
        wanted = {"_id": {"$in": [entry_id(book, place) for place in places]}}
        return [to_entry(each) for each in self._entries.find(wanted, session=self._session)] if places else []

    def names(self) -> Iterator[str]:
        """Every book that has an entry."""
        steps: list[Document] = [
            {"$sort": {"book": 1, "reference": 1}},
            {"$group": {"_id": "$book"}},
            {"$sort": {"_id": 1}},
        ]
        return (each["_id"] for each in self._entries.aggregate(steps))


def _parts_of(account: Account) -> Document:
    """What a head says of an account as a list: a part for each provider, and the whole with "" for one."""
    named = {"$objectToArray": {"$ifNull": [f"$providers.{account.value}", {}]}}
    part = {"code": account.value, "provider": "$$this.k", "balance": "$$this.v"}
    whole = {"code": account.value, "provider": "", "balance": {"$ifNull": [f"$totals.{account.value}", 0]}}
    return {"$concatArrays": [[whole], {"$map": {"input": named, "in": part}}]}


def _with_the_rest(named: Mapping[tuple[str, str], int], totals: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """What providers have, and under "" what is left of each account; nothing that is zero."""
    rest = {(code.value, ""): totals.get(code, 0) for code in WITH_PROVIDERS}
    for (code, _), balance in named.items():
        rest[code, ""] -= balance
    return {of: balance for of, balance in (*named.items(), *rest.items()) if balance}
