"""The settings of mobile money: which rails carry it, in which order, and what each needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.setting import Flag, Market, RailNames, Url, setting


@dataclass(frozen=True, kw_only=True)
class RailSettings:
    """A part of `Settings`."""

    feature_mobile_money_enabled: Flag = setting("whether members can pay by mobile money", True)
    payment_rails: RailNames = setting(
        "which rails may carry it, with commas between them: of two that could, the first does",
        "momo,daraja,airtel,pawapay",
    )
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
    def rails(self) -> tuple[str, ...]:
        """The names in PAYMENT_RAILS, while mobile money is switched on."""
        return tuple(self.payment_rails.split(",")) if self.feature_mobile_money_enabled else ()

    @property
    def momo_ready(self) -> bool:
        """Whether MTN MoMo is switched on and has all it needs."""
        keys = (self.momo_subscription_key, self.momo_api_user, self.momo_api_key)
        return "momo" in self.rails and all(keys)

    @property
    def momo_pays_out(self) -> bool:
        """Whether MTN MoMo is switched on and groups can pay out by it."""
        return "momo" in self.rails and bool(self.momo_disbursement_subscription_key)


# All of them are set, or none.
RAILS_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "paying out": (
        "momo_disbursement_subscription_key",
        "momo_disbursement_api_user",
        "momo_disbursement_api_key",
    ),
}


def needed_by_rails(settings: RailSettings) -> list[str]:
    """What production cannot be without while mobile money is switched on."""
    return ["momo_subscription_key", "momo_api_user", "momo_api_key"] if settings.rails else []


def wrong_rails(settings: RailSettings) -> dict[str, str]:
    """What is said of settings of rails that do not fit together."""
    names = settings.payment_rails.split(",")
    return {"payment_rails": "must have each name once"} if len({*names}) < len(names) else {}


def weak_rails_in_production(settings: RailSettings) -> dict[str, str]:
    """What is said of settings with which no real money moves."""
    weak: dict[str, str] = {}
    if settings.momo_ready and settings.momo_environment == "sandbox":
        weak["momo_environment"] = "must be that of a country in production: the sandbox moves no money"
    if settings.momo_ready and "sandbox" in settings.momo_api_url:
        weak["momo_api_url"] = "must be MTN's address for production, and not that of the sandbox"
    return weak
