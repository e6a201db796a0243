"""
What a member reads on their statement is what the book has and what their receipts said, whatever has happened.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import Final

from domain.books.accounts import Account
from domain.books.events import HELD, event_of
from domain.books.statements import PartOfBook, Span, period
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.person import membership_id
from domain.savings.statement import (
    LAST,
    Statement,
    Transaction,
    last_transactions,
    newest_of_statement,
    statement_of,
)
from domain.typed_amounts import parse_amount
from flows.savings.statement_file import statement_table
from flows.words.texts import words

_BEGINNING: Final = date(2020, 1, 1)
# One line, or the other, is a payment that has gone through; what it was taken back by is one more.
_PAID: Final = ("done", "undone")
# Money that a provider moved stays, as its member's credit; a repayment is mirrored in its loan as well.
_ON_CREDIT: Final = "to_credit"
# What becomes of what somebody has who leaves.
_OF_SETTLEMENT: Final = ("leaving", "fines_at_leaving", "less_than_coin")
_AMOUNT: Final = 2  # among the columns of the file


def check_statement(store: MongoStore, group: str, person: str) -> None:
    """Raises AssertionError with what does not hold."""
    membership = store.memberships.one(id=membership_id(group, person))
    if membership is None or membership.status in ("pending", "refused"):
        return
    today = store.groups.get(group).constitution.day(store.now())
    statement = statement_of(store, group, person, _BEGINNING, today)
    lines, balances = statement.lines, store.books.of_member_in([group], person)
    has = -sum(balances[group, account] for account in HELD)
    assert sum(line.held for line in lines) == has == statement.has.minor, f"lines of {person} are what they have"
    owes = balances[group, Account.PRINCIPAL]
    assert sum(line.owed for line in lines) == owes == statement.owes.minor, f"and what {person} owes"
    odd = [line for line in lines if line.what == "other" or line.amount.minor <= 0]
    assert not odd, f"each line of {person} says what it is: {odd}"
    _check_payments(store, group, person, lines)
    _check_printed(store, group, person, statement)
    newest = last_transactions(store, group, person)
    assert newest == lines[::-1][:LAST], f"the newest lines of {person} are the last of all"
    shown = newest_of_statement(store, group, person, _BEGINNING, today)
    assert [*lines[: shown.left_out], *shown.lines] == lines, f"what {person} is shown is the end of it"
    _check_periods(store, group, person, lines)


def check_parts(store: MongoStore, group: str, balances: Mapping[tuple[str, str], int]) -> None:
    """What the group's statement says of each member is their balances, and what came and went leads there."""
    today = store.groups.get(group).constitution.day(store.now())
    parts = store.books.parts_within(group, period(_BEGINNING, today + timedelta(days=1), UTC))
    held: Counter[str] = Counter()
    owed: Counter[str] = Counter()
    for (account, member), minor in balances.items():
        held[member] -= minor if member and account in HELD else 0
        owed[member] += minor if member and account == Account.PRINCIPAL else 0
    for member in {*parts, *held, *owed} - {""}:
        part = parts.get(member, PartOfBook())
        assert (part.has, part.owes) == (held[member], owed[member]), f"what the group reads of {member}"
        assert part.came >= 0 <= part.went and (part.had, part.owed) == (0, 0)


def _check_payments(store: MongoStore, group: str, person: str, lines: list[Transaction]) -> None:
    """A payment is one line, whole, and what was taken back says so; and a receipt says what its line says."""
    payments = store.payments.find(group=group, person=person, state="succeeded")
    sent = {payment.id for payment in payments}
    said = Counter[tuple[str, Money, bool]]((p.paid_for, p.amount, p.reversed) for p in payments)
    moved = [line for line in lines if line.way]
    read = Counter[tuple[str, Money, bool]](
        (each.what, each.amount, each.state == "undone") for each in moved if each.state in _PAID
    )
    assert read == said, f"each payment of {person} is a line: {said - read} {read - said}"
    back = Counter[tuple[str, Money]]((each.what, each.amount) for each in moved if each.state == "taken_back")
    back += Counter((_ON_CREDIT, line.amount) for line in lines if line.what == _ON_CREDIT)
    gone = [payment for payment in payments if payment.reversed]
    said_back = Counter[tuple[str, Money]](
        (p.paid_for, p.amount) for p in gone if p.way == "cash" or p.purpose == "repayment"
    )
    said_back += Counter((_ON_CREDIT, p.amount) for p in gone if p.way != "cash")
    assert back == said_back, f"what was taken back says so: {back - said_back} {said_back - back}"
    lines_of = {line.ref: line for line in moved if line.ref and line.state in _PAID}
    for id in sent:
        receipt = store.notices.one(id=f"receipt:{id}")
        if receipt is None or not receipt.values["ref"] or "what" not in receipt.values:
            continue  # one of before said the amount alone
        line = lines_of[str(receipt.values["ref"])]
        said_there = (receipt.values["amount"], receipt.values["what"], receipt.values["about"])
        assert said_there == (line.amount, line.what, line.about), "the receipt says what the line says"


def _check_printed(store: MongoStore, group: str, person: str, statement: Statement) -> None:
    """The amounts of the file, read as its reader does, add up: of the lines, and of each settlement its parts."""
    amounts = [row[_AMOUNT] for row in statement_table(statement, words("en")).rows]
    printed = [parse_amount(amount, statement.has.currency).minor for amount in amounts if amount]
    assert printed == [line.amount.minor for line in statement.lines], f"{person} reads each sum as it is"
    settled = sum(
        amount
        for amount, line in zip(printed, statement.lines, strict=True)
        if line.what in _OF_SETTLEMENT and line.state == "done"
    )
    events = map(event_of, store.books.of_member_within(group, person, Span()))
    taken = sum(event.taken(person) for event in events if event.kind == "leaving")
    assert settled == taken, f"what {person} had is paid to them, or it is said what became of it"


def _check_periods(store: MongoStore, group: str, person: str, lines: list[Transaction]) -> None:
    """What one period ends with the next one begins with."""
    days = sorted({line.on for line in lines})
    if len(days) < 2:
        return
    early = statement_of(store, group, person, _BEGINNING, days[len(days) // 2 - 1])
    late = statement_of(store, group, person, days[len(days) // 2], days[-1])
    assert [*early.lines, *late.lines] == lines, f"two periods of {person} are the whole"
    gap = statement_of(store, group, person, early.last, early.last)
    assert (late.had, late.owed) == (early.has, early.owes) == (gap.has, gap.owes), "one ends as the next begins"
