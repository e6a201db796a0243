"""
Walk every conversation without a store, a clock or a phone: `play` is pure, so each screen can be reached.

Every option and the sample answers of each kind of question are typed, by a stranger and by members of several
sorts, in every language. What the store would say comes from `flows/check/outcomes.py`.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from string import Formatter
from types import GeneratorType
from typing import Any, Final, Literal

import msgspec
from babel.messages.pofile import read_po

from domain.errors import DomainError, Mistake, TryAgain
from domain.records.person import LANGUAGES, Language
from flows.check.outcomes import NoSample, answer_of, outcomes
from flows.check.samples import REFUSALS, SAMPLES, TYPED, Samples, people
from flows.dialogue import __file__ as _dialogue_file
from flows.engine.channel import Channel
from flows.engine.gsm7 import fold, septets
from flows.engine.journal import Journal, Person, Session, decode_session, encode
from flows.engine.paging import TooSmall, paginate
from flows.engine.play import BACK, HOME, MORE, Turn, Wanted, play
from flows.engine.rendering import render, with_pin_notes
from flows.engine.screen import Screen
from flows.engine.steps import Check, Conversation, Enter, Leave, Read, Speak, Step, Submit
from flows.menu import root
from flows.words.refusals import refusal
from flows.words.texts import LOCALE_DIR, Label, Text, words

LOOPS_MAX: Final = 2  # times one question is walked in one path
PROMPT_PAGES_MAX: Final = 2

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
    "not guarded",
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
    _problems: dict[tuple[str, ...], Problem] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        """Each once, with the first and shortest way to it."""
        return sorted(self._problems.values())

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
    samples: Samples = SAMPLES,
    refusals: Sequence[DomainError] = REFUSALS,
    locale: Path = LOCALE_DIR,
) -> Report:
    """Walk a conversation as everybody, in these languages, as shown by these channels."""
    report = Report()
    may_come = partial(outcomes, samples=samples, refusals=refusals)
    for language in languages:
        for name, who in people(language).items():
            _Walk(report, name, partial(conversation, who), language, channels, may_come, locale).run()
    return report


class Ways:
    """
    The ways to each place, of which those are followed that have an answer in them which none before had.

    What is said, and what follows, turns on a few of the answers before it; all paths of twenty questions are more
    than can be walked.
    """

    def __init__(self) -> None:
        self._answers: defaultdict[Hashable, set[str]] = defaultdict(set)

    def are_new(self, place: Hashable, answers: Sequence[str] = ()) -> bool:
        """Whether to follow a way that led to a place by these answers."""
        new = place not in self._answers or not self._answers[place].issuperset(answers)
        self._answers[place].update(answers)
        return new


@dataclass(frozen=True, slots=True)
class _Place:
    """A question that was reached. Paths of one `shape` differ only in which of several alike was picked."""

    turn: Turn
    typed: tuple[str, ...]
    shape: tuple[str, ...]


@dataclass
class _Walk:
    """One person's conversations, breadth first."""

    report: Report
    who: str
    start: Callable[[], Conversation]
    language: Language
    channels: Sequence[Channel]
    outcomes: Callable[[Read | Submit | Check], list[object]]
    locale: Path
    ways: Ways = field(default_factory=Ways)
    places: deque[_Place] = field(default_factory=deque)

    def run(self) -> None:
        self._go((), None, (), ())
        while self.places:
            self._leave(self.places.popleft())

    def _leave(self, place: _Place) -> None:
        """Type everything there is to type at a question."""
        screen, journal = place.turn.screen, place.turn.journal
        assert screen is not None
        answers = {str(n): _shape(option.label) for n, option in enumerate(screen.options, start=1)}
        # A text that is taken leads where any other does: no conversation turns on what a name or a reason is.
        answers |= {
            typed: screen.kind if screen.kind == "text" else typed
            for typed in TYPED.get(screen.kind, ())
            if typed not in answers
        }
        outcomes = [
            self._go(journal, typed, (*place.typed, typed), (*place.shape, f"{place.turn.step} {shape}"))
            for typed, shape in answers.items()
        ]
        if "answered" not in outcomes:
            self._problem("dead end", place.turn, place.typed, "no answer is accepted")
        for way in {BACK, HOME, MORE} - answers.keys():
            self._go(journal, way, (*place.typed, way), (way,))

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
            turn = play(self.start, self.language, journal, typed, hint)
            if turn.wanted is not None:
                self._fetch(turn, turn.wanted, path, shape)
            elif turn.outcome in ("back", "home", "more"):
                self._replay(turn, path)  # a screen that was looked at before
            else:
                self._arrive(turn, path, shape)
        except _MISTAKES as error:
            flow, step = _last(journal)
            detail = f"{type(error).__name__}: {error}"
            self.report.add(Problem("exception", flow, step, self.who, self.language, "", path, detail))
            return "failed"
        return turn.outcome

    def _fetch(self, turn: Turn, wanted: Wanted, path: tuple[str, ...], shape: tuple[str, ...]) -> None:
        """Go on with each answer that the store may give; and once with each refusal, whichever way led to it."""
        step = wanted.step
        try:
            may_come = self.outcomes(step)
        except NoSample as missing:
            self._problem("no sample", turn, path, f"for {missing}")
            return
        asked = _shape(step.screen.text) if isinstance(step, Check) else ""
        for number, outcome in enumerate(may_come):
            came = f"{wanted.key} {number}"
            if not isinstance(outcome, DomainError):
                self._go((*turn.journal, answer_of(wanted, outcome)), None, path, (*shape, came))
            elif self.ways.are_new((turn.language, asked, came)):
                if isinstance(step, Check) and isinstance(outcome, TryAgain):
                    self._go(turn.journal, None, path, (), refusal(outcome))
                else:
                    self._go((*turn.journal, answer_of(wanted, outcome)), None, path, (came,))

    def _arrive(self, turn: Turn, path: tuple[str, ...], shape: tuple[str, ...]) -> None:
        screen = turn.screen
        if screen is None:
            self._problem("dead end", turn, path, "the flow ends without a screen")
            return
        hint = screen.hint and screen.hint.message
        says = (_shape(screen.text), hint, *(_shape(option.label) for option in screen.options))
        # A slip leads nowhere: one look at each sentence it is answered with.
        if self.ways.are_new((turn.step, turn.language, *says), () if hint else shape):
            self._look(turn, path)
            if not screen.final and not hint and _time(turn.step) <= LOOPS_MAX:
                self.places.append(_Place(turn, path, shape))

    # What is looked at

    def _look(self, turn: Turn, path: tuple[str, ...]) -> None:
        screen = turn.screen
        assert screen is not None
        problem = partial(self._problem, turn=turn, typed=path)
        says = words(turn.language)
        if not says.say(screen.text).strip():
            problem("empty screen", detail="nothing is said")
        if screen.kind in ("confirm", "terms", "pin") and not turn.guarded:
            problem("not guarded", detail=f"a {screen.kind} could be dialled ahead")
        for text in _texts(screen):
            for what, detail in _mistranslations(text, turn.language, self.locale):
                problem(what, detail=detail)
        for channel in self.channels:
            self.report.screens += 1
            for what, detail in _misfits(with_pin_notes(screen, channel, "*384*7000#"), turn, channel):
                problem(what, detail=detail, channel=channel.name)
        self._replay(turn, path)

    def _replay(self, turn: Turn, path: tuple[str, ...]) -> None:
        """The same journal is the same screen, also after it was stored; and each step has one home."""
        sites: dict[str, set[object]] = {}
        flows = self.report.flows
        stored = decode_session(encode(Session(journal=turn.journal))).journal
        for journal, start in (
            (turn.journal, lambda: _Watched(self.start(), flows, sites)),
            (stored, self.start),
        ):
            again = play(start, self.language, journal)
            if (before := _seen(turn)) != (after := _seen(again)):
                changed = [f"{a!r} became {b!r}" for a, b in zip(before, after, strict=True) if a != b]
                self._problem("not deterministic", turn, path, ", ".join(changed))
        for step, places in sites.items():
            if len(places) > 1:
                self._problem("step used twice", turn, path, step)

    def _problem(self, what: What, turn: Turn, typed: tuple[str, ...], detail: str, channel: str = "") -> None:
        flow = turn.flow or _last(turn.journal)[0]
        self.report.add(Problem(what, flow, turn.step, self.who, turn.language, channel, typed, detail))


