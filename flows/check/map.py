"""
Every conversation as a graph, with the screens that a member sees on it; `flows/check/mermaid.py` writes it down.

Walked as `flows/check/explore.py` does, in one language, with everyday names and amounts in place of the widest.
"""

import re
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Literal

import msgspec

from domain.errors import TryAgain
from domain.records.person import Language
from flows.check import everyday
from flows.check.outcomes import answer_of, answers, refusals
from flows.check.samples import PEOPLE, TYPED, NoSample
from flows.check.walk import LOOPS_MAX, Remembered, Watched, Ways, pattern, question, times
from flows.dialogue import FLOWS
from flows.engine.journal import Answer, Journal, Person
from flows.engine.paging import Limits
from flows.engine.play import Turn, ValueOf, Wanted, play
from flows.engine.rendering import render
from flows.engine.screen import Screen, numbers
from flows.engine.steps import Check, Conversation, Read
from flows.menu import root
from flows.words.refusals import refusal
from flows.words.texts import Text, words

Kind = Literal["start", "question", "read", "submit", "check", "flow", "end", "refused"]


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a conversation. `pages` are screens as they are shown; other places have a `name` only."""

    kind: Kind
    name: str
    pages: tuple[str, ...] = ()
    options: int = 0


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


@cache
def chart(
    limits: Limits, language: Language = "en", *, conversation: Callable[[Person], Conversation] = root
) -> dict[str, Graph]:
    """The graphs of all flows that `conversation` leads to, by name, as shown within these limits."""
    charted = _Chart(limits, language)
    for who in PEOPLE.values():
        charted.walk(partial(conversation, everyday.person(who)))
    return charted.graphs


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk has come to: a node, and the flows around it from the outermost in."""

    node: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """
    Something to be played, and what is drawn of it. Paths of one `shape` look alike; `typed` answers a question,
    and those that say the same are one `question`.
    """

    place: _Place
    journal: Journal = ()
    question: Hashable = None
    typed: str | None = None
    hint: Text | None = None
    label: str = ""
    example: bool = False
    shape: tuple[str, ...] = ()


