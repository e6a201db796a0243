"""
After a deployment: does it answer, let somebody in, and guard itself? Asked over HTTP, as anybody asks.

It changes nothing: it signs in, reads, and signs out. What it signs in with is in no line that it writes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import click
import requests

from bot.shield.headers import EVERY, PAGE, SERVER, YEAR_SECONDS

ANSWER_SECONDS: Final = 15
NOBODY: Final = "nobody@smoke.invalid"
RATES: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


class _Amiss(Exception):
    """A check that did not hold: what was seen, and what to do."""

    def __init__(self, seen: str, do: str) -> None:
        super().__init__(seen)
        self.do = do


@dataclass
class Service:
    """Who is checked, and what to sign in with."""

    url: str
    given: Mapping[str, str] = field(repr=False)
    group: str
    member: int
    token: str = field(default="", repr=False)
    http: requests.Session = field(default_factory=requests.Session, repr=False)

    def ask(self, method: str, path: str, **body: object) -> requests.Response:
        """Raises _Amiss when nobody answers in time."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and path.startswith("/api/") else {}
        try:
            return self.http.request(
                method,
                f"{self.url}{path}",
                json=body or None,
                headers=headers,
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            do = "Is it started, and does the proxy lead to it?"
            raise _Amiss(f"{path}: {type(error).__name__}", do) from error

    def read(self, path: str) -> Any:
        """What the API says there. Raises _Amiss."""
        return data_of(self.ask("GET", path), path)


def data_of(answer: requests.Response, path: str) -> Any:
    """The body of a success. Raises _Amiss with the status and the code of an error, and nothing else of it."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _Amiss(f"{path}: {answer.status_code}, and no JSON", "Does the proxy lead to the API?")
    if not answer.ok:
        error = body.get("error")
        code = error.get("code", "") if isinstance(error, dict) else ""
        raise _Amiss(f"{path}: {answer.status_code} {code}".strip(), _TO_DO.get(answer.status_code, _LOOK))
    return body


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
    said = service.read("/api/health")
    if said.get("status") != "healthy":
        raise _Amiss("/api/health: not healthy", _LOOK)
    service.read("/health")
    return f"up for {int(said.get('uptime', 0))} s, and its stores answer"


def check_login(service: Service) -> str:
    """Nobody is refused, an operator is not. A wrong password of theirs would be counted against them."""
    if not all(service.given.values()):
        lacking = ", ".join(f"--{name}" for name, value in service.given.items() if not value)
        raise _Amiss(f"not tried without {lacking}", "Give them, or set SMOKE_EMAIL, SMOKE_PASSWORD, SMOKE_TOTP.")
    wrong = service.ask("POST", "/api/auth/login", **{**service.given, "email": NOBODY})
    if wrong.status_code != 401:
        do = _TO_DO.get(wrong.status_code, _LOOK)
        raise _Amiss(f"/api/auth/login: {wrong.status_code} for an account that there is not", do)
    said = data_of(service.ask("POST", "/api/auth/login", **service.given), "/api/auth/login")
    service.token = str(said.get("token", ""))
    if not service.token:
        raise _Amiss("/api/auth/login: no token", _LOOK)
    return "nobody is refused, an operator gets in"


def check_eligibility(service: Service) -> str:
    """Whether a member may borrow is worked out."""
    _needs_login(service)
    said = service.read(f"/api/loans/eligibility/{service.group}?member={service.member}")
    if not isinstance(said.get("data"), dict) or "eligible" not in said["data"]:
        raise _Amiss("/api/loans/eligibility: it does not say whether", _LOOK)
    return f"worked out for member {service.member} of group {service.group}"


def check_dashboard(service: Service) -> str:
    """The operator sees figures."""
    _needs_login(service)
    if not service.read("/api/admin/dashboard").get("data"):
        raise _Amiss("/api/admin/dashboard: it is empty", "Does the scheduler run, and a worker?")
    return "it has figures"


def _needs_login(service: Service) -> None:
    if not service.token:
        raise _Amiss("not tried: nobody is signed in", "Mend the login first.")


def check_headers(service: Service) -> str:
    """Every answer guards whoever reads it, and names no program."""
    by_tls = urlsplit(service.url).scheme == "https"
    for path, expected in (("/health", EVERY), ("/sign-in", {**EVERY, **PAGE}), ("/nothing-is-here", EVERY)):
        found = service.ask("GET", path).headers
        wrong = sorted(name for name, value in expected.items() if name != "Vary" and found.get(name) != value)
        if by_tls and f"max-age={YEAR_SECONDS}" not in found.get("Strict-Transport-Security", ""):
            wrong.append("Strict-Transport-Security")
        if wrong:
            raise _Amiss(
                f"{path}: {', '.join(wrong)}", "Does the proxy change them? Is PUBLIC_URL the https address?"
            )
        if "granian" in found.get("Server", SERVER).lower():
            raise _Amiss(f"{path}: the Server header names the program", "Is this version deployed?")
    return "all there" if by_tls else "all there (and HSTS only comes by https)"


def check_rate(service: Service) -> str:
    """It counts what this address asks, in all processes together."""
    seen = [service.ask("GET", "/sign-in").headers for _ in range(2)]
    if lacking := [name for name in RATES if not all(each.get(name, "").isdigit() for each in seen)]:
        raise _Amiss(f"/sign-in: no {', '.join(lacking)}", "Does Redis answer? Does the proxy leave them out?")
    first, second = (int(each["RateLimit-Remaining"]) for each in seen)
    if second >= first and int(seen[0]["RateLimit-Reset"]) > 1:
        raise _Amiss(
            f"/sign-in: {first}, then {second} left", "Do the processes share one Redis? Is PROXIES right?"
        )
    return f"{second} of {seen[1]['RateLimit-Limit']} left for this address"


CHECKS: Final[tuple[tuple[str, Callable[[Service], str]], ...]] = (
    ("health", check_health),
    ("login", check_login),
    ("eligibility", check_eligibility),
    ("dashboard", check_dashboard),
    ("headers", check_headers),
    ("rate limit", check_rate),
)


def checked(service: Service) -> Iterator[tuple[bool, str]]:
    """Each check: whether it holds, and its line."""
    for name, check in CHECKS:
        try:
            yield True, f"✓ {name}: {check(service)}"
        except _Amiss as failed:
            yield False, f"✗ {name}: {failed}. {failed.do}"
    if service.token:
        service.ask("POST", "/api/auth/logout")


@click.command()
@click.option("--url", required=True, help="Where it is, like https://bot.example.org.")
@click.option("--email", envvar="SMOKE_EMAIL", default="", help="An operator's e-mail address; or SMOKE_EMAIL.")
@click.option("--password", envvar="SMOKE_PASSWORD", default="", help="Their password; better SMOKE_PASSWORD.")
@click.option("--totp", envvar="SMOKE_TOTP", default="", help="Their code of this minute; or SMOKE_TOTP.")
@click.option("--group", default="10101", show_default=True, help="The code of a group, for eligibility.")
@click.option(
    "--member", default=1, show_default=True, type=click.IntRange(min=1), help="A member's number in it."
)
def smoke(url: str, email: str, password: str, totp: str, group: str, member: int) -> None:
    """Check a deployment from outside."""
    service = Service(url.rstrip("/"), {"email": email, "password": password, "totp": totp}, group, member)
    results = []
    for holds, line in checked(service):
        click.echo(line)
        results.append(holds)
    if not all(results):
        click.get_current_context().exit(1)
