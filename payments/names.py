"""
What people call the providers of mobile money, whose phones alone they are for, and how their receipts are typed,
by their names here.
"""

from collections.abc import Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    "momo": "MTN MoMo",
    "momo_africa": "MTN MoMo, newer gateway",
    "daraja": "M-Pesa",
    "airtel": "Airtel Money",
    "pawapay": "pawaPay",
}
NETWORKS: Final[Mapping[str, str]] = {
    "momo": "mtn",
    "momo_africa": "mtn",
    "daraja": "safaricom",
    "airtel": "airtel",
}
# Whose receipts have no small letters.
_IN_CAPITALS: Final = frozenset({"daraja"})


def typed_receipt(rail: str, text: str) -> str:
    """A receipt that somebody types as its provider writes it: written otherwise, it would be another one's."""
    receipt = "".join(text.split())
    return receipt.upper() if rail in _IN_CAPITALS else receipt
