"""
Why a message failed, in few words: what each provider says is one of them.

Sources: Africa's Talking, "SMS sending" and "SMS delivery reports"; Twilio, "Error and Warning Dictionary";
Telegram, "Making requests".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from domain.records.notice import WhyUnsent

_SAID: Final[Mapping[WhyUnsent, Sequence[str]]] = {
    "STOPPED": ["userinblacklist", "406", "21610", "63032", "telegram: 403", "blocked"],
    "WRONG_NUMBER": [
        "invalidphonenumber",
        "unsupportednumbertype",
        "userdoesnotexist",
        "notnetworksubscriber",
        "notnetworksubcriber",
        "sms: 403",
        "404",
        "21211",
        "21614",
        "30005",
        "30006",
        "63003",
        "63024",
        "chat not found",
    ],
    "PHONE_OFF": ["absentsubscriber", "userisinactive", "useraccountsuspended", "expired", "30003"],
    "NO_CREDIT": ["insufficientbalance", "insufficientcredit", "405", "30002"],
    "NO_WAY": ["63015", "63016", "outside 24 hours", "no template"],
}
_WORD: Final[Sequence[tuple[re.Pattern[str], WhyUnsent]]] = [
    (re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"), why)
    for why, said in _SAID.items()
    for word in said
]


def why_failed(reason: str) -> WhyUnsent:
    """What a provider's reason comes to; what is not known here is that it was refused."""
    plain = reason.lower()
    return next((why for word, why in _WORD if word.search(plain)), "REFUSED")
