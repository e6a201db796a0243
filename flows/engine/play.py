"""
The conversation engine's core: replay a journal, feed one input, say what comes next.

`play` is pure: no I/O, no clock, no randomness. What a conversation needs from outside comes back as
`Turn.wanted`; whoever drives it gets it, adds an Answer to the journal, and plays again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_type_hints

import msgspec

from domain.commands import answer_type
from domain.errors import DomainError
from domain.records.person import Language
from domain.records.pin import Secret
from flows.engine.journal import Answer, Journal
from flows.engine.screen import Screen, say
from flows.engine.steps import Check, Conversation, Enter, Invalid, Leave, Question, Read, Speak, Submit
from flows.words.refusals import refusal
from flows.words.texts import Text

ANSWERS_MAX: Final = 60  # a journal
STEPS_MAX: Final = 100  # a turn

BACK: Final = "0"
HOME: Final = "00"
MORE: Final = "98"

Outcome = Literal["entered", "answered", "invalid", "back", "home", "more"]
Start = Callable[[], Conversation]


class ConversationTooLong(Exception):
    """A flow that asks without end: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a conversation waits for, other than the member: a query, a command, or a check of a secret."""

    key: str
    step: Read | Submit | Check
    secret: Secret | None = None


@dataclass(slots=True)
class Turn:
    """
    What came of an input: a `screen` for the member, or something `wanted` first.

    `step` is the question on the screen ("" when the conversation is over), `answered` the one the input was for,
    and `secret` whether that one took a PIN. `deep` counts the answers of the member that lead here: with none,
    there is no way back.
    """

    journal: Journal
    outcome: Outcome
    language: Language
    flow: str
    step: str
    answered: str
    deep: int
    guarded: bool
    screen: Screen | None
    wanted: Wanted | None
    secret: bool = False


class _Replay:
    """What is known while a journal is replayed."""

    __slots__ = ("answered", "flows", "journal", "known", "language", "outcome", "passed", "secret", "seen")

    def __init__(self, language: Language, journal: Journal) -> None:
        self.language = language
        self.journal = journal
        self.known = {answer.step: answer for answer in journal}
        self.passed: list[Answer] = []
        self.flows: list[str] = []
        self.seen: dict[str, int] = {}
        self.outcome: Outcome = "entered"
        self.answered = ""
        self.secret = False

    def key(self, step: str) -> str:
        """The journal's name of a step: its flow, its own name, and which time it is."""
        name = f"{self.flows[-1]}.{step}"
        time = self.seen[name] = self.seen.get(name, 0) + 1
        return name if time == 1 else f"{name}#{time}"

    def turn(
        self,
        *,
        step: str = "",
        guarded: bool = False,
        screen: Screen | None = None,
        wanted: Wanted | None = None,
    ) -> Turn:
        kept = tuple(self.passed)
        if (step or wanted) and self.journal:
            # What the conversation has not come to yet stays: a question may have been put in before it.
            passed = {answer.step for answer in kept}
            kept += tuple([answer for answer in self.journal if answer.step not in passed])
        deep = len([answer for answer in self.passed if answer.kind in ("answer", "check")]) if self.passed else 0
        flow = self.flows[-1] if self.flows else ""
        return Turn(
            kept,
            self.outcome,
            self.language,
            flow,
            step,
            self.answered,
            deep,
            guarded,
            screen,
            wanted,
            self.secret,
        )


