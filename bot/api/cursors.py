"""
Lists in pages: `limit` and `after`, and `next` in the answer for as long as there is more.

A cursor holds where the last one stood in the order of the list, so a walk has everything once, whatever is added
meanwhile. It is no secret and no right: what it leads to is asked for by the same rules as the first page.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from werkzeug.exceptions import UnprocessableEntity

T = TypeVar("T")

LIMIT_MAX: Final = 200
LIMIT: Final = 50
CURSOR_LENGTH_MAX: Final = 400
PLACE_MAX: Final = 10**12


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and the cursor of the rest, None for none."""

    items: Sequence[T]
    next: str | None


def paged(found: Sequence[T], limit: int, place: Callable[[T], Sequence[str | int | datetime]]) -> Page[T]:
    """A page of what was found: one more than `limit` was asked for, to see whether there is more."""
    items = found[:limit]
    return Page(items, written(place(items[-1])) if len(found) > limit else None)


def written(place: Sequence[str | int | datetime]) -> str:
    """A place in a list as text."""
    plain = [each.isoformat() if isinstance(each, datetime) else each for each in place]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def after_number(cursor: str) -> int:
    """The place behind which a list by number goes on, 0 for its beginning. Raises UnprocessableEntity."""
    if not cursor:
        return 0
    (number,) = _read(cursor, int)
    if not 0 <= number <= PLACE_MAX:
        raise wrong_cursor()
    return int(number)


def after_id(cursor: str) -> str:
    """The id behind which a list by id goes on, "" for its beginning. Raises UnprocessableEntity."""
    return str(_read(cursor, str)[0]) if cursor else ""


def after_time(cursor: str) -> tuple[datetime, str] | None:
    """The time and id behind which a list by time goes on. Raises UnprocessableEntity."""
    if not cursor:
        return None
    at, id = _read(cursor, str, str)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise wrong_cursor() from error
    if moment.tzinfo is None or not 2000 < moment.year < 9000:
        raise wrong_cursor()
    return moment, id


def _read(cursor: str, *kinds: type) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise wrong_cursor() from error
    if not isinstance(place, list) or [type(each) for each in place] != [*kinds]:
        raise wrong_cursor()
    if any(isinstance(each, str) and not each.isprintable() for each in place):
        raise wrong_cursor()
    return place


def wrong_cursor() -> UnprocessableEntity:
    """It is none of ours."""
    error: Any = UnprocessableEntity()
    error.data = {"messages": {"query": {"after": ["This is no cursor of this list."]}}}
    refused: UnprocessableEntity = error
    return refused
