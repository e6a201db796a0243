"""
Money that members pay to the Paybill from the menu on their phones, without a request of ours: what we are asked
before, what we are told after, and the list of what came.

None of it is signed. Source: Safaricom Daraja 3.0, "Customer To Business (C2B)", "Pull Transactions".
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.money import Money
from domain.records.inbound import Came, NotTaken
from payments.addresses import Addresses
from payments.answers import read_json_object, read_object
from payments.daraja import words
from payments.daraja.client import DarajaClient
from payments.daraja.wire import (
    CURRENCY,
    EAT,
    RAIL,
    read_day_time,
    read_receipt,
    read_shillings,
    read_stamp,
    summary,
    thanks,
)
from payments.port import Callback, Movement, OutcomeUnknown, Request, WouldCome

CAME: Final = "confirmation"
WOULD_COME: Final = "validation"
# The list goes back so far.
LISTED_FOR: Final = timedelta(hours=48)
PAGES_MAX: Final = 1_000

_REFUSALS: Final[Mapping[NotTaken, str]] = {
    "account": "C2B00012",
    "amount": "C2B00013",
    "receiver": "C2B00015",
    "other": "C2B00016",
}
_LISTED, _NONE_LISTED = "1000", "1001"

log = logging.getLogger(__name__)


def paybill_callbacks(
    addresses: Addresses, callers: frozenset[str], ours: frozenset[str], *, asks_first: bool
) -> Sequence[Callback]:
    """
    Where money that nobody asked for is told, and where we are asked about it before. Told of another number than
    one of `ours` it is in no book before it is confirmed; with `asks_first`, none is.
    """
    came, would_come = partial(_came, ours=ours, asks_first=asks_first), partial(_would_come, ours=ours)
    return [
        Callback(addresses.fixed_path(CAME), came, says=thanks, callers=callers),
        Callback(addresses.fixed_path(WOULD_COME), would_come, says=_verdict, callers=callers),
    ]


def _came(request: Request, ours: frozenset[str], *, asks_first: bool) -> Came | None:
    """Where it cannot be read, the list has the money: to be told of it again would help nobody."""
    body = read_json_object(request.body)
    receipt, amount = read_receipt(body.get("TransID")), read_shillings(body.get("TransAmount"))
    at = read_stamp(body.get("TransTime"))
    if not receipt or amount is None or at is None:
        log.warning("a confirmation of M-Pesa cannot be read: receipt %s", receipt or "unknown")
        return None
    if not (to_us := _is_to_us(body, ours)):
        log.warning("a confirmation of M-Pesa names a number that is none of ours: receipt %s", receipt)
    names = [_text(body.get(name)) for name in ("FirstName", "MiddleName", "LastName")]
    return Came(
        RAIL,
        receipt,
        amount,
        _text(body.get("BillRefNumber")),
        at,
        payer=read_payer(body.get("MSISDN")),
        payer_name=" ".join(each for each in names if each),
        said_by="awaited" if asks_first or not to_us else "believed",
    )


def _would_come(request: Request, ours: frozenset[str]) -> WouldCome:
    """An amount that cannot be read is none: then nobody sends it."""
    body = read_json_object(request.body)
    amount = read_shillings(body.get("TransAmount")) or Money(0, CURRENCY)
    account, payer = _text(body.get("BillRefNumber")), read_payer(body.get("MSISDN"))
    return WouldCome(RAIL, amount, account, payer, _is_to_us(body, ours))


def _is_to_us(body: Mapping[str, Any], ours: frozenset[str]) -> bool:
    """Whether it is paid to one of our numbers; where it names none, it is."""
    named = str(body.get("BusinessShortCode") or "").strip()
    return not named or named in ours


def _verdict(why: NotTaken | None) -> Mapping[str, object]:
    if why is None:
        return {"ResultCode": "0", "ResultDesc": "Accepted"}
    return {"ResultCode": _REFUSALS[why], "ResultDesc": "Rejected"}


def read_payer(value: object) -> str:
    """What is shown of a payer's number: its digits, a mask like "2547*****126", or a hash; "" for nothing."""
    text = re.sub(r"\s", "", str(value)) if isinstance(value, str | int) else ""
    return text if re.fullmatch(r"\+?[0-9*]{1,20}|[0-9a-fA-F]{64}", text) else ""


def listed(client: DarajaClient, shortcode: str, since: datetime, until: datetime) -> list[Movement]:
    """What came from `since` to before `until`, each once. Raises OutcomeUnknown."""
    found: dict[str, Movement] = {}
    seen = 0
    for _ in range(PAGES_MAX):
        rows = _page(client, shortcode, since, until, seen)
        read = [movement for row in rows if (movement := _movement(row)) is not None]
        new = {each.receipt: each for each in read if each.receipt not in found}
        found |= new
        seen += len(rows)
        # A page with nothing new in it is the last one, also where the offset is not looked at.
        if not new:
            return [each for each in found.values() if since <= each.at < until]
    raise OutcomeUnknown(f"a list of more than {PAGES_MAX} pages")


def _page(client: DarajaClient, shortcode: str, since: datetime, until: datetime, offset: int) -> list[Any]:
    answer = client.call(
        "/pulltransactions/v1/query",
        {
            "ShortCode": shortcode,
            "StartDate": f"{since.astimezone(EAT):%Y-%m-%d %H:%M:%S}",
            # The end is in the list, and seconds are its smallest part: what is after `until` is left out by us.
            "EndDate": f"{until.astimezone(EAT) + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}",
            "OffSetValue": str(offset),
        },
    )
    body = read_object(answer)
    code, pages = words.code_of(body.get("ResponseCode")), body.get("Response")
    if answer.status_code == 200 and code == _NONE_LISTED:
        return []
    if answer.status_code != 200 or code != _LISTED or not isinstance(pages, list):
        raise OutcomeUnknown(f"{summary(answer)} {code}".rstrip())
    return [row for page in pages for row in (page if isinstance(page, list) else [page])]


def _movement(row: object) -> Movement | None:
    if not isinstance(row, dict):
        return None
    receipt, amount = read_receipt(row.get("transactionId")), read_shillings(row.get("amount"))
    at = read_day_time(row.get("trxDate"))
    if not receipt or amount is None or at is None:
        raise OutcomeUnknown("a line of the list cannot be read")
    account = _text(row.get("billreference"))
    return Movement("in", receipt, amount, at, account=account, payer=read_payer(row.get("msisdn")))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
