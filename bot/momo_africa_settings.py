"""
The settings of MTN MoMo's newer gateway, which is a rail of its own beside the first: what was asked for at one is
not known at the other, so both are on until the first has ended what it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.rail_settings import RailSettings
from bot.setting import Url, setting


@dataclass(frozen=True, kw_only=True)
class MomoAfricaSettings(RailSettings):
    """A part of `Settings`. The target environment is MOMO_ENVIRONMENT, of both gateways."""

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
MOMO_AFRICA_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "MTN MoMo's newer gateway": ("momo_africa_subscription_key", "momo_africa_user", "momo_africa_token"),
    "paying out by MTN MoMo's newer gateway": (
        "momo_africa_disbursement_subscription_key",
        "momo_africa_disbursement_user",
        "momo_africa_disbursement_token",
    ),
}
