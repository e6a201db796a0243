"""
The environment, read and checked once, at start: the only place that knows it.

Every setting is a field of `Settings`, with its type, its default and what it means; `python -m bot settings`
lists them. What a type's description says is what is said of a wrong value.
"""

import hmac
import os
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

from domain.errors import Mistake
from domain.money import COUNTRIES, EXPONENTS, Money
from domain.people import limits
from domain.people.phones import unknown_countries
from domain.records.feature import Feature
from domain.records.session import TokenKeys
from payments.momo import CURRENCIES

# python-telegram-bot asks here whether a wait may be a timedelta, as it will always be in its next version.
os.environ.setdefault("PTB_TIMEDELTA", "true")

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
Few = Annotated[int, Meta(ge=0, le=9, description="must be a whole number from 0 to 9")]
Place = Annotated[
    Literal["development", "test", "production"],
    Meta(description="must be one of development, test, production"),
]
Level = Annotated[
    Literal["debug", "info", "warning", "error"], Meta(description="must be one of debug, info, warning, error")
]
Url = Annotated[str, Meta(pattern="^https?://", description="must start with http:// or https://")]
Key = Annotated[str, Meta(min_length=32, description="must have 32 characters or more")]
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
BotName = Annotated[
    str, Meta(pattern=r"^[A-Za-z]\w{4,31}\Z", description="must be the bot's name without an @, like SavingsBot")
]
Market = Annotated[
    str,
    Meta(pattern=rf"^({'|'.join(CURRENCIES)})\Z", description=f"must be one of {', '.join(CURRENCIES)}"),
]


class BadSettings(Mistake):
    """Settings that are missing or wrong, one a line, each with its name."""


