"""News of the turns of a rotation."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import IN_GROUP, PAID
from flows.words.texts import Filled, Text, nt, t

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "turn_set": Filled(
        # One that was written by an earlier version names the first round alone.
        lambda group, count, rounds="", turns=1, round=0: nt(
            "The rotation of {group} is set: you have {count} turn, round {rounds} of {all}. "
            "Choose My turn in the menu.",
            "The rotation of {group} is set: you have {count} turns, rounds {rounds} of {all}. "
            "Choose My turn in the menu.",
            turns,
            group=group,
            rounds=rounds or str(round),
            all=count,
        ),
        IN_GROUP | {"rounds": "1, 5, 9, 13, 17, 21, 25", "turns": 7, "count": 25},
        IN_GROUP | {"rounds": "25", "turns": 1, "count": 25},
        IN_GROUP | {"round": 25, "count": 25},
    ),
    "turn_lost": Filled(
        lambda group: t(
            "The order of the rotation of {group} has changed: you have no turn in it. Ask an officer why.",
            group=group,
        ),
        IN_GROUP,
    ),
    "auction_set": Filled(
        lambda group, count: nt(
            "The rotation of {group} is set: {count} round, by auction. Choose My turn in the menu to bid.",
            "The rotation of {group} is set: {count} rounds, by auction. Choose My turn in the menu to bid.",
            count,
            group=group,
        ),
        IN_GROUP | {"count": 25},
        IN_GROUP | {"count": 1},
    ),
    "turn_held": Filled(
        lambda amount, group: t(
            "Your turn in {group} has come. Put in the {amount} that you owe, then you are paid.",
            group=group,
            amount=amount,
        ),
        PAID,
    ),
    "bid_parted": Filled(
        lambda amount, group: t(
            "Your part of the bid in {group} is {amount}. It counts for your next round.",
            group=group,
            amount=amount,
        ),
        PAID,
    ),
}
