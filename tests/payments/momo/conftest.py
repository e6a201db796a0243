"""Our clients of MTN MoMo, for a server that answers as a test tells it to."""

from dataclasses import replace
from typing import Any

from payments.momo import MomoCollections, MomoDisbursements
from tests.payments.conftest import ADDRESSES, Wire


def client_at(wire: Wire, public_url: str = "", seconds: float = 60) -> MomoCollections:
    return MomoCollections(**_settings(wire, "sub-coll", public_url, seconds))


def payer_at(wire: Wire, public_url: str = "", seconds: float = 60) -> MomoDisbursements:
    return MomoDisbursements(**_settings(wire, "sub-disb", public_url, seconds))


def _settings(wire: Wire, subscription_key: str, public_url: str, seconds: float) -> dict[str, Any]:
    return {
        "base_url": f"{wire.url}/",
        "subscription_key": subscription_key,
        "api_user": "user",
        "api_key": "key",
        "environment": "mtnuganda",
        "addresses": replace(ADDRESSES, public_url=public_url),
        "timeout": (60, seconds),
    }
