"""Speak another language with me."""

from collections.abc import Mapping
from typing import Final

from domain.people.profile import SetLanguage
from domain.records.person import LANGUAGES, Language, Member
from flows import ask
from flows.dialogue import flow, speak, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import Label, t

# Each in its own words: whoever looks for a language can read it.
LANGUAGE_NAMES: Final[Mapping[str, Label]] = {"en": "English", "fr": "Français", "sw": "Kiswahili"}

# What else people call them, whatever language they are speaking.
LANGUAGES_CALLED: Final[Mapping[str, Label]] = {"en": t("English"), "fr": t("French"), "sw": t("Swahili")}


def which_language(key: str) -> Language:
    """The language an option stands for."""
    return next(language for language in LANGUAGES if language == key)


@flow("language", label=t("Language"), words=t("language"))
def language(me: Member) -> Conversation:
    """The choice holds on every channel, from the next words on."""
    prompt = t("Which language?")
    chosen = which_language((yield from ask.choice("language", prompt, LANGUAGE_NAMES, called=LANGUAGES_CALLED)))
    yield from submit("set", SetLanguage(me.id, chosen))
    yield from speak(chosen)
    return say(t("From now on in English."))
