"""
Sessions in Redis: two scripts a turn, each one round trip.

`begin` takes the member's lock and hands over what is stored; `commit` writes what came of the turn and frees
the lock, if it is still ours. All keys a script touches carry the hash tag of the member's bucket, so that a
Redis Cluster can hold them. Losing Redis costs a member some typing and never money.
"""

import hashlib
import os
import threading
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from hiredis import pack_command
from redis.connection import Connection, parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, TimeoutError

from domain.errors import StoreError

BUCKETS: Final = 64
LOCK_MS: Final = 8_000  # longer than a turn may take
SESSION_SECONDS: Final = 30 * 60
PROFILE_SECONDS: Final = 15 * 60
ADDRESS_SECONDS: Final = 24 * 3600
TRACE_LENGTH: Final = 2_000  # a bucket, roughly

_BEGIN: Final = f"""
local reply = redis.call('GET', KEYS[1])
if reply then return {{1, reply}} end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', {LOCK_MS}) and redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return {{2}}
end
local session = redis.call('HMGET', KEYS[3], 'version', 'data')
return {{0, session[1] or '0', session[2] or '', redis.call('GET', KEYS[4]) or ''}}
"""

# Without our token the lock has expired: another turn may have gone on from the same journal, and this one is
# void. A reply already stored for this turn is our own commit, whose answer was lost on the way.
_COMMIT: Final = f"""
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return redis.call('EXISTS', KEYS[1])
end
if (redis.call('HGET', KEYS[3], 'version') or '0') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[7])
if ARGV[4] == '' then
  redis.call('DEL', KEYS[3])
else
  redis.call('HSET', KEYS[3], 'version', ARGV[2] + 1, 'data', ARGV[4])
  redis.call('EXPIRE', KEYS[3], {SESSION_SECONDS})
end
if ARGV[5] == 'forget' then
  redis.call('DEL', KEYS[4])
elseif ARGV[5] ~= '' then
  redis.call('SET', KEYS[4], ARGV[5], 'EX', {PROFILE_SECONDS})
end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', {TRACE_LENGTH}, '*', 'turn', ARGV[6])
redis.call('DEL', KEYS[2])
return 1
"""

_RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class SessionsUnavailable(StoreError):
    """Redis does not answer."""


