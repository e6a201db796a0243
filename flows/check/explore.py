"""
Walk every conversation without a store, a clock or a phone: `play` is pure, so each screen can be reached.

Every option and the sample answers of each kind of question are typed, by a stranger and by members of several
sorts. What the store would say comes from `flows/check/outcomes.py`. No conversation turns on the language it is
in: each is walked once, and each screen is looked at once, in every language.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal

import msgspec
from babel.messages.pofile import read_po

from domain.errors import DomainError, Mistake, TryAgain
from domain.records.person import LANGUAGES, Language
from domain.tables import Some
from flows.check.outcomes import answer_of, answers, refusals
from flows.check.samples import PEOPLE, TYPED, NoSample
from flows.check.walk import LOOPS_MAX, Located, Remembered, Ways, in_later_round, pattern, question, times
from flows.engine.channel import Channel
from flows.engine.gsm7 import fold, septets
from flows.engine.journal import Journal, Person, Session, decode_session, encode
from flows.engine.paging import TooSmall, paginate
from flows.engine.play import BACK, HOME, MORE, NotOpened, Turn, Wanted, play
from flows.engine.rendering import render, with_pin_notes
from flows.engine.screen import Screen, numbers
from flows.engine.steps import Check, Conversation
from flows.menu import root
from flows.words.refusals import refusal
from flows.words.texts import LOCALE_DIR, Text, Words, words

PROMPT_PAGES_MAX: Final = 2
WAYS_OUT: Final = 2  # back, and home: with as many answers behind us a screen shows both

What = Literal[
    "does not fit",
    "prompt too long",
    "label shortened",
    "missing text",
    "lost value",
    "dead end",
    "empty screen",
    "not deterministic",
    "step used twice",
    "cut in silence",
    "not guarded",
    "before the PIN",
    "no sample",
    "exception",
]

# What a flow can raise by mistake; everything else is not a flow's doing.
_MISTAKES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DomainError,
    LookupError,
    Mistake,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something a member should not meet. `typed` leads there; `channel` is "" where all are alike."""

    what: What
    flow: str
    step: str
    who: str
    language: Language
    channel: str
    typed: tuple[str, ...]
    detail: str

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.step or f"end of {self.flow}", self.language, self.channel)))
        path = "*".join(typed if len(typed) <= 12 else f"{typed[:10]}.." for typed in self.typed)
        return f"{self.what}: {where} ({self.who}, typed {path or 'nothing'}): {self.detail}"


@dataclass(slots=True)
class Report:
    """What was walked. `screens` counts those that differ, once a language and channel."""

    screens: int = 0
    flows: set[str] = field(default_factory=set)
    _looked_at: set[Hashable] = field(default_factory=set)
    _problems: dict[tuple[str, ...], Problem] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        """Each once, with the first and shortest way to it."""
        return sorted(self._problems.values())

    def is_new(self, screen: Hashable) -> bool:
        """Whether nobody has been shown this before."""
        new = screen not in self._looked_at
        self._looked_at.add(screen)
        return new

    def add(self, problem: Problem) -> None:
        alike = (problem.what, problem.flow, problem.step, problem.language, problem.channel, problem.detail)
        self._problems.setdefault(alike, problem)

    def lines(self) -> list[str]:
        """To be printed: a line for each problem, and the count."""
        count = f"{len(self.flows)} flows, {self.screens} screens, {len(self.problems)} problems"
        return [*map(str, self.problems), count]


def explore(
    channels: Sequence[Channel],
    languages: Sequence[Language] = LANGUAGES,
    *,
    conversation: Callable[[Person], Conversation] = root,
    locale: Path = LOCALE_DIR,
    heard: Callable[[Turn], None] = lambda _turn: None,
) -> Report:
    """
    Walk a conversation as everybody, and look at it in these languages, as shown by these channels.

    `heard` is told of each turn on the way, but for those that lead back.
    """
    report, refused = Report(), dict[str, list[DomainError]]()
    for name, who in PEOPLE.items():
        _Walk(report, name, partial(conversation, who), languages, channels, locale, refused, heard).run()
    return report


