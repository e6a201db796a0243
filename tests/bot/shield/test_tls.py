"""TLS by ourselves, with a certificate that is made here: each file that is wrong is named."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import requests

from bot.app import App
from bot.config import Settings, load
from bot.setting import BadSettings
from bot.shield.tls import certificate_of
from tests.bot.test_hooks import Web
from tests.waiting import WAIT_SECONDS

SUBJECT: Final = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")


def made(directory: Path, name: str) -> tuple[Path, Path]:
    """A certificate that is signed with its own key, and that key."""
    cert, key = directory / f"{name}.crt", directory / f"{name}.key"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90")
    command = ["openssl", "req", "-x509", *curve, *SUBJECT, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


class SafeWeb(Web):
    """The same, asked by TLS."""

    cert = ""

    def is_well(self) -> bool:
        self.url = f"https://127.0.0.1:{self.port}"
        try:
            return requests.get(f"{self.url}/health", verify=self.cert, timeout=WAIT_SECONDS).ok
        except requests.ConnectionError:
            assert self.process.poll() is None, "it ended"
            return False


@contextmanager
def served_by_tls(app: App, directory: Path) -> Iterator[SafeWeb]:
    """The pages and the API, with a certificate of our own."""
    cert, key = made(directory, "ours")
    SafeWeb.cert = str(cert)
    given = {"ssl_cert": str(cert), "ssl_key": str(key), "public_url": "https://bot.example.org"}
    settings = replace(app.settings, **given, csrf_protection=True)
    web = SafeWeb(settings, "--serve", "pages")
    try:
        yield web
    finally:
        assert web.stop() == 0


def answers_by_tls_alone(web: SafeWeb) -> None:
    """And by none of before 1.2."""
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{web.port}/sign-in", timeout=WAIT_SECONDS)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(("127.0.0.1", web.port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (cert, key), (other, other_key) = made(tmp_path, "ours"), made(tmp_path, "other")
    binary, empty, broken = tmp_path / "binary", tmp_path / "empty", tmp_path / "broken"
    binary.write_bytes(b"\xff\xfe\x00")
    empty.touch()
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = tmp_path / "locked"
    locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    assert certificate_of(Settings()) is None
    for first, second, said in (
        (cert, key, ""),
        (tmp_path / "none", key, "SSL_CERT: .*none cannot be read: No such file"),
        (cert, tmp_path / "none", "SSL_KEY: .*none cannot be read: No such file"),
        (tmp_path, key, "SSL_CERT: .* cannot be read: Is a directory"),
        (binary, key, "SSL_CERT: .*binary is no PEM file"),
        (empty, key, "SSL_CERT: in .*empty there is no certificate"),
        (key, cert, "SSL_CERT: in .*ours.key there is no certificate"),
        (cert, cert, "SSL_KEY: in .*ours.crt there is no private key"),
        (cert, locked, "SSL_KEY: .*locked has a password"),
        (cert, other_key, "SSL_KEY: .*other.key is not the key of the certificate in .*ours.crt"),
        (other, key, "SSL_KEY: .*ours.key is not the key of the certificate in .*other.crt"),
        (broken, key, "SSL_KEY: .* or one of them is broken"),
    ):
        settings = replace(Settings(), ssl_cert=str(first), ssl_key=str(second))
        if not said:
            assert certificate_of(settings) is not None
            continue
        with pytest.raises(BadSettings, match=said):
            certificate_of(settings)


def test_one_of_the_two_is_not_enough() -> None:
    for given, lacking in (("SSL_CERT", "SSL_KEY"), ("SSL_KEY", "SSL_CERT")):
        with pytest.raises(BadSettings, match=f"{lacking}: TLS needs it beside the others"):
            load({"APP_ENV": "test", given: "/etc/tls/x.pem"})
