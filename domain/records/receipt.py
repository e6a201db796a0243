"""
What a statement was given out with, as it is stored: by its code anyone in the group can check it.

The code is no number of a list: it is worked out with a secret that is kept outside the store, from all that the
receipt says. Whoever could write into the store could not write a receipt.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.errors import DomainError
from domain.records.pin import PinHasher

# No two of them are taken for each other: no 0 and O, no 1, I and L. They are 31, a prime, so that the last
# character finds each wrong one and each two that have changed places.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 10
_BETWEEN: Final = re.compile(r"[\s.-]+")


class NoSuchReceipt(DomainError):
    """The group has given out nothing with this code and this amount."""

    code = "no_such_receipt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    `id` is "group:code"; `person` is whose statement it is, "" for the group's own. `held` and `owed` are what it
    says at its end, in minor units; the book had `seq` entries then, the last of them with this `hash`.
    """

    id: str
    group: str
    person: str
    first: date
    last: date
    held: int
    owed: int
    seq: int
    hash: str
    at: datetime


def receipt_id(group: str, code: str) -> str:
    return f"{group}:{code}"


def receipt_code(seal: PinHasher, receipt: Receipt) -> str:
    """Nine characters that follow from the receipt and our secret, and one that checks them."""
    return receipt_codes(seal, receipt)[0]


def receipt_codes(seal: PinHasher, receipt: Receipt) -> list[str]:
    """The same, and those that it would have had with the secrets of before."""
    said = (
        receipt.group, receipt.person, receipt.first, receipt.last,
        receipt.held, receipt.owed, receipt.seq, receipt.hash,
    )  # fmt: skip
    return [_code(each) for each in seal.seals("\n".join(map(str, ("receipt", *said))))]


def _code(sealed: bytes) -> str:
    number = int.from_bytes(sealed)
    digits = []
    for _ in range(CODE_LENGTH - 1):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    code = "".join(digits)
    return code + _check(code)


def read_code(typed: str) -> str | None:
    """
    A code as somebody types it, in small letters, with blanks and hyphens; None when it is none: a character is
    missing, or another one was meant.
    """
    code = _BETWEEN.sub("", typed).upper()
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET) or _check(code[:-1]) != code[-1]:
        return None
    return code


def written_code(code: str) -> str:
    """ "ABCDE-FGHJK": as it is read aloud and copied."""
    return f"{code[:5]}-{code[5:]}"


def _check(code: str) -> str:
    weighed = sum(place * ALPHABET.index(letter) for place, letter in enumerate(code, start=1))
    return ALPHABET[weighed % len(ALPHABET)]
