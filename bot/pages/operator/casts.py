"""The broadcasts of all groups, and what messages cost."""

from flask import Response

from bot.pages.operator.desk import Desk, address, desk_page, moment
from domain.board.casts import CASTS_A_PAGE, casts_seen
from flows.words.broadcasts import AUDIENCES, MESSAGES, STATES


@desk_page("/messages")
def casts(desk: Desk) -> Response:
    """The newest first, a page at a time."""
    before = moment("before")
    found = casts_seen(desk.store, desk.groups, before)
    return desk.page(
        "casts.html",
        found=found,
        costs=desk.store.offered.message_costs,
        first="/operator/messages" if before else "",
        next=address("/messages", before=found[-1].at.isoformat()) if len(found) == CASTS_A_PAGE else "",
        messages=MESSAGES,
        audiences=AUDIENCES,
        states=STATES,
    )