def _setting(about: str, default: Any = "", *, secret: bool = False, production: bool = False) -> Any:
    """A field of Settings: `production` ones must be given there; `secret` ones are never printed."""
    metadata = {"about": about, "secret": secret, "production": production}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The names are those of the environment, in lower case."""

    app_env: Place = _setting(
        "where this runs; production refuses to start without its secrets and stores",
        "development",
    )
    app_name: str = _setting("the name in logs, error reports and calls to providers", "community-savings-bot")
    app_version: str = _setting("the version in logs, error reports and calls to providers", "0.1.0")
    host: str = _setting("the address the web server listens on", "127.0.0.1")
    port: Number = _setting("the port the web server listens on", 8000)
    web_processes: Number = _setting("processes of the web server; one a core is right", 1)
    public_url: Url = _setting(
        "where providers reach us, for callbacks, without a final slash", "http://127.0.0.1:8000"
    )
    proxies: Few = _setting(
        "how many proxies stand before the web server, of which each adds an address to X-Forwarded-For", 0
    )
    data_dir: Path = _setting("where embedded stores and generated secrets are kept", Path(".data"))

    mongo_uri: str = _setting("MongoDB, a replica set; empty: an embedded one", secret=True, production=True)
    mongo_replica_set: str = _setting("the replica set's name, when MONGO_URI does not say it", "")
    mongo_database: str = _setting("the database in it", "savings")
    db_pool_size: Number = _setting("connections to MongoDB a process may hold", 20)
    redis_url: str = _setting("Redis or Valkey; empty: an embedded one", secret=True, production=True)

    session_secret: Key = _setting(
        "keys the digests in sessions; 32 characters or more", secret=True, production=True
    )
    pin_pepper: Key = _setting(
        "mixed into every PIN before it is hashed; never in the database, never changed; 32 characters or more",
        secret=True,
        production=True,
    )
    jwt_secret: Key = _setting(
        "signs the tokens of the JSON API; 32 characters or more", secret=True, production=True
    )
    jwt_secret_previous: Key = _setting(
        "the JWT_SECRET before, whose tokens are still good; empty: none", "", secret=True
    )
    jwt_expire: Span = _setting("for how long an access token is good, an hour at most", "15m")
    refresh_token_secret: Key = _setting(
        "signs the tokens that renew access; 32 characters or more", secret=True, production=True
    )
    refresh_token_secret_previous: Key = _setting(
        "the REFRESH_TOKEN_SECRET before, whose tokens are still good; empty: none", "", secret=True
    )
    refresh_token_expire: Span = _setting(
        "for how long a token that renews access is good, 90 days at most", "30d"
    )
    hook_secret: AddressPart = _setting(
        "the part of the webhooks' addresses that nobody can guess; letters and digits",
        secret=True,
        production=True,
    )

    service_code: ServiceCode = _setting("the USSD code that members dial", "*384*7#")
    at_username: str = _setting("Africa's Talking: the account's user name", "sandbox")
    at_api_key: str = _setting("Africa's Talking: the API key", secret=True, production=True)
    at_sender_id: str = _setting("Africa's Talking: the registered sender of SMS; empty: the default one", "")
    at_api_url: Url = _setting("Africa's Talking: another host for the SMS API; empty: the real one", "")

    countries: str = _setting(
        "where the mobile numbers are to which codes and invitations go by SMS; ISO 3166 codes",
        ",".join(COUNTRIES),
    )
    texts_hour_max: Count = _setting("codes and invitations by SMS in an hour", limits.TEXTS.most)
    texts_day_max: Count = _setting("codes and invitations by SMS in a day", limits.TEXTS_DAY.most)
    texts_to_country_hour_max: Count = _setting(
        "codes and invitations by SMS to one country in an hour", limits.TEXTS_TO_COUNTRY.most
    )
    texts_to_country_day_max: Count = _setting(
        "codes and invitations by SMS to one country in a day", limits.TEXTS_TO_COUNTRY_DAY.most
    )
    newcomers_hour_max: Count = _setting(
        "people who register in chats in an hour, without an invitation", limits.NEWCOMERS.most
    )

    sms_rate: Count = _setting("texts a second that all workers together send", 20)
    whatsapp_rate: Count = _setting("messages a second to WhatsApp, of 80 that a sender has at first", 60)
    telegram_rate: Count = _setting("messages a second to Telegram, of about 30 that a bot has", 25)

    sms_costs: Price = _setting("what a part of a text message costs us, like UGX 35; empty: not said", "")
    template_costs: Price = _setting(
        "what a WhatsApp template costs us, like UGX 40, in the currency of SMS_COSTS; empty: not said", ""
    )
    broadcast_costs_above: Price = _setting(
        "above which cost of a broadcast a second officer has to agree, like UGX 5000; empty: none", ""
    )
    operator_phones: PhoneNumbers = _setting(
        "phones of those who write to all groups, of whom another one agrees to each message", ""
    )

    feature_sms_menus_enabled: Flag = _setting(
        "whether a text message to our number is answered with menus; each answer costs a message", False
    )

    reminders_held_out_since: Day = _setting(
        "the day since which a tenth of the members get no reminders, so that their effect can be measured; "
        "empty: everybody gets them",
        "",
    )
    feature_chat_enabled: Flag = _setting(
        "whether members can write to their whole group; each message goes to all chats of its members", False
    )
    feature_referral_enabled: Flag = _setting(
        "whether groups can reward members who bring others, as their members vote, out of what the group earned",
        False,
    )
    letters_day_max: Count = _setting(
        "messages to groups that one member can write in a day", limits.LETTERS_DAY.most
    )
    letters_kept_days: Count = _setting("for how many days a message to a group can be read", 90)

    twilio_account_sid: str = _setting("WhatsApp: the account's SID at Twilio; empty: no WhatsApp", "")
    twilio_auth_token: str = _setting("WhatsApp: the account's primary auth token", secret=True)
    twilio_signing_key: str = _setting(
        "WhatsApp: the secret of a shared key, when Twilio signs webhooks with one", secret=True
    )
    twilio_whatsapp_number: PhoneNumber = _setting("WhatsApp: our number there, like +14155238886", "")
    twilio_api_url: Url = _setting("WhatsApp: another host for Twilio's API; empty: the real one", "")

    telegram_bot_token: BotToken = _setting("Telegram: the bot's token; empty: no Telegram", secret=True)
    telegram_bot_name: BotName = _setting("Telegram: the bot's name, for links to it; empty: no such links", "")
    telegram_api_url: Url = _setting("Telegram: another host for the Bot API; empty: the real one", "")

    email_from: EmailAddress = _setting(
        "E-mail: our own address; empty: no e-mail. It needs SENDGRID_API_KEY or SMTP_HOST", ""
    )
    sendgrid_api_key: str = _setting("E-mail: SendGrid's API key, with the right to send", secret=True)
    sendgrid_api_url: Url = _setting("E-mail: another host for SendGrid's API; empty: the real one", "")
    smtp_host: str = _setting("E-mail: the server that takes our mail, where it does not go through SendGrid", "")
    smtp_port: Number = _setting("E-mail: the server's port; 465 goes with SMTP_TLS=tls", 587)
    smtp_user: str = _setting("E-mail: our name at the server; empty: it asks for none", "")
    smtp_password: str = _setting("E-mail: the password that goes with it", secret=True)
    smtp_tls: Tls = _setting(
        "E-mail: how the connection is encrypted; none is for a server on this machine", "starttls"
    )
    email_rate: Count = _setting("e-mails a second that all workers together send", 10)

    feature_mobile_money_enabled: Flag = _setting("whether members can pay by mobile money", True)
    momo_api_url: Url = _setting("MTN MoMo: the API's address", "https://sandbox.momodeveloper.mtn.com")
    momo_environment: Market = _setting(
        "MTN MoMo: the target environment, like mtnuganda; it decides the currency", "sandbox"
    )
    momo_subscription_key: str = _setting("MTN MoMo: the Collections product's subscription key", secret=True)
    momo_api_user: str = _setting("MTN MoMo: the Collections API user, a UUID", "")
    momo_api_key: str = _setting("MTN MoMo: the Collections API user's key", secret=True)
    momo_disbursement_subscription_key: str = _setting(
        "MTN MoMo: the Disbursements product's subscription key; empty: groups pay out in cash only", secret=True
    )
    momo_disbursement_api_user: str = _setting("MTN MoMo: the Disbursements API user, a UUID", "")
    momo_disbursement_api_key: str = _setting("MTN MoMo: the Disbursements API user's key", secret=True)

    log_level: Level = _setting("debug, info, warning or error", "info")
    sentry_dsn: Dsn = _setting("where errors are reported; empty: only to the log", secret=True)

    @property
    def countries_served(self) -> tuple[str, ...]:
        """The codes in COUNTRIES."""
        return tuple(code.strip().upper() for code in self.countries.split(","))

    @property
    def limits_most(self) -> Mapping[str, int]:
        """How many uses the limits have that are set here, by their names."""
        settable = {each.name: f"{each.name}_max" for each in limits.LIMITS}
        return {name: getattr(self, field) for name, field in settable.items() if hasattr(self, field)}

    @property
    def features(self) -> tuple[Feature, ...]:
        """What is switched on of what the rules know."""
        switches: dict[Feature, bool] = {
            "letters": self.feature_chat_enabled,
            "referral": self.feature_referral_enabled,
            "email": bool(self.email_from),
        }
        return tuple(name for name, on in switches.items() if on)

    @property
    def rates(self) -> Mapping[str, int]:
        """Messages a second, by the channel."""
        return {
            "sms": self.sms_rate,
            "whatsapp": self.whatsapp_rate,
            "telegram": self.telegram_rate,
            "email": self.email_rate,
        }

    @property
    def text_costs(self) -> Money | None:
        """What a part of a text message costs."""
        return _money(self.sms_costs)

    @property
    def templates_cost(self) -> Money | None:
        """What a chat message costs outside the time in which it is free."""
        return _money(self.template_costs)

    @property
    def broadcast_most(self) -> Money | None:
        """What a broadcast may cost before somebody else has to agree."""
        return _money(self.broadcast_costs_above)

    @property
    def operators(self) -> tuple[str, ...]:
        """The numbers in OPERATOR_PHONES."""
        return tuple(phone.strip() for phone in self.operator_phones.split(",") if phone.strip())

    @property
    def chat_link(self) -> str:
        """Where our chat in WhatsApp opens, to be followed by what is typed in it; "" where there is none."""
        number = self.twilio_whatsapp_number.removeprefix("+")
        return f"https://wa.me/{number}?text=" if number else ""

    @property
    def check_link(self) -> str:
        """Where a receipt is checked on our page; "" where the address is nobody's but this machine's."""
        return f"{self.public_url}/check/" if self.public_url.startswith("https://") else ""

    @property
    def access_valid(self) -> timedelta:
        """For how long an access token is good."""
        return _span(self.jwt_expire)

    @property
    def token_keys(self) -> TokenKeys:
        """What refresh tokens are signed with."""
        both = (self.refresh_token_secret, self.refresh_token_secret_previous)
        return TokenKeys(tuple(each for each in both if each), _span(self.refresh_token_expire))

    @property
    def telegram_secret(self) -> str:
        """What Telegram sends with every update: made of HOOK_SECRET, which is in the address already."""
        return hmac.new(self.hook_secret.encode(), b"telegram", "sha256").hexdigest()

    @property
    def agent(self) -> str:
        """What we are called in every call to a provider."""
        return f"{self.app_name}/{self.app_version}"

    @property
    def momo_ready(self) -> bool:
        """Whether mobile money is switched on and has all it needs."""
        keys = (self.momo_subscription_key, self.momo_api_user, self.momo_api_key)
        return self.feature_mobile_money_enabled and all(keys)

    @property
    def momo_pays_out(self) -> bool:
        """Whether mobile money is switched on and groups can pay out by it."""
        return self.feature_mobile_money_enabled and bool(self.momo_disbursement_subscription_key)


# All of them are set, or none.
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "WhatsApp": ("twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_number"),
    "paying out": (
        "momo_disbursement_subscription_key",
        "momo_disbursement_api_user",
        "momo_disbursement_api_key",
    ),
}


def _span(text: str) -> timedelta:
    """A time like "15m"."""
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def _money(price: str) -> Money | None:
    """An amount like "KES 0.80"."""
    if not price:
        return None
    currency, _, amount = price.partition(" ")
    return Money(int(Decimal(amount).scaleb(EXPONENTS[currency])), currency)


NEARLY: Final = 0.88  # of two names, how much is the same: MONGO_URL and MONGO_URI are nearly one
HOOK_SECRET_LENGTH: Final = 20
_SECRETS: Final = ("session_secret", "pin_pepper", "jwt_secret", "refresh_token_secret", "hook_secret")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Read the settings; the process's own environment, after a `.env` file, when none is given.

    Outside production, secrets that are not set are made once and kept under DATA_DIR.
    Raises BadSettings, naming every setting that is missing or wrong.
    """
    given = {**dotenv_values(".env"), **os.environ} if environment is None else environment
    values, problems = _read(given)
    settings = Settings(**values)
    if settings.app_env == "production":
        problems = _weak_in_production(settings) | _missing_in_production(settings) | problems
    elif any(not getattr(settings, name) for name in _SECRETS):
        settings = Settings(**{**development_secrets(settings.data_dir), **values})
    problems = _missing_together(settings) | _wrong_mail(settings) | _unknown_countries(settings) | problems
    named = [each.name for each in fields(Settings) if each.name in problems]
    lines = [f"{name.upper()}: {problems[name]}" for name in named] + _misspelt(given)
    if lines:
        raise BadSettings("\n".join(lines))
    return settings


