"""Whose number is it? Somebody in a chat says which is theirs, and a code that is sent there proves it."""

from domain.people.chats import SendCode
from domain.records.person import Stranger
from flows import ask
from flows.dialogue import submit
from flows.engine.steps import Ask
from flows.words.texts import t


def prove_phone(who: Stranger) -> Ask[str]:
    """The number, E.164; not asked when the channel knows it."""
    if who.phone:
        return who.phone
    phone = yield from ask.own_phone(
        "phone", t("What is your phone number, with its country code? We send a code there.")
    )
    yield from submit("send_code", SendCode(who.address, phone, who.language))
    yield from ask.sent_code(
        "sent", who.address, phone, t("Type the code of 6 digits that we sent to {phone}.", phone=phone)
    )
    return phone
