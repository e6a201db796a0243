"""An option is taken as it is said: whatever its capitals and accents."""

import pytest

from domain.records.person import Member
from flows import ask
from flows.check.samples import PEOPLE
from flows.engine.steps import Invalid, Question
from flows.menu import menu
from flows.people.language import LANGUAGE_NAMES, LANGUAGES_CALLED
from flows.words.texts import spoken, t


def read(typed: str) -> str:
    step = next(ask.choice("which", "Which?", {"fr": "Français", "no": t("No")}))
    assert isinstance(step, Question)
    return str(step.read(typed))


@pytest.mark.parametrize(
    "typed", ["Français", "francais", "FRANCAIS", "fran", "FRANÇ", "FRANÇAIS", "1", "1.", "1)"]
)
def test_accents_and_capitals_do_not_matter(typed: str) -> None:
    assert read(typed) == "fr"


@pytest.mark.parametrize("typed", ["fr4ncais", "Françoise", "f", "", "-1", "1*", "1#", "*", "...", "3."])
def test_another_word_is_no_answer(typed: str) -> None:
    with pytest.raises(Invalid):
        read(typed)


AROUND = ("{}", " {} ", "{}.", "{}...", "{} !", "🇫🇷 {}", "{} 🙏🏾", "« {} »", "{}\u2026", "👍{}👍")


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("en", ["English", "ENGLISH", "anglais", "kiingereza"]),
        ("fr", ["francais", "FRANÇAIS", "french", "Kifaransa"]),
        ("sw", ["Kiswahili", "swahili", "SWAHILI"]),
    ],
)
def test_a_language_is_known_by_its_name_in_any_language(key: str, names: list[str], around: str) -> None:
    step = next(ask.choice("language", "Which?", LANGUAGE_NAMES, called=LANGUAGES_CALLED))
    assert isinstance(step, Question)
    for name in names:
        assert (name, step.read(around.format(name))) == (name, key)


@pytest.mark.parametrize("around", AROUND)
def test_every_label_of_the_menu_is_an_answer_whatever_stands_around_it(around: str) -> None:
    for person in PEOPLE.values():
        if not isinstance(person, Member):
            continue
        step = next(each for each in menu(person) if isinstance(each, Question))
        for option in step.screen.options:
            for label in spoken(option.label):
                assert (label, step.read(around.format(label))) == (label, option.key)