def _misspelt(given: Mapping[str, str | None]) -> list[str]:
    """
    What is said of names that are nearly those of settings. An environment holds names of others too, and a
    setting whose name is wrong is one that was never given.
    """
    names = [each.name.upper() for each in fields(Settings)]
    lines = []
    for name in sorted({*given} - {*names}):
        if meant := get_close_matches(name, names, n=1, cutoff=NEARLY):
            lines.append(f"{name}: no setting is called that; {meant[0]} is one")
    return lines


def _read(given: Mapping[str, str | None]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is given and right, by the names of the fields, and what is said of what is wrong."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    types = get_type_hints(Settings, include_extras=True)
    for each in fields(Settings):
        raw, kind = given.get(each.name.upper()), types[each.name]
        if not raw:
            continue
        try:
            values[each.name] = msgspec.convert(
                _plain(each.name, kind, raw), kind, strict=False, dec_hook=lambda kind, text: kind(text)
            )
        except msgspec.ValidationError:
            shown = "(hidden)" if each.metadata["secret"] else repr(raw)
            problems[each.name] = f"{kind.__metadata__[0].description}, not {shown}"
    return values, problems


def _plain(name: str, kind: Any, raw: str) -> str:
    """What was written, as its type knows it."""
    if kind == Flag:
        return {"yes": "true", "no": "false"}.get(raw.lower(), raw)
    if kind in (Place, Level, Tls):
        return raw.lower()
    return raw.rstrip("/") if name.endswith("_url") else raw


def with_stores(mongo_uri: str, redis_url: str) -> None:
    """Tell the processes that we start where the stores are."""
    os.environ["MONGO_URI"], os.environ["REDIS_URL"] = mongo_uri, redis_url


def environment_of(**settings: object) -> dict[str, str]:
    """Our environment with some settings changed, for a process that we start."""
    return {**os.environ, **{name.upper(): str(value) for name, value in settings.items()}}


def development_secrets(data_dir: Path) -> dict[str, str]:
    """Secrets for a laptop: made on first use, then the same, since PINs are hashed with one of them."""
    path = data_dir / "secrets.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # the stores and their secrets: nobody else's
        made = {name: random_secrets.token_hex(24) for name in _SECRETS}
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(made))
        try:
            os.link(fresh, path)  # the first of two programs wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    # What a version before had no secret for is made of one it had, so that two programs make the same.
    of_before = kept["session_secret"].encode()
    return {name: hmac.new(of_before, name.encode(), "sha256").hexdigest() for name in _SECRETS} | kept


