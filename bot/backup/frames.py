"""
The format of a file in a backup: a stream in encrypted frames.

    header   5 bytes magic and version, 8 bytes the key's name, 16 bytes salt
    frame    4 bytes: the highest bit says that it is the last, the others how long it is; then AES-256-GCM
    ...

Each file has a key of its own, made of ours and its salt. A frame's number and whether it is the last are its
nonce, and the header, the file's name and the frame's own first bytes are authenticated with it. So a bit that was
changed, a frame that was swapped, doubled or left out, a file that was cut off, lengthened, or put in another's
place is refused, and what was read before that was right.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.backup.errors import BrokenSet, WrongKey

FRAME_BYTES: Final = 1 << 20
MAGIC: Final = b"CSBK\x01"
_NAME_BYTES: Final = 8
_SALT_BYTES: Final = 16
_HEADER_BYTES: Final = len(MAGIC) + _NAME_BYTES + _SALT_BYTES
_TAG_BYTES: Final = 16
_LAST: Final = 1 << 31


def _derived(secret: str, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, purpose).derive(secret.encode())


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The key that is used now, and those of before, with which files can still be read."""

    secrets: Sequence[str]

    @property
    def current(self) -> str:
        return self.secrets[0]

    def named(self, name: bytes) -> str:
        """The key of this name. Raises WrongKey."""
        for secret in self.secrets:
            if hmac.compare_digest(key_name(secret), name):
                return secret
        raise WrongKey(
            f"it was made with the key {name.hex()}, and BACKUP_KEY is {key_name(self.current).hex()}: "
            "set BACKUP_KEY, or BACKUP_KEY_PREVIOUS, to the key it was made with"
        )


def key_name(secret: str) -> bytes:
    """What a key is known by; nothing of the key can be learned from it."""
    return _derived(secret, b"", b"backup: the key's name", _NAME_BYTES)


def seal(pieces: Iterable[bytes], keys: Keyring, name: str) -> Iterator[bytes]:
    """What the pieces say together, as the file of this name."""
    salt = os.urandom(_SALT_BYTES)
    header = MAGIC + key_name(keys.current) + salt
    cipher = _cipher(keys.current, salt)
    yield header
    for number, (plain, last) in enumerate(_with_last(in_frames(pieces, FRAME_BYTES))):
        length = (len(plain) + _TAG_BYTES | (_LAST if last else 0)).to_bytes(4)
        yield length + cipher.encrypt(_nonce(number, last), plain, header + length + name.encode())


def unseal(pieces: Iterable[bytes], keys: Keyring, name: str) -> Iterator[bytes]:
    """What was sealed under this name, a frame at a time. Raises WrongKey, and BrokenSet as late as it shows."""
    stream = _Stream(pieces, name)
    header = stream.take(_HEADER_BYTES)
    if not header.startswith(MAGIC):
        raise BrokenSet(f"{name} is no file of a backup that this version can read")
    secret = keys.named(header[len(MAGIC) : len(MAGIC) + _NAME_BYTES])
    cipher = _cipher(secret, header[-_SALT_BYTES:])
    number, last = 0, False
    while not last:
        length = stream.take(4)
        word = int.from_bytes(length)
        last, size = bool(word & _LAST), word & ~_LAST
        if not _TAG_BYTES <= size <= FRAME_BYTES + _TAG_BYTES:
            raise BrokenSet(f"{name} is broken at frame {number}: it is not as it was written")
        try:
            plain = cipher.decrypt(_nonce(number, last), stream.take(size), header + length + name.encode())
        except InvalidTag as wrong:
            raise BrokenSet(f"{name} is broken at frame {number}: it is not as it was written") from wrong
        yield plain
        number += 1
    if stream.has_more():
        raise BrokenSet(f"{name} goes on behind its end")


def in_frames(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of one size, but the last; one that is empty, where there are none."""
    held = bytearray()
    for piece in pieces:
        held += piece
        whole = len(held) - len(held) % size
        for start in range(0, whole, size):
            yield bytes(held[start : start + size])
        del held[:whole]
    yield bytes(held)


def _with_last(frames: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    before: bytes | None = None
    for frame in frames:
        if before is not None:
            yield before, False
        before = frame
    assert before is not None, "there is one at least"
    yield before, True


def _cipher(secret: str, salt: bytes) -> AESGCM:
    return AESGCM(_derived(secret, salt, b"backup: a file", 32))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


class _Stream:
    """Pieces of any size, taken as many bytes at a time as are wanted."""

    def __init__(self, pieces: Iterable[bytes], name: str) -> None:
        self._pieces, self._name = iter(pieces), name
        self._held = bytearray()

    def take(self, size: int) -> bytes:
        """Raises BrokenSet when there are not so many."""
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                raise BrokenSet(f"{self._name} is cut off")
            self._held += piece
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def has_more(self) -> bool:
        return bool(self._held) or any(self._pieces)
