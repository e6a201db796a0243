"""A Fraction as text, "3/100", where values are written or read that know no fractions."""

from fractions import Fraction
from typing import Any


def fraction_as_text(value: Any) -> str:
    """What msgspec calls for what it cannot write."""
    if isinstance(value, Fraction):
        return str(value)
    raise NotImplementedError(type(value))


def text_as_fraction(of: type, text: str) -> Any:
    """What msgspec calls for what it cannot read."""
    if of is Fraction:
        return Fraction(text)
    raise NotImplementedError(of)
