"""
Whether money that a call told of has come: Transaction Status, asked about its receipt.

Source: Safaricom Daraja 3.0, "Transaction Status".
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from payments.answers import read_json_object
from payments.daraja import words
from payments.daraja.api_user import ApiUser
from payments.daraja.paybill import read_payer
from payments.daraja.wire import (
    RAIL,
    parameters_of,
    read_receipt,
    read_shillings,
    read_spelled,
    result_of,
    spelled,
)
from payments.port import Callback, Confirmed, Request

_RECEIPT: Final = "receipt"
_PARTY: Final = re.compile(r"([0-9*]+)(?:\s*-.*)?", re.DOTALL)  # "600984 - Jirani Savings"

log = logging.getLogger(__name__)


class DarajaReceipts:
    """A Confirms, for money that came to one of `ours`, which are shortcodes."""

    name: Final = RAIL

    def __init__(self, user: ApiUser, ours: frozenset[str]) -> None:
        self._user, self._ours = user, ours

    @property
    def callbacks(self) -> Sequence[Callback]:
        return [self._user.called(_RECEIPT, self._answered), self._user.late]

    def ask_whether_came(self, receipt: str) -> None:
        """See `Confirms`."""
        self._user.ask_status({"TransactionID": receipt}, _RECEIPT, spelled(receipt))

    def _answered(self, request: Request) -> Confirmed | None:
        names = self._user.addresses.names(_RECEIPT, request.rest)
        result = result_of(read_json_object(request.body))
        if not names or result is None:
            return None
        receipt = read_spelled(names[0])
        confirmed = read_confirmed(receipt, result, self._ours)
        if confirmed is None:
            code = words.code_of(result.get("ResultCode"))
            log.warning("M-Pesa does not say that %s has come to us: code %s", receipt, code)
        return confirmed


def read_confirmed(receipt: str, result: Mapping[str, Any], ours: frozenset[str]) -> Confirmed | None:
    """
    That it has come to us, by the `Result` of a question about it; None where it says anything else. A payout of
    ours has a receipt too, and money between others: so the party that got it has to be one of `ours`.
    """
    found = parameters_of(result)
    amount = read_shillings(found.get("Amount"))
    has_come = (
        words.code_of(result.get("ResultCode")) == words.TAKEN
        and found.get("TransactionStatus") == words.COMPLETED
        and read_receipt(found.get("ReceiptNo")) == receipt
        and _party(found.get("CreditPartyName")) in ours
    )
    if not has_come or amount is None:
        return None
    return Confirmed(RAIL, receipt, amount, read_payer(_party(found.get("DebitPartyName"))))


def _party(value: object) -> str:
    """The number of who gave or got it; "" where there is none."""
    found = _PARTY.fullmatch(str(value or "").strip())
    return found[1] if found else ""
