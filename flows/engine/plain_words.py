"""
Plain words in a chat: "balance", "pay 5000 umoja", "repay 5000", "help", in each language and with small slips.

The words stand in the catalogues as one sentence a command, with commas between them; whoever speaks one language
may use the words of another.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Final, Literal

from domain.records.person import LANGUAGES
from flows.engine.play import BACK, HOME
from flows.words.texts import Text, t, words

Way = Literal["0", "00"]

TYPED_MAX: Final = 80  # characters of something that may be a command
SLIP: Final = 0.74  # how alike a word must be, of 1: one letter of four may be wrong or two of them swapped
SLIP_LENGTH_MIN: Final = 4

# Translators: words a member may type, separated by commas, the most usual first. No word may stand for two
# things.
_MENU: Final = t("menu, home, hi, hello")
_BACK: Final = t("back")
_COMMANDS: Final[Mapping[str, Text]] = {
    "contribute": t("pay, save, contribute, deposit"),
    "balance": t("balance, savings"),
    "statement": t("statement, transactions, history"),
    "loans": t("loan, loans"),
    "borrow": t("borrow"),
    "repay": t("repay"),
    "join": t("join"),
    "language": t("language"),
    "help": t("help"),
    "stop": t("stop, unsubscribe"),
    "start": t("start, unstop"),
}
# Whose amount is asked for, by the step that asks which one.
_PAID: Final[Mapping[str, str]] = {"contribute": "group", "repay": "loan"}
# Being left alone, and not being left alone any more, is never guessed at.
_EXACT: Final = frozenset({"stop", "start"})

_AMOUNT = re.compile(r"(?=.*[1-9])\d[\d.,]+")  # one digit is the number of an option


@dataclass(frozen=True, slots=True)
class Command:
    """
    What somebody wants: an option of the main menu, and answers to questions that may follow, by step.

    `exact` when no slip had to be forgiven. A `way` leads back or home instead.
    """

    option: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    way: Way | None = None
    exact: bool = True


def command(typed: str) -> Command | None:
    """What the words ask for; None when they are no command."""
    line = typed.strip().lstrip("/").rstrip(".!?")
    if not line or len(line) > TYPED_MAX:
        return None
    first, *rest = line.split()
    found = _vocabulary().get(plain(first))
    exact = found is not None
    if found is None:
        found = _nearest(plain(first))
    if found is None:
        return None
    if found in (HOME, BACK):
        # "Back to school" is no way back.
        return None if rest else Command(way=found, exact=exact)  # type: ignore[arg-type]
    return _command(found, rest, exact)


def _command(found: str, rest: list[str], exact: bool) -> Command | None:
    if which := _PAID.get(found):
        amounts = [word for word in rest if _AMOUNT.fullmatch(word)]
        name = " ".join(word for word in rest if word not in amounts)
        said = {f"{found}.amount": amounts[0]} if amounts else {}
        if name:
            said[f"{found}.{which}"] = name
        return Command(found, said, exact=exact)
    if found in ("balance", "statement") and rest:
        return Command(found, {f"{found}.group": " ".join(rest)}, exact=exact)
    if found == "join":
        code = "".join(rest)
        return Command("join", {"join.code": code, "register.code": code} if code else {}, exact=exact)
    if found in _EXACT:
        return Command("messages", {"messages.what": found}) if not rest else None
    return Command(found, exact=exact) if not rest else None


def plain(word: str) -> str:
    """A word without accents and capitals: as it comes from a phone in a hurry."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in bare if unicodedata.category(char)[0] != "M")


def _nearest(word: str) -> str | None:
    if len(word) < SLIP_LENGTH_MIN:
        return None
    forgiving = [known for known, found in _vocabulary().items() if len(known) > 3 and found not in _EXACT]
    alike = get_close_matches(word, forgiving, n=1, cutoff=SLIP)
    return _vocabulary()[alike[0]] if alike else None


@cache
def _vocabulary() -> Mapping[str, str]:
    """What each word stands for, of every language; of two languages that share a word, the first has it."""
    known: dict[str, str] = {}
    for language in LANGUAGES:
        for found, sentence in ((HOME, _MENU), (BACK, _BACK), *_COMMANDS.items()):
            for word in words(language).say(sentence).split(","):
                known.setdefault(plain(word.strip()), found)
    return known