def play(
    start: Start,
    language: Language,
    journal: Journal,
    typed: str | None = None,
    hint: Text | None = None,
    *,
    pin_at: int = 0,
) -> Turn:
    """
    Replay `journal` and feed `typed`, if any, to the question that follows.

    Answers are found by their step, so that a flow that was changed in mid-session keeps every answer whose step
    still exists and still accepts it. `hint` is shown with the question: why a secret was refused. A PIN that was
    right at `pin_at` (seconds since the epoch) does for every question whose PIN is lasting; 0 for none.

    Raises ConversationTooLong, and what a flow raises.
    """
    replay = _Replay(language, journal)
    conversation = start()
    send: Any = None
    refused: DomainError | None = None
    for _ in range(STEPS_MAX):
        try:
            step = conversation.throw(refused) if refused else conversation.send(send)
        except StopIteration as stop:
            return replay.turn(screen=stop.value)
        except DomainError as error:
            return replay.turn(screen=say(refusal(error)))
        send = refused = None
        if isinstance(step, Enter):
            replay.flows.append(step.flow)
            continue
        if isinstance(step, Leave):
            replay.flows.pop()
            continue
        if isinstance(step, Speak):
            replay.language = step.language
            continue
        key = replay.key(step.step)
        if (answer := replay.known.get(key)) is not None:
            try:
                send = _value(step, answer)
            except DomainError as error:
                refused = error
            except (Invalid, msgspec.ValidationError):
                answer = None  # the flow has changed since, and asks again
            if answer is not None:
                replay.passed.append(answer)
                continue
        if pin_at and isinstance(step, Check) and step.lasting:
            send = pin_at  # not in the journal: on a channel that deletes what is typed, it is asked
            continue
        if len(replay.passed) >= ANSWERS_MAX:
            break
        if isinstance(step, Read | Submit):
            return replay.turn(wanted=Wanted(key, step))
        if typed is not None:
            replay.answered, replay.secret = key, isinstance(step, Check)
            try:
                read = step.read(typed)
            except Invalid as slip:
                if typed in (BACK, HOME):
                    return _elsewhere(start, language, replay, typed, pin_at)
                replay.outcome, hint = ("more", None) if typed == MORE else ("invalid", slip.hint)
            else:
                replay.outcome = "answered"
                if key in replay.known:
                    # Another answer than before: what was said after it was said of something else.
                    replay.journal, replay.known = (), {}
                if isinstance(step, Check):
                    return replay.turn(wanted=Wanted(key, step, read))
                typed = None
                replay.passed.append(Answer(key, "answer", read, 0))
                send = step.value(read)
                continue
        screen = msgspec.structs.replace(step.screen, hint=hint) if hint else step.screen
        return replay.turn(step=key, guarded=step.guarded, screen=screen)
    raise ConversationTooLong(f"{len(replay.passed)} answers in {replay.flows}")


def _elsewhere(start: Start, language: Language, replay: _Replay, typed: str, pin_at: int) -> Turn:
    """Back is a shorter journal, home an empty one. A command is never taken back: behind one, back is home."""
    passed = replay.passed
    last = next((i for i in reversed(range(len(passed))) if passed[i].kind in ("answer", "check")), 0)
    shorter = tuple(passed[:last])
    if typed == HOME or any(answer.kind == "submit" for answer in passed[last:]):
        shorter = ()
    turn = play(start, language, shorter, pin_at=pin_at)
    turn.outcome, turn.answered = "home" if typed == HOME else "back", replay.answered
    return turn


def refused_answer(key: str, kind: Literal["read", "submit", "check"], error: DomainError, at: int) -> Answer:
    """The journal's form of a query or command that the rules refused."""
    return Answer(key, kind, {"refused": error.code, "details": error.details}, at)


def _value(step: Question[Any] | Check | Read | Submit, answer: Answer) -> Any:
    """The typed value of a journal's answer. Raises what the rules raised when they refused."""
    if isinstance(step, Question):
        return step.value(answer.value)
    if isinstance(answer.value, dict) and "refused" in answer.value:
        raise DomainError.codes[answer.value["refused"]](**answer.value["details"])
    if isinstance(step, Check):
        return answer.value
    if isinstance(step, Read):
        return msgspec.convert(answer.value, _answer_of(step.query))
    return msgspec.convert(answer.value, answer_type(type(step.command)))


@cache
def _answer_of(query: Callable[..., Any]) -> Any:
    return get_type_hints(query)["return"]
