"""
What our shortcodes at Daraja hold: each is asked about by an API user of its own, and answered by calling us.

Source: Safaricom Daraja 3.0, "Account Balance".
"""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from domain.money import Money
from payments.answers import read_json_object
from payments.daraja import words
from payments.daraja.api_user import ApiUser
from payments.daraja.wire import (
    CURRENCY,
    RAIL,
    parameters_of,
    read_shillings,
    read_stamp,
    result_of,
)
from payments.port import Callback, Heard, Held, Request

_BALANCE: Final = "balance"
_ALL, _SOME = "all", "some"


class DarajaAccounts:
    """A Balanced. `is_all`: there is no other shortcode of ours, which nobody could be asked about."""

    name: Final = RAIL

    def __init__(self, users: Sequence[ApiUser], *, is_all: bool = True) -> None:
        self._users, self._is_all = users, is_all

    @property
    def callbacks(self) -> Sequence[Callback]:
        return [self._users[0].called(_BALANCE, self._held), self._users[0].late]

    def balances(self) -> None:
        """Asks all of them. See `Balanced`."""
        # What the answers together are is said by who asked, wherever they are read.
        of_all = str(len(self._users)), _ALL if self._is_all else _SOME
        for user in self._users:
            asked = {"CommandID": "AccountBalance", "Remarks": "Balance"}
            names = user.shortcode, *of_all, uuid4().hex
            user.ask("/mpesa/accountbalance/v1/query", asked, _BALANCE, *names)

    def _held(self, request: Request) -> Held | Heard | None:
        names = self._users[0].addresses.names(_BALANCE, request.rest)
        result = result_of(read_json_object(request.body))
        if not names or result is None:
            return None
        shortcode, parts, is_all, _ = names
        found = parameters_of(result)
        if not (held := read_accounts(found.get("AccountBalance"))):
            return Heard(RAIL, _BALANCE, {"of": shortcode, "code": words.code_of(result.get("ResultCode"))})
        # Each shortcode has accounts of the same names.
        named = {f"{shortcode} {name}" if int(parts) > 1 else name: amount for name, amount in held.items()}
        at = read_stamp(found.get("BOCompletedTime"))
        return Held(RAIL, named, at, shortcode, int(parts), is_all=is_all == _ALL)


def read_accounts(value: object) -> dict[str, Money]:
    """What each account holds: "Utility Account|KES|228037.00|…", joined by "&"; what is none is left out."""
    held: dict[str, Money] = {}
    for each in str(value or "").split("&"):
        name, *rest = each.split("|")
        if len(rest) >= 2 and rest[0] == CURRENCY and (amount := read_shillings(rest[1])) is not None:
            held[name] = amount
    return held
