"""
Files that a provider fetches from us: a statement that goes into a chat.

A file is in Redis for a quarter of an hour, under an address that is signed and cannot be guessed; nothing is
shown without it. The address is in no log of ours: whoever has it can read the file, for as long as it is there.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

import msgspec

from flows.engine.document import File
from flows.engine.redis_place import open_redis

VALID: Final = timedelta(minutes=15)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(File).decode


class Files:
    """One for all threads of a process."""

    def __init__(
        self, redis_url: str, secrets: Sequence[str], public_url: str, now: Callable[[], datetime]
    ) -> None:
        """The first of the `secrets` signs the addresses; what another has signed is good too."""
        self._redis = open_redis(redis_url, 5)
        self._secrets = [each.encode() for each in secrets]
        self._public_url, self._now = public_url, now

    def publish(self, file: File) -> str:
        """Its address. Raises RedisError."""
        id, ends = token_hex(16), int((self._now() + VALID).timestamp())
        self._redis.set(_key(id), _encode(file), ex=VALID)
        return f"{self._public_url}/files/{id}-{ends}-{_signature(self._secrets[0], id, str(ends))}/{file.name}"

    def at(self, token: str) -> File | None:
        """The file under this part of an address; None when it is wrong or too late. Raises RedisError."""
        id, _, rest = token.partition("-")
        ends, _, signature = rest.partition("-")
        # Before Redis is asked: what is not signed costs us nothing.
        given = signature.encode("utf-8", "replace")
        if not any(hmac.compare_digest(given, _signature(each, id, ends).encode()) for each in self._secrets):
            return None
        if self._now().timestamp() >= int(ends):
            return None
        found = self._redis.get(_key(id))
        return _decode(found) if isinstance(found, bytes) else None


def _signature(secret: bytes, id: str, ends: str) -> str:
    signed = f"file {id} until {ends}".encode("utf-8", "replace")
    return hmac.digest(secret, signed, "sha256").hex()


def _key(id: str) -> str:
    return f"file:{id}"