@dataclass(frozen=True, slots=True)
class _Place:
    """
    A question that was reached. Paths of one `shape` differ only in which of several alike was picked; questions
    that say the same are one `question`.
    """

    turn: Turn
    typed: tuple[str, ...]
    shape: tuple[str, ...]
    question: Hashable


@dataclass
class _Walk:
    """One person's conversations, breadth first."""

    report: Report
    who: str
    start: Callable[[], Conversation]
    languages: Sequence[Language]
    channels: Sequence[Channel]
    locale: Path
    refused: dict[str, list[DomainError]]  # how steps may be refused, by their key: alike for everybody
    heard: Callable[[Turn], None]
    ways: Ways = field(default_factory=Ways)
    value_of: Remembered = field(default_factory=Remembered)
    places: deque[_Place] = field(default_factory=deque)
    taken: dict[Hashable, list[str]] = field(default_factory=dict)  # what may be typed, by question

    def run(self) -> None:
        self._go((), None, (), ())
        while self.places:
            self._leave(self.places.popleft())

    def _leave(self, place: _Place) -> None:
        """Type everything there is to type at a question; what is no answer to it, and the ways out, only once."""
        screen, journal = place.turn.screen, place.turn.journal
        assert screen is not None
        typed_for = zip(numbers(screen.options), screen.options, strict=True)
        shapes = {number: pattern(option.label) for number, option in typed_for}
        if in_later_round(place.turn.journal):
            # In the round before each of several alike was picked.
            shapes = {typed: shape for shape, typed in {shape: typed for typed, shape in shapes.items()}.items()}
        # A text that is taken leads where any other does: no conversation turns on what a name or a reason is.
        shapes |= {
            typed: screen.kind if screen.kind in ("text", "letter", "name") else typed
            for typed in self.taken.get(place.question, TYPED.get(screen.kind, ()))
            if typed not in shapes
        }
        outcomes = {
            typed: self._go(journal, typed, (*place.typed, typed), (*place.shape, f"{place.turn.step} {shape}"))
            for typed, shape in shapes.items()
        }
        taken = [typed for typed, outcome in outcomes.items() if outcome == "answered"]
        if not taken:
            self._problem("dead end", place.turn, place.typed, "no answer is accepted")
        if place.question not in self.taken:
            for way in {BACK, HOME, MORE} - shapes.keys():
                self._go(journal, way, (*place.typed, way), (way,))
        self.taken.setdefault(place.question, taken)

    def _go(
        self,
        journal: Journal,
        typed: str | None,
        path: tuple[str, ...],
        shape: tuple[str, ...],
        hint: Text | None = None,
    ) -> str:
        """Play, and look at what comes of it in every branch; how it went."""
        try:
            turn = play(self.start, self.languages[0], journal, typed, hint, value_of=self.value_of)
            if turn.wanted is None and turn.outcome in ("back", "home", "more"):
                self._replay(turn, path)  # a screen that was looked at before
                return turn.outcome
            self.heard(turn)
            if is_later := in_later_round(turn.journal):
                # What was answered in the rounds before is forgotten.
                kept = {answer.step for answer in turn.journal}
                shape = tuple(answered for answered in shape if answered.partition(" ")[0] in kept)
            if turn.wanted is not None:
                self._fetch(turn, turn.wanted, path, shape)
            else:
                self._arrive(turn, path, shape, is_later=is_later)
        except _MISTAKES as error:
            flow, step = _last(journal)
            detail = f"{type(error).__name__}: {error}"
            what: What = "before the PIN" if isinstance(error, NotOpened) else "exception"
            self.report.add(Problem(what, flow, step, self.who, self.languages[0], "", path, detail))
            return "failed"
        return turn.outcome

    def _fetch(self, turn: Turn, wanted: Wanted, path: tuple[str, ...], shape: tuple[str, ...]) -> None:
        """Go on with each answer that the store may give; and once with each refusal, whichever way led to it."""
        step = wanted.step
        waiting = (wanted.key, pattern(step.screen.text) if isinstance(step, Check) else "")
        first = self.ways.are_new((*waiting, "refused"))
        if not self.ways.are_new(waiting, shape):
            return
        try:
            may_come = answers(step)
        except NoSample as missing:
            self._problem("no sample", turn, path, str(missing))
            return
        for number, outcome in enumerate(may_come):
            came = f"{wanted.key} {number}"
            self._go((*turn.journal, answer_of(wanted, outcome)), None, path, (*shape, came))
            if isinstance(outcome, Some) and outcome.more and self._reads_as_whole(turn, wanted, outcome):
                self._problem("cut in silence", turn, path, wanted.key)
        if not first:
            return
        if wanted.key not in self.refused:
            caught, others = refusals(self.start, turn, self.value_of)
            self.refused[wanted.key] = [*caught, *others]
        for error in self.refused[wanted.key]:
            if isinstance(step, Check) and isinstance(error, TryAgain):
                self._go(turn.journal, None, path, (), refusal(error))
            else:
                self._go((*turn.journal, answer_of(wanted, error)), None, path, (f"{wanted.key} {error}",))

    def _reads_as_whole(self, turn: Turn, wanted: Wanted, some: Some[Any]) -> bool:
        """Whether a list that goes on behind what was read is shown as one that ends there."""
        journals = [(*turn.journal, answer_of(wanted, each)) for each in (some, replace(some, more=False))]
        shown = [play(self.start, self.languages[0], journal, value_of=self.value_of) for journal in journals]
        return shown[0].screen == shown[1].screen

    def _arrive(self, turn: Turn, path: tuple[str, ...], shape: tuple[str, ...], *, is_later: bool) -> None:
        screen = turn.screen
        if screen is None:
            self._problem("dead end", turn, path, "the flow ends without a screen")
            return
        asked = question(turn.step, screen)
        # A slip leads nowhere: one look at each sentence it is answered with.
        is_new = self.ways.are_new(asked, () if screen.hint else shape)
        shown = (turn.flow, turn.step, min(turn.deep, WAYS_OUT), screen)
        if is_later and not is_new and self.report.is_new(shown):
            self._look(turn, path)  # what a round keeps is said, and leads nowhere else
        if is_new:
            if self.report.is_new(shown):
                self._look(turn, path)
            if self.report.is_new((*shown, turn.deep)):
                self._replay(turn, path)
            if not screen.final and not screen.hint and times(turn.step) <= LOOPS_MAX:
                self.places.append(_Place(turn, path, shape, asked))

    # What is looked at

    def _look(self, turn: Turn, path: tuple[str, ...]) -> None:
        screen = turn.screen
        assert screen is not None
        if screen.kind in ("confirm", "terms", "pin") and not turn.guarded:
            self._problem("not guarded", turn, path, f"a {screen.kind} could be dialled ahead")
        for language in self.languages:
            problem = partial(self._problem, turn=turn, typed=path, language=language)
            if not words(language).say(screen.text).strip():
                problem("empty screen", detail="nothing is said")
            for text in _texts(screen):
                for what, detail in _mistranslations(text, language, self.locale):
                    problem(what, detail=detail)
            for channel in self.channels:
                self.report.screens += 1
                shown = with_pin_notes(screen, channel, "*384*7000#")
                for what, detail in _misfits(shown, turn.deep, words(language), channel):
                    problem(what, detail=detail, channel=channel.name)

    def _replay(self, turn: Turn, path: tuple[str, ...]) -> None:
        """The same journal is the same screen, also after it was stored; and each step has one home."""
        watched = Located(self.start())
        stored = decode_session(encode(Session(journal=turn.journal))).journal
        for journal, start in ((turn.journal, lambda: watched), (stored, self.start)):
            again = play(start, self.languages[0], journal)
            if (before := _seen(turn)) != (after := _seen(again)):
                changed = [f"{a!r} became {b!r}" for a, b in zip(before, after, strict=True) if a != b]
                self._problem("not deterministic", turn, path, ", ".join(changed))
        self.report.flows |= watched.flows
        for step, sites in watched.sites.items():
            if len(sites) > 1:
                self._problem("step used twice", turn, path, step)

    def _problem(
        self,
        what: What,
        turn: Turn,
        typed: tuple[str, ...],
        detail: str,
        *,
        language: Language | None = None,
        channel: str = "",
    ) -> None:
        flow, language = turn.flow or _last(turn.journal)[0], language or turn.language
        self.report.add(Problem(what, flow, turn.step, self.who, language, channel, typed, detail))


