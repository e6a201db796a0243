"""The checks after a deployment, against a server that runs, by TLS of its own, and against what is none."""

import re
import socket
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from bot.app import App
from bot.cli.smoke import smoke
from domain.access.accounts import make_account, otp_of
from domain.records.pin import Secret
from tests.bot.shield.test_tls import SafeWeb, answers_by_tls_alone, served_by_tls
from tests.bot.test_hooks import Web
from tests.people import Village

PASSWORD: Final = "correct horse battery"
EMAIL: Final = "amina@example.org"
NAMES: Final = ["health", "login", "eligibility", "dashboard", "headers", "rate limit"]


def run(url: str, password: str = "", totp: str = "") -> tuple[int, dict[str, tuple[str, str]]]:
    """How it ended, and of each check its mark and what is said. What it is given is never written."""
    given = {"SMOKE_EMAIL": EMAIL if password else "", "SMOKE_PASSWORD": password, "SMOKE_TOTP": totp}
    found = CliRunner().invoke(smoke, ["--url", url], env=given)
    assert not [each for each in given.values() if each and each in found.output], found.output
    lines = [re.fullmatch(r"([✓✗]) ([a-z ]+): (.+)", line) for line in found.output.splitlines()]
    return found.exit_code, {line[2]: (line[1], line[3]) for line in lines if line}


def test_a_deployment_is_checked_from_outside(
    app: App, village: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_by_tls(app, tmp_path) as web:
        # As if it were signed by somebody whom this machine trusts.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", SafeWeb.cert)
        look(app, web)
        answers_by_tls_alone(web)


def look(app: App, web: Web) -> None:
    account = make_account(app.store, EMAIL, "Amina", "operator", Secret(PASSWORD))
    code, said = run(web.url)
    assert code == 1 and [*said] == NAMES
    assert said["headers"] == ("✓", "all there")
    assert re.fullmatch(r"9\d\d of 1000 left for this address", said["rate limit"][1])
    assert said["login"] == (
        "✗",
        (
            "not tried without --email, --password, --totp. "
            "Give them, or set SMOKE_EMAIL, SMOKE_PASSWORD, SMOKE_TOTP."
        ),
    )
    assert said["dashboard"] == ("✗", "not tried: nobody is signed in. Mend the login first.")
    totp = otp_of(app.store, account).now()
    code, said = run(web.url, PASSWORD, totp)
    assert (code, [mark for mark, _ in said.values()]) == (0, ["✓"] * len(NAMES)), said
    code, said = run(web.url, "not the right one", "000000")
    assert code == 1 and said["login"][0] == "✗" and "401" in said["login"][1]


def test_what_is_not_there_is_said_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, said = run(f"http://127.0.0.1:{free.getsockname()[1]}", PASSWORD, "123456")
    assert code == 1 and [*said] == NAMES and {mark for mark, _ in said.values()} == {"✗"}
    assert said["health"][1].startswith("/api/health: ConnectionError. Is it started")
