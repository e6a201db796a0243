"""Airtel Money."""

from payments.airtel.client import AirtelApp
from payments.airtel.markets import MARKETS
from payments.airtel.products import AirtelCollections, AirtelDisbursements
from payments.airtel.sealed import PADDINGS, Padding, read_public_key

__all__ = [
    "MARKETS",
    "PADDINGS",
    "AirtelApp",
    "AirtelCollections",
    "AirtelDisbursements",
    "Padding",
    "read_public_key",
]
