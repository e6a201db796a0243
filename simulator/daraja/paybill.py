"""
Customer to Business: a phone pays to the Paybill from its menu, and the list of what came.

Source: Safaricom Daraja 3.0, "Customer To Business (C2B)", "Pull Transactions"; what a number is shown as, where
others saw it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import requests
from flask import Blueprint, abort, request

from domain.money import InvalidAmount, Money, from_major
from simulator.control import strings
from simulator.daraja import reading
from simulator.daraja.access import ApiError, Json, invalid
from simulator.daraja.calls import Caller
from simulator.daraja.money import CURRENCY, EAT, Row, Till, stamped
from simulator.world import Person, Switches

ACCOUNT_MAX: Final = 20
LISTED_FOR: Final = timedelta(hours=48)
VALIDATION_SECONDS: Final = 8
NO_SUCH_BUSINESS: Final = "C2B00015"
SAFARICOM: Final = "63902"  # Africa's Talking's networkCode
_DAY_TIME: Final = "%Y-%m-%d %H:%M:%S"


class NotPaid(Exception):
    """Why a payment from the menu did not go: 1, 1037 or C2B00015, or the code that the bot refused it with."""


class Paybill:
    """What is registered for a shortcode, and what comes to it. See `simulator/daraja/api.py` for the switches."""

    def __init__(self, till: Till, faults: Switches, caller: Caller) -> None:
        self.world, self.till, self.faults = till.world, till, faults
        self._caller = caller
        self._registered: dict[str, Json] = {}  # by the shortcode
        self._lists: set[str] = set()  # shortcodes whose list is wanted

    # The API

    def register(self, sent: Json) -> Json:
        """The addresses of a shortcode. As in production once, unless `registers_again`. Raises ApiError."""
        shortcode, answers = reading.text(sent, "ShortCode"), reading.text(sent, "ResponseType")
        if answers not in ("Completed", "Cancelled"):
            raise invalid("ResponseType")
        urls = {name: reading.address(sent, name) for name in ("ConfirmationURL", "ValidationURL")}
        if shortcode in self._registered and not self.faults.get("registers_again"):
            raise ApiError(500, "500.003.1001", "Urls are already registered.")
        self._registered[shortcode] = urls | {"ResponseType": answers}
        return accepted("Success")

    def register_list(self, sent: Json) -> Json:
        """That a shortcode's list is wanted; again it says so. Raises ApiError."""
        shortcode = reading.text(sent, "ShortCode")
        reading.phone(sent, "NominatedNumber")
        if reading.text(sent, "RequestType") != "Pull":
            raise invalid("RequestType")
        reading.address(sent, "CallBackURL")
        is_new = shortcode not in self._lists
        self._lists.add(shortcode)
        return {
            "ResponseRefID": self.till.receipt(),
            "ResponseStatus": "1000" if is_new else "1001",
            "ShortCode": shortcode,
            "ResponseDescription": f"Shortcode {'' if is_new else 'already '}registered",
        }

    def simulate(self, sent: Json) -> Json:
        """The sandbox's payment without a phone. Raises ApiError."""
        shortcode, account = reading.text(sent, "ShortCode"), reading.text(sent, "BillRefNumber", ACCOUNT_MAX)
        amount, phone = reading.amount(sent, "Amount", 1, 250_000), reading.phone(sent, "Msisdn")
        if reading.text(sent, "CommandID") not in ("CustomerPayBillOnline", "CustomerBuyGoodsOnline"):
            raise invalid("CommandID")
        self.world.later(0, lambda: self._simulated(phone, shortcode, account, amount))
        return accepted("Accept the service request successfully.")

    def pulled(self, sent: Json) -> Json:
        """A page of what came to a shortcode. Raises ApiError."""
        shortcode = reading.text(sent, "ShortCode")
        offset = reading.text(sent, "OffSetValue")
        try:
            since, until = (
                datetime.strptime(reading.text(sent, name), _DAY_TIME).replace(tzinfo=EAT)
                for name in ("StartDate", "EndDate")
            )
        except ValueError:
            raise invalid("StartDate") from None
        if not offset.isdecimal():
            raise invalid("OffSetValue")
        since = max(since, self.world.now() - LISTED_FOR)
        rows = self.till.rows(
            lambda row: row.way != "payout" and row.shortcode == shortcode and since <= row.at <= until
        )
        page = rows[int(offset) :][: self.faults.get("page_size")]
        body = {"ResponseRefID": self.till.receipt(), "ResponseCode": "1000", "ResponseMessage": "Success"}
        if not page:
            return body | {"ResponseCode": "1001", "ResponseMessage": "No transactions found"}
        return body | {"Response": [[self._listed(row) for row in page]]}

    # The phone

    def known_to(self, person: Person) -> str:
        """The business number that stands in the menu of their phone; "" for one without M-Pesa."""
        has_it = (person.network, person.wallet.currency) == (SAFARICOM, CURRENCY)
        return self.world.config.daraja_shortcode if has_it else ""

    def pay(self, phone: str, account: str, amount: Money, shortcode: str = "") -> Row:
        """
        Lipa na M-Pesa, Pay Bill: what a member does without dialling us. The bot is asked before where `validates`
        is on, and told after. Raises NotPaid.
        """
        shortcode = shortcode or self.world.config.daraja_shortcode
        account = account[:ACCOUNT_MAX]
        if why := self._refused(phone, account, amount, shortcode):
            raise NotPaid(why)
        row = self.till.take("paybill", shortcode, phone, amount, account)
        if not isinstance(row, Row):
            raise NotPaid(row)
        self.confirm(row)
        return row

    def confirm(self, row: Row) -> None:
        """Tell the bot that this came, where an address for it is registered."""
        if urls := self._registered.get(row.shortcode):
            body = self._told(row.phone, row.amount, row.account, row.shortcode, row)
            self._caller.tell(urls["ConfirmationURL"], body, row.shortcode)

    def blueprint(self) -> Blueprint:
        """The phone's side: what the page and the tests call, mounted at /sim/daraja."""
        routes = Blueprint("daraja_paybill", __name__)

        @routes.post("/paybill")
        def paybill() -> Json:
            phone, account, typed, pin = strings("phone", "account", "amount", "pin")
            ours = self.world.config.daraja_shortcode
            if pin != self.world.person(phone).momo_pin:
                abort(403, description="Wrong PIN")
            try:
                amount = from_major(typed, CURRENCY)
            except InvalidAmount:
                abort(400, description="The amount is whole shillings, like 550")
            if amount.minor <= 0 or amount.minor % 100:
                abort(400, description="The amount is whole shillings, like 550")
            try:
                if request.get_json().get("business", ours) != ours:
                    raise NotPaid(NO_SUCH_BUSINESS)
                row = self.pay(phone, account, amount)
            except NotPaid as why:
                return {"status": "FAILED", "reason": str(why)}
            return {"status": "SUCCESSFUL", "receipt": row.receipt}

        return routes

    # Inside

    def _simulated(self, phone: str, shortcode: str, account: str, amount: Money) -> None:
        try:
            self.pay(phone, account, amount, shortcode)
        except NotPaid:
            return

    def _refused(self, phone: str, account: str, amount: Money, shortcode: str) -> str:
        """The bot's code for money that it does not take; "" for what it takes, or where it is not asked."""
        urls = self._registered.get(shortcode)
        if urls is None or not self.faults.get("validates"):
            return ""
        said: Mapping[str, object] | None = None
        if not self.faults.take("validation_timeout"):
            body = self._told(phone, amount, account, shortcode)
            try:
                said = self._caller.post(urls["ValidationURL"], body, shortcode, VALIDATION_SECONDS)
            except requests.RequestException:
                said = None
        if said is None or "ResultCode" not in said:
            return "" if urls["ResponseType"] == "Completed" else "C2B00016"
        code = str(said["ResultCode"])
        return "" if code == "0" else code

    def _told(self, phone: str, amount: Money, account: str, shortcode: str, row: Row | None = None) -> Json:
        """What is told of a payment; without a row, what is asked before it."""
        first, _, last = self.world.person(phone).name.partition(" ")
        return {
            "TransactionType": "Pay Bill",
            "TransID": row.receipt if row else self.till.receipt(),
            "TransTime": stamped(row.at if row else self.world.now()),
            "TransAmount": f"{amount.minor // 100}.00",
            "BusinessShortCode": shortcode,
            "BillRefNumber": account,
            "InvoiceNumber": "",
            "OrgAccountBalance": f"{self.till.working().minor / 100:.2f}" if row else "",
            "ThirdPartyTransID": "",
            "MSISDN": self._shown(phone),
            "FirstName": first,
            "MiddleName": "",
            "LastName": last,
        }

    def _listed(self, row: Row) -> Json:
        return {
            "transactionId": row.receipt,
            "trxDate": row.at.astimezone(EAT).isoformat(timespec="seconds"),
            "msisdn": self._shown(row.phone),
            "sender": "MPESA",
            "transactiontype": "c2b-pay-bill-debit",
            "billreference": row.account,
            "amount": f"{row.amount.minor / 100:,.2f}",
            "organizationname": "Community Savings",
        }

    def _shown(self, phone: str) -> str:
        """A payer's number, which is not always shown as it is."""
        digits = phone.removeprefix("+")
        match self.faults.get("msisdn_as"):
            case "hash":
                return sha256(digits.encode()).hexdigest()
            case "mask":
                return f"{digits[:4]} ***** {digits[-3:]}"
            case _:
                return digits


def accepted(description: str) -> Json:
    """The answer to what is registered; the name is misspelt on the wire."""
    return {
        "OriginatorCoversationID": "7619-37765134-1",
        "ResponseCode": "0",
        "ResponseDescription": description,
    }
