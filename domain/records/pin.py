"""
A member's PIN: argon2id with a pepper kept outside the store, and tries counted in the store.

Ten thousand four-digit PINs fall in minutes from a stolen table of hashes; the pepper, which is never in the
database, is what stops that. Tries are counted where emptying a cache forgives nobody.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from domain.errors import DomainError, TryAgain
from domain.records.person import Pin

TRIES: Final = 3
LOCKED_FOR: Final = timedelta(minutes=15)  # doubled with each lockout, up to a day
LOCKED_FOR_MAX: Final = timedelta(days=1)


class WrongPin(TryAgain):
    """Not the PIN; `left` tries remain."""

    code = "wrong_pin"


class PinLocked(DomainError):
    """Too many wrong tries; `minutes` until the next one."""

    code = "pin_locked"


class WeakPin(TryAgain):
    """A PIN that anyone would try first."""

    code = "weak_pin"


class PinsDiffer(TryAgain):
    """The second PIN is not the first."""

    code = "pins_differ"


@dataclass(frozen=True, slots=True)
class Secret:
    """What a member typed at a PIN question. It shows itself to nobody."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "****"


def is_weak(pin: str) -> bool:
    """One digit repeated, or digits that run up or down: 0000, 1234, 98765."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


class PinHasher:
    """Turns a PIN into what may be stored, and compares. About 20 ms a call, on purpose."""

    def __init__(self, pepper: str, *, passes: int = 2, memory_kib: int = 19 * 1024) -> None:
        """The cost is OWASP's first choice for argon2id; tests have it for less. A hash says what it has cost."""
        self._pepper = pepper.encode()
        self._argon = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)

    def hash(self, pin: Secret) -> str:
        """Raises WeakPin."""
        if is_weak(pin.value):
            raise WeakPin
        return self._argon.hash(self._peppered(pin))

    def hash_password(self, password: Secret) -> str:
        """The same for a password, of which other rules say whether it is weak."""
        return self._argon.hash(self._peppered(password))

    def matches(self, hashed: str, pin: Secret) -> bool:
        if not hashed:  # none was chosen yet
            return False
        try:
            return self._argon.verify(hashed, self._peppered(pin))
        except VerifyMismatchError:
            return False

    def seal(self, text: str) -> bytes:
        """What only we can work out of a text that is no PIN: 32 bytes, the same each time."""
        return hmac.digest(self._pepper, f"seal\n{text}".encode(), "sha256")

    def _peppered(self, pin: Secret) -> str:
        return hmac.new(self._pepper, pin.value.encode(), hashlib.sha256).hexdigest()


def check_not_locked(pin: Pin, now: datetime) -> None:
    """Raises PinLocked, with the whole minutes that are left."""
    if minutes := minutes_locked(pin, now):
        raise PinLocked(minutes=minutes)


def minutes_locked(pin: Pin, now: datetime) -> int:
    """For how many whole minutes more it is locked, 0 when it is not."""
    if pin.locked_until is None or now >= pin.locked_until:
        return 0
    return ceil((pin.locked_until - now) / timedelta(minutes=1))


def after_try(pin: Pin, right: bool, now: datetime) -> Pin:
    """The PIN's counters after one more try: three wrong ones lock it, each time for longer."""
    if right:
        return Pin(pin.hash)
    if pin.wrong + 1 < TRIES:
        return replace(pin, wrong=pin.wrong + 1)
    locked_for = min(LOCKED_FOR * 2**pin.lockouts, LOCKED_FOR_MAX)
    return replace(pin, wrong=0, lockouts=pin.lockouts + 1, locked_until=now + locked_for)
