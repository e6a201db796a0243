"""What people call the providers of mobile money, by their names here."""

from collections.abc import Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    "momo": "MTN MoMo",
    "momo_africa": "MTN MoMo, newer gateway",
    "daraja": "M-Pesa",
    "airtel": "Airtel Money",
    "pawapay": "pawaPay",
}
