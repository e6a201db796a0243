"""
What has to be closed: a stand-in that is all right, and the same with one fault at a time, said with what to do.

The real server is looked at in `test_smoke.py`.
"""

import os
import re
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from bot.cli.security import CHECKS, security
from bot.shield.headers import EVERY, PAGE
from tests.processes import free_port
from tests.served import Answers, standing_in

NAMES: Final = [name for name, _ in CHECKS]
HSTS: Final = "max-age=31536000; includeSubDomains; preload"
COOKIE: Final = "session=x; Secure; HttpOnly; Path=/; SameSite=Lax"
SAFE: Final = {"make": "exit 0", "trivy": "exit 0"}


@dataclass(frozen=True)
class Site:
    """A deployment that is all right; each field may be wrong."""

    days: int = 90
    name: str = "IP:127.0.0.1"
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: str = "ECDHE+AESGCM"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Strict-Transport-Security": HSTS})
    cookie: str = COOKIE
    is_there: tuple[str, ...] = ()
    broken: str = "Bad request"
    limit: int = 3
    retry_after: str = "900"
    plain: tuple[int, str] | None = (308, "https://127.0.0.1/")
    other_port: bool = False
    programs: Mapping[str, str] = field(default_factory=lambda: SAFE)
    arguments: tuple[str, ...] = ("--image", "registry.example.org/csb:1")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where those are that were made, each once."""
    return tmp_path_factory.mktemp("certificates")


@cache
def made(directory: Path, days: int, name: str) -> Path:
    """A certificate that is signed with its own key, and that key behind it."""
    path = directory / f"{days}-{name.replace(':', '-')}.pem"
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout", str(path))  # RSA: the weak ciphers need it
    subject = ("-subj", "/CN=here", "-addext", f"subjectAltName={name}")
    cert = subprocess.run(
        ["openssl", "req", "-x509", *key, "-days", str(days), *subject], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + cert.stdout)
    return path


def answers_of(site: Site) -> Answers:
    asked = 0

    def answers(request: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], str]:
        nonlocal asked
        always = {**EVERY, **site.headers}
        match request.path:
            case "/sign-in":
                always = {**always, **{name: site.headers.get(name, value) for name, value in PAGE.items()}}
                cookies = [("Set-Cookie", site.cookie)] if site.cookie else []
                return 200, [*always.items(), *cookies], ""
            case "/api/auth/refresh":
                asked += 1
                if asked > site.limit:
                    return 429, [("Retry-After", site.retry_after)] if site.retry_after else [], ""
                return 401, [*always.items()], ""
            case "/api/auth/login":
                return 400, [*always.items()], site.broken
            case "/health" | "/api/health":
                return 200, [*always.items()], "{}"
            case path:
                return (200 if path in site.is_there else 404), [*always.items()], ""

    return answers


@contextmanager
def deployed(site: Site, certificates: Path, programs: Path) -> Iterator[list[str]]:
    """Where it is, as arguments; its auditors are programs in this directory."""
    for name, script in site.programs.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    cert = made(certificates, site.days, site.name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert)
    tls.set_ciphers(f"{site.ciphers}:@SECLEVEL=0")
    if site.oldest < ssl.TLSVersion.TLSv1_2:
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            tls.minimum_version = site.oldest
    tls.maximum_version = site.newest
    with ExitStack() as stack:
        port = stack.enter_context(standing_in(answers_of(site), tls))
        closed = free_port()
        plain = closed
        if site.plain is not None:
            status, location = site.plain
            plain = stack.enter_context(standing_in(lambda _: (status, [("Location", location)], "")))
        if site.other_port:
            closed = stack.enter_context(standing_in(lambda _: (200, [], "")))
        yield ["--url", f"https://127.0.0.1:{port}", "--ca", str(cert), "--http-port", str(plain),
               "--closed", str(closed)]  # fmt: skip


def run(*arguments: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """How it ended, and of each check its mark and what is said."""
    found = CliRunner().invoke(security, arguments)
    lines = [re.fullmatch(r"([✓✗-]) ([\w ]+): (.+)", line) for line in found.output.splitlines()]
    return found.exit_code, {line[2]: (line[1], line[3]) for line in lines if line}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of programs, the only one that is looked in."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


OPENSSL: Final = os.environ["PATH"]


def look(site: Site, certificates: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is said of each check that does not hold."""
    with monkeypatch.context() as with_openssl:
        with_openssl.setenv("PATH", OPENSSL)
        made(certificates, site.days, site.name)
    with deployed(site, certificates, programs) as where:
        code, said = run(*where, *site.arguments)
    assert [*said] == NAMES, said
    wrong = {name: words for name, (mark, words) in said.items() if mark != "✓"}
    assert code == bool(wrong)
    return wrong


