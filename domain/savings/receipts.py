"""Statements that are given out with a receipt: by its code anyone in the group can check it later."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from domain.books.ledger import GENESIS, digest
from domain.decisions.rights import active_member
from domain.money import InvalidAmount
from domain.people.limits import WRONG_RECEIPT_CODES, WRONG_RECEIPTS_SHOWN, take
from domain.records.person import membership_id
from domain.records.receipt import NoSuchReceipt, Receipt, receipt_code, receipt_codes, receipt_id
from domain.savings.statement import Statement, statement_of
from domain.store import Duplicate, Store
from domain.typed_amounts import parse_amount

_NOTHING: Final = re.compile(r"\s*[-0.,\s]*0[0.,\s]*")


@dataclass(frozen=True, slots=True)
class Seal:
    """
    The code of a receipt, and where the book was: `entries` of them, the last one with this `hash`. It is checked
    on a `page` or in a chat, "" where there is none, or by what is dialled.
    """

    code: str
    entries: int
    hash: str
    page: str
    chat_link: str
    dial: str


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
    page = f"{tx.offered.check_link}{tx.groups.get(group).code}/{code}" if tx.offered.check_link else ""
    return Seal(code, length, hash, page, tx.offered.chat_link, tx.service_code)


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """
    What a receipt is of: the statement of a member, or `of_group`, for some days, `given` out on a day. `name` and
    `number` are "" and 0 for the group's own, and for who is no member. `unchanged`: the entry that the book ended
    with then is still there, as it was.
    """

    name: str
    number: int
    first: date
    last: date
    given: date
    of_group: bool
    unchanged: bool


def check_receipt(store: Store, group_id: str, asked_by: str, code: str, amount: int) -> CheckedReceipt:
    """
    What was given out with this code, to a member of the group who read on it that at its end this `amount` is its
    owner's, in minor units without a sign.

    The amount has to be typed, for a paper on which it was changed has a code that is genuine; it is never shown.
    A wrong one is refused as a wrong code is. Raises NotAllowed, TooManyTries, NoSuchReceipt.
    """
    active_member(store, group_id, asked_by)
    take(store, WRONG_RECEIPT_CODES.of(asked_by))
    receipt = _receipt(store, group_id, code, amount)
    store.limits.give_back(WRONG_RECEIPT_CODES.of(asked_by))
    membership = store.memberships.one(id=membership_id(group_id, receipt.person)) if receipt.person else None
    who = store.people.one(id=receipt.person) if receipt.person else None
    return _checked(store, receipt, who.name if who else "", membership.number if membership else 0)


def check_receipt_openly(store: Store, group_code: str, code: str, typed: str, client: str) -> CheckedReceipt:
    """
    The same to anybody who holds it, a `client` that we do not know: it names nobody. The amount is as they
    `typed` it. Raises TooManyTries, NoSuchReceipt.
    """
    take(store, WRONG_RECEIPTS_SHOWN.of(client))
    group = store.groups.one(code=group_code)
    if group is None:
        raise NoSuchReceipt
    receipt = _receipt(store, group.id, code, _amount(typed, group.currency))
    store.limits.give_back(WRONG_RECEIPTS_SHOWN.of(client))
    return _checked(store, receipt, "", 0)


def _amount(typed: str, currency: str) -> int:
    """In minor units without its sign, which people leave out. Raises NoSuchReceipt."""
    if _NOTHING.fullmatch(typed):
        return 0
    try:
        return parse_amount(typed.strip().removeprefix("-"), currency).minor
    except InvalidAmount as wrong:
        raise NoSuchReceipt from wrong


def _receipt(store: Store, group: str, code: str, amount: int) -> Receipt:
    receipt = store.receipts.one(id=receipt_id(group, code))
    if receipt is None or abs(receipt.held) != amount:
        raise NoSuchReceipt
    return receipt


def _checked(store: Store, receipt: Receipt, name: str, number: int) -> CheckedReceipt:
    return CheckedReceipt(
        name=name,
        number=number,
        first=receipt.first,
        last=receipt.last,
        given=store.groups.get(receipt.group).constitution.day(receipt.at),
        of_group=not receipt.person,
        unchanged=receipt.id.rpartition(":")[2] in receipt_codes(store.pins, receipt)
        and _is_as_it_was(store, receipt),
    )


def _is_as_it_was(store: Store, receipt: Receipt) -> bool:
    """
    Whether the entry that the book ended with has the hash it had, and its words and amounts still give it. Each
    hash is of all entries before it too; that none of these was changed is what `ledger verify` goes through.
    """
    if not receipt.seq:
        return receipt.hash == GENESIS
    found = store.books.at_places(receipt.group, [receipt.seq])
    return bool(found) and digest(found[0], receipt.seq, found[0].previous) == found[0].hash == receipt.hash
