"""
Whether a deployment is closed where it has to be: asked from outside, and of what is installed, the auditors.

It changes nothing, but it asks until it is refused: for a quarter of an hour nobody signs in from this address.
"""

import re
import shutil
import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from bot.cli.outside import Amiss, Check, Outside, checked, say_all, url_option
from bot.cli.smoke import check_headers
from bot.shield.headers import YEAR_SECONDS

ROOT: Final = Path(__file__).parents[2]
CONNECT_SECONDS: Final = 3
CERTIFICATE_LEFT: Final = timedelta(days=14)
AUDIT_SECONDS: Final = 600
ASKED_MAX: Final = 1_100
HOLES_FOUND: Final = 10  # what trivy is told to end with, since it ends with 1 when it could not look
# Stores, our processes behind the proxy, their /metrics, and who watches them: nobody outside needs one.
CLOSED: Final = "27017,27018,27019,6379,26379,8000,8080,9090,9093,9100,3000,2375"
VERSIONS: Final[Mapping[str, ssl.TLSVersion]] = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
# Without a key of the moment, without a name, without encryption, or with what is broken.
WEAK: Final = ("kRSA", "aNULL", "eNULL", "3DES", "RC4", "MD5")
# The demo's phones, and what programs and people leave lying about.
ABSENT: Final = (
    "/sim/people", "/sim/faults", "/sim/events", "/static/index.html", "/telegram/bot123456:simulated/getMe",
    "/console", "/debug", "/debug/pprof/", "/.env", "/.git/HEAD", "/server-status", "/Dockerfile",
)  # fmt: skip
OPERATIONS: Final = ("/metrics", "/live", "/ready")
STRANGER: Final = "https://stranger.example"
_PROXY: Final = "Put a proxy with TLS before it, or set SSL_CERT and SSL_KEY."


@dataclass
class Guarded(Outside):
    """What is looked at beside its pages."""

    http_port: int = 80
    closed: tuple[int, ...] = ()
    image: str = ""

    @property
    def host(self) -> str:
        """Its name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Where it answers."""
        return urlsplit(self.url).port or (443 if self.by_tls else 80)

    def connect(self, port: int) -> socket.socket:
        """Raises OSError."""
        return socket.create_connection((self.host, port), timeout=CONNECT_SECONDS)


def check_versions(at: Guarded) -> str:
    """New versions of TLS are spoken, old ones are not."""
    _needs_tls(at)
    spoken = [name for name, version in VERSIONS.items() if _shakes_hands(at, version)]
    if old := [name for name in spoken if name in ("1.0", "1.1")]:
        raise Amiss(f"it speaks TLS {' and '.join(old)}", "Have the proxy speak 1.2 and 1.3 only.")
    if not spoken:
        raise Amiss("it speaks no TLS at all", _PROXY)
    if "1.3" not in spoken:
        raise Amiss("it does not speak TLS 1.3", "Bring the proxy up to date, or switch 1.3 on.")
    return f"TLS {' and '.join(spoken)}, nothing older"


def check_ciphers(at: Guarded) -> str:
    """No cipher is taken that can be read later, or now."""
    _needs_tls(at)
    if taken := [each for each in WEAK if _shakes_hands(at, ssl.TLSVersion.TLSv1_2, each)]:
        do = "Leave the proxy its own list of ciphers, or take ECDHE with AES-GCM or ChaCha20 only."
        raise Amiss(f"it takes {', '.join(taken)}", do)
    return "a key of the moment each time, nothing weak"


