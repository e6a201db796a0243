"""
After a deployment: does it answer, let somebody in, and guard itself? Asked over HTTP, as anybody asks.

It changes nothing: it signs in, reads, and signs out, and what it posts to the webhooks is refused. What it signs
in with is in no line that it writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import click
import requests

from bot.cli.outside import Amiss, Check, Outside, checked, data_of, say_all, url_option
from bot.shield.headers import EVERY, PAGE, SERVER, YEAR_SECONDS

NOBODY: Final = "nobody@smoke.invalid"
RATES: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
USSD: Final = "/hooks/at/ussd/"
WHATSAPP: Final = "/hooks/twilio/whatsapp"


@dataclass
class Service(Outside):
    """Who is checked, and what to sign in with."""

    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    group: str = ""
    member: int = 1
    hook_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> requests.Response:
        """The API, as whoever is signed in. Raises Amiss when nobody answers in time."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else None
        return self.ask(method, path, json=body, headers=headers)

    def read(self, path: str) -> Any:
        """What the API says there. Raises Amiss."""
        return data_of(self.call("GET", path), path, _TO_DO, _LOOK)


_LOOK: Final = "Look for it in the log, by its request_id."
_TO_DO: Final = {
    401: "Is the account's password right, and its code of this minute?",
    403: "Use an operator's account.",
    404: "Is this version deployed, and is there such a group (--group)?",
    429: "Wait, or ask from another address: too much was asked from this one.",
    503: "A store is away: look at /health, MONGO_URI and REDIS_URL.",
}


def check_health(service: Service) -> str:
    """It is up, and reaches both stores."""
    version = service.read("/health").get("version", "")
    if not service.has_pages:
        return f"version {version}, and its stores answer"
    said = service.read("/api/health")
    if said.get("status") != "healthy":
        raise Amiss("/api/health: not healthy", _LOOK)
    return f"up for {int(said.get('uptime', 0))} s, and its stores answer"


def check_messages(service: Service) -> str:
    """Messages come to the conversations, and only those of our providers do."""
    guessed = service.ask("POST", f"{USSD}{'0' * 20}", form={"text": ""}, name=USSD)
    if guessed.status_code not in (404, 429):
        raise Amiss(f"{USSD}…: {guessed.status_code} for an address that nobody was told", _LOOK)
    signed = {"X-Twilio-Signature": "bm90aGluZw=="}
    forged = service.ask("POST", WHATSAPP, form={"Body": "menu", "From": "whatsapp:+0"}, headers=signed)
    if forged.status_code not in (403, 404):  # 404: WhatsApp is not on
        raise Amiss(f"{WHATSAPP}: {forged.status_code} for a message with a false signature", _LOOK)
    if not service.hook_secret:
        return "those of strangers are refused"
    nonsense = service.ask("POST", f"{USSD}{service.hook_secret}", form={"text": "nonsense"}, name=USSD)
    if nonsense.status_code != 400:
        do = "Does the proxy lead /hooks/at/ussd/ to the processes that serve messages? Is HOOK_SECRET theirs?"
        raise Amiss(f"{USSD}…: {nonsense.status_code} for a call without a number", do)
    return "they come to the conversations; those of strangers are refused"


def check_login(service: Service) -> str:
    """Nobody is refused, an operator is not. A wrong password of theirs would be counted against them."""
    if not all(service.given.values()):
        lacking = ", ".join(f"--{name}" for name, value in service.given.items() if not value)
        do = "Give them, or set SMOKE_EMAIL, SMOKE_PASSWORD, SMOKE_TOTP."
        raise Amiss(f"not tried without {lacking}", do)
    path = "/api/auth/login"
    wrong = service.ask("POST", path, json={**service.given, "email": NOBODY})
    if wrong.status_code != 401:
        do = _TO_DO.get(wrong.status_code, _LOOK)
        raise Amiss(f"{path}: {wrong.status_code} for an account that there is not", do)
    said = data_of(service.ask("POST", path, json=service.given), path, _TO_DO, _LOOK)
    service.token = str(said.get("token", ""))
    if not service.token:
        raise Amiss(f"{path}: no token", _LOOK)
    return "nobody is refused, an operator gets in"


def check_eligibility(service: Service) -> str:
    """Whether a member may borrow is worked out."""
    _needs_login(service)
    said = service.read(f"/api/loans/eligibility/{service.group}?member={service.member}")
    if not isinstance(said.get("data"), dict) or "eligible" not in said["data"]:
        raise Amiss("/api/loans/eligibility: it does not say whether", _LOOK)
    return f"worked out for member {service.member} of group {service.group}"


