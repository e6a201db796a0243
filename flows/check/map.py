"""
Every conversation as a graph, with the screens that a member sees on it.

Walked as `flows/check/explore.py` does, in one language, with everyday names and amounts in place of the widest.
`flows/check/drawing.py` draws what comes of it; Mermaid is written here.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from textwrap import wrap
from typing import Any, Final, Literal

import msgspec

from domain.errors import DomainError, TryAgain
from domain.records.person import GroupOfMember, Language, Member
from flows.check.explore import LOOPS_MAX, Ways
from flows.check.outcomes import NoSample, answer_of, outcomes
from flows.check.samples import SAMPLES, TYPED, Samples, people
from flows.dialogue import FLOWS
from flows.engine.journal import Journal, Person
from flows.engine.paging import Limits
from flows.engine.play import Turn, Wanted, play
from flows.engine.rendering import render
from flows.engine.screen import Screen
from flows.engine.steps import Check, Conversation, Enter, Leave, Read
from flows.menu import root
from flows.words.refusals import refusal
from flows.words.texts import Label, Text, words

COLUMNS: Final = 26  # letters of a line on a screen
LABELS_MAX: Final = 3  # on one arrow; then ".."
LIST_MAX: Final = 2  # things in a list, of the many that the samples have

Kind = Literal["start", "question", "read", "submit", "check", "flow", "end", "refused"]

_GROUPS: Final = ("Umoja Women", "Tujenge Pamoja", "Njangi Espoir", "Bidii Savers")  # one of each kind
_PEOPLE: Final = ("Akello Grace", "Okello James")
_OF_PEOPLE: Final = frozenset({"name", "member", "borrower", "guarantor", "holder"})  # fields that hold one's name
_CURRENCY: Final = "UGX"
_AMOUNT_MAX: Final = 5_000  # minor units
_COUNT: Final = 12  # instead of one of many digits
_DIGITS: Final = "1234567890"
_WIDE: Final = re.compile("W{3,}")
_NINES: Final = re.compile(r"9{3,}(\.9+)?")
_CODE_MIN: Final = 6  # digits; a number of fewer is a count


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a conversation. `pages` are screens as they are shown; other places have a `name` only."""

    kind: Kind
    name: str
    pages: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """The lines of the pages, wrapped as on a small phone, with an empty one between two pages."""
        rows: list[str] = []
        for number, page in enumerate(self.pages):
            rows += [""] if number else []
            for line in page.split("\n"):
                rows += wrap(line, COLUMNS)
        return tuple(rows)


@dataclass(slots=True)
class Graph:
    """One conversation. What stands on an arrow is an option, what is typed, or why the rules refused."""

    flow: str
    about: str
    nodes: dict[str, Node] = field(default_factory=dict)
    arrows: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def arrow(self, source: str, target: str, label: str, *, example: bool = False) -> None:
        """Draw an arrow, once; of several examples of what may be typed, the first stands on it."""
        labels = self.arrows.setdefault((source, target), [])
        if label and label not in labels and not (example and labels):
            labels.append(label)

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """The arrows, in the order of the options they start from: from, to, and a few lines of label."""
        for (source, target), labels in sorted(self.arrows.items(), key=self._order):
            more = [".."] if len(labels) > LABELS_MAX else []
            yield source, target, "\n".join([*labels[:LABELS_MAX], *more])

    def _order(self, arrow: tuple[tuple[str, str], list[str]]) -> tuple[int, int]:
        (source, _), labels = arrow
        options = self.nodes[source].options
        first = options.index(labels[0]) if labels and labels[0] in options else len(options)
        return list(self.nodes).index(source), first


