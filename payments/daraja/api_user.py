"""
What an API user asks and does at one shortcode: Daraja hears it at once, and answers later by calling us.

Source: Safaricom Daraja 3.0, "Transaction Status", "Account Balance", "Reversals".
"""

from collections.abc import Callable, Mapping
from typing import Final

from payments.addresses import Addresses
from payments.answers import HttpAnswer
from payments.daraja.client import DarajaClient
from payments.daraja.credential import Initiator
from payments.daraja.wire import RAIL, is_accepted, read_spelled, summary, thanks
from payments.port import Callback, Heard, OutcomeUnknown, PaymentEvent, Request

_LATE: Final = "late"


class ApiUser:
    """
    `callers` are the addresses that Daraja is known to call from. Raises ValueError where there are no
    `addresses` of ours.
    """

    def __init__(
        self,
        client: DarajaClient,
        initiator: Initiator,
        *,
        shortcode: str,
        addresses: Addresses,
        callers: frozenset[str] = frozenset(),
    ) -> None:
        if not addresses:
            raise ValueError("Daraja has to be given addresses of ours: it answers there")
        self.client, self.initiator, self.shortcode = client, initiator, shortcode
        self.addresses, self.callers = addresses, callers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.client!r}, {self.shortcode!r})"

    def send(
        self, path: str, asked: Mapping[str, object], what: str, *names: str, late: str = _LATE
    ) -> HttpAnswer:
        """
        What it answers at once. The end comes to our address for `what`, with `names` in it; where Daraja gives
        up, to that for `late`, with the first of them. Raises OutcomeUnknown.
        """
        body = {
            "Initiator": self.initiator.name,
            "SecurityCredential": self.initiator.credential(),
            "ResultURL": self.addresses.of(what, *names),
            "QueueTimeOutURL": self.addresses.of(late, names[0]),
            "Occasion": "",
            **asked,
        }
        return self.client.call(path, body)

    def ask(self, path: str, asked: Mapping[str, object], what: str, *names: str, late: str = _LATE) -> None:
        """A question, of which it says at once that it heard it. Raises OutcomeUnknown where it did not."""
        about = {"PartyA": self.shortcode, "IdentifierType": "4", **asked}
        answer = self.send(path, about, what, *names, late=late)
        if not is_accepted(answer):
            raise OutcomeUnknown(f"{self.shortcode}: {summary(answer)}")

    def ask_status(self, of: Mapping[str, object], what: str, *names: str, late: str = _LATE) -> None:
        """The question what became of a transaction. Raises OutcomeUnknown."""
        asked = {"CommandID": "TransactionStatusQuery", "Remarks": "Status", **of}
        self.ask("/mpesa/transactionstatus/v1/query", asked, what, *names, late=late)

    @property
    def late(self) -> Callback:
        """Where Daraja says that it gave up: for the log alone, since whoever asked asks again."""
        return self.called(_LATE, self._late)

    def called(self, what: str, read: Callable[[Request], PaymentEvent | None]) -> Callback:
        """Where Daraja calls us for `what`, with a name in the address."""
        return Callback(self.addresses.path(what), read, says=thanks, callers=self.callers)

    def _late(self, request: Request) -> Heard | None:
        """Its body has our credential in it, and is not read."""
        names = self.addresses.names(_LATE, request.rest)
        return Heard(RAIL, "no answer in time", {"about": read_spelled(names[0])}) if names else None