class _Watched(Generator[Step, Any, Screen]):
    """A conversation that writes down its flows, and from which line of its flow each step was yielded."""

    def __init__(self, conversation: Conversation, flows: set[str], sites: dict[str, set[object]]) -> None:
        self._conversation, self._flows, self._sites = conversation, flows, sites
        self._within: list[str] = []

    def send(self, value: Any) -> Step:
        return self._note(self._conversation.send(value))

    def throw(self, *error: Any) -> Step:
        return self._note(self._conversation.throw(*error))

    def _note(self, step: Step) -> Step:
        if isinstance(step, Enter):
            self._within.append(step.flow)
            self._flows.add(step.flow)
        elif isinstance(step, Leave):
            self._within.pop()
        elif not isinstance(step, Speak):
            self._sites.setdefault(f"{self._within[-1]}.{step.step}", set()).add(self._site())
        return step

    def _site(self) -> object:
        """Lines from the innermost flow down to the yield."""
        lines: list[tuple[str, int]] = []
        inner: object = self._conversation
        while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
            if inner.gi_code.co_filename == _dialogue_file and inner.gi_code.co_name == "run":
                lines.clear()
            lines.append((inner.gi_code.co_filename, inner.gi_frame.f_lineno))
            inner = inner.gi_yieldfrom
        return tuple(lines)


def _shape(label: Label) -> str:
    """Names are alike, sentences are not."""
    return label.message if isinstance(label, Text) else "…"


def _last(journal: Journal) -> tuple[str, str]:
    """The flow and the step that a journal got to."""
    step = journal[-1].step if journal else ""
    return step.partition(".")[0], step


def _time(step: str) -> int:
    return int(step.partition("#")[2] or 1)


def _seen(turn: Turn) -> tuple[object, ...]:
    screen = turn.screen and msgspec.structs.replace(turn.screen, hint=None)
    return turn.flow, turn.step, turn.language, turn.guarded, turn.deep, screen


def _misfits(screen: Screen, turn: Turn, channel: Channel) -> Iterator[tuple[What, str]]:
    says, limits = words(turn.language), channel.limits
    plain = fold if limits.gsm7 else str
    measure = septets if limits.gsm7 else len
    try:
        pages = render(screen, turn.deep, says, limits)
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
