"""How a paper is asked for, whichever conversation it is, and where it is said to go."""

from domain.papers.order import OnItsWay, OrderPaper
from flows.dialogue import submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask
from flows.words.texts import t


def order(command: OrderPaper) -> Ask[Screen]:
    sent: OnItsWay = yield from submit("order", command)
    if sent.goes == "chat":
        return say(t("It is on its way to your chat: {channel}.", channel=sent.channel))
    if sent.goes == "email":
        return say(t("It is on its way to your e-mail."))
    if command.text:
        return say(t("It is on its way to your phone."))
    return say(t("It is on its way to your phone, in short. For the whole file, open a chat with us."))
