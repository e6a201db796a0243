"""The settings of the web server: where it listens, who may call it, how often, and what it signs with."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.setting import (
    AddressPart,
    Count,
    Few,
    Flag,
    Key,
    Milliseconds,
    Number,
    Origins,
    Port,
    Seconds,
    Span,
    Url,
    setting,
)
from domain.records.session import TokenKeys
from payments.addresses import Addresses

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """A part of `Settings`."""

    host: str = setting("the address the web server listens on", "127.0.0.1")
    port: Number = setting("the port the web server listens on", 8000)
    web_processes: Number = setting("processes of the web server; one a core is right", 1)
    drain_seconds: Seconds = setting(
        "for how long after SIGTERM the web server goes on while /ready says 503, so that a proxy leaves it out", 0
    )
    metrics_host: str = setting("the address of the operations port: /metrics, /live and /ready", "127.0.0.1")
    metrics_port: Port = setting("the operations port of each process, never open to the world; 0: none", 0)
    public_url: Url = setting(
        "where providers reach us, for callbacks, without a final slash", "http://127.0.0.1:8000"
    )
    proxies: Few = setting(
        "how many proxies stand before the web server, of which each adds an address to X-Forwarded-For", 0
    )
    ssl_cert: str = setting("a file with the certificate, where no proxy speaks TLS for us; empty: none", "")
    ssl_key: str = setting("a file with the key of SSL_CERT", "")

    session_secret: Key = setting(
        "keys the digests in sessions; 32 characters or more", secret=True, production=True
    )
    session_secret_previous: Key = setting(
        "the SESSION_SECRET before, whose cookies and links are still good; empty: none", "", secret=True
    )
    jwt_secret: Key = setting(
        "signs the tokens of the JSON API; 32 characters or more", secret=True, production=True
    )
    jwt_secret_previous: Key = setting(
        "the JWT_SECRET before, whose tokens are still good; empty: none", "", secret=True
    )
    jwt_expire: Span = setting("for how long an access token is good, an hour at most", "15m")
    refresh_token_secret: Key = setting(
        "signs the tokens that renew access; 32 characters or more", secret=True, production=True
    )
    refresh_token_secret_previous: Key = setting(
        "the REFRESH_TOKEN_SECRET before, whose tokens are still good; empty: none", "", secret=True
    )
    refresh_token_expire: Span = setting("for how long a token that renews access is good, 90 days at most", "30d")
    hook_secret: AddressPart = setting(
        "the part of the webhooks' addresses that nobody can guess; letters and digits",
        secret=True,
        production=True,
    )
    hook_secret_previous: AddressPart = setting(
        "the HOOK_SECRET before, whose addresses are still called; empty: none", "", secret=True
    )

    rate_limit_max_requests: Count = setting("requests of one address within RATE_LIMIT_WINDOW_MS", 1_000)
    rate_limit_window_ms: Milliseconds = setting("how long they are counted, in milliseconds", 900_000)
    cors_origin: Origins = setting(
        "the origins whose pages may call the API from a browser, with commas between them; empty: none", ""
    )
    csrf_protection: Flag = setting("whether each form has to show that it is ours; never off in production", True)

    @property
    def origins(self) -> tuple[str, ...]:
        """Those in CORS_ORIGIN."""
        return tuple(each.strip() for each in self.cors_origin.split(",") if each.strip())

    @property
    def session_secrets(self) -> tuple[str, ...]:
        """What cookies and links may be signed with, the one of now first."""
        return tuple(each for each in (self.session_secret, self.session_secret_previous) if each)

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
        return _for_telegram(self.hook_secret)

    @property
    def telegram_secrets(self) -> tuple[str, ...]:
        """What it may send: that of the address before too, as long as there is one."""
        return tuple(_for_telegram(each) for each in (self.hook_secret, self.hook_secret_previous) if each)

    def addresses(self, rail: str) -> Addresses:
        """The addresses of ours that a provider of mobile money is given."""
        return Addresses(rail, self.public_url, self.hook_secret, self.session_secrets)

    def of_both_addresses(self, by_path: Mapping[str, T]) -> dict[str, T]:
        """What is called by its path, found by the paths of before too, with HOOK_SECRET_PREVIOUS in them."""
        if not self.hook_secret_previous:
            return dict(by_path)
        part, before = re.compile(rf"(?<=/){self.hook_secret}(?=/|\Z)"), self.hook_secret_previous
        return {**{part.sub(before, path): each for path, each in by_path.items()}, **by_path}


def weak_web_in_production(settings: WebSettings) -> dict[str, str]:
    """What is said of settings of the web with which people's money must not be served."""
    weak: dict[str, str] = {}
    if any(each.startswith("http://") for each in settings.origins):
        weak["cors_origin"] = "must be https in production: whoever is on the way could ask in that site's name"
    if not settings.csrf_protection:
        weak["csrf_protection"] = "must be true in production: any site could send our forms in a leader's name"
    return weak


def _span(text: str) -> timedelta:
    """A time like "15m"."""
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


def _for_telegram(hook_secret: str) -> str:
    return hmac.new(hook_secret.encode(), b"telegram", "sha256").hexdigest()
