"""
Words that know how to be said in each language.

A flow says `t("Which group?")`; what it makes is a value, translated when the screen is rendered, so that a
journal replays the same in every language and every text can be enumerated. Catalogues are gettext `.po` files
under `flows/words/locale`, read at start.
"""

import gettext
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from domain.money import Money
from domain.records.person import LANGUAGES, Language

LOCALE_DIR: Final = Path(__file__).parent / "locale"

_MONTHS: Final[Mapping[Language, tuple[str, ...]]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"),
    "sw": ("Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"),
}


class Text:
    """
    A sentence to be said: the English message, and the values it is filled with.

    Without a message, the values themselves with `plural` between them.
    """

    __slots__ = ("count", "message", "plural", "values")

    def __init__(self, message: str, values: Mapping[str, object], plural: str = "", count: int = 0) -> None:
        self.message, self.values, self.plural, self.count = message, values, plural, count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.message, self.values) == (other.message, other.values)

    def __hash__(self) -> int:
        return hash(self.message)

    def __repr__(self) -> str:
        return f"t({self.message!r}, {dict(self.values)!r})"


Label = str | Text


class Filled:
    """
    A sentence that values of a refusal or a notice are filled into, by name, and samples of them.

    With the samples it is measured: the longest values, and some for each other way of saying it.
    """

    def __init__(self, say: Callable[..., Text], *samples: Mapping[str, Any]) -> None:
        self.say: Final = say
        self.samples: Final = samples


def t(message: str, **values: object) -> Text:
    """A sentence in every language; `{name}` in it is filled with the value of that name."""
    return Text(message, values)


def nt(singular: str, plural: str, count: int, **values: object) -> Text:
    """A sentence that depends on a number, which may stand in it as `{count}`."""
    return Text(singular, {"count": count, **values}, plural, count)


def joined(separator: str, parts: Iterable[Label | Money]) -> Text:
    """Several labels or amounts as one, with something between them that is the same in every language."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Text("", values, separator)


def say_money(money: Money, language: Language) -> str:
    """An amount as people write it: "UGX 5,000", in French "5 000 FCFA" with no-break spaces."""
    if language == "fr":
        unit = "FCFA" if money.currency in {"XAF", "XOF"} else money.currency
        return f"{money.written(chr(0xA0)).replace('.', ',')}\u00a0{unit}"
    return str(money)


def say_figure(money: Money, language: Language) -> str:
    """The same without its currency, for a table that says it once: "5,000", in French "5 000"."""
    return money.written(chr(0xA0)).replace(".", ",") if language == "fr" else money.written(",")


def labelled(what: Label, said: Label | Money) -> Text:
    """What it is, and what there is to say of it, with a colon between them as each language sets it."""
    return t("{what}: {said}", what=what, said=said)


def say_decimal(number: Decimal, language: Language) -> str:
    """A number that may have decimals: "8.5", in French "8,5"."""
    return f"{number:f}".replace(".", ",") if language == "fr" else f"{number:f}"


def say_date(day: date, language: Language) -> str:
    """A day of this year or the next: "27 Nov"; the first of a month in French is "1er déc"."""
    number = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{number} {_MONTHS[language][day.month - 1]}"


class Words:
    """One language's catalogue. English is what the messages are written in, and needs none."""

    def __init__(self, language: Language, translations: gettext.NullTranslations) -> None:
        self.language: Final = language
        self._gettext, self._ngettext = translations.gettext, translations.ngettext

    def say(self, label: Label) -> str:
        """The label in this language, its values filled in."""
        if isinstance(label, str):
            return label
        if not label.message:
            return label.plural.join(str(self._value(part)) for part in label.values.values())
        if label.plural:
            sentence = self._ngettext(label.message, label.plural, label.count)
        else:
            sentence = self._gettext(label.message)
        if not label.values:
            return sentence
        return sentence.format_map({name: self._value(value) for name, value in label.values.items()})

    def value(self, value: object) -> str:
        """A value as it stands in a sentence of this language."""
        return str(self._value(value))

    def _value(self, value: object) -> object:
        if isinstance(value, Money):
            return say_money(value, self.language)
        if isinstance(value, Decimal):
            return say_decimal(value, self.language)
        if isinstance(value, Text):
            return self.say(value)
        if isinstance(value, date):
            return say_date(value, self.language)
        return value


@cache
def words(language: Language) -> Words:
    """The catalogue of a language, read once a process."""
    path = LOCALE_DIR / language / "LC_MESSAGES" / "bot.po"
    if language == LANGUAGES[0]:
        return Words(language, gettext.NullTranslations())
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled))


def spoken(label: Label) -> set[str]:
    """A label as it can be said, in every language."""
    return {words(language).say(label).casefold() for language in LANGUAGES}
