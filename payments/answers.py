"""What providers write in JSON, read the same for every rail: what cannot be read decides nothing."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from domain.money import InvalidAmount, Money, from_major


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came over HTTP, whole."""

    status_code: int
    content: bytes


_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_object(answer: HttpAnswer) -> dict[str, Any]:
    """The JSON object in the body; empty when it is HTML, nothing, or JSON of another shape."""
    return read_json_object(answer.content)


def read_json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; empty when it is none."""
    read = read_json(body)
    return read if isinstance(read, dict) else {}


def read_json(body: bytes) -> object:
    """
    What is said in JSON; None when it is none. A letter that is none, like one of Latin-1, is replaced, and half a
    pair of UTF-16, which no store takes, is a "?": the rest is understood all the same.
    """
    text = body.decode(json.detect_encoding(body), errors="replace")
    try:
        read: object = json.loads(text)
        if _SURROGATE.search(text):
            read = json.loads(json.dumps(read, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return read


def read_text(value: object, form: str) -> str:
    """A text of this form, a regular expression; "" for all else: prose may quote what must not be logged."""
    return value if isinstance(value, str) and re.fullmatch(form, value, re.ASCII) else ""


def read_seconds(value: object) -> float:
    """A number of seconds, also as a string: the gateways differ. 0 when it is none."""
    text = str(value)
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) else 0.0


def read_money(amount: object, currency: object) -> Money | None:
    """
    A decimal string or a number of major units, also with commas between thousands ("37,600.00"); None when it is
    not an amount.
    """
    text = str(amount)
    try:
        return from_major(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text, str(currency))
    except InvalidAmount:
        return None
