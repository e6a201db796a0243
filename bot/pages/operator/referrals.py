"""Who brings new members, and what in it looks like somebody who plays with it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask import Response

from bot.pages.operator.desk import Desk, desk_page
from domain.referrals.signals import Signal, referrers_seen
from flows.words.texts import Text, t

DAYS: Final = 30
SHOWN_MAX: Final = 50
SIGNALS: Final[Mapping[Signal, Text]] = {
    "many": t("brought more than ten within a week"),
    "one_device": t("some of them have one phone or one chat"),
    "circle": t("who was brought brings others at once"),
    "leave_at_once": t("they leave soon after the reward"),
    "own_cash": t("wrote down the newcomer's cash themselves"),
}


@desk_page("/referrals")
def referrals(desk: Desk) -> Response:
    """Those of a month, with the most signals first."""
    found = referrers_seen(desk.store, desk.store.now() - timedelta(days=DAYS))
    desk.note("referrals.seen")
    return desk.page(
        "referrals.html", found=found[:SHOWN_MAX], more=len(found) > SHOWN_MAX, signals=SIGNALS, days=DAYS
    )
