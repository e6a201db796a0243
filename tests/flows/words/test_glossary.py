"""One word for one thing: what docs/languages.md says is never said is in no sentence of the language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from babel.messages.pofile import read_po

from domain.records.person import LANGUAGES
from flows.menu import VOCABULARY
from flows.words.texts import LOCALE_DIR

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs" / "languages.md"
HEADINGS: Final = {"en": "### English", "fr": "### French", "sw": "### Kiswahili"}

# What is typed, not said: there every word that people have is right.
TYPED: Final = {shortcut.words.message for shortcut in VOCABULARY.shortcuts} | {"menu, home, hi, hello", "back"}


def sentences(language: str) -> Iterator[str]:
    """Every form of every sentence, as it is said in this language."""
    catalogue_of = "fr" if language == "en" else language
    with (LOCALE_DIR / catalogue_of / "LC_MESSAGES" / "bot.po").open("rb") as source:
        for message in read_po(source, locale=catalogue_of):
            said: Any = message.id if language == "en" else message.string
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            if message.id and ids[0] not in TYPED:
                yield from said if isinstance(said, tuple) else (said,)


def never_said(language: str) -> list[str]:
    """What stands in backticks in the column "Never" of the language's table."""
    table = PAGE.read_text().partition(HEADINGS[language] + "\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"
    ]
    column = rows[0].index("Never")
    return [word for row in rows[2:] for word in re.findall(r"`([^`]+)`", row[column])]


def found_in(word: str, sentence: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", re.sub(r"{\w+}", "", sentence), re.IGNORECASE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_a_word_that_is_never_said(language: str) -> None:
    words = never_said(language)
    assert len(words) > 20
    assert [(word, said) for word in words for said in sentences(language) if found_in(word, said)] == []


def test_a_word_is_found_whole_and_in_any_case_and_not_in_what_is_filled_in() -> None:
    assert found_in("kapu", "Kapu la raundi")
    assert not found_in("pot", "Cagnotte de {pot}")
    assert not found_in("found", "foundation")


@pytest.mark.parametrize("language", LANGUAGES)
def test_spaces_are_single_and_inside(language: str) -> None:
    for said in sentences(language):
        assert said == said.strip() and "  " not in said, said


# French has a space before these signs, and the others none.
SPACED: Final = {"en": r"\s[:;?!]|} %", "fr": r"[^\s:;?!][:;?!]|}%", "sw": r"\s[:;?!]|} %"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_signs_have_the_space_before_them_that_the_language_gives_them(language: str) -> None:
    assert [said for said in sentences(language) if re.search(SPACED[language], said)] == []


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Sure ?"), ("en", "{rate} %"), ("fr", "Oui?"), ("fr", "{x}%")]
)
def test_a_sign_with_the_space_of_another_language_is_noticed(language: str, said: str) -> None:
    assert re.search(SPACED[language], said)


def test_a_percentage_is_filled_in_as_a_decimal_which_each_language_writes_its_own_way() -> None:
    for path in sorted((ROOT / "flows").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("t", "nt"):
                said = "".join(str(each.value) for each in call.args if isinstance(each, ast.Constant))
                for name in re.findall(r"{(\w+)}%", said):
                    (value,) = [each.value for each in call.keywords if each.arg == name]
                    assert isinstance(value, ast.Call) and ast.unparse(value.func) == "Decimal", (path, said)
