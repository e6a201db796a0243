"""
Secrets that stand in files: Docker, Kubernetes and the agents of Vault put each one into a file of its own.

`PIN_PEPPER_FILE=/run/secrets/pin_pepper` in place of `PIN_PEPPER`, and so for every secret. What is said of a file
that cannot be used names it and never what is in it.
"""

import hmac
import json
import os
import secrets as random_secrets
import stat
import threading
from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Final

from domain.errors import Mistake

LOOK_SECONDS: Final = 60.0
SECRET_LENGTH_MAX: Final = 16_384
_ENDING: Final = "_FILE"


class NoSecret(Mistake):
    """Why a file holds no secret."""


def file_setting(name: str) -> str:
    """What the setting is called that says where the secret `name` stands: PIN_PEPPER_FILE."""
    return f"{name.upper()}{_ENDING}"


def secrets_of_files(
    given: Mapping[str, str | None], names: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The secrets among `names` that stand in files, by their settings; and what is wrong, by the fields."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in names:
        setting = file_setting(name)
        path = given.get(setting)
        if not path:
            continue
        if given.get(name.upper()):
            problems[name] = f"{setting} is set too: one of them, not both"
            continue
        try:
            values[name.upper()] = read_secret(path)
        except NoSecret as why:
            problems[name] = f"{setting} {why}"
    return values, problems


def secret_paths(given: Mapping[str, str | None], names: Collection[str]) -> dict[str, str]:
    """Where the secrets are that stand in files, by their fields."""
    return {name: path for name in names if (path := given.get(file_setting(name)))}


def read_secret(given: str) -> str:
    """What stands in a file, without the line's end. Raises NoSecret."""
    path = Path(given)
    if not path.is_absolute() or not path.parent.is_dir():
        # Somebody may have put the secret here in place of the path: it is not repeated.
        raise NoSecret("must be the whole path of a file, like /run/secrets/name, in a folder that is there")
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NoSecret(f"names {path}, which is no file")
            found = file.read(SECRET_LENGTH_MAX + 1)
    except OSError as refusal:
        raise NoSecret(f"names {path}, which cannot be read: {refusal.strerror}") from refusal
    if len(found) > SECRET_LENGTH_MAX:
        raise NoSecret(f"names {path}, which has more than {SECRET_LENGTH_MAX} bytes: that is no secret")
    try:
        text = found.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise NoSecret(f"names {path}, which is not text") from None  # the error holds what was read
    if not text:
        raise NoSecret(f"names {path}, which is empty")
    if not text.isprintable():
        raise NoSecret(f"names {path}, which has more in it than one line")
    return text


def development_secrets(data_dir: Path, names: Collection[str]) -> dict[str, str]:
    """Secrets for a laptop: made on first use, then the same, since PINs are hashed with one of them."""
    path = data_dir / "secrets.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # the stores and their secrets: nobody else's
        made = {name: random_secrets.token_hex(24) for name in names}
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_bytes(json.dumps(made).encode())
        try:
            os.link(fresh, path)  # the first of two programs wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    kept: dict[str, str] = json.loads(path.read_bytes())
    # What a version before had no secret for is made of one it had, so that two programs make the same.
    of_before = kept["session_secret"].encode()
    return {name: hmac.new(of_before, name.encode(), "sha256").hexdigest() for name in names} | kept


def _at_once(path: str, flags: int) -> int:
    """Without waiting: a pipe that nobody writes to would hold the start up for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


class SecretWatch:
    """
    Looks each minute whether a secret in a file is another one than when this process began.

    `changed` is called once for each new state of the files, from a thread of its own, with the names of what
    changed. A file that cannot be read at the moment says nothing: who writes it may not have finished.
    """

    def __init__(
        self, paths: Mapping[str, str], changed: Callable[[list[str]], None], *, seconds: float = LOOK_SECONDS
    ) -> None:
        self._paths, self._changed, self._seconds = paths, changed, seconds
        self._key = os.urandom(32)
        self._known = {name: self._digest(path) for name, path in paths.items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="secrets", daemon=True)

    def begin(self) -> None:
        if self._paths:
            self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> list[str]:
        """The secrets that are others than when this was asked before."""
        found = {name: self._digest(path) for name, path in self._paths.items()}
        differ = [name for name, digest in found.items() if digest and digest != self._known[name]]
        self._known |= {name: found[name] for name in differ}
        return differ

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            if differ := self.look():
                self._changed(differ)

    def _digest(self, path: str) -> bytes:
        """What tells one secret from another, good in this process only; nothing for what cannot be used."""
        try:
            return blake2b(read_secret(path).encode(), key=self._key).digest()
        except NoSecret:
            return b""
