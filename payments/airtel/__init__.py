"""Airtel Money."""

from payments.airtel.client import AirtelApp
from payments.airtel.markets import MARKETS
from payments.airtel.products import AirtelCollections, AirtelDisbursements, AirtelListed
from payments.airtel.sealed import BadPublicKey, Padding, read_public_key

__all__ = [
    "MARKETS",
    "AirtelApp",
    "AirtelCollections",
    "AirtelDisbursements",
    "AirtelListed",
    "BadPublicKey",
    "Padding",
    "read_public_key",
]