def _missing_in_production(settings: Settings) -> dict[str, str]:
    needed = [each.name for each in fields(Settings) if each.metadata["production"]]
    if settings.feature_mobile_money_enabled:
        needed += ["momo_subscription_key", "momo_api_user", "momo_api_key"]
    missing = {name: "must be set in production" for name in needed if not getattr(settings, name)}
    if settings.public_url.startswith("http://"):
        missing["public_url"] = "must be the https address that providers call"
    return missing


def _weak_in_production(settings: Settings) -> dict[str, str]:
    """What a laptop may have, and a service whose money is real may not."""
    weak = {
        each.name: "must start with https://: keys and money go there"
        for each in fields(Settings)
        if each.name.endswith("_api_url") and getattr(settings, each.name).startswith("http://")
    }
    if len(settings.hook_secret) < HOOK_SECRET_LENGTH:
        weak["hook_secret"] = f"must have {HOOK_SECRET_LENGTH} letters and digits or more in production"
    if settings.momo_ready and settings.momo_environment == "sandbox":
        weak["momo_environment"] = "must be that of a country in production: the sandbox moves no money"
    if settings.momo_ready and "sandbox" in settings.momo_api_url:
        weak["momo_api_url"] = "must be MTN's address for production, and not that of the sandbox"
    if settings.at_username == "sandbox":
        weak["at_username"] = "must be the account's name in production: the sandbox reaches no phone"
    seen: dict[str, str] = {}
    for name in _SECRETS:
        if (same := seen.setdefault(getattr(settings, name), name)) != name:
            weak[name] = f"must not be the same as {same.upper()}: who finds one has both"
    return weak


