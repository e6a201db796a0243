"""Statements that are given out with a receipt: by its code anyone in the group can check it later."""

from dataclasses import dataclass, replace
from datetime import date

from domain.books.ledger import GENESIS
from domain.records.person import membership_id
from domain.records.receipt import Receipt, receipt_code, receipt_id
from domain.savings.statement import Statement, statement_of
from domain.store import Duplicate, Store


@dataclass(frozen=True, slots=True)
class Seal:
    """
    The code of a receipt, and where the book was: `entries` of them, the last one with this `hash`. `chat_link` is
    the store's: where it can be checked.
    """

    code: str
    entries: int
    hash: str
    chat_link: str


@dataclass(frozen=True, slots=True)
class SealedStatement:
    """A member's statement as it is given out; `number` is their place in the group's list."""

    statement: Statement
    name: str
    number: int
    seal: Seal


def sealed_statement(store: Store, group_id: str, person: str, first: date, last: date) -> SealedStatement:
    """
    All lines of some days, both included, with the receipt, which is written down.

    While the book stays as it is, the same days have the same receipt. Raises NotAllowed, NoSuchPeriod.
    """

    def sealed(tx: Store) -> SealedStatement:
        # In one snapshot: the statement is what the book had up to this entry, and no more.
        statement = statement_of(tx, group_id, person, first, last)
        given = give_receipt(
            tx, group_id, person, statement.first, statement.last, statement.has.minor, statement.owes.minor
        )
        number = tx.memberships.get(membership_id(group_id, person)).number
        return SealedStatement(statement, tx.people.get(person).name, number, given)

    try:
        return store.transaction(sealed)
    except Duplicate:
        return store.transaction(sealed)  # it was given out twice at one moment: now it is there


def give_receipt(tx: Store, group: str, person: str, first: date, last: date, held: int, owed: int) -> Seal:
    """Write down what is given out, once, and answer with its seal."""
    length = tx.books.length(group)
    newest = tx.books.at_places(group, [length])
    hash = newest[0].hash if newest else GENESIS
    receipt = Receipt("", group, person, first, last, held, owed, length, hash, tx.now())
    code = receipt_code(tx.pins, receipt)
    id = receipt_id(group, code)
    if tx.receipts.one(id=id) is None:
        tx.receipts.insert(replace(receipt, id=id))
    return Seal(code, length, hash, tx.chat_link)
