"""On a phone that several members share: somebody else takes it."""

from domain.records.person import Member
from flows.dialogue import flow
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import shares
from flows.words.texts import t


@flow("somebody_else", label=t("Somebody else"), shown=shares, words=t("who, somebody else"))
def somebody_else(me: Member) -> Conversation:
    """The conversation ends here, and the next begins with "Who are you?"."""
    yield from ()
    return say(t("Done. The next call or message from this phone is asked who it is."))
