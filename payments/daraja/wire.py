"""How Daraja writes times, numbers, amounts and lists of parameters, and how its answers to a request are read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from domain.money import Money
from payments.answers import HttpAnswer, read_money, read_object, read_text
from payments.daraja import words
from payments.port import NotSent, OutcomeUnknown, ProviderError, Refused

RAIL: Final = "daraja"
CURRENCY: Final = "KES"
MINOR: Final = 100
# Its clock shows Nairobi's time, which has no summer time.
EAT: Final = timezone(timedelta(hours=3))
_STAMP: Final = "%Y%m%d%H%M%S"


def stamp(at: datetime) -> str:
    """A moment as in `Timestamp`: "20261001093000"."""
    return f"{at.astimezone(EAT):{_STAMP}}"


def read_stamp(value: object) -> datetime | None:
    """A moment written as `stamp` does; None when it is none."""
    text = str(value)
    if not re.fullmatch(r"\d{14}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, _STAMP).replace(tzinfo=EAT).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day of the calendar are another year in UTC
        return None


def read_day_time(value: object) -> datetime | None:
    """A moment of a list: "2026-10-01 09:45:12" in Nairobi, or with its zone; None when it is none."""
    try:
        at = datetime.fromisoformat(str(value))
        return (at if at.tzinfo else at.replace(tzinfo=EAT)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def digits(phone: str) -> str:
    """A number as Daraja takes it: 254 and nine digits."""
    return phone.removeprefix("+")


def whole_shillings(amount: Money) -> int:
    """The amount as Daraja takes it. Raises Refused for one that it does not carry: nothing is sent then."""
    if amount.currency != CURRENCY or amount.minor % MINOR or amount.minor <= 0:
        raise Refused("NO_WHOLE_SHILLINGS", "not_possible")
    return amount.minor // MINOR


def read_shillings(value: object) -> Money | None:
    """1.00, "5.00", "1000.0000" or "37,600.00"; None when it is no amount."""
    return read_money(value, CURRENCY)


def read_receipt(value: object) -> str:
    """A receipt like "TJ17RX4K2M"; "" when it is none."""
    return read_text(value, r"[A-Z0-9]{6,20}")


def spelled(receipt: str) -> str:
    """A receipt as an address of ours has it: Daraja takes none with "exe", "cmd" or "sql" in it."""
    return receipt.encode().hex()


def read_spelled(name: str) -> str:
    """The receipt that a name in an address spells; else the name: it is none, or of an address of before."""
    try:
        return read_receipt(bytes.fromhex(name).decode()) or name
    except ValueError:
        return name


def clean(text: str, most: int, kept: str = "A-Za-z0-9-") -> str:
    """The words that fit, with what it takes in them and no more, since "@", "#" and "&" break a request."""
    words_left = re.sub(rf"[^{kept}]", " ", text).split()
    while len(words_left) > 1 and len(" ".join(words_left)) > most:
        words_left.pop()
    return " ".join(words_left)[:most]


def pairs(listed: object, name: str) -> Iterator[tuple[str, Any]]:
    """
    A list of parameters, each {`name`: .., "Value": ..}, by their names: neither order nor number is fixed. One
    alone may come without its list, and a value may be missing.
    """
    for each in listed if isinstance(listed, list) else [listed]:
        if isinstance(each, dict) and isinstance(each.get(name), str):
            yield each[name], each.get("Value")


def first(found: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """By name, the first value that is not empty: a name can come twice."""
    values: dict[str, Any] = {}
    for name, value in found:
        if value not in (None, ""):
            values.setdefault(name, value)
    return values


def error_of(answer: HttpAnswer) -> tuple[str, str]:
    """The code and the words of an error; both "" when it is none of Daraja's."""
    body = read_object(answer)
    message = body.get("errorMessage")
    return words.code_of(body.get("errorCode")), message if isinstance(message, str) else ""


def summary(answer: HttpAnswer) -> str:
    """An answer in a few words that hold nothing secret: "HTTP 500 500.003.1001"."""
    return f"HTTP {answer.status_code} {error_of(answer)[0]}".rstrip()


def failure(answer: HttpAnswer) -> ProviderError:
    """What to raise when a request was not answered as accepted."""
    code, message = error_of(answer)
    if code in words.TOO_FAST or (answer.status_code == 429 and not code):
        return NotSent(summary(answer))
    if code in words.NOT_CREATED:
        return Refused(code, "not_possible")
    if code == words.EXPRESS_ERROR:
        for beginning, reason in words.OVERLOADED.items():
            if message.startswith(beginning):
                return Refused(f"{code} {clean(beginning, 40)}", reason)
    return OutcomeUnknown(summary(answer))


def is_accepted(answer: HttpAnswer) -> bool:
    """Whether the answer says that the request was taken."""
    return answer.status_code == 200 and words.code_of(read_object(answer).get("ResponseCode")) == words.TAKEN


def result_of(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The `Result` in what an initiator's request is answered with later; None when there is none."""
    result = body.get("Result")
    return result if isinstance(result, dict) else None


def parameters_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a `Result`, by their keys; none of one that failed."""
    held = result.get("ResultParameters")
    return first(pairs(held.get("ResultParameter") if isinstance(held, dict) else None, "Key"))


def thanks(_: object) -> Mapping[str, object]:
    """What it wants to hear when it has called us."""
    return {"ResultCode": 0, "ResultDesc": "Success"}
