"""
Sessions in Redis: two scripts a turn, each one round trip. On a phone that several share there is a third in a
chat, to know which of them was chosen; the turn in which they are chosen has more.

`begin` takes the member's lock and hands over what is stored; `commit` writes what came of the turn and frees
the lock, if it is still ours. All keys a script touches carry the hash tag of the member's bucket, so that a
Redis Cluster can hold them. Losing Redis costs a member some typing and never money.

What is here are values: a Command says what to send and how to read the answer. `flows/engine/link.py` sends it.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar
from zlib import crc32

import msgspec

T = TypeVar("T")

BUCKETS: Final = 64
LOCK_MS: Final = 8_000  # longer than a turn may take
SESSION_SECONDS: Final = 30 * 60
PROFILE_SECONDS: Final = 15 * 60
ADDRESS_SECONDS: Final = 24 * 3600
TRACE_LENGTH: Final = 2_000  # a bucket, roughly

_REPLIED: Final = """
local reply = redis.call('GET', KEYS[1])
if reply then return {1, reply} end
"""
_CHOSEN: Final = """
local chosen = redis.call('GET', KEYS[5])
if chosen then
  redis.call('EXPIRE', KEYS[5], ARGV[2])
  return {3, chosen}
end
"""
_TAKE: Final = f"""
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


class Script:
    """A script and the digest Redis knows it by."""

    __slots__ = ("digest", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


class Command(Generic[T]):
    """
    One command for Redis: its parts, or a script with its keys and arguments, and how its answer is read.

    All of them bear being sent twice: a connection that breaks is tried once more.
    """

    __slots__ = ("parts", "read", "script")

    def __init__(self, parts: tuple[Any, ...], read: Callable[[Any], T], script: Script | None = None) -> None:
        self.parts, self.read, self.script = parts, read, script

    def by_source(self) -> tuple[Any, ...]:
        """The same script with its source, for a Redis that does not know it yet."""
        assert self.script is not None
        return ("EVAL", self.script.source, *self.parts[2:])


class Replied(msgspec.Struct, frozen=True):
    """The turn was answered before; this is the reply."""

    reply: bytes


class Busy(msgspec.Struct, frozen=True):
    """Another turn of the same member is under way."""


class Chosen(msgspec.Struct, frozen=True, array_like=True):
    """
    Who of several on a shared `phone` is talking. Of a call's transcript the first `heard` characters, with the
    keyed digest `heard_digest`, went into finding that out; they may hold a PIN.
    """

    person: str
    phone: str
    heard: int = 0
    heard_digest: str = ""


class Opened(msgspec.Struct, frozen=True):
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


_BEGINS, _BEGINS_SHARED = Script(_REPLIED + _TAKE), Script(_REPLIED + _CHOSEN + _TAKE)
_COMMITS, _RELEASES = Script(_COMMIT), Script(_RELEASE)
_decode_chosen = msgspec.json.Decoder(Chosen).decode


def begin(keys: Keys, token: str) -> Command[Replied | Busy | Opened]:
    """Take the lock and read; `token` makes it ours, given again it still is."""

    def read(answer: Any) -> Replied | Busy | Opened:
        if answer[0] == 1:
            return Replied(answer[1])
        if answer[0] == 2:
            return Busy()
        return Opened(keys, token, answer[1], answer[2], answer[3])

    parts = ("EVALSHA", _BEGINS.digest, 4, keys.turn, keys.lock, keys.session, keys.profile, token)
    return Command(parts, read, _BEGINS)


def begin_shared(keys: Keys, token: str, choice: str, seconds: int) -> Command[Replied | Busy | Opened | Chosen]:
    """
    The same for the sender on a shared phone, whose `keys` these are; no lock is taken where somebody was chosen,
    and the choice is good for so many seconds more. `choice` as `choice_key` names it.
    """
    first = begin(keys, token)

    def read(answer: Any) -> Replied | Busy | Opened | Chosen:
        return _decode_chosen(answer[1]) if answer[0] == 3 else first.read(answer)

    names = (keys.turn, keys.lock, keys.session, keys.profile, choice)
    return Command(("EVALSHA", _BEGINS_SHARED.digest, 5, *names, token, seconds), read, _BEGINS_SHARED)


def choice_key(sender: str, call: str) -> str:
    """Where it is kept who of several is talking: from this sender in this call, "" in a chat."""
    return f"{_bucket(sender)}chosen:{sender}:{call}"


def choose(choice: str, chosen: Chosen, seconds: int) -> Command[bool]:
    return Command(("SET", choice, msgspec.json.encode(chosen), "EX", seconds), bool)


def end_choice(choice: str) -> Command[bool]:
    """Whoever talks next is asked who they are."""
    return Command(("DEL", choice), bool)


def commit(
    opened: Opened, *, reply: bytes, session: bytes, profile: bytes, trace: bytes, repeats_seconds: int
) -> Command[bool]:
    """
    Keep what came of the turn; False when the lock was lost meanwhile, and nothing was kept.

    The same request gets the same reply for `repeats_seconds`. An empty `session` ends it; `profile` is kept
    if not empty, and forgotten if b"forget".
    """
    keys = opened.keys
    names = (keys.turn, keys.lock, keys.session, keys.profile, keys.trace)
    values = (opened.token, opened.version, reply, session, profile, trace, repeats_seconds)
    return Command(("EVALSHA", _COMMITS.digest, 5, *names, *values), bool, _COMMITS)


def release(opened: Opened) -> Command[bool]:
    """Free the lock and keep nothing: the journal stays as it was."""
    return Command(("EVALSHA", _RELEASES.digest, 1, opened.keys.lock, opened.token), bool, _RELEASES)


def ping() -> Command[bool]:
    return Command(("PING",), bool)


def forget_profile(person: str) -> Command[bool]:
    """A member's profile has changed: the next turn reads it anew."""
    return Command(("DEL", f"{_bucket(person)}profile:{person}"), bool)


def person_at(address: str) -> Command[str | None]:
    """The member whose address this is, if Redis remembers."""
    return Command(("GET", f"address:{address}"), lambda found: found.decode() if found else None)


def remember_address(address: str, person: str) -> Command[bool]:
    return Command(("SET", f"address:{address}", person, "EX", ADDRESS_SECONDS), bool)


def forget_address(address: str) -> Command[bool]:
    """What was remembered of an address is wrong."""
    return Command(("DEL", f"address:{address}"), bool)


def remember_reply(keys: Keys, reply: bytes, repeats_seconds: int) -> Command[bool]:
    """Answer a repeat of a turn with this, whoever the turn was begun for."""
    return Command(("SET", keys.turn, reply, "EX", repeats_seconds), bool)


def note(member: str, trace: bytes) -> Command[bool]:
    """Add a line to the trace outside a turn: a call that ended."""
    return Command(("XADD", f"{_bucket(member)}trace", "MAXLEN", "~", TRACE_LENGTH, "*", "turn", trace), bool)


def traces() -> list[Command[list[bytes]]]:
    """What is kept of the trace, a command for each bucket."""
    return [
        Command(("XRANGE", f"{{{bucket}}}:trace", "-", "+"), lambda found: [fields[1] for _, fields in found])
        for bucket in range(BUCKETS)
    ]


def _bucket(member: str) -> str:
    return f"{{{crc32(member.encode()) % BUCKETS}}}:"
