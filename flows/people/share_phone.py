"""Another person on this phone: they get a PIN of their own, and each call asks who is talking."""

from domain.people.shared_phone import SharePhone, free_seat
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.people.register import ask_names
from flows.words.texts import t


@flow("share_phone", label=t("Another person here"))
def share_phone(me: Member) -> Conversation:
    """Both are there: first the PIN of who has the phone, then the other's name, and a PIN of theirs alone."""
    yield from read("seat", free_seat, me.id)
    prompt = t("To let another person use this phone: your PIN?")
    yield from ask.pin("mine", me.id, prompt, fresh=True)
    name, own_name = yield from ask_names(t("Give them the phone. What is your name?"))
    hashed = yield from ask.new_pin(
        "pin",
        t("{name}, choose a PIN of 4 or 5 digits. Keep it secret.", name=name.split()[0]),
        t("Type the PIN again"),
    )
    yield from submit("share", SharePhone(me.id, name, hashed, own_name))
    return say(t("{name} is here too now. Each call asks who it is, and for that PIN.", name=name))
