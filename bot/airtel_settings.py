"""The settings of Airtel Money: one application in one country."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from bot.rail_settings import RailSettings
from bot.setting import Flag, Url, setting
from payments.airtel import MARKETS, AirtelApp, BadPublicKey, Padding, read_public_key

AirtelCountry = Annotated[
    str,
    Meta(pattern=rf"^({'|'.join(MARKETS)})\Z", description=f"must be one of {', '.join(MARKETS)}"),
]
Beginnings = Annotated[
    str,
    Meta(
        pattern=r"^\+[1-9]\d{1,9}(,\s*\+[1-9]\d{1,9})*\Z",
        description="must be beginnings of phone numbers like +25670, with commas between them",
    ),
]
WalletPin = Annotated[str, Meta(pattern=r"^\d{4,6}\Z", description="must be four to six digits")]
PinPadding = Annotated[Padding, Meta(description="must be one of pkcs1, oaep-sha1, oaep-sha256")]


@dataclass(frozen=True, kw_only=True)
class AirtelSettings(RailSettings):
    """A part of `Settings`."""

    airtel_api_url: Url = setting(
        "Airtel Money: the API's address, which differs by country", "https://openapiuat.airtel.africa"
    )
    airtel_country: AirtelCountry = setting("Airtel Money: the country; it decides the currency", "UG")
    airtel_client_id: str = setting("Airtel Money: the application's client id; empty: no Airtel Money", "")
    airtel_client_secret: str = setting("Airtel Money: the application's client secret", secret=True)
    airtel_numbers: Beginnings = setting(
        "Airtel Money: how the numbers begin that are Airtel's, like +25670,+25675; empty: those known here", ""
    )
    airtel_signed: Flag = setting(
        "Airtel Money: whether message signing is on for the application, as in Zambia", False
    )
    airtel_lists: Flag = setting(
        "Airtel Money: whether the application has Transaction Summary, whose list is compared with the books",
        False,
    )
    airtel_callback_key: str = setting(
        "Airtel Money: the private key of callback authentication, where the portal has it on; empty: it is off",
        secret=True,
    )
    airtel_pin: WalletPin = setting(
        "Airtel Money: the disbursement account's PIN; empty: groups pay out in cash only", "", secret=True
    )
    airtel_pin_key: str = setting(
        "Airtel Money: the public key that encrypts the PIN, as the portal shows it; empty: it is asked for", ""
    )
    airtel_pin_padding: PinPadding = setting(
        "Airtel Money: how the PIN is padded, which differs by country: pkcs1, oaep-sha1 or oaep-sha256", "pkcs1"
    )

    @property
    def airtel_ready(self) -> bool:
        """Whether Airtel Money is switched on and has all it needs."""
        return "airtel" in self.rails and bool(self.airtel_client_id and self.airtel_client_secret)

    @property
    def airtel_pays_out(self) -> bool:
        """Whether Airtel Money is switched on and groups can pay out by it."""
        return self.airtel_ready and bool(self.airtel_pin)

    @property
    def airtel_app(self) -> AirtelApp:
        return AirtelApp(
            self.airtel_api_url,
            self.airtel_client_id,
            self.airtel_client_secret,
            self.airtel_country,
            tuple(each.strip() for each in self.airtel_numbers.split(",") if each),
            self.airtel_signed,
            self.airtel_callback_key,
        )


# All of them are set, or none.
AIRTEL_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "Airtel Money": ("airtel_client_id", "airtel_client_secret"),
}


def wrong_airtel(settings: AirtelSettings) -> dict[str, str]:
    """What is said of settings of Airtel Money that do not fit together."""
    problems: dict[str, str] = {}
    if settings.airtel_pin and not settings.airtel_client_id:
        problems["airtel_pin"] = "needs AIRTEL_CLIENT_ID beside it"
    code = MARKETS[settings.airtel_country].calling_code
    if not all(each.startswith(code) for each in settings.airtel_app.numbers):
        problems["airtel_numbers"] = f"must be numbers of AIRTEL_COUNTRY, which begin with {code}"
    if settings.airtel_pin_key:
        try:
            read_public_key(settings.airtel_pin_key)
        except BadPublicKey:
            problems["airtel_pin_key"] = "must be an RSA public key in base64, as the portal shows it"
    return problems


def weak_airtel_in_production(settings: AirtelSettings) -> dict[str, str]:
    """What is said of settings with which no real money moves."""
    if settings.airtel_ready and "uat" in settings.airtel_api_url:
        return {"airtel_api_url": "must be Airtel's address for production, and not that of its tests"}
    return {}
