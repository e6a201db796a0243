"""How a paper is asked for, whichever conversation it is, and where it is said to go."""

from domain.papers.my_data import KeptInShort
from domain.papers.order import OnItsWay, OrderPaper
from flows.dialogue import submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask
from flows.words.texts import Text, t


def order(command: OrderPaper) -> Ask[Screen]:
    sent: OnItsWay = yield from submit("order", command)
    return say(said_way(sent, text=command.text))


def said_way(sent: OnItsWay, *, text: bool) -> Text:
    """Where it goes; `text` when it was asked for in a text message."""
    if sent.goes == "chat":
        return t("It is on its way to your chat: {channel}.", channel=sent.channel)
    if sent.goes == "email":
        return t("It is on its way to your e-mail.")
    if text:
        return t("It is on its way to your phone.")
    return t("It is on its way to your phone, in short. For the whole file, open a chat with us.")


def said_kept(kept: KeptInShort) -> Text:
    """How much it is, in a line."""
    return t(
        "We keep of you: groups {groups}, loans {loans}, messages {messages}, others' looks {looks}.",
        groups=str(kept.groups),
        loans=str(kept.loans),
        messages=str(kept.messages),
        looks=str(kept.looks),
    )
