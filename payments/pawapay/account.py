"""
Our account with pawaPay: what the wallets hold, and its statements, which it makes when it is asked and lays down.

A statement is up to 20 minutes behind, and its columns are found by their names: no list of them is published.
Source: pawaPay Docs, "Wallet balances", "Statements".
"""

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.money import Money
from domain.records.payment import Direction
from payments.answers import read_money, read_object
from payments.columns import ColumnNames, columns_of_csv
from payments.pawapay.answers import objects, read_time, summary
from payments.pawapay.wire import Wire
from payments.port import Movement, OutcomeUnknown

PERIOD_MAX: Final = timedelta(days=31)
# How long each look waits for the next; a statement that is not there by then comes another time.
LOOKS_SECONDS: Final = (0.5, 1, 2, 4, 8, 15, 30)

_DIRECTIONS: Final[Mapping[str, Direction]] = {"DEPOSIT": "in", "PAYOUT": "out", "REFUND": "out"}
_COLUMNS: Final[ColumnNames] = {
    "id": ("id", "transactionid", "depositid", "payoutid", "refundid", "pawapayid"),
    "type": ("type", "transactiontype", "operationtype", "operation"),
    "status": ("status", "transactionstatus"),
    "currency": ("currency",),
    "amount": ("amount", "transactionamount"),
    "fee": ("fee", "fees", "transactionfee"),
    "phone": ("phone", "phonenumber", "msisdn", "customerphonenumber"),
    "completed": ("completed", "completedat", "completiontime"),
    "created": ("created", "createdat", "creationtime", "timestamp", "date"),
    "receipt": ("providertransactionid", "providerid", "providerreference", "correspondentid"),
}
_NEEDED: Final = ("id", "type", "currency", "amount", "created")


class Account:
    """Our account. `callback_url` is where pawaPay says that a statement is there; we look ourselves."""

    def __init__(
        self,
        wire: Wire,
        callback_url: str = "",
        *,
        looks: Sequence[float] = LOOKS_SECONDS,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._wire, self._callback_url, self._looks, self._wait = wire, callback_url, looks, wait

    def balances(self) -> Mapping[str, Money]:
        """By wallet: "KEN KES", with the network where it has one of its own. Raises OutcomeUnknown."""
        held = {}
        for each in self._wallets():
            amount = read_money(each.get("balance"), each.get("currency"))
            if amount is not None:
                named = (each.get("country"), each.get("currency"), each.get("provider"))
                held[" ".join(str(part) for part in named if part)] = amount
        return held

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """What every wallet's statements have from `since` to before `until`. Raises OutcomeUnknown."""
        for wallet in self._wallets():
            for begin, end in _periods(since, until):
                for each in read_statement(self._statement(wallet, begin, end)):
                    if begin <= each.at < end:
                        yield each

    def _wallets(self) -> Sequence[dict[str, Any]]:
        answer = self._wire.get("/v2/wallet-balances")
        balances = read_object(answer).get("balances")
        if answer.status_code != 200 or not isinstance(balances, list):
            raise OutcomeUnknown(summary(answer))
        return objects(balances)

    def _statement(self, wallet: Mapping[str, Any], begin: datetime, end: datetime) -> str:
        named = {name: wallet[name] for name in ("country", "currency", "provider") if wallet.get(name)}
        body: dict[str, Any] = {
            "wallet": named,
            "startDate": _written(begin),
            "endDate": _written(end),
            "compressed": False,
        }
        if self._callback_url:
            body["callbackUrl"] = self._callback_url
        answer = self._wire.post("/v2/statements", body)
        id = read_object(answer).get("statementId")
        if answer.status_code != 200 or not isinstance(id, str):
            raise OutcomeUnknown(summary(answer))
        laid_down = self._wire.download(self._address(id))
        if laid_down.status_code != 200:
            raise OutcomeUnknown(f"the statement: HTTP {laid_down.status_code}")
        return laid_down.content.decode("utf-8-sig", errors="replace")

    def _address(self, id: str) -> str:
        """Where a statement lies, once it does."""
        for seconds in self._looks:
            answer = self._wire.get(f"/v2/statements/{id}")
            body = read_object(answer)
            data = body.get("data")
            said = data if isinstance(data, dict) else body
            if said.get("status") == "COMPLETED" and isinstance(url := said.get("downloadUrl"), str):
                return url
            if said.get("status") == "FAILED":
                raise OutcomeUnknown("the statement was not made")
            self._wait(seconds)
        raise OutcomeUnknown("the statement is not ready yet")


def read_statement(text: str) -> Iterator[Movement]:
    """
    What has moved, of the lines of a statement, a CSV file.

    Raises OutcomeUnknown for a file without the columns that are needed, and for a line that cannot be read: a
    list that is not read whole says of nothing that it did not move.
    """
    try:
        columns = columns_of_csv(io.StringIO(text, newline=""), _COLUMNS)
        if missing := [each for each in _NEEDED if each not in columns.found]:
            raise OutcomeUnknown(f"the statement has no column for {', '.join(missing)}")
        for _, cells in columns.rows():
            if any(each not in cells for each in _NEEDED):
                raise OutcomeUnknown("a line of the statement is cut off")
            if cells.get("status", "COMPLETED").upper() != "COMPLETED":
                continue
            direction = _DIRECTIONS.get(cells["type"].upper().rstrip("S"))
            if direction is None:
                continue  # a fee, or money that we put in or took out: nothing between a member and a group
            yield _movement(cells, direction)
    except csv.Error as wrong:
        raise OutcomeUnknown("the statement is no table") from wrong


def _movement(row: Mapping[str, str], direction: Direction) -> Movement:
    currency = row.get("currency")
    amount = read_money(row.get("amount", "").lstrip("-"), currency)
    at = read_time(row.get("completed") or row.get("created"))
    if amount is None or at is None or not row.get("id"):
        raise OutcomeUnknown("a line of the statement cannot be read")
    phone = row.get("phone", "").lstrip("+")
    return Movement(
        direction,
        # A statement may have no column for the network's receipt: the operation's own name is one too.
        receipt=row.get("receipt") or row["id"],
        amount=amount,
        at=at,
        reference=row["id"],
        payer=phone if direction == "in" else "",
        fee=read_money(row.get("fee", "").lstrip("-"), currency),
    )


def _periods(since: datetime, until: datetime) -> Iterable[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + PERIOD_MAX, until)
        yield since, end
        since = end


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
