"""
How often one address may ask the pages and the API, counted in Redis and so for all processes together.

Every address of ours counts, also one where there is nothing; `free` says for which requests it does not: a
provider that is refused sends the same again and again, and who looks whether we are well must always hear it.
What signs in has a tenth of it besides, since there somebody might guess.

While Redis is away each process counts by itself, in its memory: nobody is refused who was not before, and who
asks too often is still stopped, at so many times the limit as there are processes.
"""

from collections.abc import Callable
from contextlib import suppress
from math import ceil
from time import time
from typing import Any, Final

from flask import Flask, Response, request
from flask_limiter import ApplicationLimit, Limiter
from redis.exceptions import RedisError

from bot.config import Settings
from bot.signed_in import where
from flows.engine.redis_place import RedisPlace

REDIS_SECONDS: Final = 1
SIGN_IN_PART: Final = 10  # what signs in has a tenth
_SIGN_IN: Final = ("/sign-in", "/api/auth/")
_REFUSED: Final = "Too many requests from this address. Please wait a little."


def limit_requests(flask: Flask, settings: Settings, free: Callable[[], bool]) -> None:
    """From now on each request is counted, unless it is `free`; one too many is answered 429."""
    most, seconds = settings.rate_limit_max_requests, -(-settings.rate_limit_window_ms // 1_000)
    tenth = max(1, most // SIGN_IN_PART)

    def limit_of(most: int, scope: str, exempt: Callable[[], bool]) -> ApplicationLimit:
        each = f"{most} per {seconds} second"
        return ApplicationLimit(each, scope=scope, exempt_when=exempt, error_message=_REFUSED)

    # It takes an address where there is nothing for one that nobody limits.
    flask.config["RATELIMIT_REQUEST_IDENTIFIER"] = lambda: request.endpoint or "nowhere"
    limiter = Limiter(
        lambda: where() or "nobody",  # it counts nothing for an address that is empty
        app=flask,
        application_limits=[limit_of(most, "all", free), limit_of(tenth, "sign-in", lambda: not _signs_in())],
        storage_uri=_uri(settings.shared_redis_url),
        storage_options=_options(settings.shared_redis_url),
        in_memory_fallback_enabled=True,
        key_prefix="web",
    )

    def tell(response: Response) -> Response:
        """The headers of a draft standard, whose times are seconds from now; the library's own are moments."""
        with suppress(RedisError):
            if counted := limiter.current_limits:
                limit = min(counted, key=lambda each: (not each.breached, each.remaining))
                left = str(min(seconds, max(0, ceil(limit.reset_at - time()))))
                response.headers["RateLimit-Limit"] = str(limit.limit.amount)
                response.headers["RateLimit-Remaining"] = str(limit.remaining)
                response.headers["RateLimit-Reset"] = left
                if limit.breached:
                    response.headers["Retry-After"] = left
        return response

    flask.after_request(tell)


def _signs_in() -> bool:
    """Whether this asks for a code, or tries one, or a password."""
    return request.method == "POST" and request.path.startswith(_SIGN_IN)


def _uri(redis_url: str) -> str:
    """As the library calls it: a socket has another name there, and what stands behind a question mark none."""
    place = RedisPlace.read(redis_url)
    if place.kind == "sentinel":
        hosts = ",".join(f"{host}:{port}" for host, port in place.nodes)
        return f"redis+sentinel://{hosts}/{place.service}"
    return f"redis+{redis_url}" if redis_url.startswith("unix:") else redis_url


def _options(redis_url: str) -> dict[str, Any]:
    """What the library hands on to the client: patience, and for sentinels what it does not read of an address."""
    place = RedisPlace.read(redis_url)
    timeouts = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
    if place.kind != "sentinel":
        return timeouts
    return {
        **timeouts,
        **place.client_options,
        "sentinel_kwargs": place.sentinel_options,
        "use_replicas": False,  # a replica counts late
    }
