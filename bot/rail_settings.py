"""The settings of mobile money, whoever carries it: which rails do, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.setting import CarriedNumbers, Flag, RailNames, setting


@dataclass(frozen=True, kw_only=True)
class RailSettings:
    """A part of `Settings`. What each rail needs stands in a file of its own."""

    feature_mobile_money_enabled: Flag = setting("whether members can pay by mobile money", True)
    payment_rails: RailNames = setting(
        "which rails may carry it, with commas between them: of two that could, the first does",
        "airtel,momo_africa,momo,daraja,pawapay",
    )
    payment_numbers: CarriedNumbers = setting(
        "first digits of phone numbers, or whole ones, that a rail carries whatever else is known of them, like "
        "+25672=airtel,+254733000101=daraja: who kept their number and changed their network, and new numbers",
        "",
    )

    @property
    def rails(self) -> tuple[str, ...]:
        """The names in PAYMENT_RAILS, while mobile money is switched on."""
        return tuple(self.payment_rails.split(",")) if self.feature_mobile_money_enabled else ()

    @property
    def numbers_carried(self) -> Mapping[str, str]:
        """The rails in PAYMENT_NUMBERS, by the first digits of what they carry."""
        pairs = (each.partition("=") for each in filter(None, self.payment_numbers.split(",")))
        return {digits: name for digits, _, name in pairs}


def wrong_rails(settings: RailSettings) -> dict[str, str]:
    """What is said of names of rails that cannot be."""
    names = settings.payment_rails.split(",")
    return {"payment_rails": "must have each name once"} if len({*names}) < len(names) else {}
