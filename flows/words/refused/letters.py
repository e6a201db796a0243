"""Why nothing can be written to a group, or not in these words."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from flows.words.refused.samples import NAME
from flows.words.texts import Filled, Text, nt, t

_AMOUNT: Final = "5,000"
_KEPT_OUT: Final[Mapping[str, Text]] = {
    "pin": t("No PIN and no code, please. Type amounts like {example}.", example=_AMOUNT),
    "phone": t("No phone numbers, please. Type amounts like {example}.", example=_AMOUNT),
    "card": t("No card numbers, please."),
}

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "kept_out_of_letters": Filled(
        lambda what: _KEPT_OUT[what],
        *({"what": what} for what in _KEPT_OUT),
    ),
    "muted": Filled(
        lambda group, until: t(
            "The officers of {group} decided that you write nothing until {day}. Ask them why.",
            group=group,
            day=date.fromisoformat(until),
        ),
        {"group": NAME, "until": "2026-09-28"},
    ),
    "too_many_letters": Filled(
        lambda minutes: nt(
            "You wrote enough for today. You can write again in {count} minute.",
            "You wrote enough for today. You can write again in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
}
