"""An option is taken as it is said: whatever its capitals and accents."""

import pytest

from flows import ask
from flows.engine.steps import Invalid, Question
from flows.words.texts import t


def read(typed: str) -> str:
    step = next(ask.choice("which", "Which?", {"fr": "Français", "no": t("No")}))
    assert isinstance(step, Question)
    return str(step.read(typed))


@pytest.mark.parametrize("typed", ["Français", "francais", "FRANCAIS", "fran", "FRANÇ"])
def test_accents_and_capitals_do_not_matter(typed: str) -> None:
    assert read(typed) == "fr"


@pytest.mark.parametrize("typed", ["fr4ncais", "Françoise", "f", ""])
def test_another_word_is_no_answer(typed: str) -> None:
    with pytest.raises(Invalid):
        read(typed)
