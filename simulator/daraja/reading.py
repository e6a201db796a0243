"""What a request to Daraja has to hold, field by field. All of it raises ApiError: nothing is created then."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from domain.money import InvalidAmount, Money, from_major
from simulator.daraja.access import Json, invalid
from simulator.daraja.money import CURRENCY

# Not in an address of ours (seen; which of them depends on the portal's mood). Here https is not asked for.
FORBIDDEN: Final = ("mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query")
_MSISDN: Final = re.compile(r"254[17]\d{8}")


def text(sent: Json, name: str, most: int = 1_000, least: int = 1) -> str:
    value = sent.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or not least <= len(str(value)) <= most:
        raise invalid(name)
    return str(value)


def amount(sent: Json, name: str, least: int, most: int) -> Money:
    """Whole shillings, as a number or a string."""
    written = text(sent, name)
    try:
        read = from_major(written, CURRENCY)
    except InvalidAmount:
        raise invalid(name) from None
    if read.minor % 100 or not least * 100 <= read.minor <= most * 100:
        raise invalid(name)
    return read


def phone(sent: Json, name: str) -> str:
    """A number of Safaricom's, with a "+" before it."""
    digits = text(sent, name)
    if not _MSISDN.fullmatch(digits):
        raise invalid(name)
    return f"+{digits}"


def address(sent: Json, name: str) -> str:
    url = text(sent, name)
    if urlsplit(url).scheme not in ("http", "https") or any(each in url.lower() for each in FORBIDDEN):
        raise invalid(name)
    return url


def object_of(body: Any) -> Json:
    if not isinstance(body, dict):
        raise invalid("request body")
    return body
