"""A web server that answers by TLS alone, with a certificate that is made here."""

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
from tests.processes import Web
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
    settings = replace(
        app.settings,
        ssl_cert=str(cert),
        ssl_key=str(key),
        public_url="https://bot.example.org",
        csrf_protection=True,
    )
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
