"""
A member's PIN: argon2id with a pepper kept outside the store, and tries counted in the store.

Ten thousand four-digit PINs fall in minutes from a stolen table of hashes; the pepper, which is never in the
database, is what stops that. Tries are counted where emptying a cache forgives nobody.

Peppers can be changed: what was hashed with one before is still compared with that one, and hashed anew when its
owner types it. The first bytes of a salt, which is no secret, say which pepper a hash stands on.
"""

import hashlib
import hmac
import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from domain.errors import DomainError, Mistake, TryAgain
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


MARK_LENGTH: Final = 8  # letters of a salt: six bytes
SALT_LENGTH: Final = 22  # bytes, with the mark; a salt without one has 16
MARKED_LENGTH: Final = 30  # letters of a salt with a mark, as a hash has it


class PepperUnknown(Mistake):
    """
    A hash stands on a pepper that this process does not have: whether the PIN is right, it cannot say, and no try
    may count.
    """


class PinHasher:
    """Turns a PIN into what may be stored, and compares. About 20 ms a call, on purpose."""

    def __init__(
        self, pepper: str, *, before: Sequence[str] = (), passes: int = 2, memory_kib: int = 19 * 1024
    ) -> None:
        """
        What is new stands on `pepper`; what stands on one of those `before` is right too.

        The cost is OWASP's first choice for argon2id; tests have it for less. A hash says what it has cost.
        """
        self._peppers = [each.encode() for each in (pepper, *before)]
        self._by_mark = {_mark(each): each for each in self._peppers}
        self._argon = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)

    @property
    def marks(self) -> Sequence[str]:
        """What tells the peppers apart in hashes, that of now first; it says nothing of them."""
        return [*self._by_mark]

    def hash(self, pin: Secret) -> str:
        """Raises WeakPin."""
        if is_weak(pin.value):
            raise WeakPin
        return self.hash_password(pin)

    def hash_password(self, password: Secret) -> str:
        """The same for a password, of which other rules say whether it is weak."""
        pepper = self._peppers[0]
        salt = _mark_bytes(pepper) + os.urandom(SALT_LENGTH - len(_mark_bytes(pepper)))
        return self._argon.hash(_peppered(pepper, password), salt=salt)

    @property
    def nobodys(self) -> str:
        """A hash that nothing matches: who has none waits as long as who has one."""
        cost = f"m={self._argon.memory_cost},t={self._argon.time_cost},p={self._argon.parallelism}"
        return f"$argon2id$v=19${cost}${self.marks[0].ljust(MARKED_LENGTH, 'A')}${'A' * 43}"

    def matches(self, hashed: str, pin: Secret) -> bool:
        """Raises PepperUnknown."""
        if not hashed:  # none was chosen yet
            return False
        return any(self._verifies(hashed, pepper, pin) for pepper in self._peppers_of(hashed))

    def renewed(self, hashed: str, pin: Secret) -> str:
        """The hash of a PIN that was right, made anew where it may stand on a pepper of before."""
        if len(self._peppers) == 1 or mark_of(hashed) == self.marks[0]:
            return hashed
        return self.hash_password(pin)

    def seal(self, text: str) -> bytes:
        """What only we can work out of a text that is no PIN: 32 bytes, the same each time."""
        return self.seals(text)[0]

    def seals(self, text: str) -> list[bytes]:
        """The seal of a text, and those that it had with the peppers of before, the newest first."""
        return [hmac.digest(each, f"seal\n{text}".encode(), "sha256") for each in self._peppers]

    def _peppers_of(self, hashed: str) -> Sequence[bytes]:
        """The one that a hash stands on; any of them where it does not say. Raises PepperUnknown."""
        mark = mark_of(hashed)
        if not mark:
            return self._peppers
        if mark not in self._by_mark:
            raise PepperUnknown("a hash stands on a pepper that is not given here")
        return [self._by_mark[mark]]

    def _verifies(self, hashed: str, pepper: bytes, pin: Secret) -> bool:
        try:
            return self._argon.verify(hashed, _peppered(pepper, pin))
        except VerifyMismatchError:
            return False


def mark_of(hashed: str) -> str:
    """Which pepper a hash stands on, as it says itself; "" where it does not, as those of before do not."""
    salt = hashed.split("$")[4] if hashed else ""
    return salt[:MARK_LENGTH] if len(salt) == MARKED_LENGTH else ""


def _mark(pepper: bytes) -> str:
    return b64encode(_mark_bytes(pepper)).decode()


def _mark_bytes(pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"which pepper this is", "sha256")[: MARK_LENGTH * 3 // 4]


def _peppered(pepper: bytes, pin: Secret) -> str:
    return hmac.new(pepper, pin.value.encode(), hashlib.sha256).hexdigest()


def check_not_locked(pin: Pin, now: datetime) -> None:
    """Raises PinLocked, with the whole minutes that are left."""
    if minutes := minutes_locked(pin.locked_until, now):
        raise PinLocked(minutes=minutes)


def minutes_locked(until: datetime | None, now: datetime) -> int:
    """For how many whole minutes more a PIN is locked that is so `until` then, 0 when it is not."""
    if until is None or now >= until:
        return 0
    return ceil((until - now) / timedelta(minutes=1))


def after_try(pin: Pin, right: bool, now: datetime, renewed: str = "") -> Pin:
    """
    The PIN's counters after one more try: three wrong ones lock it, each time for longer. After a right one the
    hash is the `renewed` one, where there is any.
    """
    if right:
        return Pin(renewed or pin.hash)
    if pin.wrong + 1 < TRIES:
        return replace(pin, wrong=pin.wrong + 1)
    locked_for = min(LOCKED_FOR * 2**pin.lockouts, LOCKED_FOR_MAX)
    return replace(pin, wrong=0, lockouts=pin.lockouts + 1, locked_until=now + locked_for)
