"""What a setting is: its kind, whose description is what is said of a wrong value, its default and its meaning."""

from dataclasses import field
from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from domain.errors import Mistake
from domain.money import EXPONENTS
from payments.momo import CURRENCIES

Flag = Annotated[bool, Meta(description="must be true or false")]
Number = Annotated[int, Meta(ge=1, le=65_535, description="must be a whole number from 1 to 65535")]
Count = Annotated[int, Meta(ge=1, le=1_000_000, description="must be a whole number from 1 to 1000000")]
Tls = Annotated[Literal["starttls", "tls", "none"], Meta(description="must be one of starttls, tls, none")]
EmailAddress = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z",
        description="must be an e-mail address like savings@example.org",
    ),
]
Milliseconds = Annotated[
    int, Meta(ge=1_000, le=86_400_000, description="must be a whole number from 1000 to 86400000")
]
Origins = Annotated[
    str,
    Meta(
        pattern=r"^https?://[a-z0-9.-]+(:\d{1,5})?(,\s*https?://[a-z0-9.-]+(:\d{1,5})?)*\Z",
        description="must be origins like https://app.example.org, with commas between them and no path",
    ),
]
Port = Annotated[int, Meta(ge=0, le=65_535, description="must be a whole number from 0 to 65535")]
Seconds = Annotated[int, Meta(ge=0, le=60, description="must be a whole number from 0 to 60")]
Percent = Annotated[int, Meta(ge=1, le=100, description="must be a whole number from 1 to 100")]
Few = Annotated[int, Meta(ge=0, le=9, description="must be a whole number from 0 to 9")]
Place = Annotated[
    Literal["development", "test", "production"],
    Meta(description="must be one of development, test, production"),
]
Level = Annotated[
    Literal["error", "warn", "info", "http", "debug"],
    Meta(description="must be one of error, warn, info, http, debug"),
]
Url = Annotated[str, Meta(pattern="^https?://", description="must start with http:// or https://")]
Key = Annotated[str, Meta(min_length=32, description="must have 32 characters or more")]
Keys = Annotated[
    str,
    Meta(
        pattern=r"^[^,]{32,}(,[^,]{32,})*\Z",
        description="must be keys of 32 characters or more, with commas between them",
    ),
]
AddressPart = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]+\Z",
        description="must be letters and digits only, since it is part of an address",
    ),
]
PhoneNumber = Annotated[
    str, Meta(pattern=r"^\+[1-9]\d{6,14}\Z", description="must be a phone number like +14155238886")
]
PhoneNumbers = Annotated[
    str,
    Meta(
        pattern=r"^\+[1-9]\d{6,14}(,\s*\+[1-9]\d{6,14})*\Z",
        description="must be phone numbers like +256772000111, with commas between them",
    ),
]
Price = Annotated[
    str,
    Meta(
        pattern=rf"^({'|'.join(EXPONENTS)}) \d{{1,9}}(\.\d{{1,2}})?\Z",
        description="must be an amount like UGX 35 or KES 0.80",
    ),
]
ServiceCode = Annotated[
    str, Meta(pattern=r"^\*\d{1,5}(\*\d{1,6}){0,4}#\Z", description="must be what is dialled, like *384*7#")
]
Dsn = Annotated[
    str,
    Meta(
        pattern=r"^https?://[0-9A-Za-z]+(:[0-9A-Za-z]+)?@[\w.:-]+/[\w/-]*\d+\Z",
        description="must be a DSN like https://0123abc@errors.example.org/7, as Sentry shows it",
    ),
]
BotToken = Annotated[
    str, Meta(pattern=r"^\d+:[\w-]+\Z", description="must look like 123456:ABC-DEF, as BotFather gave it")
]
Span = Annotated[str, Meta(pattern=r"^[1-9]\d{0,4}[smhd]\Z", description="must be a time like 15m, 12h or 30d")]
Day = Annotated[date, Meta(description="must be a day like 2026-11-30")]
DayTime = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z", description="must be a time of the day like 02:00")
]
ZoneName = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+\d*){0,2}\Z", description="must be a time zone like Africa/Kampala"),
]
BotName = Annotated[
    str, Meta(pattern=r"^[A-Za-z]\w{4,31}\Z", description="must be the bot's name without an @, like SavingsBot")
]
Market = Annotated[
    str,
    Meta(pattern=rf"^({'|'.join(CURRENCIES)})\Z", description=f"must be one of {', '.join(CURRENCIES)}"),
]

_RAIL = "(momo|momo_africa|daraja|airtel|pawapay)"
RailNames = Annotated[
    str,
    Meta(
        pattern=rf"^{_RAIL}(,{_RAIL})*\Z",
        description="must be names like momo,daraja out of momo, momo_africa, daraja, airtel, pawapay",
    ),
]

Shortcode = Annotated[
    str, Meta(pattern=r"^\d{5,7}\Z", description="must be a Paybill or till number of 5 to 7 digits, like 174379")
]
Shortcodes = Annotated[
    str,
    Meta(
        pattern=r"^(\d{5,7}(,\s*\d{5,7})*)?\Z",
        description="must be numbers of 5 to 7 digits, with commas between them",
    ),
]
ApiVersion = Annotated[Literal["v1", "v2"], Meta(description="must be v1 or v2")]
IpAddresses = Annotated[
    str,
    Meta(
        pattern=r"^\d{1,3}(\.\d{1,3}){3}(,\s*\d{1,3}(\.\d{1,3}){3})*\Z",
        description="must be addresses like 196.201.214.200, with commas between them",
    ),
]
_CARRIED = rf"\+[1-9]\d{{0,14}}={_RAIL}"
CarriedNumbers = Annotated[
    str,
    Meta(
        pattern=rf"^({_CARRIED}(,{_CARRIED})*)?\Z",
        description="must be first digits and names like +25672=airtel,+254733000101=daraja",
    ),
]


class BadSettings(Mistake):
    """Settings that are missing or wrong, one a line, each with its name."""


def setting(about: str, default: Any = "", *, secret: bool = False, production: bool = False) -> Any:
    """A field of Settings: `production` ones must be given there; `secret` ones are never printed."""
    metadata = {"about": about, "secret": secret, "production": production}
    return field(default=default, repr=not secret, metadata=metadata)
