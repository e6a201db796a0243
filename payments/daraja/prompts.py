"""
M-Pesa Express, the prompt on a payer's phone ("STK push"), and all other money that comes in.

Nothing of ours is on the wire but the address of the callback: a prompt that is asked for twice is two prompts and
two debits, and a prompt whose answer was lost cannot be asked about until its callback comes. Source: Safaricom
Daraja 3.0, "M-Pesa Express"; what was seen in the sandbox in autumn 2026.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from domain.records.payment import Direction, Told
from payments.addresses import Addresses
from payments.answers import read_json_object, read_object
from payments.daraja import words
from payments.daraja.client import DarajaClient
from payments.daraja.paybill import LISTED_FOR, listed, paybill_callbacks
from payments.daraja.wire import (
    CURRENCY,
    RAIL,
    clean,
    digits,
    error_of,
    failure,
    first,
    is_accepted,
    pairs,
    read_receipt,
    read_shillings,
    stamp,
    summary,
    thanks,
    whole_shillings,
)
from payments.networks import numbers_of
from payments.port import (
    Asked,
    Callback,
    Capabilities,
    Carries,
    Collection,
    Hint,
    Movement,
    NoLongerListed,
    OutcomeUnknown,
    ProviderStatus,
    Request,
)

NOTE_MAX: Final = 13
# Safaricom's numbers. One that was taken along from another network is not among them: it pays at the meeting.
SAFARICOM: Final = numbers_of("safaricom", "KE")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9-]{1,12}")
_TOLD: Final = "payment"  # what Daraja calls us for
_CLOCKS_DIFFER: Final = timedelta(minutes=5)


class DarajaCollections:
    """
    A Collector and a Lister for one Paybill, or for a till where there is one: then `shortcode` is the store's
    number. For `ours` and `asks_first` see `paybill_callbacks`. Without `addresses` nobody tells us anything, and
    a lost answer is lost: it raises ValueError.
    """

    name: Final = RAIL
    capabilities: Final = Capabilities(keyed=False, resend_safe=False, says_amount=False)
    lists: Final = frozenset[Direction]({"in"})

    def __init__(
        self,
        client: DarajaClient,
        *,
        shortcode: str,
        passkey: str,
        addresses: Addresses,
        till: str = "",
        callers: frozenset[str] = frozenset(),
        ours: frozenset[str] = frozenset(),
        asks_first: bool = False,
        clock: Callable[[], datetime],
    ) -> None:
        if not addresses:
            raise ValueError("Daraja has to be given addresses of ours: it says how a payment ended there")
        self._client, self._addresses, self._callers, self._clock = client, addresses, callers, clock
        self._shortcode, self._passkey, self._till = shortcode, passkey, till
        self._ours, self._asks_first = ours | {shortcode, till}, asks_first
        # Goods are bought without an account: what came to a till unasked is nobody's.
        paybill = "" if till else shortcode
        self.carries: Sequence[Carries] = [
            Carries(CURRENCY, SAFARICOM, unit=100, least=100, most=250_000_00, paybill=paybill)
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._client!r}, {self._shortcode!r})"

    @property
    def callbacks(self) -> Sequence[Callback]:
        ended = Callback(self._addresses.path(_TOLD), self._ended, says=thanks, callers=self._callers)
        paybill = paybill_callbacks(self._addresses, self._callers, self._ours, asks_first=self._asks_first)
        return [ended, *paybill]

    def collect(self, collection: Collection) -> str:
        """Returns the CheckoutRequestID, by which alone it can be asked about. See `Collector`."""
        phone = digits(collection.phone)
        # Cut or cleaned, it would be somebody else's: then our own reference is the better name.
        account = collection.account if _ACCOUNT.fullmatch(collection.account) else collection.external_id
        body = {
            **self._signed(),
            "TransactionType": "CustomerBuyGoodsOnline" if self._till else "CustomerPayBillOnline",
            "Amount": whole_shillings(collection.amount),
            "PartyA": phone,
            "PartyB": self._till or self._shortcode,
            "PhoneNumber": phone,
            "CallBackURL": self._addresses.of(_TOLD, collection.reference),
            "AccountReference": account,
            "TransactionDesc": clean(collection.message, NOTE_MAX, "A-Za-z0-9 -"),
        }
        answer = self._client.call("/mpesa/stkpush/v1/processrequest", body)
        if not is_accepted(answer):
            raise failure(answer)
        key = words.name_of(read_object(answer).get("CheckoutRequestID"))
        if not key:
            raise OutcomeUnknown("HTTP 200 without a CheckoutRequestID")
        return key

    def status(self, asked: Asked) -> ProviderStatus:
        """
        What became of a prompt, by its CheckoutRequestID: neither amount nor receipt. An error says nothing, since
        "500.001.1001" comes for what is under way, for what is not known, and at times for what has ended. Raises
        OutcomeUnknown.
        """
        answer = self._client.call(
            "/mpesa/stkpushquery/v1/query", {**self._signed(), "CheckoutRequestID": asked.key}
        )
        code = words.code_of(read_object(answer).get("ResultCode"))
        if answer.status_code != 200 or error_of(answer)[0] or not code:
            raise OutcomeUnknown(summary(answer))
        return read_prompt(code, asked.said)

    def movements(self, since: datetime, until: datetime) -> list[Movement]:
        """What came to the Paybill, asked for or not; of the last 48 hours alone. See `Lister`."""
        if since < self._clock() - LISTED_FOR - _CLOCKS_DIFFER:
            raise NoLongerListed("Daraja lists no more than the last 48 hours")
        return listed(self._client, self._shortcode, since, until)

    def _signed(self) -> dict[str, Any]:
        now = stamp(self._clock())
        password = b64encode(f"{self._shortcode}{self._passkey}{now}".encode()).decode()
        return {"BusinessShortCode": self._shortcode, "Password": password, "Timestamp": now}

    def _ended(self, request: Request) -> Hint | None:
        names = self._addresses.names(_TOLD, request.rest)
        return Hint(names[0], read_ended(read_json_object(request.body))) if names else None


def read_prompt(code: str, said: str) -> ProviderStatus:
    """What a code of a prompt means, where the one before was `said`. Raises OutcomeUnknown for an unknown one."""
    if code == words.PAID:
        return ProviderStatus("succeeded")
    if reason := words.PROMPT_FAILURES.get(code):
        return ProviderStatus("failed", reason, code)
    if said == code and (reason := words.PROMPT_FAILURES_REPEATED.get(code)):
        return ProviderStatus("failed", reason, code)
    if code == words.IN_FLIGHT or code in words.PROMPT_FAILURES_REPEATED:
        return ProviderStatus("pending", provider_reason=code)
    raise OutcomeUnknown(f"ResultCode {code}")


def read_ended(body: Mapping[str, Any]) -> Told | None:
    """What a callback tells of a prompt; None when it names none."""
    held = body.get("Body")
    told = held.get("stkCallback") if isinstance(held, dict) else None
    if not isinstance(told, dict) or not (key := words.name_of(told.get("CheckoutRequestID"))):
        return None
    metadata = told.get("CallbackMetadata")
    found = first(pairs(metadata.get("Item") if isinstance(metadata, dict) else None, "Name"))
    return Told(
        key=key,
        receipt=read_receipt(found.get("MpesaReceiptNumber")),
        amount=read_shillings(found["Amount"]) if "Amount" in found else None,
        word=words.code_of(told.get("ResultCode")),
    )
