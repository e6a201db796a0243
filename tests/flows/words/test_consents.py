"""The words that people agree to: the same on the screen and in the docs, and of one version."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bot.cli.consenting import _PURPOSES
from channels import ussd
from domain.records.consent import CONSENT_VERSION, FREE_PURPOSES
from flows.engine.gsm7 import fold, septets
from flows.engine.rendering import render
from flows.engine.steps import Check
from flows.papers.my_data import my_data
from flows.people.first_pin import ask_first_pin
from flows.words.consents import CONSENTS
from flows.words.texts import words

LANGUAGES: tuple[Any, ...] = ("en", "fr", "sw")
PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"
# Whoever changes the words adds a version here, and says in docs/privacy.md what the one before said.
WORDS_OF_VERSION = {1: "11312d375aced6a6", 2: "887c5f46ad06ffc0"}


def test_the_words_of_a_version_are_never_others() -> None:
    said = "\n".join(words(language).say(text) for language in LANGUAGES for text in CONSENTS.values())
    assert sha256(said.encode()).hexdigest()[:16] == WORDS_OF_VERSION[CONSENT_VERSION]
    assert max(WORDS_OF_VERSION) == CONSENT_VERSION and _PURPOSES == FREE_PURPOSES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_docs_have_them_in_every_language(language: Any) -> None:
    page = " ".join(PAGE.read_text().split())
    for purpose, text in CONSENTS.items():
        said = words(language).say(text)
        assert said in page, purpose
        assert septets(said) <= 120, "with two answers below it fits a screen of USSD"
    assert f"now it is {CONSENT_VERSION}." in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_newcomer_agrees_to_is_whole_on_the_screen_by_which_they_agree(language: Any) -> None:
    asked = ask_first_pin("Achieng Mary")
    next(asked)
    again = asked.send("hash")
    assert isinstance(again, Check)
    says = words(language)
    (page,) = render(again.screen, 4, says, ussd.CHANNEL.limits)
    assert fold(says.say(CONSENTS["service"])) in page and fold(says.say(my_data.label)) in page
