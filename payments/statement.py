"""
A provider's statement as its portal gives it out: a CSV file, or one sheet of a workbook.

For providers that list nothing, and for what their list no longer has. Portals name the same thing differently,
and the same portal changes: what a column may be called is in one table here.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final

from domain.errors import Mistake
from domain.money import InvalidAmount, Money, from_major
from domain.raw_cells import RawCell, RawSheet, has_lost_digits, moment_of_serial, unread
from domain.records.payment import Direction
from payments.columns import ColumnNames, Columns, columns_of_csv, columns_of_sheet
from payments.port import Movement

_COLUMNS: Final[ColumnNames] = {
    "receipt": (
        *("receipt", "receiptno", "receiptnumber", "providertransactionid", "financialtransactionid"),
        *("transactionid", "id"),
    ),
    "at": ("completiontime", "completed", "transactiondate", "datetime", "date", "time", "created"),
    "amount": ("amount", "transactionamount"),
    "paidin": ("paidin", "credit", "moneyin"),
    "withdrawn": ("withdrawn", "debit", "moneyout"),
    "direction": ("direction", "type", "transactiontype"),
    "currency": ("currency",),
    "reference": ("reference", "referenceid", "externalreference", "depositid", "payoutid"),
    "account": ("account", "accountno", "acno", "billreference", "externalid", "details"),
    "status": ("status", "transactionstatus", "state"),
    "fee": ("fee", "fees", "charge", "charges"),
    "payer": ("payer", "from", "msisdn", "phone", "phonenumber", "otherparty", "otherpartyinfo"),
    "kind": ("details", "reasontype"),
}
# A line of this kind is the fee of another one, with the same receipt.
_CHARGE: Final = "charge"
_OUT: Final = frozenset({"out", "debit", "payout", "disbursement", "transfer", "withdrawn", "b2c"})
_IN: Final = frozenset({"in", "credit", "deposit", "collection", "paybill", "requesttopay", "c2b"})
_BY_COLUMN: Final[Mapping[str, Direction]] = {"paidin": "in", "withdrawn": "out"}
_MOVED: Final = frozenset(
    {"", "completed", "complete", "success", "successful", "succeeded", "transactionsuccess", "ts", "paid"}
)
_NOT_MOVED: Final = frozenset(
    {"failed", "declined", "cancelled", "canceled", "expired", "rejected", "pending", "transactionfailed", "tf"}
)
_TIMES: Final = tuple(
    f"{day} {time}"
    for day in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
    for time in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p")
)
# Between thousands, also where no line is to break: "5 500".
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]")
_BELOW_ZERO: Final = re.compile(r"[-\u2212](.+)|(.+)-|\((.+)\)")
_ROUNDED: Final = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
# Numbers whose last digits count as much as the first.
_NAMES: Final = frozenset({"receipt", "reference", "payer"})
# The days from 1980 to 2100, as a workbook keeps them.
_SERIALS: Final = (29_221, 73_416)
_OWN_FILE: Final = "take the portal's own file"
# With a point between thousands or before thousandths.
_TWO_WAYS: Final = re.compile(r"\d{1,3}(\.\d{3})+")


class BadStatement(Mistake):
    """It is no statement that can be read: which line and column, what stands there, and what should."""


@dataclass(frozen=True)
class StatementFile:
    """
    A `Lister` of what stands in a file: a CSV, or these `sheets` of a workbook. Amounts are in `currency` where no
    column says one; times without a zone are in `zone`.
    """

    name: str
    path: Path
    currency: str = ""
    zone: tzinfo = UTC
    sheets: Sequence[RawSheet] | None = None
    lists: frozenset[Direction] = field(default=frozenset({"in", "out"}))

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Raises BadStatement, before anything is given."""
        try:
            read = list(self._read())
        except OSError as wrong:
            raise BadStatement(f"{self.path.name} cannot be opened: {wrong.strerror}") from wrong
        except UnicodeDecodeError as wrong:
            raise BadStatement(f"{self.path.name} is not UTF-8: save it as a CSV in that") from wrong
        except csv.Error as wrong:
            raise BadStatement(f"{self.path.name} is no table: {wrong}") from wrong
        yield from (each for each in _with_charges(read) if since <= each.at < until)

    def _read(self) -> Iterator[tuple[Movement, bool]]:
        """Each movement, and whether it is the charge of another one."""
        with self._table() as columns:
            self._check(columns.found)
            are_text = set[bool]()
            for line, cells in columns.rows():
                said = {name: _text(name, cell) for name, cell in cells.items()}
                if (movement := self._movement(line, said)) is not None:
                    if isinstance(cells["receipt"], date | bool) or unread(said["receipt"]):
                        left = f"a spreadsheet has left {said['receipt']!r} as the receipt"
                        raise self._wrong(line, f"{left}: {_OWN_FILE}")
                    are_text.add(isinstance(cells["at"], str))
                    yield movement, _CHARGE in said.get("kind", "").lower()
        if len(are_text) > 1:
            taken = "a spreadsheet may have taken days for months"  # and 13/10 it left as it was
            raise BadStatement(f"{self.path.name} has times as dates and as text: {taken}, {_OWN_FILE}")

    @contextmanager
    def _table(self) -> Iterator[Columns[RawCell] | Columns[str]]:
        if self.sheets is not None:
            yield self._of_sheets(self.sheets)
            return
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            yield columns_of_csv(file, _COLUMNS)

    def _of_sheets(self, sheets: Sequence[RawSheet]) -> Columns[RawCell]:
        """The one sheet that names the columns of a statement. Raises BadStatement."""
        tables = [(each, columns_of_sheet(each, _COLUMNS)) for each in sheets]
        named = [(sheet, columns) for sheet, columns in tables if columns.are_known]
        if hidden := next((sheet.file for sheet, _ in named if sheet.hidden), ""):
            raise BadStatement(f"{hidden} is hidden: show it, or take it out")
        if len(named) > 1:
            them = " and ".join(sheet.file for sheet, _ in named)
            raise BadStatement(f"{them} each look like a statement: leave one in the workbook")
        if not named and len(tables) != 1:
            return Columns({}, ())
        [(sheet, columns)] = named or tables
        if sheet.from_1904:
            raise BadStatement(f"{sheet.file} counts days from 1904, as old Macs did: {_OWN_FILE}")
        return columns

    def _check(self, found: Collection[str]) -> None:
        """Raises BadStatement where a column is not there that is needed."""
        needed = [name for name in ("receipt", "at") if name not in found]
        if not ("amount" in found or {"paidin", "withdrawn"} <= {*found}):
            needed.append("amount")
        if "amount" in found and "direction" not in found and "paidin" not in found:
            needed.append("direction")
        if needed:
            said = ", ".join(f"{name} ({' or '.join(sorted(_COLUMNS[name]))})" for name in needed)
            raise BadStatement(f"{self.path.name}: no line names a column for {said}")

    def _movement(self, line: int, cells: Mapping[str, str]) -> Movement | None:
        """None for what did not move, and for what is no line of the table, like its sums."""
        if not cells.get("at") and not re.search(r"\d", cells.get("receipt", "")):
            return None
        status = _word(cells.get("status", ""))
        if status in _NOT_MOVED:
            return None
        if status not in _MOVED:
            words = _said(_MOVED | _NOT_MOVED)
            raise self._wrong(line, f"the status is {cells['status']!r}, and must be one of {words}")
        direction, amount = self._amount(line, cells)
        fee = self._money(line, "fee", _unsigned(cells["fee"])[1], cells) if cells.get("fee") else None
        receipt = self._given(line, "receipt", cells)
        if _ROUNDED.fullmatch(receipt):
            raise self._wrong(line, f"a spreadsheet has rounded {receipt!r}: {_OWN_FILE}")
        return Movement(
            direction,
            receipt,
            amount,
            self._time(line, self._given(line, "at", cells)),
            reference=cells.get("reference", ""),
            account=cells.get("account", ""),
            payer=_number(cells.get("payer", "")),
            fee=fee,
        )

    def _amount(self, line: int, cells: Mapping[str, str]) -> tuple[Direction, Money]:
        texts = {name: cells.get(name, "") for name in ("paidin", "withdrawn")}
        filled = [name for name, text in texts.items() if text and not re.fullmatch(r"[-0.,]+", text)]
        if len(filled) > 1:
            raise self._wrong(line, "both paidin and withdrawn have an amount")
        name = filled[0] if filled else "amount"
        is_below_zero, text = _unsigned(self._given(line, name, cells))
        direction = _BY_COLUMN.get(name) or self._direction(line, cells)
        if is_below_zero and direction == "in":
            raise self._wrong(line, f"{name} is {cells[name]!r}: money that came in is not below zero")
        return direction, self._money(line, name, text, cells)

    def _direction(self, line: int, cells: Mapping[str, str]) -> Direction:
        word = _word(cells.get("direction", ""))
        if word not in _OUT | _IN:
            said = f"the direction is {cells.get('direction', '')!r}, and must be one of {_said(_OUT | _IN)}"
            raise self._wrong(line, said)
        return "out" if word in _OUT else "in"

    def _money(self, line: int, name: str, text: str, cells: Mapping[str, str]) -> Money:
        currency = cells.get("currency", "") or self.currency
        plain = _SPACES.sub(" ", text).removeprefix(currency).removesuffix(currency).strip()
        plain = re.sub(r"(?<=\d)[ ,](?=\d{3}(\D|$))", "", plain)
        whole, dot, part = plain.partition(".")
        try:
            if _TWO_WAYS.fullmatch(plain):
                raise InvalidAmount
            return from_major(whole + dot * bool(part.strip("0")) + part.rstrip("0"), currency)
        except InvalidAmount as wrong:
            said = f"{name} is {text!r} {currency}, and must be an amount like 1,500.00 with its currency"
            raise self._wrong(line, said) from wrong

    def _wrong(self, line: int, said: str) -> BadStatement:
        return BadStatement(f"{self.path.name}, line {line}: {said}")

    def _given(self, line: int, name: str, cells: Mapping[str, str]) -> str:
        if not cells.get(name):
            raise self._wrong(line, f"{name} is empty")
        return cells[name]

    def _time(self, line: int, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = self._other_time(line, text)
        try:
            return (at.replace(tzinfo=self.zone) if at.tzinfo is None else at).astimezone(UTC)
        except OverflowError as wrong:
            raise self._wrong(line, f"no calendar has the time {text!r}") from wrong

    def _other_time(self, line: int, text: str) -> datetime:
        for form in _TIMES:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self.zone)
            except ValueError:
                continue
        raise self._wrong(line, f"the time is {text!r}, and must be like 2026-11-28 14:30 or 28/11/2026 14:30")


