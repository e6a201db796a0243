"""
A provider's statement as its portal gives it out: a CSV whose columns are known by their names.

For providers that list nothing, and for what their list no longer has. Portals name the same thing differently,
and the same portal changes: what a column may be called is in one table here.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from domain.errors import Mistake
from domain.money import InvalidAmount, Money, from_major
from domain.records.payment import Direction
from payments.port import Movement

# What each column may be called, in small letters without blanks and marks.
_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "receipt": frozenset(
        {
            "receipt",
            "receiptno",
            "receiptnumber",
            "transactionid",
            "financialtransactionid",
            "id",
            "providertransactionid",
        }
    ),
    "at": frozenset({"date", "datetime", "time", "completiontime", "completed", "transactiondate", "created"}),
    "amount": frozenset({"amount", "transactionamount"}),
    "paidin": frozenset({"paidin", "credit", "moneyin"}),
    "withdrawn": frozenset({"withdrawn", "debit", "moneyout"}),
    "direction": frozenset({"direction", "type", "transactiontype"}),
    "currency": frozenset({"currency"}),
    "reference": frozenset({"reference", "referenceid", "externalreference", "depositid", "payoutid"}),
    "account": frozenset({"account", "accountno", "billreference", "externalid", "details"}),
    "status": frozenset({"status", "transactionstatus", "state"}),
    "fee": frozenset({"fee", "fees", "charge", "charges"}),
    "payer": frozenset({"payer", "from", "msisdn", "phone", "phonenumber", "otherparty"}),
}
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
    are by UTC.
    """

    name: str
    path: Path
    currency: str = ""
    lists: frozenset[Direction] = field(default=frozenset({"in", "out"}))

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """Raises BadStatement, before anything is given."""
        read = [each for each in self._read() if since <= each.at < until]
        yield from read

    def _read(self) -> Iterator[Movement]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = csv.reader(file, delimiter=max(",;\t", key=first.count))
            columns = self._columns(next(rows, []))
            for line, row in enumerate(rows, start=2):
                if any(cell.strip() for cell in row):
                    cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
                    if (movement := self._movement(line, cells)) is not None:
                        yield movement

    def _columns(self, header: list[str]) -> dict[str, int]:
        plain = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in header]
        found = {name: at for name, called in _COLUMNS.items() for at, each in enumerate(plain) if each in called}
        needed = [name for name in ("receipt", "at") if name not in found]
        if not ({"amount"} & {*found} or {"paidin", "withdrawn"} <= {*found}):
            needed.append("amount")
        if "amount" in found and "direction" not in found and "paidin" not in found:
            needed.append("direction")
        if needed:
            said = ", ".join(f"{name} ({' or '.join(sorted(_COLUMNS[name]))})" for name in needed)
            raise BadStatement(f"{self.path.name}: the first line names no column for {said}")
        return found

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
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def _other_time(self, line: int, text: str) -> datetime:
        for form in _TIMES:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise BadStatement(
            f"{self.path.name}, line {line}: the time is {text!r}, and must be like "
            "2026-11-28 14:30 or 28/11/2026 14:30"
        )
