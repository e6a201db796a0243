"""E-mail: what a message is made of, and what each failure of its carriers means."""

import asyncio
import email
import email.policy
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from hypothesis import example, given
from hypothesis import strategies as st

from channels.email.mail import Email
from channels.email.sendgrid import SendGrid, to_request
from channels.email.smtp import Smtp
from channels.errors import SendFailed, Unreachable
from channels.port import Push
from flows.engine.document import File
from simulator.server import Simulator

GRACE, OURS = "grace@example.org", "savings@example.org"
NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
FILE = File("statement.pdf", "application/pdf", b"%PDF-1.7 \x00\xff\n.\r\n..")
HEADERS = {
    "from", "to", "subject", "date", "message-id", "content-language", "auto-submitted", "list-unsubscribe",
    "list-unsubscribe-post", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip


class Kept:
    """A carrier that keeps what it is given."""

    def carry(self, mail: EmailMessage) -> str:
        self.mail = mail
        return "kept"


def to_grace(text: str = "UGX 5,000 was paid out.", *, subject: str = "Umoja", leaves: str = "") -> Push:
    return Push(GRACE, text, None, "en", None, NOW, subject, leaves)


def through(carrier: Any) -> Email:
    return Email(carrier, OURS, "Savings", lambda person: f"https://bot.example/mail/{person}/signed")


def composed(push: Push, file: File | None = None) -> EmailMessage:
    kept = Kept()
    sender = through(kept)
    assert (sender.send_file(push, file) if file else sender.send(push)) == "kept"
    return kept.mail


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(WORDS, WORDS)
@example("Umoja\r\nBcc: thief@example.org", "Hello\r\n.\r\nMAIL FROM:<a@b.c>")
@example("Umoja\x0bBcc: x\x85Bcc: y\u2028Bcc: z", "")
def test_no_words_become_a_header_or_another_message(subject: str, text: str) -> None:
    wire = composed(to_grace(text, subject=subject, leaves="p1")).as_bytes()
    read = email.message_from_bytes(wire, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert {name.lower() for name in read} <= HEADERS
    assert [each.addr_spec for each in read["To"].addresses] == [GRACE]
    assert not read.defects


@pytest.mark.parametrize(
    "address", ["grace@example.org\nBcc: x@y.zz", "grace", "a@b@c", "grace@example.org, x@y.zz"]
)
def test_what_is_not_one_address_is_not_sent_to(address: str) -> None:
    with pytest.raises(SendFailed) as failed:
        through(Kept()).send(Push(address, "Hello", subject="Hello"))
    assert not failed.value.retryable


def test_words_a_file_and_the_way_out_of_it() -> None:
    mail = composed(to_grace(leaves="p1"), FILE)
    body = mail.get_body()
    assert body is not None
    assert body.get_content().splitlines() == [
        "UGX 5,000 was paid out.",
        "",
        "-- ",
        "Nobody reads answers to this e-mail. You can change your address under Settings.",
        "If you want no more daily e-mails, open this page:",
        "https://bot.example/mail/p1/signed",
    ]
    assert mail["List-Unsubscribe"] == "<https://bot.example/mail/p1/signed>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        FILE.name, FILE.kind, FILE.content
    )  # fmt: skip
    assert "List-Unsubscribe" not in composed(to_grace())


# SMTP


class Server:
    """What a mail server answers to each command, where it is not content; what it took."""

    def __init__(self, **answers: str) -> None:
        self.answers, self.taken, self.passwords = answers, list[Envelope](), list[bytes]()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if "data" not in self.answers:
            self.taken.append(envelope)
        return self.answers.get("data", "250 OK")

    def let_in(self, server: Any, session: Any, envelope: Any, mechanism: Any, login: Any) -> AuthResult:
        self.passwords.append(login.password)
        return AuthResult(success=login.password == b"right", handled=False)


@contextmanager
def listening(server: Server, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Its port. With a context it wants STARTTLS and a password."""
    wants: dict[str, Any] = {"tls_context": context, "require_starttls": True} if context else {}
    wants |= {"authenticator": server.let_in, "auth_required": True} if context else {}
    loop, connections = asyncio.new_event_loop(), list[Any]()

    class Connection(SMTP):
        def connection_made(self, transport: Any) -> None:
            connections.append(transport)
            super().connection_made(transport)

    def protocol() -> SMTP:
        return Connection(server, loop=loop, hostname="here", **wants)

    listener = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()
        for each in connections:
            each.abort()  # one on which no encryption came about is left open
        # What is aborted, or was closing, is closed in the rounds that follow, also where no task is left.
        loop.run_until_complete(asyncio.sleep(0.01))
        while asyncio.all_tasks(loop):
            loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of a server named "localhost", which nobody but this test trusts; and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


def test_it_is_encrypted_with_a_server_that_is_the_one_it_says(certificate: tuple[Path, Path]) -> None:
    """With a password that is wrong it waits; to somebody else's server it says neither word nor password."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    trusts = ssl.create_default_context(cafile=certificate[0])
    server = Server()
    with listening(server, context) as port:
        id = through(Smtp("localhost", port, "us", "right", context=trusts)).send_file(to_grace(), FILE)
        with pytest.raises(SendFailed) as wrong:
            through(Smtp("localhost", port, "us", "wrong", context=trusts)).send(to_grace())
        assert (wrong.value.retryable, wrong.value.may_have_gone) == (True, False)
        said = len(server.passwords)
        with pytest.raises(SendFailed) as stranger:
            through(Smtp("localhost", port, "us", "right")).send(to_grace())
        assert (stranger.value.may_have_gone, len(server.passwords)) == (False, said)
    (taken,) = server.taken
    assert (taken.mail_from, taken.rcpt_tos) == (OURS, [GRACE])
    assert isinstance(taken.content, bytes)
    read = email.message_from_bytes(taken.content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert read["Message-ID"] == id
    assert [part.get_content() for part in read.iter_attachments()] == [FILE.content]


@pytest.mark.parametrize(
    ("answers", "kind", "retryable"),
    [
        ({"rcpt": "550 No such user"}, Unreachable, False),
        ({"rcpt": "451 Greylisted"}, SendFailed, True),
        ({"data": "554 Looks like spam"}, SendFailed, False),
        ({"data": "452 Disk full"}, SendFailed, True),
    ],
    ids=["nobody", "later", "refused", "full"],
)
def test_what_a_server_answers_says_whether_to_try_again(
    answers: dict[str, str], kind: type[SendFailed], retryable: bool
) -> None:
    with listening(Server(**answers)) as port, pytest.raises(SendFailed) as failed:
        through(Smtp("127.0.0.1", port, tls="none")).send(to_grace())
    assert (type(failed.value), failed.value.retryable) == (kind, retryable)
    assert not failed.value.may_have_gone


def test_a_server_that_is_away_has_nothing_and_one_that_goes_away_may_have_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def hangs_up() -> None:
            """In the middle of a message, after it was asked for."""
            peer, _ = listener.accept()
            with peer, peer.makefile("rwb") as lines:
                for answer in (b"220 hello", b"250 hello", b"250 ok", b"250 ok", b"354 go on"):
                    lines.write(answer + b"\r\n")
                    lines.flush()
                    lines.readline()

        thread = threading.Thread(target=hangs_up)
        thread.start()
        with pytest.raises(SendFailed) as half:
            through(Smtp("127.0.0.1", port, tls="none")).send(to_grace())
        thread.join()
    assert (half.value.retryable, half.value.may_have_gone) == (True, True)
    with pytest.raises(SendFailed) as away:
        through(Smtp("127.0.0.1", port, tls="none")).send(to_grace())
    assert (away.value.retryable, away.value.may_have_gone) == (True, False)


# SendGrid


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    simulator = Simulator({"port": 0, "sendgrid_api_key": "SG.right"})
    simulator.start()
    yield simulator
    simulator.stop()


def sendgrid(sim: Simulator, key: str = "SG.right") -> Email:
    return through(SendGrid(key, url=f"{sim.url}/sendgrid"))


def test_sendgrid_takes_words_files_and_the_way_out(sim: Simulator) -> None:
    id = sendgrid(sim).send_file(to_grace("Habari — ça va ?", subject="Umoja é", leaves="p1"), FILE)
    (mail,) = sim.mail.inbox(GRACE)
    assert (mail["id"], mail["from"], mail["subject"]) == (id, OURS, "Umoja é")
    assert mail["text"].startswith("Habari — ça va ?\n\n-- \n")
    assert mail["headers"]["List-Unsubscribe"] == "<https://bot.example/mail/p1/signed>"
    assert mail["files"] == [{"name": FILE.name, "type": FILE.kind, "content": FILE.content}]
    assert not to_request(composed(to_grace()))["tracking_settings"]["click_tracking"]["enable"]
    assert "community-savings-bot" in sim.world.agents["sendgrid"]


@pytest.mark.parametrize(
    ("switch", "kind", "retryable", "may_have_gone"),
    [
        ({"busy": 1}, SendFailed, True, False),
        ({"unauthorized": 1}, SendFailed, True, False),
        ({"status_500_before_accept": 1}, SendFailed, True, True),
        ({"bounces": {GRACE: True}}, Unreachable, False, False),
    ],
    ids=["busy", "key", "down", "nobody"],
)
def test_what_sendgrid_answers_says_whether_to_try_again(
    sim: Simulator, switch: dict[str, Any], kind: type[SendFailed], retryable: bool, may_have_gone: bool
) -> None:
    sim.mail.faults.set(switch)
    with pytest.raises(SendFailed) as failed:
        sendgrid(sim).send(to_grace())
    sim.mail.faults.reset()
    told = failed.value
    assert (type(told), told.retryable, told.may_have_gone) == (kind, retryable, may_have_gone)
    assert 0 <= told.after_seconds <= 2
    assert "SG.right" not in str(told)


def test_a_message_that_sendgrid_finds_wrong_is_not_sent_again(sim: Simulator) -> None:
    with pytest.raises(SendFailed) as failed:
        sendgrid(sim).send(to_grace(subject=""))
    assert (type(failed.value), failed.value.retryable) == (SendFailed, False)
    with pytest.raises(SendFailed) as away:
        through(SendGrid("SG.right", url="http://127.0.0.1:9")).send(to_grace())
    assert (away.value.retryable, away.value.may_have_gone) == (True, False)