def _shakes_hands(at: Guarded, version: ssl.TLSVersion, ciphers: str = "ALL") -> bool:
    """Whether it can be spoken with in this version and with one of these ciphers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions, which are what is asked for
        context.maximum_version = version
        context.minimum_version = version
    try:
        context.set_ciphers(f"{ciphers}@SECLEVEL=0" if ciphers == "ALL" else f"{ciphers}:@SECLEVEL=0")
    except ssl.SSLError:
        return False  # this machine has none of them any more, so nobody is asked
    try:
        with at.connect(at.port) as plain, context.wrap_socket(plain, server_hostname=at.host):
            return True
    except ConnectionRefusedError as refusal:
        raise Amiss(f"{at.host}:{at.port} is closed", "Is it started, and does the proxy lead to it?") from refusal
    except OSError:
        return False


def check_certificate(at: Guarded) -> str:
    """It is of this name, of somebody whom this machine trusts, and good for a while."""
    _needs_tls(at)
    context = ssl.create_default_context(cafile=at.ca or None)
    try:
        with at.connect(at.port) as plain, context.wrap_socket(plain, server_hostname=at.host) as safe:
            certificate = safe.getpeercert() or {}
    except ssl.SSLCertVerificationError as wrong:
        do = "Get one for this name (the proxy does so by ACME), with those of who signed it behind it."
        raise Amiss(wrong.verify_message, do) from wrong
    except OSError as error:
        raise Amiss(type(error).__name__, _PROXY) from error
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    left = until - datetime.now(UTC)
    if left < CERTIFICATE_LEFT:
        raise Amiss(f"it ends in {left.days} days", "Renew it; does the proxy still do so by itself?")
    return f"good for {left.days} days"


def check_hsts(at: Guarded) -> str:
    """A browser that was here once comes by TLS for a year."""
    _needs_tls(at)
    said = at.ask("GET", "/health").headers.get("Strict-Transport-Security", "")
    age = re.search(r"max-age=(\d+)", said)
    if age is None or int(age[1]) < YEAR_SECONDS or "includeSubDomains" not in said:
        do = "Set PUBLIC_URL to the https address; does the proxy take the header out?"
        raise Amiss(f'Strict-Transport-Security is "{said}"', do)
    return said


def check_http(at: Guarded) -> str:
    """Who comes without TLS is sent to it, and sees nothing before."""
    _needs_tls(at)
    if not _is_open(at, at.http_port):
        return f"port {at.http_port} is closed"
    plain = Outside(f"http://{at.host}:{at.http_port}")
    answer = plain.ask("GET", "/sign-in")
    if not answer.is_redirect or not answer.headers["Location"].startswith("https://"):
        raise Amiss(
            f"port {at.http_port} answers {answer.status_code} without TLS", "Have it lead to https, or close it."
        )
    return f"port {at.http_port} leads to https"


def check_ports(at: Guarded) -> str:
    """Nothing else answers at this name."""
    if found := [str(each) for each in at.closed if each not in (at.port, at.http_port) and _is_open(at, each)]:
        do = "Close them to the outside: in the firewall, or publish no port for them."
        raise Amiss(f"open: {', '.join(found)}", do)
    return f"{len(at.closed)} ports are closed"


def _is_open(at: Guarded, port: int) -> bool:
    try:
        at.connect(port).close()
    except OSError:
        return False
    return True


def check_absent(at: Guarded) -> str:
    """No simulator, no debugger, and no file that was left lying about."""
    found = [path for path in ABSENT if at.ask("GET", path).status_code not in (403, 404, 429)]
    if found:
        raise Amiss(
            f"there is {', '.join(found)}", "Run the image of a release, and no simulator, at this address."
        )
    broken = at.ask("POST", "/api/auth/login", headers={"Content-Type": "application/json"}, form={"{": ""})
    if "Traceback" in broken.text or "Werkzeug" in broken.text:
        raise Amiss("an error shows the program's insides", "Set APP_ENV=production, and no FLASK_DEBUG.")
    return f"{len(ABSENT)} addresses lead nowhere"


def check_operations(at: Guarded) -> str:
    """What the processes measure is for us."""
    if found := [path for path in OPERATIONS if at.ask("GET", path).status_code not in (403, 404, 429)]:
        raise Amiss(
            f"{', '.join(found)} can be read", "Keep METRICS_PORT inside; the proxy leads to port 8080 only."
        )
    return f"{', '.join(OPERATIONS)} are not public"


def check_origins(at: Guarded) -> str:
    """Pages of strangers may not read the API in a member's browser."""
    said = at.ask("GET", "/api/health", headers={"Origin": STRANGER}).headers
    if said.get("Access-Control-Allow-Origin", "") in ("*", STRANGER):
        raise Amiss(
            "a stranger's page may read the API", "Set CORS_ORIGIN to the origins that are yours, or none."
        )
    return "a stranger's page may read nothing"


def check_cookies(at: Guarded) -> str:
    """A cookie goes by TLS only, to no script, and not with what another site sends."""
    at.http.cookies.clear()  # who has one is given no other
    said = at.ask("GET", "/sign-in").raw.headers.getlist("Set-Cookie")
    if not said:
        raise Amiss("/sign-in sets no cookie", "Does the proxy take them out?")
    for cookie in said:
        name, _, rest = cookie.partition("=")
        flags = {each.strip().partition("=")[0].lower() for each in rest.split(";")[1:]}
        wanted = {"httponly", "samesite"} | ({"secure"} if at.by_tls else set())
        if lacking := sorted(wanted - flags):
            do = "Set APP_ENV=production; does the proxy change cookies?"
            raise Amiss(f"{name} is not {', '.join(lacking)}", do)
    return f"{len(said)}, each for this site alone"


