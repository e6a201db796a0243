"""What providers write in JSON, read the same for every rail: what cannot be read decides nothing."""

import json
import re
from typing import Any, Final

from requests import Response

from domain.money import InvalidAmount, Money, from_major

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def read_object(answer: Response) -> dict[str, Any]:
    """The JSON object in the body; empty when it is HTML, nothing, or JSON of another shape."""
    return read_json_object(answer.content)


def read_json_object(body: bytes) -> dict[str, Any]:
    """A JSON object; empty when it is none. Half of a pair of UTF-16, which no store takes, is a "?"."""
    try:
        read = json.loads(body)
        if _SURROGATE.search(body):
            read = json.loads(json.dumps(read, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def read_seconds(value: object) -> float:
    """A number of seconds, also as a string: the gateways differ. 0 when it is none."""
    text = str(value)
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) else 0.0


def read_money(amount: object, currency: object) -> Money | None:
    """A decimal string or a number of major units; None when it is not an amount."""
    try:
        return from_major(str(amount), str(currency))
    except InvalidAmount:
        return None