def check_dashboard(service: Service) -> str:
    """The operator sees figures."""
    _needs_login(service)
    if not service.read("/api/admin/dashboard").get("data"):
        raise Amiss("/api/admin/dashboard: it is empty", "Does the scheduler run, and a worker?")
    return "it has figures"


def _needs_login(service: Service) -> None:
    if not service.token:
        raise Amiss("not tried: nobody is signed in", "Mend the login first.")


def check_headers(outside: Outside) -> str:
    """Every answer guards whoever reads it, and names no program."""
    pages = {"/sign-in": {**EVERY, **PAGE}} if outside.has_pages else {}
    for path, expected in {"/health": EVERY, **pages, "/nothing-is-here": EVERY}.items():
        found = outside.ask("GET", path).headers
        wrong = sorted(name for name, value in expected.items() if name != "Vary" and found.get(name) != value)
        if outside.by_tls and f"max-age={YEAR_SECONDS}" not in found.get("Strict-Transport-Security", ""):
            wrong.append("Strict-Transport-Security")
        if wrong:
            do = "Does the proxy change them? Is PUBLIC_URL the https address?"
            raise Amiss(f"{path}: {', '.join(wrong)}", do)
        if "granian" in found.get("Server", SERVER).lower():
            raise Amiss(f"{path}: the Server header names the program", "Is this version deployed?")
    return "all there" if outside.by_tls else "all there (and HSTS only comes by https)"


def check_rate(service: Service) -> str:
    """It counts what this address asks, in all processes together."""
    seen = [service.ask("GET", "/sign-in").headers for _ in range(2)]
    if lacking := [name for name in RATES if not all(each.get(name, "").isdigit() for each in seen)]:
        raise Amiss(f"/sign-in: no {', '.join(lacking)}", "Does Redis answer? Does the proxy leave them out?")
    first, second = (int(each["RateLimit-Remaining"]) for each in seen)
    if second >= first and int(seen[0]["RateLimit-Reset"]) > 1:
        do = "Do the processes share one Redis? Is PROXIES right?"
        raise Amiss(f"/sign-in: {first}, then {second} left", do)
    return f"{second} of {seen[1]['RateLimit-Limit']} left for this address"


HEALTH: Final[Check[Service]] = ("health", check_health)
MESSAGES: Final[Check[Service]] = ("messages", check_messages)
SIGNED_IN: Final[tuple[Check[Service], ...]] = (
    ("login", check_login),
    ("eligibility", check_eligibility),
    ("dashboard", check_dashboard),
)
HEADERS: Final[Check[Service]] = ("headers", check_headers)
RATE: Final[Check[Service]] = ("rate limit", check_rate)


def checks_of(what: str, *, signed_in: bool) -> tuple[Check[Service], ...]:
    """Those that fit a process which serves `everything`, `messages` or `pages`."""
    if what == "messages":
        return (HEALTH, MESSAGES, HEADERS)
    messages = (MESSAGES,) if what == "everything" else ()
    return (HEALTH, *messages, *(SIGNED_IN if signed_in else ()), HEADERS, RATE)


def looked_at(service: Service, what: str, *, signed_in: bool) -> Iterator[tuple[bool, str]]:
    """Each check, and whoever is signed in is signed out again."""
    yield from checked(checks_of(what, signed_in=signed_in), service)
    if service.token:
        service.call("POST", "/api/auth/logout")


@click.command()
@url_option
@click.option(
    "--serves",
    type=click.Choice(["everything", "messages", "pages"]),
    default="everything",
    show_default=True,
    help="What is there: as `web --serve` was started.",
)
@click.option("--without-login", is_flag=True, help="Leave out what only an operator sees.")
@click.option("--email", envvar="SMOKE_EMAIL", default="", help="An operator's e-mail address; or SMOKE_EMAIL.")
@click.option("--password", envvar="SMOKE_PASSWORD", default="", help="Their password; better SMOKE_PASSWORD.")
@click.option("--totp", envvar="SMOKE_TOTP", default="", help="Their code of this minute; or SMOKE_TOTP.")
@click.option(
    "--hook-secret", envvar="HOOK_SECRET", default="", help="Better HOOK_SECRET: a call is tried with it."
)
@click.option("--group", default="10101", show_default=True, help="The code of a group, for eligibility.")
@click.option(
    "--member", default=1, show_default=True, type=click.IntRange(min=1), help="A member's number in it."
)
def smoke(
    url: str,
    serves: str,
    without_login: bool,
    email: str,
    password: str,
    totp: str,
    hook_secret: str,
    group: str,
    member: int,
) -> None:
    """Check a deployment from outside."""
    given = {"email": email, "password": password, "totp": totp}
    service = Service(url, serves != "messages", given=given, group=group, member=member, hook_secret=hook_secret)
    say_all(looked_at(service, serves, signed_in=not without_login))
