"""What is answered by choosing: one of a list, a yes or a no."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Protocol, TypeVar

from domain.records.payment import Way
from domain.tables import Some
from flows.engine.plain_words import bare
from flows.engine.screen import Screen, options
from flows.engine.steps import Ask, Invalid, Question
from flows.words.texts import Label, Text, spoken, t


class Named(Protocol):
    """Anything a member can pick from a list."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class Known(Protocol):
    """Anything that is told from others of its kind."""

    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=Named)
K = TypeVar("K", bound=Known)

_NONE: Mapping[str, Label] = {}
_NO_DIGITS: Mapping[str, str] = {}
_AGREE: Final = t("Agree")
_NO: Final = t("No")
BEGINNING_MIN = 3  # letters of a label that may stand for it
CHOICES_MAX: Final = 90  # on one screen: "98" turns its pages
REST: Final = "rest"  # of a list, behind its last line
_REST: Final = t("Rest of the list")


def choice(
    step: str,
    text: Label,
    labels: Mapping[str, Label],
    *,
    also: Mapping[str, Label] = _NONE,
    called: Mapping[str, Label] = _NONE,
    dialled: Mapping[str, str] = _NO_DIGITS,
) -> Ask[str]:
    """
    One of some keys, each shown by its label; the answer is the key. Too many for one screen are on several.

    `also` is not shown, and taken in full. `called` is what else people call what is shown, by its key. `dialled`
    are digits that the text names, and whose key they are.
    """
    keys = [*labels]
    rest = {key: labels[key] for key in keys[CHOICES_MAX:]}
    if rest:
        labels = {key: labels[key] for key in keys[:CHOICES_MAX]} | {REST: _REST}
        also = {**also, **rest}
    screen = Screen(text, options(labels), "menu")
    read = _reader(labels, also, called)

    def heard(typed: str) -> str:
        return dialled.get(typed.strip()) or read(typed)

    key = yield Question(step, screen, heard, _one_of(labels, also))
    if rest and key == REST:
        return (yield from choice(step, text, rest, also=also, called=called, dialled=dialled))
    return key


def one_of(
    step: str, text: Label, found: Callable[[str], Ask[Some[K]]], label: Callable[[K], Label]
) -> Ask[K | None]:
    """
    One of a list that is too long to be read at once; None where there is none.

    `found` reads those past the one with an id, or the first ones; the others stand behind the last line.
    """
    one = yield from one_or_key(step, text, found, lambda some: {each.id: label(each) for each in some})
    return None if isinstance(one, str) else one


def one_or_key(
    step: str, text: Label, found: Callable[[str], Ask[Some[K]]], labels: Callable[[Some[K]], Mapping[str, Label]]
) -> Ask[K | str | None]:
    """The same with other choices among its `labels`: the answer is one of the list, or another key."""
    past = ""
    while True:
        some = yield from found(past)
        if some:
            shown = {**labels(some), REST: _REST} if some.more else labels(some)
            key = yield from choice(step, text, shown)
            if key != REST:
                return next((each for each in some if each.id == key), key)
            past = some[-1].id
        elif past:
            past = ""  # those that were left are gone: from the beginning
        else:
            return None


def pick(step: str, text: Label, things: Sequence[N]) -> Ask[N]:
    """One of some things that have names. Not asked when there is only one."""
    if len(things) == 1:
        return things[0]
    by_id = {thing.id: thing for thing in things}
    key = yield from choice(step, text, {id: thing.name for id, thing in by_id.items()})
    return by_id[key]


def pick_day(step: str, prompt: Label, days: Sequence[date], label: Callable[[date], Label]) -> Ask[date]:
    """One of some days, each shown by its label."""
    return date.fromisoformat((yield from choice(step, prompt, {day.isoformat(): label(day) for day in days})))


def way(step: str, prompt: Label) -> Ask[Way]:
    """How money is paid out."""
    labels: Mapping[str, Label] = {"mobile_money": t("Mobile money"), "cash": t("Cash")}

    def value(key: str) -> Way:
        # What is not cash is mobile money: journals of before have another key for it.
        return "cash" if key == "cash" else "mobile_money"

    return (yield Question(step, Screen(prompt, options(labels), "menu"), _reader(labels), value))


def confirm(step: str, prompt: Label) -> Ask[bool]:
    """Yes or no. Never answered ahead."""
    return (yield from confirm_as(step, prompt, yes="yes")) == "yes"


def confirm_as(step: str, prompt: Label, *, yes: str, before: Mapping[str, Label] = _NONE) -> Ask[str]:
    """
    The same; the answer is `yes` or "no", or a key from `before`, which only a journal of then still holds.

    So a question can be put in behind a yes, and whoever had said it before is not asked.
    """
    labels: Mapping[str, Label] = {yes: t("Yes"), "no": t("No")}
    screen = Screen(prompt, options(labels), "confirm")
    return (yield Question(step, screen, _reader(labels), _one_of(labels, before), guarded=True))


def agree(step: str, terms: Label, *, yes: Label = _AGREE, no: Label = _NO) -> Ask[bool]:
    """Whether they agree to terms that are read to the end first, however long. Never answered ahead."""
    labels: Mapping[str, Label] = {"yes": yes, "no": no}
    screen = Screen(terms, options(labels), "terms", agrees=True)
    return (yield Question(step, screen, _reader(labels), lambda key: _one_of(labels)(key) == "yes", guarded=True))


def _reader(
    labels: Mapping[str, Label], also: Mapping[str, Label] = _NONE, called: Mapping[str, Label] = _NONE
) -> Callable[[str], str]:
    """An option is accepted as its number, its key or its label in any language it was shown in, "2." as "2"."""

    def read(typed: str) -> str:
        keys = tuple(labels)
        answer = typed.strip()
        said = bare(answer)
        if said.isdigit() and answer.startswith(said):  # "-1" is none
            answer = said
        if answer.isascii() and answer.isdigit() and len(answer) <= 4:
            if 1 <= int(answer) <= len(keys):
                return keys[int(answer) - 1]
        elif answer in labels or answer in also:
            return answer
        elif key := _said(said, labels, also, called):
            return key
        raise Invalid(_to_choose(len(keys)))

    return read


def _to_choose(most: int) -> Text:
    return t("Please choose a number from 1 to {most}.", most=most) if most > 1 else t("Please type 1.")


def _said(
    answer: str, labels: Mapping[str, Label], also: Mapping[str, Label], called: Mapping[str, Label]
) -> str | None:
    """The option that was said: in whole, or by its beginning where it is shown and no other begins so."""
    begun = set()
    for key, label in (*also.items(), *labels.items()):  # a line that says what is new has both names
        names = {bare(name) for name in spoken(label) | spoken(called.get(key, ""))}
        if answer and answer in names:
            return key
        if key in labels and len(answer) >= BEGINNING_MIN and any(name.startswith(answer) for name in names):
            begun.add(key)
    return begun.pop() if len(begun) == 1 else None


def _one_of(labels: Mapping[str, Label], also: Mapping[str, Label] = _NONE) -> Callable[[str], str]:
    def value(key: str) -> str:
        if key not in labels and key not in also:
            raise Invalid(_to_choose(len(labels)))
        return key

    return value
