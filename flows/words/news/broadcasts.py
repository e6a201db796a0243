"""What leaders tell many members at once."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, DAY, IN_GROUP, PAID
from flows.words.texts import Filled, Text, nt, t

_WORDS: Final = {"words": "W" * 110}
# Where somebody's own words cannot be said: they have not written to us in this chat for a day.
WAITS: Final = Filled(
    lambda group, **_: t("A message from {group} is waiting for you. Write 'news' here to read it.", group=group),
    IN_GROUP,
)

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "cast_words": Filled(
        lambda group, name, words: (
            t("{name} of {group} writes: {words}", name=name, group=group, words=words)
            if name
            else t("News from your savings service: {words}", words=words)
        ),
        {**IN_GROUP, **BY_NAME, **_WORDS},
        {**IN_GROUP, **_WORDS, "name": ""},
    ),
    "cast_meeting": Filled(
        lambda group, day: t("The meeting of {group} is on {day}. Please come.", group=group, day=_day(day)),
        {**IN_GROUP, "day": DAY},
    ),
    "cast_due": Filled(
        lambda group, amount, day, dial: t(
            "Please pay {amount} for {group} by {day}. To pay, dial {dial} or write 'pay' in our chat.",
            group=group,
            day=_day(day),
            amount=amount,
            dial=dial,
        ),
        {**PAID, "day": DAY, "dial": "*384*7000*1#"},
    ),
    "cast_late": Filled(
        lambda group, day: t(
            "A part of your loan in {group} was due on {day}. Please repay it, or talk with an officer.",
            group=group,
            day=_day(day),
        ),
        {**IN_GROUP, "day": DAY},
    ),
    "cast_decision": Filled(
        lambda group: t("Your vote is wanted in {group}. Choose My group, Decide.", group=group), IN_GROUP
    ),
    "cast_expired": Filled(
        lambda group, count: (
            nt(
                "Your message to {group} was too late: {count} member had got it. Send it again if it is needed.",
                "Your message to {group} was too late: {count} members had got it. Send it again if it is needed.",
                count,
                group=group,
            )
            if count
            else t(
                "Your message to {group} was not sent: its time had passed. Send it again if it is needed.",
                group=group,
            )
        ),
        {**IN_GROUP, "count": 2},
        {**IN_GROUP, "count": 1},
        {**IN_GROUP, "count": 0},
    ),
}


def _day(day: str) -> date:
    return date.fromisoformat(day)
