"""How often something may be done: a limit, and one use of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Limit:
    """
    At most `most` uses within `per`, which begins with the first of them, for each of whom it counts apart.

    `name` begins the ids of its counters. `refusal` is what a member hears, with the whole `minutes` to wait; None
    where no member does it.
    """

    name: str
    most: int
    per: timedelta
    refusal: type[DomainError] | None = None

    def of(self, whose: str = "") -> "Use":
        """One use by somebody, or of what all have together."""
        return Use(self, whose)


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a limit; `whose` is a number, an address or a country, "" where it is everybody's."""

    limit: Limit
    whose: str

    @property
    def id(self) -> str:
        """Its counter."""
        return f"{self.limit.name}:{self.whose}"


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that is used up, and when it begins anew."""

    limit: Limit
    until: datetime
