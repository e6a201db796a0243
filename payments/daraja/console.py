"""
What an operator does at Daraja by hand: register our addresses, try a payment in the sandbox, and send money back
that came by mistake.

A reversal is answered by calling us: what is said is written to the log. Source: Safaricom Daraja 3.0,
"Reversals", "Pull Transactions".
"""

from collections.abc import Sequence
from typing import Final

from domain.money import Money
from payments.addresses import Addresses
from payments.answers import HttpAnswer, read_json_object, read_object
from payments.daraja import words
from payments.daraja.api_user import ApiUser
from payments.daraja.client import DarajaClient
from payments.daraja.paybill import CAME, WOULD_COME
from payments.daraja.wire import (
    RAIL,
    digits,
    failure,
    is_accepted,
    read_spelled,
    result_of,
    spelled,
    thanks,
    whole_shillings,
)
from payments.port import Callback, Heard, Request

_REVERSED: Final = "reversal"
_LISTED: Final = "list"
# What a list is registered with: now, or before.
_LIST_REGISTERED: Final = frozenset({"1000", "1001"})


class DarajaConsole:
    """Without a `user` nothing goes out in somebody's name: a reversal raises ValueError then."""

    name: Final = RAIL

    def __init__(
        self,
        client: DarajaClient,
        *,
        shortcode: str,
        addresses: Addresses,
        user: ApiUser | None = None,
        c2b_version: str = "v2",
    ) -> None:
        self._client, self._user, self._shortcode = client, user, shortcode
        self._addresses, self._version = addresses, c2b_version

    @property
    def callbacks(self) -> Sequence[Callback]:
        # Nothing is known of what is said there: we fetch the list ourselves.
        listed = Callback(self._addresses.fixed_path(_LISTED), lambda _: None, says=thanks)
        return [listed, *([self._user.called(_REVERSED, self._reversed), self._user.late] if self._user else [])]

    def register(self) -> None:
        """
        Tell Daraja where money that nobody asked for is told. In production once: another address needs the old
        one deleted in the portal first. "Completed" is what happens when we do not answer in time: the money
        comes. Raises Refused, OutcomeUnknown.
        """
        body = {
            "ShortCode": self._shortcode,
            "ResponseType": "Completed",
            "ConfirmationURL": self._addresses.fixed(CAME),
            "ValidationURL": self._addresses.fixed(WOULD_COME),
        }
        _expect_accepted(self._client.call(f"/mpesa/c2b/{self._version}/registerurl", body))

    def register_list(self, phone: str) -> None:
        """
        Have Daraja list what comes to the Paybill, for the Safaricom number (E.164) that the shortcode has
        nominated. Asked for again, it stays so. Raises Refused, OutcomeUnknown.
        """
        body = {
            "ShortCode": self._shortcode,
            "RequestType": "Pull",
            "NominatedNumber": digits(phone),
            "CallBackURL": self._addresses.fixed(_LISTED),
        }
        answer = self._client.call("/pulltransactions/v1/register", body)
        code = words.code_of(read_object(answer).get("ResponseStatus"))
        if answer.status_code != 200 or code not in _LIST_REGISTERED:
            raise failure(answer)

    def simulate(self, amount: Money, phone: str, account: str) -> None:
        """A payment to the Paybill, in the sandbox alone. Raises Refused, OutcomeUnknown."""
        body = {
            "ShortCode": self._shortcode,
            "CommandID": "CustomerPayBillOnline",
            "Amount": whole_shillings(amount),
            "Msisdn": digits(phone),
            "BillRefNumber": account,
        }
        _expect_accepted(self._client.call(f"/mpesa/c2b/{self._version}/simulate", body))

    def reverse(self, receipt: str, amount: Money) -> None:
        """
        Send back what came under this receipt. Asked for twice it goes back once: Daraja knows the receipt.
        Raises Refused, OutcomeUnknown.
        """
        if not self._user:
            raise ValueError("this goes out in the name of an API user: there is none")
        asked = {
            "CommandID": "TransactionReversal",
            "TransactionID": receipt,
            "Amount": whole_shillings(amount),
            "ReceiverParty": self._shortcode,
            "RecieverIdentifierType": "11",
            "Remarks": "By an operator",
        }
        _expect_accepted(self._user.send("/mpesa/reversal/v1/request", asked, _REVERSED, spelled(receipt)))

    def _reversed(self, request: Request) -> Heard | None:
        names, result = self._addresses.names(_REVERSED, request.rest), result_of(read_json_object(request.body))
        if not names or result is None:
            return None
        code = words.code_of(result.get("ResultCode"))
        done = code in (words.TAKEN, words.ALREADY_REVERSED)
        receipt = read_spelled(names[0])
        said = {"receipt": receipt, "code": code, "sent_back": "yes" if done else "no"}
        return Heard(RAIL, _REVERSED, said, sent_back=receipt if done else "")


def _expect_accepted(answer: HttpAnswer) -> None:
    if not is_accepted(answer):
        raise failure(answer)
