"""How it works, in one breath."""

from typing import Final

from domain.records.person import Member
from flows.dialogue import flow
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t

HELP: Final = t(
    "Save by mobile money: choose Contribute, then approve on your phone. Never tell anybody your "
    "PIN. Questions? Ask an officer of your group."
)


@flow("help", label=t("Help"), words=t("help"), aside=HELP)
def help_screen(me: Member) -> Conversation:
    """Says who to ask: an officer they know, not a call centre."""
    yield from ()
    return say(HELP)