def test_nothing_is_said_against_one_that_is_all_right(
    certificates: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(Site(), certificates, programs, monkeypatch) == {}
    assert look(Site(plain=None), certificates, programs, monkeypatch) == {}, "port 80 may be closed"


OLD: Final = "ECDHE-RSA-AES128-SHA:ECDHE+AESGCM"
FOUND: Final = "echo 'Found 2 known vulnerabilities in 1 package' >&2; exit 1"
FAULTS: Final[list[tuple[Site, str, str]]] = [
    (Site(oldest=ssl.TLSVersion.TLSv1, ciphers=OLD), "TLS versions", "it speaks TLS 1.0 and 1.1. Have"),
    (Site(oldest=ssl.TLSVersion.TLSv1_1, ciphers=OLD), "TLS versions", "it speaks TLS 1.1. Have"),
    (Site(newest=ssl.TLSVersion.TLSv1_2), "TLS versions", "it does not speak TLS 1.3"),
    (Site(ciphers="ALL"), "TLS ciphers", "it takes kRSA, aNULL"),
    (Site(days=13), "certificate", "it ends in 12 days. Renew it"),
    (Site(headers={}), "HSTS", 'Strict-Transport-Security is ""'),
    (Site(headers={"Strict-Transport-Security": "max-age=60"}), "HSTS", 'is "max-age=60"'),
    (Site(plain=(200, "")), "plain HTTP", "answers 200 without TLS"),
    (Site(plain=(302, "http://127.0.0.1/elsewhere")), "plain HTTP", "answers 302 without TLS"),
    (Site(other_port=True), "open ports", "open: "),
    (
        Site(headers={"Strict-Transport-Security": HSTS, "X-Frame-Options": ""}),
        "headers",
        "/health: X-Frame-Options",
    ),
    (Site(headers={"Strict-Transport-Security": HSTS, "Server": "granian"}), "headers", "names the program"),
    (Site(cookie=""), "cookies", "sets no cookie"),
    (Site(cookie="session=x; Path=/"), "cookies", "session is not httponly, samesite, secure"),
    (Site(cookie="session=x; HttpOnly; SameSite=Lax"), "cookies", "session is not secure"),
    (
        Site(headers={"Strict-Transport-Security": HSTS, "Access-Control-Allow-Origin": "*"}),
        "origins",
        "a stranger's page may read the API",
    ),
    (Site(is_there=("/sim/people",)), "simulator and debugging", "there is /sim/people"),
    (Site(is_there=("/console", "/.env")), "simulator and debugging", "there is /console, /.env"),
    (Site(broken="Traceback (most recent call last)"), "simulator and debugging", "shows the program's insides"),
    (Site(is_there=("/metrics",)), "metrics", "/metrics can be read"),
    (Site(limit=10_000), "rate limit", "1,100 tries, and none was refused"),
    (Site(retry_after=""), "rate limit", "a 429 without Retry-After"),
    (Site(programs={**SAFE, "make": FOUND}), "dependencies", "Found 2 known vulnerabilities in 1 package"),
    (
        Site(programs={**SAFE, "make": "echo 'no route to host' >&2; echo 'make: *** Error 1' >&2; exit 2"}),
        "dependencies",
        "could not look: no route to host",
    ),
    (Site(programs={"trivy": "exit 0"}), "dependencies", "could not look: there is no make here"),
    (Site(programs={**SAFE, "trivy": "exit 10"}), "image", "registry.example.org/csb:1 has known holes"),
    (Site(programs={**SAFE, "trivy": "echo 'no list' >&2; exit 1"}), "image", "could not look: no list"),
    (Site(programs={"make": "exit 0"}), "image", "could not look: there is no trivy here. Install trivy"),
    (Site(arguments=()), "image", "not looked at without --image"),
]


@pytest.mark.parametrize(
    ("site", "name", "words"), FAULTS, ids=[f"{name}: {words[:30]}" for _, name, words in FAULTS]
)
def test_each_fault_is_said_by_its_check(
    site: Site, name: str, words: str, certificates: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = look(site, certificates, programs, monkeypatch)
    assert words in wrong.pop(name)
    # A header that lacks is seen by whoever looks at headers too; nothing else is said against it.
    assert set(wrong) <= ({"headers"} if name == "HSTS" else set())


def test_every_check_has_a_fault() -> None:
    assert {name for _, name, _ in FAULTS} == set(NAMES)


def test_another_name_and_a_stranger_s_signature_are_no_certificate(
    certificates: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as with_openssl:
        with_openssl.setenv("PATH", OPENSSL)
        site = Site(name="DNS:other.example.org")
        made(certificates, site.days, site.name)
        own = made(certificates, Site().days, Site().name)
    for shown, trusted, words in (
        (site, None, "IP address mismatch"),
        (Site(), site, "self-signed certificate"),
    ):
        with deployed(shown, certificates, programs) as where:
            ca = made(certificates, trusted.days, trusted.name) if trusted else where[where.index("--ca") + 1]
            code, said = run(*where, "--ca", str(ca))
        assert code == 1 and words in said["certificate"][1]
    assert own.exists()


def test_without_tls_nothing_of_it_holds(programs: Path) -> None:
    with standing_in(answers_of(replace(Site(), headers={}, cookie="session=x; HttpOnly; SameSite=Lax"))) as port:
        code, said = run("--url", f"http://127.0.0.1:{port}", "--closed", "")
    by_tls = ["TLS versions", "TLS ciphers", "certificate", "HSTS", "plain HTTP"]
    assert code == 1
    assert [name for name in NAMES if "everybody on the way reads all" in said[name][1]] == by_tls


def test_a_check_is_left_out_aloud() -> None:
    left_out = [word for name in NAMES if name != "metrics" for word in ("--leave-out", name)]
    with standing_in(answers_of(Site())) as port:
        code, said = run("--url", f"http://127.0.0.1:{port}", *left_out)
    assert (code, said["metrics"][0]) == (0, "✓")
    assert {said[name] for name in NAMES if name != "metrics"} == {("-", "left out, as you said")}


def test_where_nobody_is_every_check_says_so(programs: Path) -> None:
    code, said = run("--url", f"https://127.0.0.1:{free_port()}", "--closed", "1")
    assert code == 1 and "is closed. Is it started" in said["TLS versions"][1]
    assert {said[name][0] for name in NAMES} - {"✗"} == {"✓"}
    assert [name for name in NAMES if said[name][0] == "✓"] == ["plain HTTP", "open ports"]
