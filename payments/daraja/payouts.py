"""
B2C, money to a payee, and Transaction Status, which says what became of it by calling us.

The `Result` of a payout, which comes first, is a hint: Transaction Status decides. It does not know a payout that
never became a transaction, like one to a number without M-Pesa; then the code that the `Result` had does. That
code is carried in the address of the question, which nobody else can make, so that both are read together.

A payout that may be lost is sent again under its id, which Daraja takes once. Source: Safaricom Daraja 3.0, "B2C",
"Transaction Status".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.records.payment import FailureReason, Told
from payments.answers import read_json_object, read_object
from payments.daraja import words
from payments.daraja.api_user import ApiUser
from payments.daraja.prompts import SAFARICOM
from payments.daraja.wire import (
    CURRENCY,
    RAIL,
    clean,
    digits,
    error_of,
    failure,
    is_accepted,
    parameters_of,
    read_receipt,
    read_shillings,
    result_of,
    whole_shillings,
)
from payments.port import (
    Answer,
    Asked,
    Callback,
    Capabilities,
    Carries,
    Hint,
    ProviderStatus,
    Request,
    Transfer,
)

REMARKS_MAX: Final = 100
_NOTE: Final = "A-Za-z0-9 .,-"
_ENDED, _LATE, _STATUS = "result", "timeout", "status"


class DarajaPayouts:
    """A Payer out of the Utility account of one shortcode."""

    name: Final = RAIL
    carries: Sequence[Carries] = (Carries(CURRENCY, SAFARICOM, unit=100, least=10_00, most=250_000_00),)
    capabilities: Final = Capabilities(answers_later=True)

    def __init__(self, user: ApiUser) -> None:
        self._user = user

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._user!r})"

    @property
    def callbacks(self) -> Sequence[Callback]:
        reads = {_ENDED: self._ended, _LATE: self._late, _STATUS: self._answered}
        return [self._user.called(what, read) for what, read in reads.items()]

    def pay(self, transfer: Transfer) -> str:
        """Returns the ConversationID, or "" for what it has from before. See `Payer`."""
        body = {
            "OriginatorConversationID": transfer.reference,
            "InitiatorName": self._user.initiator.name,
            "SecurityCredential": self._user.initiator.credential(),
            "CommandID": "BusinessPayment",
            "Amount": whole_shillings(transfer.amount),
            "PartyA": self._user.shortcode,
            "PartyB": digits(transfer.phone),
            "Remarks": clean(transfer.message, REMARKS_MAX, _NOTE) or "Savings",
            "QueueTimeOutURL": self._user.addresses.of(_LATE, transfer.reference),
            "ResultURL": self._user.addresses.of(_ENDED, transfer.reference),
            "Occassion": clean(transfer.external_id, REMARKS_MAX),
        }
        answer = self._user.client.call("/mpesa/b2c/v3/paymentrequest", body)
        if is_accepted(answer):
            return words.name_of(read_object(answer).get("ConversationID"))
        code, message = error_of(answer)
        # The same code says that something broke there: the words alone tell the two apart.
        if code == words.INITIATOR_ERROR and message.startswith(words.DUPLICATE):
            return ""
        raise failure(answer)

    def status(self, asked: Asked) -> ProviderStatus:
        """Asks what became of a payout: the answer comes to our address. Raises OutcomeUnknown."""
        told = asked.told or Told()
        word = told.word if re.fullmatch(r"\w{1,32}", told.word, re.ASCII) else ""
        about = {"OriginalConversationID": asked.reference}
        if told.receipt:
            about["TransactionID"] = told.receipt
        names = (asked.reference, *([word] if word else []))
        self._user.ask_status(about, _STATUS, *names, late=_LATE)
        return ProviderStatus("asked")

    def _ended(self, request: Request) -> Hint | None:
        """The `Result` of a payout."""
        names = self._user.addresses.names(_ENDED, request.rest)
        if not names:
            return None
        result = result_of(read_json_object(request.body))
        return Hint(names[0], _told(result) if result else None)

    def _late(self, request: Request) -> Hint | None:
        """The queue gave up: it says nothing of the money. Its body has our credential in it, and is not read."""
        names = self._user.addresses.names(_LATE, request.rest)
        return Hint(names[0]) if names else None

    def _answered(self, request: Request) -> Answer | None:
        names = self._user.addresses.names(_STATUS, request.rest)
        result = result_of(read_json_object(request.body))
        if not names or result is None:
            return None
        status = read_answer(result, names[1] if len(names) > 1 else "")
        return Answer(names[0], status) if status else None


def read_answer(result: Mapping[str, Any], ended: str) -> ProviderStatus | None:
    """
    What the `Result` of a question says of a payout that `ended` with this code, "" while none was told. None when
    it says nothing: that the question failed is no answer.
    """
    code = words.code_of(result.get("ResultCode"))
    if code == words.NO_SUCH_TRANSACTION:
        return _unknown_there(ended)
    if code != words.TAKEN:
        return None
    found = parameters_of(result)
    state = str(found.get("TransactionStatus", ""))
    if state == words.COMPLETED:
        receipt, amount = read_receipt(found.get("ReceiptNo")), read_shillings(found.get("Amount"))
        return ProviderStatus("succeeded", provider_id=receipt, amount=amount) if receipt else None
    if state in words.ENDED_UNPAID:
        return ProviderStatus("failed", _why(ended), ended or state)
    if state in words.UNDER_WAY:
        return ProviderStatus("pending", provider_reason=state)
    return None


def _unknown_there(ended: str) -> ProviderStatus:
    """It knows no such transaction: there is none yet, or it failed before it was one."""
    if ended in words.PAYOUT_FAILURES:
        return ProviderStatus("failed", _why(ended), ended)
    if ended:
        # It was told that it is paid, or something that we cannot read: it has it, and a person will have to look.
        return ProviderStatus("pending", provider_reason=words.NO_SUCH_TRANSACTION)
    return ProviderStatus("not_found")


def _why(ended: str) -> FailureReason:
    return words.PAYOUT_FAILURES.get(ended, "refused")


def _told(result: Mapping[str, Any]) -> Told:
    """What a `Result` tells; of one that failed the receipt is a dummy."""
    word, found = words.code_of(result.get("ResultCode")), parameters_of(result)
    return Told(
        key=words.name_of(result.get("ConversationID")),
        receipt=read_receipt(found.get("TransactionReceipt")) if word == words.PAID else "",
        amount=read_shillings(found["TransactionAmount"]) if "TransactionAmount" in found else None,
        word=word,
    )
