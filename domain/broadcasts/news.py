"""What leaders have written to a member: to be read again, or where it could only be said that it waits."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.records.notice import Notice
from domain.store import Between, Store

KEPT_FOR: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewsItem:
    """What somebody of this `name`, "" for the operator, wrote to the members of a `group` on a day."""

    group: str
    name: str
    words: str
    day: date


def news_of(store: Store, person: str) -> list[NewsItem]:
    """That of the last two weeks, the newest first; what they asked not to be sent is not among them."""
    since = Between(store.now() - KEPT_FOR, store.now())
    found = store.notices.find(
        person=person,
        broadcast=Between("!", "~"),
        created_at=since,
        kind="cast_words",
        sort="-created_at",
    )
    return [_item(each) for each in found if each.why not in ("STOPPED", "LEFT", "CALLED_OFF")]


def _item(notice: Notice) -> NewsItem:
    said = {name: str(value) for name, value in notice.values.items()}
    day = notice.created_at.astimezone(ZoneInfo(notice.quiet_in or "UTC")).date()
    return NewsItem(said["group"], said["name"], said["words"], day)
