"""The checks after a deployment, against a server that runs, by TLS of its own, and against what is none."""

import re
import socket
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from bot.app import App
from bot.cli.security import security
from bot.cli.smoke import smoke
from domain.access.accounts import make_account, otp_of
from domain.records.pin import Secret
from tests.bot.shield.safe_web import SafeWeb, answers_by_tls_alone, served_by_tls
from tests.people import Village
from tests.processes import Web, serving
from tests.served import standing_in

PASSWORD: Final = "correct horse battery"
EMAIL: Final = "amina@example.org"
NAMES: Final = ["health", "login", "eligibility", "dashboard", "headers", "rate limit"]


def run(
    url: str, password: str = "", totp: str = "", serves: str = "pages", *more: str, hook_secret: str = ""
) -> tuple[int, dict[str, tuple[str, str]]]:
    """How it ended, and of each check its mark and what is said. What it is given is never written."""
    given = {
        "SMOKE_EMAIL": EMAIL if password else "",
        "SMOKE_PASSWORD": password,
        "SMOKE_TOTP": totp,
        "HOOK_SECRET": hook_secret,
    }
    found = CliRunner().invoke(smoke, ["--url", url, "--serves", serves, *more], env=given)
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
        look_at_security(web)
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


def look_at_security(web: Web) -> None:
    """
    The real server is as the stand-in of `test_security.py`, but that it is no production: its cookie goes without
    TLS too. It is left refusing us.
    """
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = str(closed.getsockname()[1])
        left_out = ("--leave-out", "dependencies", "--leave-out", "image")
        arguments = ["--url", web.url, "--ca", SafeWeb.cert, "--http-port", port, "--closed", port, *left_out]
        found = CliRunner().invoke(security, arguments)
    wrong = [line for line in found.output.splitlines() if line.startswith("✗")]
    assert wrong == ["✗ cookies: session is not secure. Set APP_ENV=production; does the proxy change cookies?"]
    assert "TLS versions: TLS 1.2 and 1.3, nothing older" in found.output
    assert re.search(r"rate limit: refused after \d+, for \d+ s", found.output)


def test_processes_that_serve_messages_have_their_own_checks(app: App, village: Village) -> None:
    with serving(app.settings, "--serve", "messages") as web:
        names = ["health", "messages", "headers"]
        code, said = run(web.url, serves="messages")
        assert (code, [*said], {mark for mark, _ in said.values()}) == (0, names, {"✓"}), said
        assert said["messages"][1] == "those of strangers are refused"
        code, said = run(web.url, serves="messages", hook_secret=app.settings.hook_secret)
        assert (code, said["messages"][0]) == (0, "✓") and "come to the conversations" in said["messages"][1]
        # Another secret than theirs: nothing comes to the conversations.
        code, said = run(web.url, serves="messages", hook_secret="x" * 20)
        assert code == 1 and "404 for a call without a number" in said["messages"][1]
        # Pages are not there.
        code, said = run(web.url, "", "", "pages", "--without-login")
        assert code == 1 and said["health"] == (
            "✗",
            "/api/health: 404 not_found. Is this version deployed, and is there such a group (--group)?",
        )


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/hooks/at/ussd/", 200, "/hooks/at/ussd/…: 200 for an address that nobody was told"),
        ("/hooks/twilio/whatsapp", 200, "/hooks/twilio/whatsapp: 200 for a message with a false signature"),
        ("/hooks/twilio/whatsapp", 502, "/hooks/twilio/whatsapp: 502 for a message with a false signature"),
    ],
)
def test_a_server_that_takes_what_strangers_send_is_noticed(path: str, status: int, said: str) -> None:
    with standing_in(lambda asked: (status if asked.path.startswith(path) else 404, [], "{}")) as port:
        code, lines = run(f"http://127.0.0.1:{port}", serves="messages")
    assert code == 1 and lines["messages"][1].startswith(said)


def test_what_is_not_there_is_said_with_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        code, said = run(f"http://127.0.0.1:{free.getsockname()[1]}", PASSWORD, "123456")
    assert code == 1 and [*said] == NAMES and {mark for mark, _ in said.values()} == {"✗"}
    assert said["health"][1].startswith("/health: ConnectionError. Is it started")
