"""Forgot my PIN: the code that an officer had sent to my phone, and a new PIN."""

from domain.decisions.rights import may_lead
from domain.people.find import ListedMember
from domain.people.forgotten_pin import ResetPin, SendPinCode, pin_code_waits
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t


@flow("forgot_pin", label=t("Forgot PIN"), words=t("forgot, pin"))
def forgot_pin(me: Member) -> Conversation:
    """The code is asked for where one was sent; else whom to ask for it is said."""
    if not (yield from read("waits", pin_code_waits, me.id)):
        if me.groups:
            return say(t("Ask an officer of your group for a new PIN. They have a code sent to your phone."))
        return say(t("You are in no group yet. Ask who runs this service for a new PIN."))
    return (yield from set_new_pin(me.id, me.phone))


def set_new_pin(person: str, phone: str) -> Conversation:
    """The code, then a new PIN. Nobody sees anything of this person by it."""
    yield from ask.pin_code("code", person, t("Type the code of 6 digits that we sent to {phone}.", phone=phone))
    hashed = yield from ask.new_pin("new", t("Choose a new PIN of 4 or 5 digits"), t("Type the new PIN again"))
    yield from submit("reset", ResetPin(person, hashed))
    return say(t("You have a new PIN. Keep it secret. For 24 hours no money is sent to you."))


def send_code(me: Member, group: GroupOfMember, who: ListedMember) -> Conversation:
    """An officer starts it for a member, who stands before them or is known by their voice."""
    yield from read("may", may_lead, group.id, me.id)
    prompt = t("Are you sure that it is {name} who asks? Your PIN?", name=who.name)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    yield from submit("send", SendPinCode(me.id, group.id, who.id))
    return say(t("A code is on its way to the phone of {name}. They choose the new PIN there.", name=who.name))