@dataclass
class _Chart:
    limits: Limits
    language: Language
    graphs: dict[str, Graph] = field(default_factory=dict)
    steps: deque[_Step] = field(default_factory=deque)
    refused: set[str] = field(default_factory=set)  # nodes whose refusals are drawn
    # By step and outcome: many ways go on with the same answer, and its value is read once.
    answered: dict[tuple[str, int], tuple[object, Answer]] = field(default_factory=dict)

    def walk(self, start: Callable[[], Conversation]) -> None:
        """One person's conversations, breadth first."""
        ways, slips, value_of = Ways(), set[tuple[Hashable, str | None]](), Remembered()
        self.steps.append(_Step(_Place()))
        while self.steps:
            step = self.steps.popleft()
            if (step.question, step.typed) in slips:
                continue
            watched: list[Watched] = []
            turn = play(
                partial(_watch, start, watched),
                self.language,
                step.journal,
                step.typed,
                step.hint,
                value_of=value_of,
            )
            if turn.outcome in ("invalid", "back", "home", "more"):
                slips.add((step.question, step.typed))
                continue  # no way that needs drawing: it is the same everywhere
            place = self._arrive(turn, tuple(watched[0].within), step)
            shape, kept = step.shape, _kept(turn.journal)
            if kept:
                shape = _still_there(shape, turn.journal)
            if step.hint or not ways.are_new((place, kept), shape):
                continue
            if turn.wanted is not None:
                self._fetch(start, turn, turn.wanted, place, shape, value_of)
            elif turn.screen is not None and not turn.screen.final and times(turn.step) <= LOOPS_MAX:
                self._answer(turn, turn.screen, place, shape)

    def _answer(self, turn: Turn, screen: Screen, place: _Place, shape: tuple[str, ...]) -> None:
        """Go on with every option, and with what may be typed beside them."""
        going = _Step(place, turn.journal, question(turn.step, screen))
        offered = numbers(screen.options)
        for number, option in zip(offered, screen.options, strict=True):
            alike = f"{place.node} {pattern(option.label)}"
            label = words(self.language).say(option.label)
            self.steps.append(replace(going, typed=number, label=label, shape=(*shape, alike)))
        for typed in (
            str(everyday.value(typed, "name")) for typed in TYPED.get(screen.kind, ()) if typed not in offered
        ):
            label = "PIN" if screen.kind == "pin" else typed
            # No conversation turns on what a name or a reason is.
            alike = f"{place.node} {screen.kind if screen.kind in ('text', 'letter', 'name') else typed}"
            self.steps.append(replace(going, typed=typed, label=label, example=True, shape=(*shape, alike)))

    def _fetch(
        self,
        start: Callable[[], Conversation],
        turn: Turn,
        wanted: Wanted,
        place: _Place,
        shape: tuple[str, ...],
        value_of: ValueOf,
    ) -> None:
        """Go on with each answer that may come, and each refusal that is caught; without a sample, stop."""
        try:
            may_come = answers(wanted.step)
        except NoSample:
            return
        going = _Step(place, turn.journal)
        for number, outcome in enumerate(may_come):
            journal = self._answered(turn, wanted, outcome)
            self.steps.append(replace(going, journal=journal, shape=(*shape, f"{wanted.key} {number}")))
        if place.node in self.refused:
            return
        self.refused.add(place.node)
        caught, others = refusals(start, turn, value_of)
        for error in caught:
            alike = (*shape, f"{wanted.key} {error}")
            if isinstance(wanted.step, Check) and isinstance(error, TryAgain):
                self.steps.append(replace(going, hint=refusal(error), label="not right", shape=alike))
            else:
                journal, label = self._answered(turn, wanted, error), _spaced(error.code)
                self.steps.append(replace(going, journal=journal, label=label, shape=alike))
        if others:
            graph = self._graph(place.within[-1])
            graph.nodes.setdefault("refused", Node("refused", "refused, and told why"))
            graph.arrow(place.node, "refused", "")

    def _answered(self, turn: Turn, wanted: Wanted, outcome: object) -> Journal:
        known = wanted.key, id(outcome)
        if known not in self.answered:
            answer = answer_of(wanted, outcome)
            if not isinstance(wanted.step, Check):
                answer = msgspec.structs.replace(answer, value=everyday.value(answer.value, wanted.step.step))
            # With the outcome: as long as it is kept, no other has its id.
            self.answered[known] = outcome, answer
        return (*turn.journal, self.answered[known][1])

    def _arrive(self, turn: Turn, within: tuple[str, ...], step: _Step) -> _Place:
        """Draw where a step has led, and the arrow to it."""
        id = _node_id(turn)
        place = _Place(id, within)
        nodes = self._graph(within[-1]).nodes
        options = len(turn.screen.options) if turn.screen else 0
        if id not in nodes or (options > nodes[id].options and not step.hint):
            nodes[id] = self._node(turn)
        self._join(step.place, place, step.label, step.example)
        return place

    def _node(self, turn: Turn) -> Node:
        if turn.wanted is not None:
            asked = turn.wanted.step
            if isinstance(asked, Check):
                return Node("check", f"check {_spaced(asked.step)}")
            if isinstance(asked, Read):
                return Node("read", f"read {_spaced(asked.query.__name__)}")
            return Node("submit", f"submit {_spaced(type(asked.command).__name__)}")
        screen = turn.screen
        assert screen is not None
        pages = render(screen, turn.deep, words(self.language), self.limits)
        if screen.final:
            return Node("end", "", pages)
        return Node("question", _spaced(_plain(turn.step).partition(".")[2]), pages, len(screen.options))

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


def _kept(journal: Journal) -> tuple[Hashable, ...]:
    """
    What loops took from the rounds before: which of its fields are empty. What else was answered in those rounds
    is forgotten.
    """
    kept = [answer.value[1] for answer in journal if answer.kind == "round" and answer.value[0]]
    return tuple(isinstance(each, dict) and tuple(name for name in each if each[name] is None) for each in kept)


def _still_there(shape: tuple[str, ...], journal: Journal) -> tuple[str, ...]:
    """Of the answers of a shape, those to what is in the journal."""
    there = {_plain(answer.step) for answer in journal}
    return tuple(answered for answered in shape if _plain(answered.partition(" ")[0]) in there)


def _watch(start: Callable[[], Conversation], watched: list[Watched]) -> Conversation:
    watched.append(Watched(start()))
    return watched[-1]


def _node_id(turn: Turn) -> str:
    """Of the node of a turn in the graph of its flow."""
    if turn.wanted is not None:
        asked = turn.wanted.step
        kind = "check" if isinstance(asked, Check) else "read" if isinstance(asked, Read) else "submit"
        return f"{kind} {_plain(turn.wanted.key)}"
    screen = turn.screen
    assert screen is not None
    return f"end {pattern(screen.text)}" if screen.final else _plain(turn.step)


def _plain(step: str) -> str:
    """A step without the number of the time it is taken."""
    return step.partition("#")[0]


def _spaced(name: str) -> str:
    """A name of ours as words: "contributions due", "register"."""
    return re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", name).lower()
