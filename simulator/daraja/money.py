"""
What has moved at Daraja: by receipt, in a list, and in the messages on the phones.

Every other part puts its movements here, which is the provider's side of our books.
"""

import itertools
import threading
import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Literal

from domain.money import CurrencyMismatch, Money
from simulator.world import NotEnoughFunds, UnknownPhone, World

ROWS_MAX = 100_000
MESSAGES_MAX = 200
SENDER: Final = "MPESA"
EAT: Final = timezone(timedelta(hours=3))
CURRENCY: Final = "KES"
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Json = dict[str, Any]
Way = Literal["prompt", "paybill", "payout"]


@dataclass(slots=True)
class Row:
    """Money that moved. `account` is what the payer typed or was asked for; `reference` is a payout's id."""

    receipt: str
    way: Way
    shortcode: str
    phone: str
    amount: Money
    at: datetime
    account: str = ""
    reference: str = ""
    reversed: bool = False

    @property
    def digits(self) -> str:
        return self.phone.removeprefix("+")


class Till:
    """The provider's books. Every method may be called from any thread."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._rows: OrderedDict[str, Row] = OrderedDict()
        self._messages: dict[str, deque[Json]] = defaultdict(lambda: deque(maxlen=MESSAGES_MAX))
        # As at the provider no receipt comes a second time, whenever the simulator has begun anew.
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._lock = threading.RLock()

    def receipt(self) -> str:
        """A new one, like "TMFX3K9QZ1"."""
        number, letters = next(self._numbers), ""
        while number:
            number, last = divmod(number, len(_LETTERS))
            letters = _LETTERS[last] + letters
        return f"T{letters.rjust(9, '0')}"

    def take(self, way: Way, shortcode: str, phone: str, amount: Money, account: str) -> Row | str:
        """Money from a phone to us: its row, or the result code of why it stayed where it was."""
        with self._lock:
            try:
                self.world.debit(phone, amount)
            except NotEnoughFunds:
                return "1"
            except (UnknownPhone, CurrencyMismatch):
                return "1037"
            row = self._add(Row(self.receipt(), way, shortcode, phone, amount, self.world.now(), account))
        self._tell(row, f"{row.receipt} Confirmed. {amount} sent to {shortcode} for account {account}.")
        return row

    def give(self, shortcode: str, phone: str, amount: Money, reference: str) -> Row | str:
        """Money from us to a phone: its row, or the result code of why it stayed where it was."""
        with self._lock:
            if self.utility().minor < amount.minor:
                return "1"
            try:
                self.world.credit(phone, amount)
            except (UnknownPhone, CurrencyMismatch):
                return "2040"
            row = Row(self.receipt(), "payout", shortcode, phone, amount, self.world.now(), reference=reference)
            self._add(row)
        self._tell(row, f"{row.receipt} Confirmed. You have received {amount} from {shortcode}.")
        return row

    def reverse(self, receipt: str) -> Row | str:
        """Money that came goes back, once: its row, or the result code of why it does not."""
        with self._lock:
            row = self._rows.get(receipt)
            if row is None or row.way == "payout":
                return "R000002"
            if row.reversed:
                return "R000001"
            row.reversed = True
            self.world.credit(row.phone, row.amount)
        self._tell(row, f"{receipt} Confirmed. Reversal of {row.amount} was made.")
        return row

    def row(self, receipt: str) -> Row | None:
        with self._lock:
            return self._rows.get(receipt)

    def rows(self, wanted: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """Those that are wanted, oldest first."""
        with self._lock:
            return [row for row in self._rows.values() if wanted(row)]

    def utility(self) -> Money:
        """What payouts are made from."""
        paid = sum(row.amount.minor for row in self.rows(lambda row: row.way == "payout"))
        return Money(self.world.config.disbursement_minor - paid, CURRENCY)

    def working(self) -> Money:
        """What members' money comes to."""
        came = self.rows(lambda row: row.way != "payout" and not row.reversed)
        return Money(sum(row.amount.minor for row in came), CURRENCY)

    def messages(self, phone: str) -> list[Json]:
        """What the phone was told of money, oldest first: {"id", "at", "from", "text"}, as of an SMS."""
        with self._lock:
            return list(self._messages[phone])

    def _add(self, row: Row) -> Row:
        self._rows[row.receipt] = row
        if len(self._rows) > ROWS_MAX:
            self._rows.popitem(last=False)
        return row

    def _tell(self, row: Row, text: str) -> None:
        text += f" New M-PESA balance is {self.world.wallet(row.phone)}."
        message = {"id": row.receipt, "at": f"{row.at:%Y-%m-%dT%H:%M:%SZ}", "from": SENDER, "text": text}
        with self._lock:
            self._messages[row.phone].append(message)
        self.world.publish("money", row.phone, message)


def shillings(amount: Money) -> float:
    """As it stands in parameters: 500.00."""
    return amount.minor / 100


def stamped(at: datetime) -> str:
    """As a moment stands in what is told: "20261001093018", in Nairobi."""
    return f"{at.astimezone(EAT):%Y%m%d%H%M%S}"