class Script:
    """A script and the digest Redis knows it by."""

    __slots__ = ("digest", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


class HeldConnection(threading.local):
    """
    One connection for each thread, kept open, opened again when it breaks.

    redis-py's client checks a connection out of a pool for each command, which costs five times the round trip.
    """

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
        self._options = {"socket_timeout": 2.0, "socket_connect_timeout": 2.0, **options}
        self._class: type[Connection] = self._options.pop("connection_class", Connection)
        # redis-py leaves the methods of a connection untyped.
        self._connection: Any = None
        self.round_trips = 0

    def call(self, *command: Any) -> Any:
        """One command, tried once more on a fresh connection: whatever is sent must bear being sent twice."""
        try:
            return self._call(command)
        except (RedisConnectionError, TimeoutError, OSError):
            self._drop()
        try:
            return self._call(command)
        except (RedisConnectionError, TimeoutError, OSError) as error:
            self._drop()
            raise SessionsUnavailable(str(error)) from error

    def run(self, script: Script, keys: tuple[str, ...], *args: Any) -> Any:
        """Run a script by its digest; its text is sent to a Redis that does not know it."""
        try:
            return self.call("EVALSHA", script.digest, len(keys), *keys, *args)
        except NoScriptError:
            return self.call("EVAL", script.source, len(keys), *keys, *args)

    def _call(self, command: tuple[Any, ...]) -> Any:
        if self._connection is None:
            self._connection = self._class(**self._options)
            self._connection.connect()
        # Packed here: redis-py's own packer looks at every argument once more.
        self._connection.send_packed_command([pack_command(command)], check_health=False)
        self.round_trips += 1
        return self._connection.read_response()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = None


@dataclass(frozen=True, slots=True)
class Replied:
    """The turn was answered before; this is the reply."""

    reply: bytes


@dataclass(frozen=True, slots=True)
class Busy:
    """Another turn of the same member is under way."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The lock is ours. `session` and `profile` are empty when there are none."""

    keys: "Keys"
    token: str
    version: bytes
    session: bytes
    profile: bytes


class Keys:
    """The keys of one member and turn, in one slot of a cluster."""

    __slots__ = ("lock", "profile", "session", "trace", "turn")

    def __init__(self, member: str, turn: str) -> None:
        bucket = _bucket(member)
        self.turn = f"{bucket}turn:{member}:{turn}"
        self.lock = f"{bucket}lock:{member}"
        self.session = f"{bucket}session:{member}"
        self.profile = f"{bucket}profile:{member}"
        self.trace = f"{bucket}trace"


class Sessions:
    """One for all threads of a process."""

    def __init__(self, url: str) -> None:
        self._redis = HeldConnection(url)
        self._begin, self._commit, self._release = Script(_BEGIN), Script(_COMMIT), Script(_RELEASE)

    @property
    def round_trips(self) -> int:
        """How many commands this thread has sent."""
        return self._redis.round_trips

    def ping(self) -> None:
        """Raises SessionsUnavailable, as does every method here."""
        self._redis.call("PING")

    def begin(self, keys: Keys, token: str) -> Replied | Busy | Opened:
        """Take the lock and read; `token` makes it ours, given again it still is."""
        answer = self._redis.run(self._begin, (keys.turn, keys.lock, keys.session, keys.profile), token)
        if answer[0] == 1:
            return Replied(answer[1])
        if answer[0] == 2:
            return Busy()
        return Opened(keys, token, answer[1], answer[2], answer[3])

    def commit(
        self, opened: Opened, *, reply: bytes, session: bytes, profile: bytes, trace: bytes, repeats_seconds: int
    ) -> bool:
        """
        Keep what came of the turn; False when the lock was lost meanwhile, and nothing was kept.

        The same request gets the same reply for `repeats_seconds`. An empty `session` ends it; `profile` is kept
        if not empty, and forgotten if b"forget".
        """
        keys = opened.keys
        return bool(
            self._redis.run(
                self._commit,
                (keys.turn, keys.lock, keys.session, keys.profile, keys.trace),
                opened.token,
                opened.version,
                reply,
                session,
                profile,
                trace,
                repeats_seconds,
            )
        )

    def release(self, opened: Opened) -> None:
        """Free the lock and keep nothing: the journal stays as it was."""
        self._redis.run(self._release, (opened.keys.lock,), opened.token)

    def forget_profile(self, person: str) -> None:
        """A member's profile has changed: the next turn reads it anew."""
        self._redis.call("DEL", f"{_bucket(person)}profile:{person}")

    def person_at(self, address: str) -> str | None:
        """The member whose address this is, if Redis remembers."""
        found = self._redis.call("GET", f"address:{address}")
        return found.decode() if found else None

    def remember_address(self, address: str, person: str) -> None:
        """Keep for ADDRESS_SECONDS whose an address is."""
        self._redis.call("SET", f"address:{address}", person, "EX", ADDRESS_SECONDS)

    def forget_address(self, address: str) -> None:
        """What was remembered of an address is wrong."""
        self._redis.call("DEL", f"address:{address}")

    def remember_reply(self, keys: Keys, reply: bytes, repeats_seconds: int) -> None:
        """Answer a repeat of a turn with this, whoever the turn was begun for."""
        self._redis.call("SET", keys.turn, reply, "EX", repeats_seconds)

    def note(self, member: str, trace: bytes) -> None:
        """Add a line to the trace outside a turn: a call that ended."""
        self._redis.call("XADD", f"{_bucket(member)}trace", "MAXLEN", "~", TRACE_LENGTH, "*", "turn", trace)

    def traces(self) -> list[bytes]:
        """What is kept of the trace, bucket by bucket."""
        lines: list[bytes] = []
        for bucket in range(BUCKETS):
            found = self._redis.call("XRANGE", f"{{{bucket}}}:trace", "-", "+")
            lines.extend(fields[1] for _, fields in found)
        return lines


def new_token() -> str:
    """What makes a lock ours."""
    return os.urandom(8).hex()


def _bucket(member: str) -> str:
    return f"{{{crc32(member.encode()) % BUCKETS}}}:"
