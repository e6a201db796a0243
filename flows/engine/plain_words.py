"""
Plain words in a chat: "balance", "pay 5000 umoja", "repay 5000", "help", in each language and with small slips.

Each conversation says which words lead to it, as one sentence with commas between them, which is translated like
any other. Whoever speaks one language may use the words of another.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Final, Literal

from domain.records.person import LANGUAGES
from flows.engine.play import BACK, HOME
from flows.words.texts import Label, Text, t, words

Way = Literal["0", "00"]
Takes = Literal["amount", "name", "code"]

TYPED_MAX: Final = 80  # characters of something that may be a command
SLIP: Final = 0.74  # how alike a word must be, of 1: one letter of four may be wrong or two of them swapped
SLIP_LENGTH_MIN: Final = 4

# Translators: words a member may type, separated by commas, the most usual first. No word may stand for two
# things.
_WAYS: Final[Mapping[Way, Text]] = {HOME: t("menu, home, hi, hello"), BACK: t("back")}

_AMOUNT = re.compile(r"(?=.*[1-9])\d[\d.,]+")  # one digit is the number of an option


@dataclass(frozen=True, slots=True)
class Shortcut:
    """
    Words that lead to an option of the main menu; `label` says what they do.

    What is typed after them is the answer to the steps in `takes`. Words that are an answer themselves, `said` by
    step, are typed alone and to the letter. An `aside` is said above the question that is open, and the words do
    nothing else there.
    """

    option: str
    label: Label
    words: Text
    takes: Mapping[str, Takes] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    aside: Text | None = None

    @property
    def word(self) -> str:
        """The most usual of the words, in English."""
        return self.words.message.partition(",")[0]


@dataclass(frozen=True, slots=True)
class Command:
    """
    What somebody wants: an option of the main menu, and answers to questions that may follow, by step.

    `exact` when no slip had to be forgiven. A `way` leads back or home instead. `aside` as in Shortcut. `always`
    when it is understood also where a name is asked for, and could be one.
    """

    option: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    way: Way | None = None
    exact: bool = True
    aside: Text | None = None
    always: bool = False


class Vocabulary:
    """The words that are understood in a chat. One for all threads; the first use reads the catalogues."""

    def __init__(self, shortcuts: Iterable[Shortcut]) -> None:
        self.shortcuts: Final = tuple(shortcuts)

    def command(self, typed: str) -> Command | None:
        """What the words ask for; None when they are no command."""
        line = typed.strip().lstrip("/").rstrip(".!?")
        if not line or len(line) > TYPED_MAX:
            return None
        first, *rest = line.split()
        word = plain(first)
        exact = word in self._known
        if not exact:
            word = self._nearest(word)
        found = self._known.get(word)
        if isinstance(found, Shortcut):
            return _command(found, rest, exact)
        # "Back to school" is no way back.
        if found is None or rest:
            return None
        return Command(way=found, exact=exact, always=word in self._ways_out)

    def _nearest(self, word: str) -> str:
        """The word it may be, with a slip in it; "" when it is none."""
        alike = get_close_matches(word, self._guessed, n=1, cutoff=SLIP) if len(word) >= SLIP_LENGTH_MIN else []
        return alike[0] if alike else ""

    @cached_property
    def _known(self) -> Mapping[str, Shortcut | Way]:
        """What each word stands for, of every language; of two languages that share a word, the first has it."""
        known: dict[str, Shortcut | Way] = {}
        sentences = (*_WAYS.items(), *((shortcut, shortcut.words) for shortcut in self.shortcuts))
        for language in LANGUAGES:
            for found, sentence in sentences:
                for word in words(language).say(sentence).split(","):
                    known.setdefault(plain(word.strip()), found)
        return known

    @cached_property
    def _ways_out(self) -> frozenset[str]:
        """The most usual word for each way, in each language: nobody is called Menu."""
        said = [words(language).say(each) for language in LANGUAGES for each in _WAYS.values()]
        return frozenset(plain(sentence.partition(",")[0].strip()) for sentence in said)

    @cached_property
    def _guessed(self) -> list[str]:
        """The words that may have a slip in them."""
        exact = {word for word, found in self._known.items() if isinstance(found, Shortcut) and found.said}
        return [word for word in self._known if len(word) >= SLIP_LENGTH_MIN and word not in exact]


def plain(word: str) -> str:
    """A word without accents and capitals: as it comes from a phone in a hurry."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in bare if unicodedata.category(char)[0] != "M")


def _command(found: Shortcut, rest: list[str], exact: bool) -> Command | None:
    if rest and not found.takes:
        return None
    said = found.said or _answers(found.takes, rest)
    # Whatever else is asked: no more messages, messages again, and help, which loses nothing.
    return Command(found.option, said, exact=exact, aside=found.aside, always=bool(found.said or found.aside))


def _answers(takes: Mapping[str, Takes], rest: list[str]) -> Mapping[str, str]:
    """The answers in what follows a word: an amount, a name, or a code whose digits stand in groups."""
    amounts = [word for word in rest if _AMOUNT.fullmatch(word)] if "amount" in takes.values() else []
    typed = {
        "amount": "".join(amounts[:1]),
        "name": " ".join(word for word in rest if word not in amounts),
        "code": "".join(rest),
    }
    return {step: typed[what] for step, what in takes.items() if typed[what]}
