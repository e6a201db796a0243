"""Change my PIN."""

from domain.people.pins import SetPin
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t


@flow("change_pin", label=t("Change PIN"))
def change_pin(me: Member) -> Conversation:
    """The old one first; a message tells the member that it changed."""
    yield from ask.pin("old", me.id, t("Your PIN now?"), fresh=True)
    hashed = yield from ask.new_pin("new", t("Choose a new PIN of 4 or 5 digits"), t("Type the new PIN again"))
    yield from submit("set", SetPin(me.id, hashed))
    return say(t("Your PIN is changed. Keep it secret."))