def check_limit(at: Guarded) -> str:
    """Who tries again and again is refused, and told for how long."""
    for number in range(1, ASKED_MAX + 1):
        answer = at.ask("POST", "/api/auth/refresh", json={"refresh_token": "nonsense"})
        if answer.status_code == 429:
            if not answer.headers.get("Retry-After", "").isdigit():
                raise Amiss("a 429 without Retry-After", "Does the proxy take it out?")
            return f"refused after {number - 1}, for {answer.headers['Retry-After']} s"
        if answer.status_code >= 500:
            raise Amiss(f"/api/auth/refresh: {answer.status_code}", "Look for it in the log, by its request_id.")
    do = "Set PROXIES to how many there are; is RATE_LIMIT_MAX_REQUESTS what it should be?"
    raise Amiss(f"{ASKED_MAX:,} tries, and none was refused", do)


def check_dependencies(_: Guarded) -> str:
    """No library in the image has a hole that is known."""
    found = _ran("make", "audit")
    if found.returncode == 0:
        return "no hole is known in what production installs"
    if holes := re.search(r"Found \d+ known vulnerabilit\w+ in \d+ packages?", found.stdout + found.stderr):
        raise Amiss(holes[0], "make audit names them: bring them up to date, then make lock.")
    raise Amiss(f"could not look: {_last_line(found)}", "Run make audit where the network lets it ask.")


def check_image(at: Guarded) -> str:
    """Nor has anything else in it."""
    if not at.image:
        raise Amiss("not looked at without --image", "Give the image's name and tag.")
    severe = ("--severity", "HIGH,CRITICAL", "--ignore-unfixed")
    found = _ran("trivy", "image", "--quiet", "--exit-code", str(HOLES_FOUND), *severe, at.image)
    if found.returncode == 0:
        return f"no bad hole that could be mended is known in {at.image}"
    if found.returncode == HOLES_FOUND:
        raise Amiss(f"{at.image} has known holes", "trivy image names them: build it anew, with newer packages.")
    raise Amiss(f"could not look: {_last_line(found)}", "Run it where trivy can fetch its list and the image.")


def _ran(*command: str) -> subprocess.CompletedProcess[str]:
    """Raises Amiss where there is no such program, or it does not end."""
    if shutil.which(command[0]) is None:
        raise Amiss(
            f"could not look: there is no {command[0]} here", f"Install {command[0]}, or run it elsewhere."
        )
    try:
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise Amiss(f"could not look: {command[0]} took too long", "Try it again.") from slow


def _last_line(found: subprocess.CompletedProcess[str]) -> str:
    """Of whoever could not look; not make's own, which is always the last."""
    lines = [line.strip() for line in (found.stdout + found.stderr).splitlines()]
    lines = [line for line in lines if line and not line.startswith("make")]
    return lines[-1] if lines else f"it ended with {found.returncode}"


def _needs_tls(at: Guarded) -> None:
    if not at.by_tls:
        raise Amiss(
            "it is asked by http, where everybody on the way reads all", f"Give the https address. {_PROXY}"
        )


CHECKS: Final[tuple[Check[Guarded], ...]] = (
    ("TLS versions", check_versions),
    ("TLS ciphers", check_ciphers),
    ("certificate", check_certificate),
    ("HSTS", check_hsts),
    ("plain HTTP", check_http),
    ("open ports", check_ports),
    ("headers", check_headers),
    ("cookies", check_cookies),
    ("origins", check_origins),
    ("simulator and debugging", check_absent),
    ("metrics", check_operations),
    ("dependencies", check_dependencies),
    ("image", check_image),
    ("rate limit", check_limit),  # the last: after it this address is refused
)


def _numbers(_: click.Context, __: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in value.split(",") if each)
    except ValueError as wrong:
        raise click.BadParameter("numbers, with commas between them") from wrong


@click.command()
@url_option
@click.option("--ca", default="", help="A file with who signs here, where it is nobody whom all machines trust.")
@click.option("--http-port", default=80, show_default=True, help="Where somebody comes without TLS.")
@click.option(
    "--closed", default=CLOSED, show_default=True, callback=_numbers, help="Ports that nobody may reach."
)
@click.option("--image", envvar="IMAGE", default="", help="The image that is deployed there; or IMAGE.")
@click.option(
    "--leave-out",
    multiple=True,
    type=click.Choice([name for name, _ in CHECKS]),
    help="A check that is not made here; said so.",
)
def security(
    url: str, ca: str, http_port: int, closed: tuple[int, ...], image: str, leave_out: tuple[str, ...]
) -> None:
    """Check from outside that a deployment is closed where it has to be."""
    at = Guarded(url, ca=ca, http_port=http_port, closed=closed, image=image)
    say_all(_looked_at(at, leave_out))


def _looked_at(at: Guarded, leave_out: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    for name in leave_out:
        yield True, f"- {name}: left out, as you said"
    yield from checked([each for each in CHECKS if each[0] not in leave_out], at)
