"""The first call of a member whom an officer enrolled, and who has a phone now: their language and their PIN."""

from domain.people.pins import SetFirstPin
from domain.people.profile import SetLanguage
from domain.records.person import Language, Member
from flows import ask
from flows.dialogue import flow, speak, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.people.language import LANGUAGE_NAMES, which_language
from flows.people.not_me import not_me
from flows.words.texts import t


@flow("first_pin")
def first_pin(me: Member) -> Conversation:
    """Nothing of theirs is shown, and nothing can be done, before they have a PIN."""
    chosen = which_language((yield from ask.choice("language", "Karibu / Welcome / Bienvenue", LANGUAGE_NAMES)))
    yield from speak(chosen)
    if not (yield from ask.confirm("who", t("Are you {name}?", name=me.name.split()[0]))):
        return (yield from not_me(me))
    return (yield from choose_pin(me.id, me.name, chosen))


def choose_pin(person: str, name: str, language: Language) -> Conversation:
    """The PIN that they have from now on, and the language they chose before."""
    hashed = yield from ask.new_pin(
        "pin",
        t("{name}, choose a PIN of 4 or 5 digits. Keep it secret.", name=name.split()[0]),
        t("Type the PIN again"),
    )
    yield from submit("language_set", SetLanguage(person, language))
    yield from submit("set", SetFirstPin(person, hashed))
    return say(t("Welcome! You have a PIN now. Keep it secret."))
