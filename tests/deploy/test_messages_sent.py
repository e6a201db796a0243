"""What reaches people: the pager, the mail and the chat, with the secrets that are in files."""

import queue
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from tests.deploy.alert_rules import ALERTMANAGER, needs
from tests.deploy.watched import free_addresses, hurry, listening, running
from tests.waiting import WAIT_SECONDS

pytestmark = needs("prometheus-alertmanager")

SECRETS = {"smtp_password": "mail-secret", "pager_key": "pager-secret", "alerts_webhook_token": "chat-secret"}
ALERT = {
    "labels": {"alertname": "NoPrimary", "severity": "P1", "area": "stores"},
    "annotations": {
        "summary": "MongoDB has no primary.",
        "description": "Nothing can be written.",
        "runbook_url": "docs/runbook.md#noprimary",
    },
    "startsAt": "2026-11-29T04:05:06Z",
}
TEXT = """\
MongoDB has no primary.
Nothing can be written.
Severity P1: answer within 15 minutes, over within 4 hours
What to do: docs/runbook.md#noprimary
Since 2026-11-29 04:05 UTC"""


class Heard:
    """What came, by the way it came: of HTTP the body and who says to have sent it, of mail the letter."""

    def __init__(self) -> None:
        self.pager, self.chat = queue.Queue[Any](), queue.Queue[tuple[Any, str]]()
        self.mail = queue.Queue[EmailMessage]()

    def take(self, path: str, by: str, said: Any) -> int:
        """Over HTTP. The pager says that it will ring."""
        if path == "/pager":
            self.pager.put(said)
            return 202
        self.chat.put((said, by))
        return 200

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        self.mail.put(message_from_bytes(envelope.original_content or b"", policy=policy.default))
        return "250 OK"

    @staticmethod
    def let_in(_server: object, _session: object, _envelope: object, _mechanism: str, login: Any) -> AuthResult:
        right = (login.login, login.password) == (b"alerts@example.org", SECRETS["smtp_password"].encode())
        return AuthResult(success=right, handled=False)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    """After one alert was told to Alertmanager, with our configuration."""
    heard = Heard()
    mail, alertmanager = free_addresses(2)
    with listening(heard.take) as web:
        server = Controller(
            heard,
            "127.0.0.1",
            int(mail.rpartition(":")[2]),
            authenticator=heard.let_in,
            auth_require_tls=False,
            auth_exclude_mechanism=["LOGIN"],  # its questions are not those that Alertmanager answers
        )
        server.start()
        try:
            _configure(tmp_path, mail, web)
            with running(tmp_path, "alertmanager", alertmanager, "--storage.path=am", "--cluster.listen-address="):
                told = requests.post(f"http://{alertmanager}/api/v2/alerts", json=[ALERT], timeout=WAIT_SECONDS)
                told.raise_for_status()
                yield heard
        finally:
            server.stop()


def test_a_p1_rings_is_mailed_and_is_in_the_chat(heard: Heard) -> None:
    rings = heard.pager.get(timeout=WAIT_SECONDS)
    assert (rings["routing_key"], rings["event_action"]) == (SECRETS["pager_key"], "trigger")
    assert (rings["payload"]["severity"], rings["payload"]["summary"]) == ("critical", "P1 NoPrimary")
    assert rings["payload"]["custom_details"]["text"].strip() == TEXT

    letter = heard.mail.get(timeout=WAIT_SECONDS)
    assert (letter["To"], letter["Subject"]) == ("on-call@example.org", "P1 NoPrimary")
    body = letter.get_body()
    assert body is not None
    assert body.get_content_type() == "text/plain"
    assert body.get_content().replace("\r\n", "\n").strip() == TEXT

    said, by = heard.chat.get(timeout=WAIT_SECONDS)
    assert by == f"Bearer {SECRETS['alerts_webhook_token']}"
    assert said["alerts"][0]["annotations"] == ALERT["annotations"]


def _configure(scratch: Path, mail: str, web: str) -> None:
    """Ours, with addresses on loopback; each secret is still read from a file of its own."""
    for name, secret in SECRETS.items():
        (scratch / name).write_text(secret)
    written = (ALERTMANAGER / "alertmanager.yml").read_text().replace("/run/secrets/", f"{scratch}/")
    config = yaml.safe_load(written.replace("https://chat.example.org", f"http://{web}"))
    config["global"] |= {"smtp_smarthost": mail, "smtp_require_tls": False, "pagerduty_url": f"http://{web}/pager"}
    config["templates"] = [str(ALERTMANAGER / "templates" / "*.tmpl")]
    hurry(config["route"])
    (scratch / "alertmanager.yml").write_text(yaml.safe_dump(config))
