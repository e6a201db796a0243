"""
Files that a provider fetches from us: a statement that goes into a chat.

A file is in Redis for a quarter of an hour, under an address that is signed and cannot be guessed; nothing is
shown without it. The address is in no log of ours: whoever has it can read the file, for as long as it is there.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

import msgspec

from bot.signed_links import SignedLinks
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
        self._links = SignedLinks("file", secrets, now)
        self._public_url = public_url

    def publish(self, file: File) -> str:
        """Its address. Raises RedisError."""
        id = token_hex(16)
        token, _ = self._links.made(id, VALID)
        self._redis.set(_key(id), _encode(file), ex=VALID)
        return f"{self._public_url}/files/{token}/{file.name}"

    def at(self, token: str) -> File | None:
        """The file under this part of an address; None when it is wrong or too late. Raises RedisError."""
        # Before Redis is asked: what is not signed costs us nothing.
        link = self._links.read(token)
        if link is None or link.is_over:
            return None
        found = self._redis.get(_key(link.id))
        return _decode(found) if isinstance(found, bytes) else None

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()


def _key(id: str) -> str:
    return f"file:{id}"
