"""TLS by ourselves, with a certificate that is made here: each file that is wrong is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.setting import BadSettings
from bot.shield.tls import certificate_of
from tests.bot.shield.safe_web import made


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
