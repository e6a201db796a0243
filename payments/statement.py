"""
A provider's statement as its portal gives it out: a CSV file.

For providers that list nothing, and for what their list no longer has. Portals name the same thing differently,
and the same portal changes: what a column may be called is in one table here.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

from domain.errors import Mistake
from domain.money import InvalidAmount, Money, from_major
from domain.records.payment import Direction
from payments.columns import ColumnNames, Columns
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
    "payer": ("payer", "from", "msisdn", "phone", "phonenumber", "otherparty"),
    "kind": ("details", "reasontype"),
}
# A line of this kind is the fee of another one, with the same receipt.
_CHARGE: Final = "charge"
_OUT: Final = frozenset({"out", "debit", "payout", "disbursement", "transfer", "withdrawn", "b2c"})
_IN: Final = frozenset({"in", "credit", "deposit", "collection", "paybill", "requesttopay", "c2b"})
_MOVED: Final = frozenset({"", "completed", "complete", "success", "successful", "succeeded", "paid"})
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S")


class BadStatement(Mistake):
    """It is no statement that can be read: which line and column, what stands there, and what should."""


@dataclass(frozen=True)
class StatementFile:
    """
    A `Lister` of what stands in a file. Amounts are in `currency` where no column says one; times without a zone
    are in `zone`.
    """

    name: str
    path: Path
    currency: str = ""
    zone: tzinfo = UTC
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
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            columns = Columns(file, _COLUMNS)
            self._check(columns.found)
            for line, cells in columns.rows():
                if (movement := self._movement(line, cells)) is not None:
                    yield movement, _CHARGE in cells.get("kind", "").lower()

    def _check(self, found: Collection[str]) -> None:
        """Raises BadStatement where a column is not there that is needed."""
        needed = [name for name in ("receipt", "at") if name not in found]
        if not ("amount" in found or {"paidin", "withdrawn"} <= {*found}):
            needed.append("amount")
        if "amount" in found and "direction" not in found and "paidin" not in found:
            needed.append("direction")
        if needed:
            said = ", ".join(f"{name} ({' or '.join(sorted(_COLUMNS[name]))})" for name in needed)
            raise BadStatement(f"{self.path.name}: the first line names no column for {said}")

    def _movement(self, line: int, cells: Mapping[str, str]) -> Movement | None:
        """None for what did not move."""
        if cells.get("status", "").lower() not in _MOVED:
            return None
        direction, amount = self._amount(line, cells)
        fee = self._money(line, "fee", cells["fee"], cells) if cells.get("fee") else None
        return Movement(
            direction,
            self._given(line, "receipt", cells),
            amount,
            self._time(line, self._given(line, "at", cells)),
            reference=cells.get("reference", ""),
            account=cells.get("account", ""),
            payer=re.sub(r"\D", "", cells.get("payer", "")),
            fee=fee,
        )

    def _amount(self, line: int, cells: Mapping[str, str]) -> tuple[Direction, Money]:
        for name, direction in (("paidin", "in"), ("withdrawn", "out")):
            text = cells.get(name, "")
            if text and not re.fullmatch(r"[-0.,]+", text):
                return ("in" if direction == "in" else "out"), self._money(line, name, text.lstrip("-"), cells)
        text = self._given(line, "amount", cells)
        word = re.sub(r"[^a-z0-9]", "", cells.get("direction", "").lower())
        if word not in _OUT | _IN:
            raise BadStatement(
                f"{self.path.name}, line {line}: the direction is {cells.get('direction', '')!r}, and must be one "
                f"of {', '.join(sorted(_OUT | _IN))}"
            )
        return ("out" if word in _OUT else "in"), self._money(line, "amount", text.lstrip("-"), cells)

    def _money(self, line: int, name: str, text: str, cells: Mapping[str, str]) -> Money:
        currency = cells.get("currency", "") or self.currency
        plain = re.sub(r"(?<=\d)[ ,](?=\d{3}(\D|$))", "", text)
        whole, dot, part = plain.partition(".")
        try:
            return from_major(whole + dot * bool(part.strip("0")) + part.rstrip("0"), currency)
        except InvalidAmount as wrong:
            raise BadStatement(
                f"{self.path.name}, line {line}: {name} is {text!r} {currency}, and must be an amount like "
                "1,500.00 with its currency"
            ) from wrong

    def _given(self, line: int, name: str, cells: Mapping[str, str]) -> str:
        if not cells.get(name):
            raise BadStatement(f"{self.path.name}, line {line}: {name} is empty")
        return cells[name]

    def _time(self, line: int, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = self._other_time(line, text)
        try:
            return (at.replace(tzinfo=self.zone) if at.tzinfo is None else at).astimezone(UTC)
        except OverflowError as wrong:
            raise BadStatement(f"{self.path.name}, line {line}: no calendar has the time {text!r}") from wrong

    def _other_time(self, line: int, text: str) -> datetime:
        for form in _TIMES:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self.zone)
            except ValueError:
                continue
        raise BadStatement(
            f"{self.path.name}, line {line}: the time is {text!r}, and must be like "
            "2026-11-28 14:30 or 28/11/2026 14:30"
        )


def _with_charges(read: Sequence[tuple[Movement, bool]]) -> Iterator[Movement]:
    """What moved, each with the charge that has a line of its own; a charge of nothing here has moved itself."""
    moved = {each.receipt for each, is_charge in read if not is_charge}
    charges = {each.receipt: each.amount for each, is_charge in read if is_charge}
    for each, is_charge in read:
        if not is_charge:
            yield replace(each, fee=each.fee or charges.get(each.receipt))
        elif each.receipt not in moved:
            yield each
