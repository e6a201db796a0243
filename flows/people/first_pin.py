"""A first PIN; and the first call of a member whom an officer enrolled, and who has a phone now."""

from domain.people.pins import SetFirstPin
from domain.people.profile import SetLanguage
from domain.records.consent import CONSENT_VERSION
from domain.records.person import Language, Member
from flows import ask
from flows.dialogue import flow, speak, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.people.language import LANGUAGE_NAMES, which_language
from flows.people.not_me import not_me
from flows.words.consents import CONSENTS
from flows.words.texts import joined, t


@flow("first_pin")
def first_pin(me: Member) -> Conversation:
    """Nothing of theirs is shown, and nothing can be done, before they have a PIN."""
    chosen = which_language((yield from ask.choice("language", "Karibu / Welcome / Bienvenue", LANGUAGE_NAMES)))
    yield from speak(chosen)
    if not (yield from ask.confirm("who", t("Are you {name}?", name=me.name.split()[0]))):
        return (yield from not_me(me))
    return (yield from choose_pin(me.id, me.name, chosen, me.address))


def ask_first_pin(name: str) -> Ask[tuple[str, int]]:
    """
    The hash of a PIN, and the version of the words that they agreed to by typing it again: no screen more, and no
    digits that were dialled ahead pass it.
    """
    return (
        yield from ask.agreed_pin(
            "pin",
            t("{name}, choose a PIN of 4 or 5 digits. Keep it secret.", name=name.split()[0]),
            joined("\n", (CONSENTS["service"], t("See My data. To agree, type the PIN again."))),
            CONSENT_VERSION,
        )
    )


def choose_pin(person: str, name: str, language: Language, address: str) -> Conversation:
    """The PIN that they have from now on, and the language they chose; `address` is where they talk from."""
    hashed, agreed = yield from ask_first_pin(name)
    yield from submit("language_set", SetLanguage(person, language))
    yield from submit("set", SetFirstPin(person, hashed, agreed, address))
    return say(t("Welcome! You have a PIN now. Keep it secret."))
