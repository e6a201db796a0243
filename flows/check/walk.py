"""What a walk through the conversations needs: which ways to follow, and where it has come to."""

from collections import defaultdict
from collections.abc import Generator, Hashable, Iterator, Sequence
from types import CodeType, FrameType, GeneratorType
from typing import Any, Final

from domain.errors import DomainError
from flows.dialogue import __file__ as _dialogue_file
from flows.engine.journal import Answer, Journal
from flows.engine.play import Open, value_of
from flows.engine.screen import Screen
from flows.engine.steps import Conversation, Enter, Leave, Read, Speak, Step, Submit
from flows.words.texts import Label, Text

LOOPS_MAX: Final = 2  # times one question is walked in one path


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


class Remembered:
    """
    The typed values of answers, each found once.

    A walk plays one journal again for everything that may follow it: to read its answers would be half the work.
    """

    def __init__(self) -> None:
        self._values: dict[int, tuple[Answer, Any]] = {}

    def __call__(self, step: Open, answer: Answer) -> Any:
        """Raises what `value_of` raises."""
        if not isinstance(step, Read | Submit):
            return value_of(step, answer)
        if (kept := self._values.get(id(answer))) is None:
            # With the answer itself: as long as it is kept, no other has its id.
            kept = self._values[id(answer)] = answer, value_of(step, answer)
        return kept[1]


class Watched(Generator[Step, Any, Screen]):
    """
    A conversation that is watched.

    `within` are the flows around its last step, from the outermost in; at the end, those around its last screen.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.within: list[str] = []
        self._conversation = conversation
        self._left = 0  # flows that ended since the last step: it was the innermost of them that said the screen

    def send(self, value: Any) -> Step:
        return self._note(self._conversation.send(value))

    def throw(self, *error: Any) -> Step:
        return self._note(self._conversation.throw(*error))

    def names_refusals(self) -> tuple[type[DomainError], ...]:
        """The refusals that the code around its last step knows by name: it can catch no others."""
        named: set[type[DomainError]] = set()
        for code, frame in self._running():
            known = {**frame.f_globals, **frame.f_locals}
            values = [known.get(name) for name in (*code.co_names, *frame.f_locals)]
            each = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
            named.update(one for one in each if isinstance(one, type) and issubclass(one, DomainError))
        return tuple(named)

    def _running(self) -> Iterator[tuple[CodeType, FrameType]]:
        """What waits for its last step, from the outermost in."""
        inner: object = self._conversation
        while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
            yield inner.gi_code, inner.gi_frame
            inner = inner.gi_yieldfrom

    def _note(self, step: Step) -> Step:
        if isinstance(step, Leave):
            self._left += 1
            return step
        del self.within[len(self.within) - self._left :]
        self._left = 0
        if isinstance(step, Enter):
            self.within.append(step.flow)
        return step


class Located(Watched):
    """Also where in the code it goes: `flows` are all it entered, `sites` the lines that yielded each step."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(conversation)
        self.flows: set[str] = set()
        self.sites: defaultdict[str, set[object]] = defaultdict(set)

    def _note(self, step: Step) -> Step:
        super()._note(step)
        if isinstance(step, Enter):
            self.flows.add(step.flow)
        elif not isinstance(step, Leave | Speak):
            self.sites[f"{self.within[-1]}.{step.step}"].add(self._site())
        return step

    def _site(self) -> object:
        """Lines from the innermost flow down to the yield."""
        lines: list[tuple[str, int]] = []
        for code, frame in self._running():
            if code.co_filename == _dialogue_file and code.co_name == "run":
                lines.clear()
            lines.append((code.co_filename, frame.f_lineno))
        return tuple(lines)


def pattern(label: Label) -> str:
    """Names are alike, sentences are not."""
    return label.message if isinstance(label, Text) else ".."


def question(step: str, screen: Screen) -> Hashable:
    """What is asked: questions that say the same are one, and take the same answers."""
    hint = screen.hint and screen.hint.message
    return (step, pattern(screen.text), hint, *(pattern(option.label) for option in screen.options))


def times(step: str) -> int:
    """Which time in one path this step is taken."""
    return int(step.partition("#")[2] or 1)


def in_later_round(journal: Journal) -> bool:
    """Whether a loop has forgotten a round before."""
    return any(answer.kind == "round" and answer.value[0] for answer in journal)
