"""
Plain words in a chat: "my balance", "pay 5000 umoja", "pay loan", "help", in each language and with small slips.

Each conversation says which words lead to it, as one sentence with commas between them, which is translated like
any other; its own label leads to it too. Several words together say more than the first of them alone. Whoever
speaks one language may use the words of another.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Final, Literal

from domain.records.person import LANGUAGES
from domain.typed_amounts import is_like_amount
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

# What says whose it is, and never which; and the small words that stand beside it in a phrase.
_WHOSE: Final = frozenset(
    [
        "my",
        "our",
        "mon",
        "ma",
        "mes",
        "notre",
        "nos",
        "wangu",
        "yangu",
        "zangu",
        "langu",
        "changu",
        "vyangu",
        "wetu",
        "yetu",
        "zetu",
        "letu",
        "chetu",
    ]
)
_SMALL: Final = _WHOSE | frozenset(
    [
        "a",
        "an",
        "the",
        "some",
        "for",
        "of",
        "un",
        "une",
        "le",
        "la",
        "les",
        "du",
        "des",
        "de",
        "pour",
        "ya",
        "wa",
        "za",
        "kwa",
    ]
)

# A "*" or "#" is a key of a phone, and no mark that people put behind a word.
_AROUND = re.compile(r"^[^\w*#]+|[^\w*#]+$")
AMOUNT_WORDS_MAX: Final = 6  # "KES 5 500 000" has four


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

    `exact` when it was said to the letter, with nothing forgiven or passed over. A `way` leads back or home
    instead. `aside` as in Shortcut. `always` when it is understood also where a name is asked for, and could be
    one.
    """

    option: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    way: Way | None = None
    exact: bool = True
    aside: Text | None = None
    always: bool = False


class Vocabulary:
    """The words that are understood in a chat. One for all threads; the first use reads the catalogues."""

    def __init__(self, shortcuts: Iterable[Shortcut], named: Mapping[str, Label]) -> None:
        """`named` are the options of the main menu, each with its label."""
        self.shortcuts: Final = tuple(shortcuts)
        self._named: Final = named

    def command(self, typed: str) -> Command | None:
        """What the words ask for; None when they are no command."""
        line = typed.strip().lstrip("/").rstrip(".!?")
        if not line or len(line) > TYPED_MAX:
            return None
        typed_words = with_amounts(line.split())
        if option := self._labels.get(" ".join(map(plain, typed_words))):
            return Command(option, exact=False)
        phrase = _without_small(typed_words)
        if not phrase or is_like_amount(phrase[0]):
            return None
        phrase = [word for word in phrase if not is_like_amount(word)]
        for length in range(min(len(phrase), self._longest), 0, -1):
            if found := self._known.get(tuple(phrase[:length])):
                # "Our group" may be a name: a command only where it is no answer.
                exact = _WHOSE.isdisjoint(map(plain, typed_words))
                return self._command(found, phrase[0], _after(typed_words, length), exact=exact)
        nearest = self._nearest(phrase[0])
        if found := self._known.get((nearest,)):
            return self._command(found, nearest, _after(typed_words, 1), exact=False)
        return self._seen(phrase[-1]) if len(phrase) == 2 else None

    def _command(self, found: Shortcut | Way, word: str, rest: list[str], *, exact: bool) -> Command | None:
        if not isinstance(found, Shortcut):
            # "Back to school" is no way back.
            return None if rest else Command(way=found, exact=exact, always=word in self._ways_out)
        if rest and not found.takes:
            return None
        said = found.said or _answers(found.takes, rest)
        # Whatever else is asked: no more messages, messages again, and help, which loses nothing.
        always = bool(found.said or found.aside)
        return Command(found.option, said, exact=exact, aside=found.aside, always=always)

    def _seen(self, noun: str) -> Command | None:
        """What "show balance" asks for: a word that says nothing, and then what is only looked at."""
        found = self._known.get((noun,))
        if not isinstance(found, Shortcut) or found.said or "amount" in found.takes.values():
            return None
        return Command(found.option, exact=False, aside=found.aside)

    def _nearest(self, word: str) -> str:
        """The word it may be, with a slip in it; "" when it is none."""
        alike = get_close_matches(word, self._guessed, n=1, cutoff=SLIP) if len(word) >= SLIP_LENGTH_MIN else []
        return alike[0] if alike else ""

    @cached_property
    def _known(self) -> Mapping[tuple[str, ...], Shortcut | Way]:
        """What each phrase stands for, of every language; of two languages that share one, the first has it."""
        known: dict[tuple[str, ...], Shortcut | Way] = {}
        sentences = (*_WAYS.items(), *((shortcut, shortcut.words) for shortcut in self.shortcuts))
        for language in LANGUAGES:
            for found, sentence in sentences:
                for phrase in words(language).say(sentence).split(","):
                    known.setdefault(tuple(_without_small(phrase.split())), found)
        return known

    @cached_property
    def _ways_out(self) -> frozenset[str]:
        """The most usual word for each way, in each language: nobody is called Menu."""
        said = [words(language).say(each) for language in LANGUAGES for each in _WAYS.values()]
        return frozenset(plain(sentence.partition(",")[0].strip()) for sentence in said)

    @cached_property
    def _longest(self) -> int:
        """How many words the longest phrase has."""
        return max(map(len, self._known))

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        """The options of the main menu by their label, in every language, but for those that are words too."""
        labels: dict[str, str] = {}
        for language in LANGUAGES:
            for option, label in self._named.items():
                said = plain(words(language).say(label))
                if tuple(said.split()) not in self._known:
                    labels.setdefault(said, option)
        return labels

    @cached_property
    def _guessed(self) -> list[str]:
        """The single words that may have a slip in them."""
        exact = {phrase for phrase, found in self._known.items() if isinstance(found, Shortcut) and found.said}
        alone = [phrase[0] for phrase in self._known if len(phrase) == 1 and phrase not in exact]
        return [word for word in alone if len(word) >= SLIP_LENGTH_MIN]


