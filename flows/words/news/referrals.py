"""News of members who bring others."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, PAID
from flows.words.texts import Filled, Text, t

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "referral_rewarded": Filled(
        lambda amount, group, name: t(
            "Thank you: {name} joined by your code and paid in. {group} gives you {amount}, it is your credit.",
            amount=amount,
            group=group,
            name=name,
        ),
        {**PAID, **BY_NAME},
    ),
    "referral_welcome": Filled(
        lambda amount, group: t(
            "Welcome: {group} gives you {amount} as a new member, it is your credit.", amount=amount, group=group
        ),
        PAID,
    ),
}