def chart(
    limits: Limits,
    language: Language = "en",
    *,
    conversation: Callable[[Person], Conversation] = root,
    samples: Samples = SAMPLES,
) -> dict[str, Graph]:
    """The graphs of all flows that `conversation` leads to, by name, as shown within these limits."""
    charted = _Chart(limits, language, samples)
    for who in people(language).values():
        charted.walk(partial(conversation, _as_usual(who)))
    return charted.graphs


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk has come to: a node, and the flows around it from the outermost in."""

    node: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """Something to be played, and what is drawn of it. Paths of one `shape` look alike."""

    place: _Place
    journal: Journal = ()
    typed: str | None = None
    hint: Text | None = None
    label: str = ""
    example: bool = False
    refused: bool = False
    shape: tuple[str, ...] = ()


@dataclass
class _Chart:
    limits: Limits
    language: Language
    samples: Samples
    graphs: dict[str, Graph] = field(default_factory=dict)
    steps: deque[_Step] = field(default_factory=deque)

    def walk(self, start: Callable[[], Conversation]) -> None:
        """One person's conversations, breadth first."""
        ways = Ways()
        self.steps.append(_Step(_Place()))
        while self.steps:
            step = self.steps.popleft()
            within: list[str] = []
            followed = partial(_followed, start, within)
            turn = play(followed, self.language, step.journal, step.typed, step.hint)
            if turn.outcome in ("invalid", "back", "home", "more"):
                continue  # no way that needs drawing: it is the same everywhere
            place = self._arrive(turn, tuple(within), step)
            if step.hint or not ways.are_new(place, step.shape):
                continue
            if turn.wanted is not None:
                self._fetch(turn, turn.wanted, place, step.shape)
            elif turn.screen is not None and not turn.screen.final and _time(turn.step) <= LOOPS_MAX:
                self._answer(turn, turn.screen, place, step.shape)

    def _answer(self, turn: Turn, screen: Screen, place: _Place, shape: tuple[str, ...]) -> None:
        """Go on with every option, and with what may be typed beside them."""
        says = words(self.language)
        for number, option in enumerate(screen.options, start=1):
            label = says.say(option.label)
            alike = (*shape, f"{place.node} {label if isinstance(option.label, Text) else '..'}")
            self.steps.append(_Step(place, turn.journal, str(number), label=label, shape=alike))
        numbers = {str(number) for number in range(1, len(screen.options) + 1)}
        for typed in TYPED.get(screen.kind, ()):
            if typed not in numbers:
                typed = str(_usual(typed, "name"))
                label = "PIN" if screen.kind == "pin" else typed
                self.steps.append(
                    _Step(
                        place,
                        turn.journal,
                        typed,
                        None,
                        label,
                        example=True,
                        shape=(*shape, f"{place.node} {typed}"),
                    )
                )

    def _fetch(self, turn: Turn, wanted: Wanted, place: _Place, shape: tuple[str, ...]) -> None:
        """Go on with each answer that the store may give, and each refusal; without a sample, it ends there."""
        try:
            may_come = outcomes(wanted.step, self.samples)
        except NoSample:
            return
        for number, outcome in enumerate(may_come):
            refused = isinstance(outcome, DomainError)
            label = outcome.code.replace("_", " ") if isinstance(outcome, DomainError) else ""
            step = _Step(
                place, turn.journal, label=label, refused=refused, shape=(*shape, f"{wanted.key} {number}")
            )
            if isinstance(wanted.step, Check) and isinstance(outcome, TryAgain):
                step = replace(step, hint=refusal(outcome))
            else:
                answer = answer_of(wanted, outcome)
                if not isinstance(wanted.step, Check):
                    answer = msgspec.structs.replace(answer, value=_usual(answer.value, wanted.step.step))
                step = replace(step, journal=(*turn.journal, answer))
            self.steps.append(step)

    def _arrive(self, turn: Turn, within: tuple[str, ...], step: _Step) -> _Place:
        """Draw where a step has led, and the arrow to it."""
        id, node = self._node(turn, step)
        place = _Place(id, within)
        graph = self._graph(within[-1])
        before = graph.nodes.get(id)
        if before is None or (len(node.options) > len(before.options) and not step.hint):
            graph.nodes[id] = node
        self._join(step.place, place, step.label, step.example)
        return place

    def _node(self, turn: Turn, step: _Step) -> tuple[str, Node]:
        if turn.wanted is not None:
            key, asked = _plain(turn.wanted.key), turn.wanted.step
            if isinstance(asked, Check):
                return f"check {key}", Node("check", f"check {_spaced(asked.step)}")
            if isinstance(asked, Read):
                return f"read {key}", Node("read", f"read {_spaced(asked.query.__name__)}")
            return f"submit {key}", Node("submit", f"submit {_spaced(type(asked.command).__name__)}")
        assert turn.screen is not None
        screen = turn.screen
        says = words(self.language)
        pages = render(screen, turn.deep, says, self.limits)
        if screen.final:
            return f"end {_shape(screen.text)}", Node("refused" if step.refused else "end", "", pages)
        key = _plain(turn.step)
        name, options = _spaced(key.partition(".")[2]), tuple(says.say(each.label) for each in screen.options)
        return key, Node("question", name, pages, options)

    def _join(self, source: _Place, target: _Place, label: str, example: bool) -> None:
        """
        An arrow in the graph of the flow that has both ends in it.

        A flow within it stands there as one node; in its own graph the arrow comes from the start, or goes back.
        """
        pairs = zip(source.within, target.within, strict=False)
        shared = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(source.within), len(target.within)))
        if shared:
            graph = self._graph(source.within[shared - 1])
            ends = self._end_in(graph, source, shared), self._end_in(graph, target, shared)
            graph.arrow(*ends, label, example=example)
        for depth in range(shared, len(source.within)):
            graph = self._graph(source.within[depth])
            back = f"back {source.within[depth - 1]}"
            graph.nodes.setdefault(back, Node("flow", source.within[depth - 1]))
            graph.arrow(self._end_in(graph, source, depth + 1), back, label, example=example)
        for depth in range(shared, len(target.within)):
            graph = self._graph(target.within[depth])
            graph.arrow("start", self._end_in(graph, target, depth + 1), "")

    def _end_in(self, graph: Graph, place: _Place, depth: int) -> str:
        """The node that stands for a place in the graph of the flow at this depth."""
        if len(place.within) == depth:
            return place.node
        inner = place.within[depth]
        graph.nodes.setdefault(f"flow {inner}", Node("flow", inner))
        return f"flow {inner}"

    def _graph(self, flow: str) -> Graph:
        if flow not in self.graphs:
            about = (FLOWS[flow].__doc__ or "").strip().partition("\n")[0]
            self.graphs[flow] = Graph(flow, about, {"start": Node("start", "")})
        return self.graphs[flow]


