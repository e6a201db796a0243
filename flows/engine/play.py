"""
The conversation engine's core: replay a journal, feed one input, say what comes next.

`play` is pure: no I/O, no clock, no randomness. What a conversation needs from outside comes back as
`Turn.wanted`; whoever drives it gets it, adds an Answer to the journal, and plays again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_type_hints

import msgspec

from domain.commands import answer_type
from domain.errors import DomainError, Mistake
from domain.records.person import Language
from domain.records.pin import PinLocked, Secret
from flows.engine.journal import Answer, Journal
from flows.engine.screen import Screen, say
from flows.engine.steps import Check, Conversation, Enter, Invalid, Leave, Question, Read, Round, Speak, Submit
from flows.words.refusals import refusal
from flows.words.texts import Text

ANSWERS_MAX: Final = 60  # a journal
STEPS_MAX: Final = 100  # a turn

BACK: Final = "0"
HOME: Final = "00"
MORE: Final = "98"

Outcome = Literal["entered", "answered", "invalid", "back", "home", "more"]
Start = Callable[[], Conversation]
Open = Question[Any] | Check | Read | Submit
# The typed value of a journal's answer to a step.
ValueOf = Callable[[Open, Answer], Any]


class ConversationTooLong(Mistake):
    """A flow that asks without end: a mistake of ours."""


class NotOpened(Mistake):
    """A flow that reads somebody's own money before a PIN was right: a mistake of ours, and nothing is read."""


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
    there is no way back; nor is there from a last screen that says what was done. `asked` is the question that was
    answered, in the language that it was put in.
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
    asked: tuple[Question[Any] | Check, Language] | None = None


def value_of(step: Open, answer: Answer) -> Any:
    """
    The typed value of a journal's answer.

    Raises what the rules raised when they refused, and Invalid or msgspec.ValidationError where the step has
    changed since.
    """
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


class _Replay:
    """A conversation that is replayed, and what is known of it so far."""

    __slots__ = (
        "answered",
        "asked",
        "conversation",
        "flows",
        "journal",
        "known",
        "language",
        "minutes_locked",
        "opened",
        "opened_at",
        "outcome",
        "passed",
        "pin_at",
        "rounds",
        "secret",
        "seen",
        "steps",
        "times_before",
        "value_of",
    )

    def __init__(
        self,
        conversation: Conversation,
        language: Language,
        journal: Journal,
        pin_at: int,
        opened_at: int,
        minutes_locked: int,
        value_of: ValueOf,
    ) -> None:
        self.conversation, self.language, self.journal, self.pin_at = conversation, language, journal, pin_at
        self.value_of = value_of
        # When a PIN was right in this conversation, or before it in this call.
        self.opened_at, self.opened = opened_at, False
        self.minutes_locked = minutes_locked
        self.known = {answer.step: answer for answer in journal}
        self.steps = iter(range(STEPS_MAX))
        self.passed: list[Answer] = []
        self.flows: list[str] = []
        self.seen: dict[str, int] = {}
        self.rounds: dict[str, int] = {}  # where each loop began, among those passed
        self.times_before = 0  # as often, at most, a step was taken in rounds that are forgotten
        self.outcome: Outcome = "entered"
        self.answered = ""
        self.asked: tuple[Question[Any] | Check, Language] | None = None
        self.secret = False

    def forward(self, send: Any = None) -> Screen | tuple[str, Open]:
        """
        Go on to the first step that the journal does not answer, and its key; or to the last screen.

        `send` is the value of the step before. Raises ConversationTooLong, NotOpened, and what the flow raises.
        """
        conversation = self.conversation
        refused: DomainError | None = None
        for _ in self.steps:
            try:
                step = conversation.throw(refused) if refused else conversation.send(send)
            except StopIteration as stop:
                screen: Screen = stop.value
                if screen.document and screen.document.personal and not self.opened:
                    raise NotOpened(screen.document.query.__name__) from None
                return screen
            except DomainError as error:
                return say(refusal(error))
            send = refused = None
            if isinstance(step, Enter):
                self.flows.append(step.flow)
                continue
            if isinstance(step, Leave):
                self.flows.pop()
                continue
            if isinstance(step, Speak):
                self.language = step.language
                continue
            if isinstance(step, Round):
                send = self.round(step)
                continue
            key = self.key(step.step)
            if isinstance(step, Read) and step.personal and not self.opened:
                raise NotOpened(key)
            if (answer := self.known.get(key)) is not None:
                try:
                    send = self.value_of(step, answer)
                except DomainError as error:
                    refused = error
                except (Invalid, msgspec.ValidationError):
                    answer = None  # the flow has changed since, and asks again
                if answer is not None:
                    self.passed.append(answer)
                    if isinstance(step, Check) and step.pin and refused is None:
                        self.opened, self.opened_at = True, send
                    continue
            # Not in the journal: on a channel that deletes what is typed, and in another call, it is asked.
            if isinstance(step, Check) and (before := self.right_before(step)):
                send, self.opened = before, True
                continue
            if isinstance(step, Check) and step.pin and self.minutes_locked:
                refused = PinLocked(minutes=self.minutes_locked)
                continue
            if len(self.passed) >= ANSWERS_MAX:
                break
            return key, step
        raise ConversationTooLong(f"{len(self.passed)} answers in {self.flows}")

    def right_before(self, check: Check) -> int:
        """When the PIN was right that does for this check too, 0 if it has to be typed."""
        if check.opens and self.opened_at:
            return self.opened_at
        return self.pin_at if check.lasting else 0

    def key(self, step: str) -> str:
        """The journal's name of a step: its flow, its own name, and which time it is."""
        name = f"{self.flows[-1]}.{step}"
        time = self.seen[name] = self.seen.get(name, self.times_before) + 1
        return name if time == 1 else f"{name}#{time}"

    def round(self, step: Round) -> Any:
        """
        What is kept of the rounds of a loop before; the round that ends here leaves the journal.

        Its steps are not numbered anew: a command of one round is never taken for that of another.
        """
        key = f"{self.flows[-1]}.{step.step}"
        answer = self.known.get(key)
        if key in self.rounds:
            del self.passed[self.rounds[key] :]
            self.journal, self.known = (), {}
            answer = Answer(key, "round", [max([self.times_before, *self.seen.values()]), step.kept], 0)
        if answer is None:
            answer = Answer(key, "round", [self.times_before, step.kept], 0)
        before, kept = answer.value
        if before > self.times_before:
            self.times_before = before
            self.seen.clear()
        self.rounds[key] = len(self.passed)
        self.passed.append(answer)
        return kept

    def shown(self, found: Screen | tuple[str, Open], hint: Text | None) -> Turn:
        """The turn that ends with what `forward` found; `hint` stands above a question."""
        if isinstance(found, Screen):
            return self.turn(screen=found)
        key, step = found
        if isinstance(step, Read | Submit):
            return self.turn(wanted=Wanted(key, step))
        screen = msgspec.structs.replace(step.screen, hint=hint) if hint else step.screen
        return self.turn(step=key, guarded=step.guarded, screen=screen)

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
        kinds = [answer.kind for answer in self.passed]
        deep = kinds.count("answer") + kinds.count("check")
        if screen and screen.final and "submit" in kinds:
            deep = 0  # in the same call the same command again would be taken for the one that was carried out
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
            self.asked,
        )