def plain(word: str) -> str:
    """A word without accents and capitals: as it comes from a phone in a hurry."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in bare if unicodedata.category(char)[0] != "M")


def bare(typed: str) -> str:
    """What was typed as an answer that has a name: without the dots, signs and pictures around it."""
    return plain(_AROUND.sub("", typed))


def with_amounts(typed: list[str]) -> list[str]:
    """The words, of which those that are one amount together are one: "5 500", "KES 500", "10,500 /="."""
    found, place = [], 0
    while place < len(typed):
        longest = min(AMOUNT_WORDS_MAX, len(typed) - place)
        together = (" ".join(typed[place : place + length]) for length in range(longest, 1, -1))
        word = next((each for each in together if is_like_amount(each)), typed[place])
        found.append(word)
        place += len(word.split())
    return found


def _without_small(typed: Iterable[str]) -> list[str]:
    """The words that say something, without accents and capitals."""
    return [word for word in map(plain, typed) if word not in _SMALL]


def _after(typed: list[str], length: int) -> list[str]:
    """What stands beside a phrase of so many words: an amount within it, and what follows but for whose it is."""
    amounts: list[str] = []
    for place, word in enumerate(typed):
        if not length:
            follows = typed[place:]
            while follows and plain(follows[0]) in _WHOSE:
                follows = follows[1:]
            return amounts + follows
        if is_like_amount(word):
            amounts.append(word)
        elif plain(word) not in _SMALL:
            length -= 1
    return amounts


def _answers(takes: Mapping[str, Takes], rest: list[str]) -> Mapping[str, str]:
    """The answers in what follows a word: an amount, a name, or a code whose digits stand in groups."""
    amounts = [word for word in rest if is_like_amount(word)] if "amount" in takes.values() else []
    typed = {
        "amount": "".join(amounts[:1]),
        "name": " ".join(word for word in rest if word not in amounts),
        "code": "".join(rest),
    }
    return {step: typed[what] for step, what in takes.items() if typed[what]}
