"""
A provider's token that all processes share, in Redis: with some providers a new one ends the one before, and two
processes with one each would end each other's all the time.

With a token alone nobody is paid: a prompt needs the passkey too, and a payout the API user's password.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from flows.engine.redis_place import open_redis
from payments.http import OwnTokens

ANSWER_SECONDS: Final = 2.0
# A renewal is one request, whose answer is waited for so long: who holds the lock longer is gone.
RENEWAL_SECONDS: Final = 40.0


class SharedTokens:
    """See `TokenStore`. While Redis is away, each process has tokens of its own, and renews them when refused."""

    def __init__(self, url: str) -> None:
        self._redis, self._own = open_redis(url, ANSWER_SECONDS), OwnTokens()

    def token(self, name: str) -> str:
        try:
            found = self._redis.get(_key(name))
        except RedisError:
            return self._own.token(name)
        return found.decode() if isinstance(found, bytes) else ""

    def keep(self, name: str, token: str, seconds: float) -> None:
        self._own.keep(name, token, seconds)
        try:
            if (milliseconds := int(seconds * 1_000)) > 0:
                self._redis.set(_key(name), token, px=milliseconds)
        except RedisError:
            return

    @contextmanager
    def renewing(self, name: str) -> Iterator[None]:
        lock = self._redis.lock(f"{_key(name)}:renewing", timeout=RENEWAL_SECONDS)
        try:
            held = lock.acquire(blocking_timeout=RENEWAL_SECONDS)
        except RedisError:
            held = False
        try:
            with self._own.renewing(name):
                yield
        finally:
            if held:
                _release(lock)

    def close(self) -> None:
        """Let the connections go."""
        self._redis.close()


def _release(lock: Lock) -> None:
    try:
        lock.release()
    except (LockError, RedisError):
        return


def _key(name: str) -> str:
    return f"token:{name}"
