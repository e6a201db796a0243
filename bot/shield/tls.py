"""TLS by ourselves, with SSL_CERT and SSL_KEY, where no proxy stands before us that speaks it."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from bot.config import Settings
from bot.setting import BadSettings


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two files that were read and belong together."""

    cert: Path  # with those of who signed it behind it
    key: Path


def certificate_of(settings: Settings) -> Certificate | None:
    """The two files that are set; None without. Raises BadSettings, which names the one that cannot be used."""
    if not settings.ssl_cert:
        return None
    found = Certificate(Path(settings.ssl_cert), Path(settings.ssl_key))
    for name, path, mark in (("SSL_CERT", found.cert, "CERTIFICATE"), ("SSL_KEY", found.key, "PRIVATE KEY")):
        try:
            written = path.read_text()
        except OSError as error:
            raise BadSettings(f"{name}: {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise BadSettings(f"{name}: {path} is no PEM file") from error
        if f"{mark}-----" not in written:
            raise BadSettings(f"{name}: in {path} there is no {mark.lower()} in PEM")
        if "ENCRYPTED" in written:
            raise BadSettings(f"{name}: {path} has a password: nobody is there to type it at a start")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(found.cert, found.key)
    except ssl.SSLError as error:
        reason = (error.reason or "it cannot be used").replace("_", " ").lower()
        raise BadSettings(
            f"SSL_KEY: {found.key} is not the key of the certificate in {found.cert}, or one of them is broken: "
            f"{reason}"
        ) from error
    return found