def _last(journal: Journal) -> tuple[str, str]:
    """The flow and the step that a journal got to."""
    step = journal[-1].step if journal else ""
    return step.partition(".")[0], step


def _seen(turn: Turn) -> tuple[object, ...]:
    screen = turn.screen and msgspec.structs.replace(turn.screen, hint=None)
    return turn.flow, turn.step, turn.language, turn.guarded, turn.deep, screen


def _misfits(screen: Screen, deep: int, says: Words, channel: Channel) -> Iterator[tuple[What, str]]:
    limits = channel.limits
    plain = fold if limits.gsm7 else str
    measure = septets if limits.gsm7 else len
    try:
        pages = render(screen, deep, says, limits)
        prompt = paginate(says.say(screen.text), (), footer="0", more="98", limits=limits)
    except TooSmall as error:
        yield "does not fit", str(error)
        return
    for page in pages:
        if limits.length is not None and measure(page) > limits.length:
            yield "does not fit", f"{measure(page)} of {limits.length}: {page!r}"
    if not screen.final and screen.kind != "terms" and len(prompt) > PROMPT_PAGES_MAX:
        yield "prompt too long", f"{len(prompt)} pages: {prompt[0]!r}.."
    for option in screen.options:
        if len(label := plain(says.say(option.label))) > (most := min(limits.label, channel.tap_label)):
            yield "label shortened", f"{len(label)} of {most}: {label!r}"
    if screen.kind == "pin" and channel.pin_warning and len(pages) > 1:
        yield "does not fit", f"a PIN is asked for on {len(pages)} pages, with what is said of it"


