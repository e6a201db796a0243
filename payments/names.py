"""What people call the providers of mobile money, and whose phones alone they are for, by their names here."""

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
