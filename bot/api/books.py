"""
The books, for whoever keeps a copy: entries by their place, which never changes, and the head's hash, which proves
that a copy is whole.
"""

from collections.abc import Sequence
from typing import Any, Final

from marshmallow import fields

from bot.api.cursors import Page, after_number, paged
from bot.api.declare import Call, Part
from bot.api.shapes import Amount, Listed, Writes
from domain.books.accounts import ACCOUNTS
from domain.books.ledger import GENESIS, Entry
from domain.money import Money
from domain.people.find import names_of

part = Part("books", "The double-entry books, entry by entry, and the hash of their head.")

NEWEST: Final = 20


class Leg(Writes):
    account = fields.String()
    name = fields.String()
    side = fields.String()
    amount = Amount()
    member = fields.String(metadata={"description": "A name, empty where it is nobody's part."})
    provider = fields.String(metadata={"description": "Who has it of mobile money, empty where it is none."})


class EntryShown(Writes):
    seq = fields.Integer()
    at = fields.DateTime()
    text = fields.String()
    reference = fields.String()
    reverses = fields.Integer(allow_none=True)
    previous = fields.String()
    hash = fields.String()
    postings = fields.Nested(Leg, many=True)


class Balance(Writes):
    account = fields.String()
    name = fields.String()
    side = fields.String()
    amount = Amount()


class Book(Writes):
    name = fields.String()
    currency = fields.String()
    seq = fields.Integer()
    hash = fields.String()
    balances = fields.Nested(Balance, many=True)
    total = Amount(metadata={"description": "The sum of either side."})
    newest = fields.Nested(EntryShown, many=True)


class BookHead(Writes):
    seq = fields.Integer()
    hash = fields.String()


@part.endpoint("GET", "/groups/<code>/books", who="officer", scope="books:read", answers=Book)
def book(call: Call) -> dict[str, Any]:
    """What every account holds, and the newest twenty entries."""
    group, books = call.group, call.store.books
    length = books.length(group.id)
    newest = _at(call, range(max(1, length - NEWEST + 1), length + 1))
    totals = books.totals(group.id)
    sides = [_balance(code, total, group.currency) for code, total in sorted(totals.items()) if total]
    return {
        "name": group.name,
        "currency": group.currency,
        "seq": length,
        "hash": newest[-1].hash if newest else GENESIS,
        "balances": sides,
        "total": Money(sum(total for total in totals.values() if total > 0), group.currency),
        "newest": _shown(call, newest[::-1]),
    }


@part.endpoint("GET", "/groups/<code>/books/head", who="member", scope="books:read", answers=BookHead)
def head(call: Call) -> dict[str, Any]:
    """The place and hash of the last entry. A statement prints both, so anybody can compare."""
    length = call.store.books.length(call.group.id)
    last = _at(call, [length]) if length else []
    return {"seq": length, "hash": last[0].hash if last else GENESIS}


@part.endpoint(
    "GET", "/groups/<code>/books/entries", who="officer", scope="books:read", answers=EntryShown, query=Listed
)
def entries(call: Call) -> Page[Any]:
    """The entries in their order: no place is left out and none is ever changed, so a copy can be complete."""
    limit, after = call.query["limit"], after_number(call.query["after"])
    length = call.store.books.length(call.group.id)
    found = _at(call, range(after + 1, min(length, after + limit + 1) + 1))
    page = paged(found, limit, lambda each: (each.seq,))
    return Page(_shown(call, page.items), page.next)


@part.endpoint(
    "GET",
    "/groups/<code>/books/entries/<int(max=999999999):seq>",
    who="officer",
    scope="books:read",
    answers=EntryShown,
    many=True,
)
def entry(call: Call, seq: int) -> Any:
    """The entry at a place; an empty list where there is none yet."""
    return _shown(call, _at(call, [seq]))


def _at(call: Call, places: Sequence[int]) -> list[Entry]:
    if not places:
        return []
    return sorted(call.store.books.at_places(call.group.id, [*places]), key=lambda each: each.seq)


def _balance(code: str, total: int, currency: str) -> dict[str, Any]:
    return {
        "account": code,
        "name": ACCOUNTS[code].label.capitalize(),
        "side": "debit" if total > 0 else "credit",
        "amount": Money(abs(total), currency),
    }


def _shown(call: Call, found: Sequence[Entry]) -> list[dict[str, Any]]:
    names = names_of(call.store, {leg.member for each in found for leg in each.postings if leg.member})
    return [
        {name: getattr(each, name) for name in ("seq", "at", "text", "reference", "reverses", "previous", "hash")}
        | {
            "postings": [
                _balance(leg.account, leg.amount, each.currency)
                | {"member": names.get(leg.member, ""), "provider": leg.provider}
                for leg in each.postings
            ]
        }
        for each in found
    ]