def play(
    start: Start,
    language: Language,
    journal: Journal,
    typed: str | None = None,
    hint: Text | None = None,
    *,
    pin_at: int = 0,
    opened_at: int = 0,
    minutes_locked: int = 0,
    value_of: ValueOf = value_of,
) -> Turn:
    """
    Replay `journal` and feed `typed`, if any, to the question that follows.

    Answers are found by their step, so that a flow that was changed in mid-session keeps every answer whose step
    still exists and still accepts it. `hint` is shown with the question: why a secret was refused. A PIN that was
    right at `pin_at` (seconds since the epoch) does for every question whose PIN is lasting, and one that was
    right in this call, at `opened_at`, for each that opens something; 0 for none. One that is locked for some more
    minutes is not asked for: the conversation is refused it. Who plays one journal many times
    may keep what `value_of` found.

    Raises ConversationTooLong, NotOpened, and what a flow raises.
    """
    replay = _Replay(start(), language, journal, pin_at, opened_at, minutes_locked, value_of)

    def elsewhere(way: str) -> Turn:
        turn = play(
            start,
            language,
            _shorter(replay.passed, way),
            pin_at=pin_at,
            opened_at=opened_at,
            minutes_locked=minutes_locked,
        )
        turn.outcome, turn.answered = "home" if way == HOME else "back", replay.answered
        return turn

    found = replay.forward()
    if typed is None:
        return replay.shown(found, hint)
    if isinstance(found, Screen):  # the last one, of several pages
        turn = replay.shown(found, hint)
        if typed in (BACK, HOME) and turn.deep:
            return elsewhere(typed)
        turn.outcome = "more" if typed == MORE else "invalid"
        return turn
    key, step = found
    if isinstance(step, Read | Submit):
        return replay.turn(wanted=Wanted(key, step))
    replay.answered, replay.secret = key, isinstance(step, Check)
    try:
        read = step.read(typed)
    except Invalid as slip:
        if typed in (BACK, HOME):
            return elsewhere(typed)
        replay.outcome, hint = ("more", None) if typed == MORE else ("invalid", slip.hint)
        replay.secret = replay.secret or slip.secret
        return replay.shown(found, hint)
    replay.outcome, replay.asked = "answered", (step, replay.language)
    if key in replay.known:
        # Another answer than before: what was said after it was said of something else.
        replay.journal, replay.known = (), {}
    if isinstance(step, Check):
        return replay.turn(wanted=Wanted(key, step, read))
    replay.passed.append(Answer(key, "answer", read, 0))
    return replay.shown(replay.forward(step.value(read)), hint)


def _shorter(passed: Sequence[Answer], way: str) -> Journal:
    """Back is a shorter journal, home an empty one. A command is never taken back: behind one, back is home."""
    last = next((i for i in reversed(range(len(passed))) if passed[i].kind in ("answer", "check")), 0)
    if way == HOME or any(answer.kind == "submit" for answer in passed[last:]):
        return ()
    return tuple(passed[:last])


def refused_answer(key: str, kind: Literal["read", "submit", "check"], error: DomainError, at: int) -> Answer:
    """The journal's form of a query or command that the rules refused."""
    return Answer(key, kind, {"refused": error.code, "details": error.details}, at)