def _missing_together(settings: Settings) -> dict[str, str]:
    return {
        name: f"{what} needs it beside the others"
        for what, names in _TOGETHER.items()
        if any(getattr(settings, name) for name in names)
        for name in names
        if not getattr(settings, name)
    }


def _wrong_mail(settings: Settings) -> dict[str, str]:
    """One way for e-mail or none; a password only where nobody on the way reads it."""
    sendgrid, smtp = bool(settings.sendgrid_api_key), bool(settings.smtp_host)
    problems: dict[str, str] = {}
    if sendgrid and smtp:
        problems["smtp_host"] = "must be empty where SENDGRID_API_KEY is set: e-mail goes one way"
    if settings.email_from and not (sendgrid or smtp):
        problems["email_from"] = "needs SENDGRID_API_KEY or SMTP_HOST"
    if (sendgrid or smtp) and not settings.email_from:
        problems["email_from"] = "must be set: e-mail needs an address that it comes from"
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        lacking = "smtp_password" if settings.smtp_user else "smtp_user"
        problems[lacking] = "must be set beside the other: a name and its password"
    if settings.smtp_tls == "none" and settings.smtp_password:
        problems["smtp_tls"] = "must be starttls or tls where there is a password"
    return problems


def _unknown_countries(settings: Settings) -> dict[str, str]:
    if unknown := unknown_countries(settings.countries_served):
        return {"countries": f"must be codes of countries like UG,KE, not {', '.join(map(repr, unknown))}"}
    return {}
