"""People who were forgotten, as they wished: their ids, and what keeps them from coming back by mistake."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import DomainError

NOT_BACK_FOR: Final = timedelta(days=30)


class JustForgotten(DomainError):
    """Whoever had this number was forgotten a short while ago, as they wished: nothing makes them a member now."""

    code = "just_forgotten"


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """
    By what a person is found in documents that are not theirs, until nothing of it is there.

    `marks` are what is nobody else's: numbers, chats, an e-mail address. `called` is what they are called from
    now on, and `groups` the same in each group, by its id; `numbers` are theirs in the lists. `counters` are the
    ids of limits that count for them.
    """

    names: tuple[str, ...]
    marks: tuple[str, ...]
    called: str
    groups: Mapping[str, str]
    numbers: Mapping[str, int]
    counters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A person who was forgotten, by their `id`. `left` is None once all that they left behind is gone."""

    id: str
    at: datetime
    left: LeftBehind | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """
    A number that is nobody's for a while, as a digest under a `key` of its own. The store removes both at `until`:
    then nobody can say any more whether a number was that of somebody who was forgotten.
    """

    id: str
    key: str
    digest: str
    until: datetime

    def is_of(self, phone: str) -> bool:
        """Whether this number (E.164) lies under it."""
        return hmac.compare_digest(self.digest, tomb_digest(self.key, phone))


def tomb_digest(key: str, phone: str) -> str:
    return hmac.new(key.encode(), phone.encode(), "sha256").hexdigest()