def _texts(screen: Screen) -> Iterator[Text]:
    """Every sentence on a screen, also those within others."""
    waiting: list[object] = [screen.text, screen.hint, *(option.label for option in screen.options)]
    while waiting:
        if isinstance(text := waiting.pop(), Text):
            waiting.extend(text.values.values())
            if text.message:
                yield text


def _mistranslations(text: Text, language: Language, locale: Path) -> Iterator[tuple[What, str]]:
    if missing := [name for name, value in text.values.items() if value is None]:
        yield "lost value", f"{missing} of {text.message!r}"
    if language == LANGUAGES[0]:
        return
    translations = _catalogue(language, locale).get(text.message, ())
    if not translations:
        yield "missing text", repr(text.message)
    for translation in translations:
        # "one minute" may go without its number.
        if lost := _fields(text.message) - _fields(translation) - {"count"}:
            yield "lost value", f"{sorted(lost)} of {text.message!r} in {translation!r}"


def _fields(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


@cache
def _catalogue(language: Language, locale: Path) -> Mapping[str, Sequence[str]]:
    """The messages that a catalogue has words for, in all its plural forms."""
    with (locale / language / "LC_MESSAGES" / "bot.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    found: dict[str, Sequence[str]] = {}
    for message in catalogue:
        strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
        if message.id and all(strings) and not message.fuzzy:
            found[message.id if isinstance(message.id, str) else message.id[0]] = tuple(filter(None, strings))
    return found
