"""What is asked for in a group, who has said what, and how it is decided: on the phone."""

from collections.abc import Mapping
from typing import Final

from flask import Response

from bot.pages.groups import Here, group_page
from domain.groups.decided import decisions_closed, decisions_open
from domain.groups.overview import waiting_in
from domain.records.proposal import ProposalState
from flows.words.proposals import details_of
from flows.words.texts import Text, t

PROPOSAL_STATES: Final[Mapping[ProposalState, Text]] = {
    "open": t("not decided yet"),
    "approved": t("agreed"),
    "rejected": t("refused"),
    "withdrawn": t("cancelled"),
    "expired": t("expired"),
}


@group_page("/decisions")
def decisions(here: Here) -> Response:
    """Those that wait, and the last that do not any more."""
    return here.page(
        "decisions.html",
        waiting=decisions_open(here.store, here.group),
        closed=decisions_closed(here.store, here.group),
        waits=waiting_in(here.store, here.group.id),
        details_of=details_of,
        proposal_states=PROPOSAL_STATES,
        dial=here.store.service_code,
    )
