"""
The settings of MTN MoMo's two gateways. The newer one is a rail of its own beside the first: what was asked for at
one is not known at the other, so both are on until the first has ended what it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.rail_settings import RailSettings
from bot.setting import Market, Url, setting

MOMO_KEYS: Final = ("momo_subscription_key", "momo_api_user", "momo_api_key")


@dataclass(frozen=True, kw_only=True)
class MomoSettings(RailSettings):
    """A part of `Settings`: the first gateway."""

    momo_api_url: Url = setting("MTN MoMo: the API's address", "https://sandbox.momodeveloper.mtn.com")
    momo_environment: Market = setting(
        "MTN MoMo: the target environment, like mtnuganda; it decides the currency", "sandbox"
    )
    momo_subscription_key: str = setting("MTN MoMo: the Collections product's subscription key", secret=True)
    momo_api_user: str = setting("MTN MoMo: the Collections API user, a UUID", "")
    momo_api_key: str = setting("MTN MoMo: the Collections API user's key", secret=True)
    momo_disbursement_subscription_key: str = setting(
        "MTN MoMo: the Disbursements product's subscription key; empty: groups pay out in cash only", secret=True
    )
    momo_disbursement_api_user: str = setting("MTN MoMo: the Disbursements API user, a UUID", "")
    momo_disbursement_api_key: str = setting("MTN MoMo: the Disbursements API user's key", secret=True)

    @property
    def momo_ready(self) -> bool:
        """Whether MTN MoMo is switched on and has all it needs."""
        return "momo" in self.rails and all(getattr(self, name) for name in MOMO_KEYS)

    @property
    def momo_pays_out(self) -> bool:
        """Whether MTN MoMo is switched on and groups can pay out by it."""
        return "momo" in self.rails and bool(self.momo_disbursement_subscription_key)


@dataclass(frozen=True, kw_only=True)
class MomoAfricaSettings(RailSettings):
    """A part of `Settings`: the newer gateway. The target environment is MOMO_ENVIRONMENT, of both."""

    momo_africa_api_url: Url = setting("MTN MoMo, newer gateway: the API's address", "https://momoapi.momo.africa")
    momo_africa_subscription_key: str = setting(
        "MTN MoMo, newer gateway: the Collections product's subscription key, which may be that of the first",
        secret=True,
    )
    momo_africa_user: str = setting("MTN MoMo, newer gateway: the user id of the System Credentials", "")
    momo_africa_token: str = setting(
        "MTN MoMo, newer gateway: the credential token of the System Credentials", secret=True
    )
    momo_africa_disbursement_subscription_key: str = setting(
        "MTN MoMo, newer gateway: the Disbursements product's subscription key; empty: no paying out there",
        secret=True,
    )
    momo_africa_disbursement_user: str = setting(
        "MTN MoMo, newer gateway: the user id of the System Credentials for Disbursements", ""
    )
    momo_africa_disbursement_token: str = setting(
        "MTN MoMo, newer gateway: the credential token that goes with it", secret=True
    )

    @property
    def momo_africa_ready(self) -> bool:
        """Whether the newer gateway is switched on and has all it needs."""
        return "momo_africa" in self.rails and bool(self.momo_africa_subscription_key)

    @property
    def momo_africa_pays_out(self) -> bool:
        """Whether the newer gateway is switched on and groups can pay out by it."""
        return "momo_africa" in self.rails and bool(self.momo_africa_disbursement_subscription_key)


# All of them are set, or none.
MOMO_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "paying out": (
        "momo_disbursement_subscription_key",
        "momo_disbursement_api_user",
        "momo_disbursement_api_key",
    ),
    "MTN MoMo's newer gateway": ("momo_africa_subscription_key", "momo_africa_user", "momo_africa_token"),
    "paying out by MTN MoMo's newer gateway": (
        "momo_africa_disbursement_subscription_key",
        "momo_africa_disbursement_user",
        "momo_africa_disbursement_token",
    ),
}


def weak_momo_in_production(settings: MomoSettings) -> dict[str, str]:
    """What is said of settings with which no real money moves."""
    weak: dict[str, str] = {}
    if settings.momo_ready and settings.momo_environment == "sandbox":
        weak["momo_environment"] = "must be that of a country in production: the sandbox moves no money"
    if settings.momo_ready and "sandbox" in settings.momo_api_url:
        weak["momo_api_url"] = "must be the provider's address for production, and not that of the sandbox"
    return weak
