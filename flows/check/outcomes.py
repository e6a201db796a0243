"""What may come of a read, a command or a check, without a store: sample answers, and the refusals that matter."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_type_hints

import msgspec

from domain.commands import handler_of
from domain.errors import DomainError, TryAgain
from flows.check.samples import BY_QUERY, NoSample, values
from flows.check.walk import Watched
from flows.engine.journal import Answer
from flows.engine.play import Start, Turn, ValueOf, Wanted, play, refused_answer, value_of
from flows.engine.screen import say
from flows.engine.steps import Check, Read, Submit
from flows.words.refusals import every_refusal, refusal


def answers(step: Read | Submit | Check) -> Sequence[object]:
    """What it may answer, the widest first, by the type that it returns. Raises NoSample."""
    carried_out_by = _carried_out_by(step)
    if carried_out_by in BY_QUERY:
        return BY_QUERY[carried_out_by]
    returned = get_type_hints(carried_out_by, include_extras=True).get("return", Any)
    try:
        return values(returned)
    except NoSample as missing:
        raise NoSample(f"{carried_out_by.__qualname__}: {missing}") from missing


def refusals(
    start: Start, turn: Turn, value_of: ValueOf = value_of
) -> tuple[list[DomainError], list[DomainError]]:
    """
    How the rules may refuse what a turn waits for: each refusal that is caught there; and one other, if any.

    One that is not caught ends the conversation with its own sentence, as all such do. A check that may be tried
    again is put again by the engine, with the sentence above the question: that is caught.
    """
    assert turn.wanted is not None
    watched = Watched(start())
    play(lambda: watched, turn.language, turn.journal, value_of=value_of)
    named = watched.names_refusals()
    caught: list[DomainError] = []
    others: list[DomainError] = []
    for error in every_refusal():
        if isinstance(turn.wanted.step, Check) and isinstance(error, TryAgain):
            caught.append(error)
        elif isinstance(error, named) or not others:
            journal = (*turn.journal, answer_of(turn.wanted, error))
            after = play(start, turn.language, journal, value_of=value_of)
            (others if after.screen == say(refusal(error)) else caught).append(error)
    return caught, others[:1]


def answer_of(wanted: Wanted, outcome: object) -> Answer:
    """The journal's form of an outcome."""
    kind: Literal["read", "submit", "check"]
    kind = "read" if isinstance(wanted.step, Read) else "submit" if isinstance(wanted.step, Submit) else "check"
    if isinstance(outcome, DomainError):
        return refused_answer(wanted.key, kind, outcome, 0)
    return Answer(wanted.key, kind, msgspec.to_builtins(outcome), 0)


def _carried_out_by(step: Read | Submit | Check) -> Callable[..., Any]:
    if isinstance(step, Read):
        return step.query
    return handler_of(type(step.command)) if isinstance(step, Submit) else step.check