def _followed(start: Callable[[], Conversation], within: list[str]) -> Conversation:
    """The conversation; `within` is kept at the flows around its last step, or around its last screen."""
    conversation = start()
    answer: Any = None
    refused: DomainError | None = None
    left = 0  # flows that ended since the last step: it was the innermost of them that said the screen
    while True:
        try:
            step = conversation.throw(refused) if refused else conversation.send(answer)
        except StopIteration as stop:
            screen: Screen = stop.value
            return screen
        if isinstance(step, Leave):
            left += 1
        else:
            del within[len(within) - left :]
            left = 0
            if isinstance(step, Enter):
                within.append(step.flow)
        answer = refused = None
        try:
            answer = yield step
        except DomainError as error:
            refused = error


# Everyday names and amounts


def _as_usual(who: Person) -> Person:
    """With an ordinary name, in one group of each kind."""
    usual = _usual(msgspec.to_builtins(who))
    if isinstance(who, Member):
        groups: dict[str, GroupOfMember] = {}
        for group in who.groups:
            groups.setdefault(group.kind, group)
        usual["groups"] = [_usual(msgspec.to_builtins(each), nth=n) for n, each in enumerate(groups.values())]
    return msgspec.convert(usual, type(who))


def _usual(value: Any, about: str = "", nth: int = 0) -> Any:
    """A sample as it would be on an ordinary day: the widest names, amounts and lists are the samples' own."""
    match value:
        case {"currency": str()}:
            amounts = {key: _usual_amount(each, nth) for key, each in value.items()}
            return {**amounts, "currency": _CURRENCY}
        case dict():
            return {key: _usual(each, key, nth) for key, each in value.items()}
        case [int(), *_]:
            return value  # of numbers each has its meaning by its place
        case list() | tuple():
            return [_usual(each, about, n) for n, each in enumerate(value[:LIST_MAX])]
        case str() if _WIDE.fullmatch(value):
            return (_PEOPLE if about in _OF_PEOPLE else _GROUPS)[nth]
        case str() if _NINES.fullmatch(value):
            return _DIGITS[: len(value)] if len(value) >= _CODE_MIN and value.isdigit() else str(_COUNT)
        case str():
            return _WIDE.sub("7K2XMR", value)
        case int() if _NINES.fullmatch(str(value)):
            return _COUNT
        case _:
            return value


def _usual_amount(value: Any, nth: int) -> Any:
    return max(-_AMOUNT_MAX, min(value, _AMOUNT_MAX)) if type(value) is int else _usual(value, nth=nth)


# Names


def _shape(label: Label) -> str:
    """Names are alike, sentences are not."""
    return label.message if isinstance(label, Text) else ".."


def _plain(step: str) -> str:
    """A step without the number of the time it is taken."""
    return step.partition("#")[0]


def _time(step: str) -> int:
    return int(step.partition("#")[2] or 1)


def _spaced(name: str) -> str:
    """A name of ours as words: "contributions due", "register"."""
    return re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower()


# Mermaid

_SHAPES: Final[Mapping[Kind, tuple[str, str]]] = {
    "start": ("((", "))"),
    "question": ("[", "]"),
    "read": ("[/", "/]"),
    "submit": ("[[", "]]"),
    "check": ("{{", "}}"),
    "flow": (">", "]"),
    "end": ("([", "])"),
    "refused": ("([", "])"),
}


def mermaid(graph: Graph, link: Callable[[str], str] = "#{}".format) -> str:
    """
    A graph as Mermaid's `flowchart`; `link` is where a flow is drawn.

    Source: mermaid.js.org, "Flowcharts - Basic Syntax".
    """
    ids = {id: f"n{number}" for number, id in enumerate(graph.nodes)}
    lines = ["flowchart TD"]
    for id, node in graph.nodes.items():
        opening, closing = _SHAPES[node.kind]
        title = [node.name or node.kind] if node.name or not node.pages else []
        lines.append(f"  {ids[id]}{opening}{_quoted(chr(10).join([*title, *node.rows]))}{closing}")
        if node.kind == "flow":
            lines.append(f'  click {ids[id]} href "{link(node.name)}"')
    for source, target, label in graph.lines():
        way = f"-- {_quoted(label)} -->" if label else "-->"
        lines.append(f"  {ids[source]} {way} {ids[target]}")
    return "\n".join(lines) + "\n"


def mermaid_document(graphs: Sequence[Graph]) -> str:
    """All graphs as one page of Markdown, a heading for each that the others can link to."""
    parts = [f"## {graph.flow}\n\n{graph.about}\n\n```mermaid\n{mermaid(graph)}```\n" for graph in graphs]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """In quotes, with Mermaid's own entities for what would end them or be taken for markup."""
    escaped = re.sub(r"[#\"&<>`*_]|(?<=\d)\.(?= )", lambda char: f"#{ord(char[0])};", text)
    return '"' + escaped.replace("\n", "<br>") + '"'