def _with_charges(read: Sequence[tuple[Movement, bool]]) -> Iterator[Movement]:
    """
    What moved, each once, with the charges that have lines of their own; that of nothing here has moved itself.
    """
    lines = dict.fromkeys(read)  # two files that were put together may have the same line
    moved = {each.receipt for each, is_charge in lines if not is_charge}
    charges: dict[str, Money] = {}
    for each, is_charge in lines:
        if is_charge:
            charges[each.receipt] = charges[each.receipt] + each.amount if each.receipt in charges else each.amount
    for each, is_charge in lines:
        if not is_charge:
            yield replace(each, fee=each.fee or charges.get(each.receipt))
        elif each.receipt not in moved:
            yield each


def _text(name: str, cell: RawCell) -> str:
    """What a workbook keeps as a number or a date, as a CSV says it; of what has lost its end, that it has."""
    if cell is None:
        return ""
    if not isinstance(cell, int | float) or isinstance(cell, bool):
        return str(cell)
    if name == "at" and _SERIALS[0] <= cell < _SERIALS[1]:
        return str(moment_of_serial(cell))
    if name in _NAMES and has_lost_digits(cell):
        return f"{cell:E}"
    return f"{Decimal(repr(round(cell, 9))):f}".removesuffix(".0")


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _number(text: str) -> str:
    """Of "254711000104 - Kamau" the digits, or what a mask has left of them; of what was rounded none."""
    if _ROUNDED.fullmatch(text):
        return ""
    match = re.match(r"\+?([0-9*][0-9* ]*)", text)
    return match[1].replace(" ", "") if match else ""


def _said(words: Collection[str]) -> str:
    return ", ".join(sorted(filter(None, words)))


def _unsigned(text: str) -> tuple[bool, str]:
    """Whether an amount is written as below zero, "-5", "5-" or "(5)", and the amount."""
    match = _BELOW_ZERO.fullmatch(text)
    return (True, next(filter(None, match.groups()))) if match else (False, text)
