"""
The environment, read and checked once, at start: the only place that knows it.

Every setting is a field of a part of `Settings`, with its type, its default and what it means; `python -m bot
settings` lists them. What a type's description says is what is said of a wrong value.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, get_type_hints
from urllib.parse import parse_qsl, urlsplit

import msgspec
from dotenv import dotenv_values

from bot.airtel_settings import AIRTEL_TOGETHER, AirtelSettings, weak_airtel_in_production, wrong_airtel
from bot.backup_settings import BackupSettings, wrong_backups
from bot.daraja_settings import DARAJA_TOGETHER, DarajaSettings, weak_daraja_in_production, wrong_daraja
from bot.log_settings import LogSettings, wrong_tracing
from bot.mail_settings import MailSettings, wrong_mail
from bot.momo_settings import MOMO_KEYS, MOMO_TOGETHER, MomoAfricaSettings, MomoSettings, weak_momo_in_production
from bot.pawapay_settings import PAWAPAY_TOGETHER, PawapaySettings, weak_pawapay_in_production, wrong_pawapay
from bot.rail_settings import wrong_rails
from bot.secret_files import development_secrets, file_setting, secret_paths, secrets_of_files
from bot.setting import BadSettings, Flag, Level, Place, Tls, setting
from bot.store_settings import StoreSettings, wrong_redis
from bot.talk_settings import TalkSettings, wrong_countries
from bot.web_settings import WebSettings, weak_web_in_production
from domain.records.feature import Feature
from domain.records.session import API_VALID_MAX

# python-telegram-bot asks here whether a wait may be a timedelta, as it will always be in its next version.
os.environ.setdefault("PTB_TIMEDELTA", "true")


@dataclass(frozen=True, kw_only=True)
class _Program:
    """What stands first of `Settings`."""

    app_env: Place = setting(
        "where this runs; production refuses to start without its secrets and stores",
        "development",
    )
    app_name: str = setting("the name in logs, error reports and calls to providers", "community-savings-bot")
    app_version: str = setting("the version in logs, error reports and calls to providers", "0.1.0")


@dataclass(frozen=True, kw_only=True)
class Settings(
    LogSettings,
    MailSettings,
    TalkSettings,
    StoreSettings,
    PawapaySettings,
    AirtelSettings,
    MomoAfricaSettings,
    DarajaSettings,
    MomoSettings,
    BackupSettings,
    WebSettings,
    _Program,
):
    """The names are those of the environment, in lower case; the fields of the last part come first."""

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
    def secrets(self) -> tuple[str, ...]:
        """What stands in no log and no report: all that is secret, and the passwords in addresses."""
        given = [str(getattr(self, each.name)) for each in fields(self) if each.metadata["secret"]]
        parts = [urlsplit(each) for each in given if "://" in each]
        passwords = [each.password or "" for each in parts]
        passwords += [value for each in parts for name, value in parse_qsl(each.query) if "password" in name]
        return tuple(each for each in (*given, *passwords) if each)

    @property
    def agent(self) -> str:
        """What we are called in every call to a provider."""
        return f"{self.app_name}/{self.app_version}"


# All of them are set, or none.
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "WhatsApp": ("twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_number"),
    "TLS": ("ssl_cert", "ssl_key"),
    "backups": ("backup_to", "backup_key"),
    **MOMO_TOGETHER,
    **DARAJA_TOGETHER,
    **AIRTEL_TOGETHER,
    **PAWAPAY_TOGETHER,
}

NEARLY: Final = 0.88  # of two names, how much is the same: MONGO_URL and MONGO_URI are nearly one
HOOK_SECRET_LENGTH: Final = 20
ACCESS_VALID_MAX: Final = timedelta(hours=1)
_SECRET_FIELDS: Final = tuple(each.name for each in fields(Settings) if each.metadata["secret"])
# Those that are ours to choose; on a laptop they are made by themselves.
CHOSEN_HERE: Final = ("session_secret", "pin_pepper", "jwt_secret", "refresh_token_secret", "hook_secret")
_PREVIOUS: Final = tuple(each.name for each in fields(Settings) if each.name.endswith("_previous"))


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """
    Read the settings; the process's own environment, after a `.env` file, when none is given.

    Outside production, secrets that are not set are made once and kept under DATA_DIR.
    Raises BadSettings, naming every setting that is missing or wrong.
    """
    given = _given() if environment is None else environment
    of_files, unread = secrets_of_files(given, _SECRET_FIELDS)
    values, problems = _read({**given, **of_files})
    problems |= unread
    settings = Settings(**values)
    if settings.app_env == "production":
        weak = (
            weak_web_in_production(settings)
            | weak_momo_in_production(settings)
            | weak_daraja_in_production(settings)
            | weak_airtel_in_production(settings)
            | weak_pawapay_in_production(settings)
            | _weak_in_production(settings)
        )
        problems = weak | _missing_in_production(settings) | problems
    elif any(not getattr(settings, name) for name in CHOSEN_HERE):
        settings = Settings(**{**development_secrets(settings.data_dir, CHOSEN_HERE), **values})
    problems = (
        _missing_together(settings)
        | wrong_mail(settings)
        | _wrong_keys(settings)
        | wrong_countries(settings)
        | wrong_backups(settings)
        | wrong_rails(settings)
        | wrong_daraja(settings, settings)
        | wrong_airtel(settings)
        | wrong_pawapay(settings)
        | wrong_tracing(settings)
        | wrong_redis(settings)
        | problems
    )
    named = [each.name for each in fields(Settings) if each.name in problems]
    lines = [f"{name.upper()}: {problems[name]}" for name in named] + _misspelt(given)
    if lines:
        raise BadSettings("\n".join(lines))
    return settings


def paths_of_secrets() -> Mapping[str, str]:
    """Where those secrets of this process stand that are in files, by their fields."""
    return secret_paths(_given(), _SECRET_FIELDS)


def _given() -> Mapping[str, str | None]:
    return {**dotenv_values(".env"), **os.environ}


def _misspelt(given: Mapping[str, str | None]) -> list[str]:
    """
    What is said of names that are nearly those of settings. An environment holds names of others too, and a
    setting whose name is wrong is one that was never given.
    """
    names = [each.name.upper() for each in fields(Settings)] + [file_setting(each) for each in _SECRET_FIELDS]
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
    if kind == Level:
        return {"warning": "warn"}.get(raw.lower(), raw.lower())
    if kind in (Place, Tls):
        return raw.lower()
    return raw.rstrip("/") if name.endswith("_url") else raw


PARENT_PORT: Final = "WEB_PARENT_PORT"  # no setting: a web server says it to the processes that it starts


@contextmanager
def told_to_parent(port: int) -> Iterator[None]:
    """The processes that we start meanwhile say there what they do; 0 for nowhere."""
    os.environ[PARENT_PORT] = str(port)
    try:
        yield
    finally:
        del os.environ[PARENT_PORT]


def parent_port() -> int:
    """Where this process says what it does; 0 for nowhere."""
    return int(os.environ.get(PARENT_PORT, 0))


def with_stores(mongo_uri: str, redis_url: str) -> None:
    """Tell the processes that we start where the stores are."""
    os.environ.update(environment_of(mongo_uri=mongo_uri, redis_url=redis_url))


def environment_of(**settings: object) -> dict[str, str]:
    """Our environment with some settings changed, for a process that we start."""
    given = {name.upper(): str(value) for name, value in settings.items()}
    in_no_file = {file_setting(name): "" for name in settings if name in _SECRET_FIELDS}
    return {**os.environ, **in_no_file, **given}


def _missing_in_production(settings: Settings) -> dict[str, str]:
    needed = [each.name for each in fields(Settings) if each.metadata["production"]]
    ready = (settings.daraja_ready, settings.airtel_ready, settings.momo_africa_ready, settings.pawapay_ready)
    if settings.rails and not any(ready):  # mobile money needs the keys of one rail at least
        needed += MOMO_KEYS
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
    for name in ("hook_secret", "hook_secret_previous"):
        if len(getattr(settings, name) or settings.hook_secret) < HOOK_SECRET_LENGTH:
            weak[name] = f"must have {HOOK_SECRET_LENGTH} letters and digits or more in production"
    if settings.at_username == "sandbox":
        weak["at_username"] = "must be the account's name in production: the sandbox reaches no phone"
    seen: dict[str, str] = {}
    for name in (*CHOSEN_HERE, "backup_key"):
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


def _wrong_keys(settings: Settings) -> dict[str, str]:
    """Tokens end soon, and a key of before is no other secret of now."""
    problems: dict[str, str] = {}
    if settings.access_valid > ACCESS_VALID_MAX:
        problems["jwt_expire"] = "must be an hour or less, like 15m: a token that is lost is good until then"
    if settings.token_keys.refresh_valid > API_VALID_MAX:
        problems["refresh_token_expire"] = f"must be {API_VALID_MAX.days} days or less, like 30d"
    now = {getattr(settings, name) for name in CHOSEN_HERE}
    for name in _PREVIOUS:
        if now.intersection(getattr(settings, name).split(",")) - {""}:
            problems[name] = "must not be a secret of now: it is the one before"
    return problems
