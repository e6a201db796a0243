"""
Statements: asked for, made a little later, and laid down as a file that whoever has its address can read.

Which columns pawaPay's have is not published: these are ours. Source: pawaPay Docs, "Statements".
"""

import csv
import io
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Final

from simulator.pawapay.networks import Json
from simulator.pawapay.operations import Operation, Operations, new_id, written

STATEMENTS_MAX: Final = 1_000
COLUMNS: Final = (
    "Transaction ID",
    "Transaction Type",
    "Status",
    "Currency",
    "Amount",
    "Fee",
    "Phone Number",
    "Provider",
    "Created",
    "Completed",
    "Provider Transaction ID",
)


@dataclass(frozen=True, slots=True)
class Statement:
    id: str
    text: str
    ready_at: float
    failed: bool
    secret: str


class Statements:
    """Those that were asked for."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._made: OrderedDict[str, Statement] = OrderedDict()
        self._lock = threading.Lock()

    def make(self, country: str, currency: str, begin: str, end: str) -> str:
        """Begin one, of a wallet and a time; returns its id."""
        lines = [
            each
            for each in self._operations.ended()
            if (each.network.country, each.amount.currency) == (country, currency)
            and begin <= each.completed <= end
        ]
        faults = self._operations.faults
        ready_at = time.monotonic() + faults.get("statement_ms") / 1_000
        made = Statement(new_id(), _csv(lines), ready_at, faults.take("statement_fails"), token_urlsafe(24))
        with self._lock:
            self._made[made.id] = made
            if len(self._made) > STATEMENTS_MAX:
                self._made.popitem(last=False)
        return made.id

    def show(self, id: str, downloads: str) -> Json:
        """The answer to a status query; `downloads` begins the addresses of the files."""
        with self._lock:
            made = self._made.get(id)
        if made is None:
            return {"status": "NOT_FOUND"}
        data: Json = {"statementId": id, "status": "PROCESSING"}
        if made.failed:
            data["status"] = "FAILED"
        elif time.monotonic() >= made.ready_at:
            data |= {
                "status": "COMPLETED",
                "downloadUrl": f"{downloads}/{made.secret}",
                "fileSize": len(made.text.encode()),
            }
        return {"status": "FOUND", "data": data}

    def text(self, secret: str) -> str | None:
        with self._lock:
            return next((each.text for each in self._made.values() if each.secret == secret), None)


def _csv(lines: list[Operation]) -> str:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for each in lines:
        row = (
            each.id,
            each.kind,
            each.status,
            each.amount.currency,
            written(each.amount, 2),
            "0.00",
            each.digits,
            each.network.name,
            each.created,
            each.completed,
            each.transaction,
        )
        rows.writerow(row)
    return file.getvalue()
