"""
What goes out in the name of an API user: payouts, questions about transactions, balances and reversals.

All of it is answered twice: at once, that it was heard, and later at an address of the caller's. Source: Safaricom
Daraja 3.0, "B2C", "Transaction Status", "Account Balance", "Reversals".
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.money import Money
from simulator.daraja import reading
from simulator.daraja.access import ApiError, Credentials, Json, invalid
from simulator.daraja.calls import Caller
from simulator.daraja.money import EAT, Row, Till, shillings
from simulator.world import Switches

PAYOUTS_MAX = 100_000
COMMANDS: Final = ("BusinessPayment", "SalaryPayment", "PromotionPayment")
LEAST, MOST = 10, 250_000
WRONG_INITIATOR: Final = "2001"
NO_SUCH: Final = "2032"


@dataclass(slots=True)
class Payout:
    """`code` is "" while it is open; `row` is the money that moved. `sent` is as it came."""

    id: str
    conversation: str
    shortcode: str
    phone: str
    amount: Money
    sent: Json
    code: str = ""
    row: Row | None = None


class Payouts:
    """See `simulator/daraja/api.py` for the switches."""

    def __init__(self, till: Till, faults: Switches, caller: Caller) -> None:
        self.world, self.till, self.faults = till.world, till, faults
        self.credentials = Credentials(till.world.config.daraja_initiator_password)
        self._caller = caller
        self._payouts: OrderedDict[str, Payout] = OrderedDict()
        self._lock = threading.Lock()

    # The API

    def pay(self, sent: Json) -> Json:
        """Take a payout, unless its id is known. Raises ApiError."""
        payout = self._read(sent)
        with self._lock:
            known = self._payouts.setdefault(payout.id, payout) is not payout
            if len(self._payouts) > PAYOUTS_MAX:
                self._payouts.popitem(last=False)
        if known:
            raise ApiError(500, "500.002.1001", "Duplicate OriginatorConversationID.")
        if not self.faults.take("never_settles"):
            self._caller.after("settle_ms", lambda: self._settle(payout))
        if self.faults.take("duplicate_after_accept"):
            raise ApiError(500, "500.002.1001", "Duplicate OriginatorConversationID.")
        return _heard(payout.conversation, payout.id)

    def status(self, sent: Json) -> Json:
        """A question about a transaction, answered later. Raises ApiError."""
        if reading.text(sent, "CommandID") != "TransactionStatusQuery":
            raise invalid("CommandID")
        if not (sent.get("TransactionID") or sent.get("OriginalConversationID")):
            raise invalid("TransactionID")
        return self._asked(sent, lambda: self._status_of(sent), "no_answer_to_status")

    def balance(self, sent: Json) -> Json:
        """A question about the accounts of a shortcode, answered later. Raises ApiError."""
        if reading.text(sent, "CommandID") != "AccountBalance":
            raise invalid("CommandID")
        held = {"Working Account": self.till.working(), "Utility Account": self.till.utility()}
        lines = [
            f"{name}|KES|{shillings(each):.2f}|{shillings(each):.2f}|0.00|0.00" for name, each in held.items()
        ]
        told = {
            "AccountBalance": "&".join(lines),
            "BOCompletedTime": f"{self.world.now().astimezone(EAT):%Y%m%d%H%M%S}",
        }
        return self._asked(sent, lambda: ("0", told))

    def reverse(self, sent: Json) -> Json:
        """Send money back that came, answered later. Raises ApiError."""
        if reading.text(sent, "CommandID") != "TransactionReversal":
            raise invalid("CommandID")
        receipt = reading.text(sent, "TransactionID")
        amount = reading.amount(sent, "Amount", 1, MOST)

        def reversed() -> tuple[str, Json]:
            row = self.till.row(receipt)
            if row is None or row.amount != amount:
                return "R000002", {}
            done = self.till.reverse(receipt)
            if isinstance(done, str):
                return done, {}
            return "0", {"OriginalTransactionID": receipt, "Amount": shillings(amount), "Charge": 0}

        return self._asked(sent, reversed)

    def is_open(self, id: str) -> bool:
        """Whether it was taken and has no end yet."""
        with self._lock:
            payout = self._payouts.get(id)
            return payout is not None and not payout.code

    # Inside

    def _read(self, sent: Json) -> Payout:
        id = reading.text(sent, "OriginatorConversationID")
        if reading.text(sent, "CommandID") not in COMMANDS:
            raise invalid("CommandID")
        reading.text(sent, "InitiatorName")
        reading.text(sent, "SecurityCredential")
        shortcode = reading.text(sent, "PartyA")
        reading.text(sent, "Remarks", 100, 2)
        for name in ("QueueTimeOutURL", "ResultURL"):
            reading.address(sent, name)
        phone, amount = reading.phone(sent, "PartyB"), reading.amount(sent, "Amount", LEAST, MOST)
        return Payout(id, _conversation(self.world.now()), shortcode, phone, amount, sent)

    def _settle(self, payout: Payout) -> None:
        code = self.faults.get("outcomes").get(payout.phone[1:], "0")
        if not self._is_initiator(payout.sent, "InitiatorName"):
            code = WRONG_INITIATOR
        with self._lock:
            if payout.code:
                return
            if code == "0":
                gave = self.till.give(payout.shortcode, payout.phone, payout.amount, payout.id)
                payout.row, code = (gave, "0") if isinstance(gave, Row) else (None, gave)
            payout.code = code
        if self.faults.take("timeout_callback"):
            # The whole request comes back, the credential with it.
            self._caller.tell(payout.sent["QueueTimeOutURL"], payout.sent, payout.shortcode)
            return
        self._caller.tell(payout.sent["ResultURL"], self._result(payout), payout.shortcode)
        if self.faults.take("second_result"):
            other = self._result(payout, "1" if payout.code == "0" else payout.code)
            self._caller.tell(payout.sent["ResultURL"], other, payout.shortcode)

    def _result(self, payout: Payout, code: str = "") -> Json:
        if payout.row is None or code:
            return _result(code or payout.code, payout.id, payout.conversation)
        name = self.world.person(payout.phone).name
        told = {
            "TransactionAmount": shillings(payout.amount),
            "TransactionReceipt": payout.row.receipt,
            "ReceiverPartyPublicName": f"{payout.row.digits} - {name}",
            "TransactionCompletedDateTime": f"{payout.row.at.astimezone(EAT):%d.%m.%Y %H:%M:%S}",
            "B2CUtilityAccountAvailableFunds": shillings(self.till.utility()),
            "B2CRecipientIsRegisteredCustomer": "Y",
        }
        return _result("0", payout.id, payout.conversation, told, payout.row.receipt)

    def _status_of(self, sent: Json) -> tuple[str, Json]:
        receipt, id = sent.get("TransactionID"), sent.get("OriginalConversationID")
        with self._lock:
            payout = self._payouts.get(str(id)) if id else None
        row = (payout.row if payout else None) or (self.till.row(str(receipt)) if receipt else None)
        if self.faults.take("unknown_on_status"):
            return NO_SUCH, {}
        if row is not None and row.shortcode != str(sent.get("PartyA", "")):
            return NO_SUCH, {}  # it is somebody else's
        if row is None:
            # What failed never was a transaction; what is under way is one already.
            if payout is None or payout.code:
                return NO_SUCH, {}
            return "0", {"TransactionStatus": "Initiated", "Amount": shillings(payout.amount), "ReceiptNo": ""}
        who, we = f"{row.digits} - {self.world.person(row.phone).name}", f"{row.shortcode} - Community Savings"
        gave, got = (we, who) if row.way == "payout" else (who, we)
        return "0", {
            "DebitPartyName": gave,
            "CreditPartyName": got,
            "TransactionStatus": "Completed",
            "Amount": shillings(row.amount),
            "ReceiptNo": row.receipt,
            "ReasonType": "Business Payment to Customer via API" if row.way == "payout" else "Pay Bill Online",
            "FinalisedTime": int(f"{row.at.astimezone(EAT):%Y%m%d%H%M%S}"),
            "OriginatorConversationID": row.reference,
        }

    def _asked(self, sent: Json, answer: Callable[[], tuple[str, Json]], lost: str = "") -> Json:
        """Hear a question, and answer it later, in the name of an API user who may ask."""
        for name in ("Initiator", "SecurityCredential", "Remarks"):
            reading.text(sent, name)
        url, conversation, id = (
            reading.address(sent, "ResultURL"),
            _conversation(self.world.now()),
            secrets.token_hex(8),
        )
        reading.address(sent, "QueueTimeOutURL")
        party = str(sent.get("PartyA") or sent.get("ReceiverParty") or "")

        def tell() -> None:
            code, told = answer() if self._is_initiator(sent, "Initiator") else (WRONG_INITIATOR, {})
            self._caller.tell(url, _result(code, id, conversation, told), party)

        if not (lost and self.faults.take(lost)):
            self._caller.after("answer_ms", tell)
        return _heard(conversation, id)

    def _is_initiator(self, sent: Json, name: str) -> bool:
        right = sent.get(name) == self.world.config.daraja_initiator
        return right and self.credentials.is_right(sent.get("SecurityCredential"))


def _conversation(now: datetime) -> str:
    return f"AG_{now.astimezone(EAT):%Y%m%d}_{secrets.token_hex(10)}"


def _heard(conversation: str, id: str) -> Json:
    return {
        "ConversationID": conversation,
        "OriginatorConversationID": id,
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }


def _result(code: str, id: str, conversation: str, told: Json | None = None, receipt: str = "") -> Json:
    result: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdecimal() else code,
        "ResultDesc": "The service request is processed successfully." if code == "0" else "It was not done.",
        "OriginatorConversationID": id,
        "ConversationID": conversation,
        # Of what failed, and of a question, a number that no transaction has.
        "TransactionID": receipt or "T000000000",
    }
    if told:
        result["ResultParameters"] = {
            "ResultParameter": [{"Key": name, "Value": value} for name, value in told.items()]
        }
    result["ReferenceData"] = {"ReferenceItem": {"Key": "Occasion", "Value": ""}}
    return {"Result": result}
