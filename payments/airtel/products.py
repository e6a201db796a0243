"""
The two products of Airtel Money that we use: Collection asks a payer, Disbursement pays a payee.

Source: Airtel Africa Developers, "Collection APIs", "Disbursement APIs", "Account", "KYC", "Transaction summary".
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from domain.money import Money
from domain.records.payment import Direction
from payments.addresses import Addresses
from payments.airtel.answers import as_object, check_taken, read_amount, read_id
from payments.airtel.client import AirtelApp, AirtelClient, amount_of, id_of, label_of, reference_of
from payments.airtel.sealed import Padding, read_public_key, seal_pin
from payments.http import AGENT, TIMEOUT
from payments.port import Capabilities, Collection, Movement, NotSent, OutcomeUnknown, Refused, Transfer

PAGE: Final = 100
# A page of the list that never ends is one that does not page.
PAGES_MAX: Final = 1_000
# Words for a registration that is none. They are not in the papers: any other one lets a transfer go on.
_NOT_REGISTERED: Final = frozenset({"NOT_REGISTERED", "UNREGISTERED", "NREG"})
# What of the list is money that left us, whatever else it says. The list is of Collection, so the rest came in.
_OUT: Final = ("DISB", "B2C", "REFUND", "REVERS")


class AirtelCollections(AirtelClient):
    """A Collector: requests that the payer approves on the phone. Also Balanced."""

    capabilities = Capabilities(says_amount=False)

    def collect(self, collection: Collection) -> str:
        here = {"country": self._app.country, "currency": self._app.market.currency}
        said = self._call(
            "POST",
            "/merchant/v2/payments/" if self._app.signed else "/merchant/v1/payments/",
            {
                "reference": label_of(collection.external_id),
                "subscriber": {**here, "msisdn": self._national(collection.phone)},
                "transaction": {
                    "amount": amount_of(collection.amount),
                    **here,
                    "id": id_of(collection.reference),
                },
            },
        )
        # Its "SUCCESS" means that the phone is asked, and nothing more.
        check_taken(said)
        return ""

    def _enquiry(self, id: str) -> str:
        return f"/standard/v1/payments/{id}"

    def refund(self, receipt: str) -> str:
        """
        Give all of what came under this receipt back to who paid it; returns the receipt of that.

        Nothing of ours goes with it: whoever calls this has to know that it was never called before. Raises
        OutcomeUnknown, Refused.
        """
        said = self._call("POST", "/standard/v1/payments/refund", {"transaction": {"airtel_money_id": receipt}})
        check_taken(said)
        if refunded := read_id(said.transaction):
            return refunded
        raise OutcomeUnknown(str(said))

    def balances(self) -> Mapping[str, Money]:
        return self._balance("COLL", "collection")


class AirtelListed(AirtelCollections):
    """
    The same for an application that has Transaction Summary too. Also a Lister.

    What is known of the list is from public reports alone (2021, 2026), so it is used where somebody said that it
    is there: an empty answer would say of every payment that it never came.
    """

    lists: Final = frozenset[Direction]({"in"})  # a refund may stand in it, a disbursement does not

    def movements(self, since: datetime, until: datetime) -> Iterator[Movement]:
        """
        The transaction summary, a page at a time.

        In which unit it takes its times is not said. What it answers is looked at again here, so that nothing else
        than what was asked for is passed on.
        """
        seen: set[str] = set()
        for page in range(PAGES_MAX):
            times = {"from": int(since.timestamp()), "to": int(until.timestamp())}
            query = urlencode({**times, "limit": PAGE, "offset": page * PAGE})
            said = self._call("GET", f"/merchant/v1/transactions?{query}")
            rows = said.data.get("transactions")
            if said.http != 200 or said.taken is False or not isinstance(rows, list):
                raise OutcomeUnknown(str(said))
            found = [each for each in map(self._movement, rows) if each is not None]
            new = {each.receipt: each for each in found if each.receipt not in seen}
            seen.update(new)
            yield from (each for each in new.values() if since <= each.at < until)
            if len(rows) < PAGE or not new:
                return
        raise OutcomeUnknown("the list does not end")

    def _movement(self, row: object) -> Movement | None:
        """A line of the list; None of what has not moved. Raises OutcomeUnknown."""
        parts = as_object(row)
        transaction, payer = as_object(parts.get("transaction")), as_object(parts.get("payer"))
        if not _has_moved(transaction.get("status")):
            return None
        amount, at = read_amount(transaction, self._app.market.currency), _read_time(transaction.get("created_at"))
        receipt = read_id(transaction)
        if amount is None or at is None or not receipt:
            raise OutcomeUnknown("a line of the list cannot be read")
        kind = str(as_object(parts.get("service")).get("type", "")).upper()
        direction: Direction = "out" if any(word in kind for word in _OUT) else "in"
        other = payer if direction == "in" else as_object(parts.get("payee"))
        return Movement(
            direction,
            receipt,
            amount,
            at,
            reference=reference_of(transaction.get("id")),
            account=str(transaction.get("reference_number") or ""),
            payer=str(other.get("msisdn") or ""),
            payer_name=str(other.get("name") or ""),
            fee=read_amount(as_object(parts.get("charges")), self._app.market.currency, "service"),
        )


class AirtelDisbursements(AirtelClient):
    """
    A Payer: transfers out of the disbursement account, which has to be funded; nobody approves them. Also
    Balanced.

    `pin` is that of the account, sealed for each transfer with `pin_key`, or with the key that Airtel gives out
    where that is "". How it is padded is the country's. Raises BadPublicKey.

    A second transfer under an id is refused by two codes in the papers, and nobody has shown that it always is: so
    it is asked about, and not sent again.
    """

    capabilities = Capabilities(says_amount=False, resend_safe=False)

    def __init__(
        self,
        app: AirtelApp,
        addresses: Addresses | None = None,
        *,
        pin: str,
        pin_key: str = "",
        pin_padding: Padding = "pkcs1",
        agent: str = AGENT,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        super().__init__(app, addresses, agent=agent, timeout=timeout)
        self._pin, self._padding = pin, pin_padding
        self._pin_key = read_public_key(pin_key) if pin_key else None

    def _enquiry(self, id: str) -> str:
        version, kind = ("v2", "?transactionType=B2C") if self._app.signed else ("v1", "")
        return f"/standard/{version}/disbursements/{id}{kind}"

    def pay(self, transfer: Transfer) -> str:
        self._check_payee(transfer.phone)
        kind = {"type": "B2C"} if self._app.signed else {}
        key = self._pin_key or self._keys.current()["pin_key"]
        said = self._call(
            "POST",
            "/standard/v2/disbursements/" if self._app.signed else "/standard/v1/disbursements/",
            {
                "payee": {"msisdn": self._national(transfer.phone)},
                "reference": label_of(transfer.external_id),
                "pin": seal_pin(self._pin, key, self._padding),
                "transaction": {"amount": amount_of(transfer.amount), "id": id_of(transfer.reference), **kind},
            },
        )
        # It may say here that the money has arrived. The enquiry says so too, and is asked in any case.
        check_taken(said)
        return ""

    def balances(self) -> Mapping[str, Money]:
        return self._balance("DISB", "disbursement")

    def _check_payee(self, phone: str) -> None:
        """Raises Refused for whom nothing can be paid to. What it cannot say keeps nobody from being paid."""
        try:
            said = self._call("GET", f"/standard/v1/users/{self._national(phone)}")
        except NotSent:
            raise  # the transfer would not go out either
        except OutcomeUnknown:
            return
        if said.http != 200 or not said.taken:
            return
        if said.data.get("is_barred") is True:
            raise Refused("BARRED", "account_not_active")
        status = as_object(said.data.get("registration")).get("status")
        if isinstance(status, str) and status.upper().replace(" ", "_") in _NOT_REGISTERED:
            raise Refused("NOT_REGISTERED", "no_account")


def _has_moved(status: object) -> bool:
    """Of the words for it, the one that an enquiry has, and the one in the papers of the list."""
    return isinstance(status, str) and (status == "TS" or status.upper().endswith("SUCCESS"))


def _read_time(seconds: object) -> datetime | None:
    """Seconds since 1970, or thousandths of them; None when it is no time."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**14:
        return None
    return datetime.fromtimestamp(seconds / 1_000 if seconds > 10**11 else seconds, UTC)
