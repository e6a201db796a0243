"""What a walk through the conversations needs: which ways to follow, and where it has come to."""

from collections import defaultdict
from collections.abc import Generator, Hashable, Sequence
from types import GeneratorType
from typing import Any, Final

from flows.dialogue import __file__ as _dialogue_file
from flows.engine.journal import Journal
from flows.engine.screen import Screen
from flows.engine.steps import Conversation, Enter, Leave, Speak, Step
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
        inner: object = self._conversation
        while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
            if inner.gi_code.co_filename == _dialogue_file and inner.gi_code.co_name == "run":
                lines.clear()
            lines.append((inner.gi_code.co_filename, inner.gi_frame.f_lineno))
            inner = inner.gi_yieldfrom
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
