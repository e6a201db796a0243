"""News of a group that moves in: to its officers, who agree to what it brings, and to its members."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import AMOUNT, BY_NAME, IN_GROUP, NOTHING
from flows.words.texts import Filled, Text, t

_DIAL: Final = {"dial": "*384*7000#"}

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "opening_to_agree": Filled(
        lambda group, dial: t(
            "The book of {group} comes here. You are an officer: check the figures. Dial {dial}, Group moving in.",
            group=group,
            dial=dial,
        ),
        IN_GROUP | _DIAL,
    ),
    "opening_told": Filled(
        lambda group, saved, debt, days, dial: t(
            "Moving in: {group}. Your savings: {saved}. You owe: {debt}. Not right? Say so within {days} days: "
            "dial {dial}, Group moving in.",
            group=group,
            saved=saved,
            debt=debt,
            days=days,
            dial=dial,
        ),
        IN_GROUP | _DIAL | {"saved": AMOUNT, "debt": AMOUNT, "days": 3},
        IN_GROUP | _DIAL | {"saved": AMOUNT, "debt": NOTHING, "days": 3},
    ),
    "opening_contested": Filled(
        lambda group, name: t(
            "Please answer: {name} says their figures in {group} are not right. Choose Group moving in.",
            name=name,
            group=group,
        ),
        IN_GROUP | BY_NAME,
    ),
    "opening_stands": Filled(
        lambda group: t(
            "An officer of {group} checked your figures: they stay as they are. Ask at the meeting.", group=group
        ),
        IN_GROUP,
    ),
    "opening_sent_back": Filled(
        lambda group: t(
            "The book of {group} was sent back. You will hear when it is brought again.",
            group=group,
        ),
        IN_GROUP,
    ),
}
