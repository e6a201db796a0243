"""News of what members write to their group."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.letters.kept_out import LETTER_LENGTH_MAX
from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, DAY, IN_GROUP
from flows.words.texts import Filled, Text, t

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "letter": Filled(
        lambda group, name, text: t(
            'In {group} a message from {name} says: "{text}". To answer, type chat.',
            group=group,
            name=name,
            text=text,
        ),
        {**IN_GROUP, **BY_NAME, "text": ("We meet at the church this time. " * 9)[:LETTER_LENGTH_MAX]},
    ),
    "letter_removed": Filled(
        lambda group, name: t(
            "Your message to {group} was removed by {name}. It is best to ask why.", group=group, name=name
        ),
        {**IN_GROUP, **BY_NAME},
    ),
    "muted": Filled(
        lambda group, until: t(
            "You may read the messages in {group}, but write none until {day}. Ask an officer why.",
            group=group,
            day=date.fromisoformat(until),
        ),
        {**IN_GROUP, "until": DAY},
    ),
}
