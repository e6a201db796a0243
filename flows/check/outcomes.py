"""
What may come of a read, a command or a check, without a store: sample answers, and every refusal it documents.

Documentation is read as people read it. "Raises NotAllowed, and what `pay_out` raises." names one refusal, and all
that the documentation of `pay_out` names; of a mapping, it is that of each function in it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import FunctionType
from typing import Any, Final, Literal

import msgspec

from domain.commands import handler_of
from domain.errors import DomainError, Mistake
from flows.check.samples import REFUSALS, SAMPLES, Samples
from flows.engine.journal import Answer
from flows.engine.play import Wanted, refused_answer
from flows.engine.steps import Check, Read, Submit
from flows.words.refusals import refusal

_RAISES: Final = re.compile(r"\bRaises\b.*?(?:\.(?=\s)|\Z)", re.DOTALL)  # to the end of the sentence
_NAMES: Final = re.compile(r"`(\w+)`|\b([A-Z]\w+)")


class NoSample(Mistake):
    """Nobody has said what this may answer, or what a refusal is filled with."""


def subject(step: Read | Submit | Check) -> object:
    """By what a step's samples are found."""
    if isinstance(step, Read):
        return step.query
    return type(step.command) if isinstance(step, Submit) else step.check.__qualname__


def outcomes(
    step: Read | Submit | Check, samples: Samples = SAMPLES, refusals: Sequence[DomainError] = REFUSALS
) -> list[object]:
    """
    The answers, the widest first, then the refusals.

    Raises NoSample, and LookupError when documentation refers to what is not there.
    """
    missing = [] if subject(step) in samples else [str(subject(step))]
    found = list(samples.get(subject(step), ()))
    for kind in may_raise(_carried_out_by(step)):
        if its := of_kind(kind, refusals):
            found += its
        else:
            missing.append(kind.__name__)
    if missing:
        raise NoSample(", ".join(missing))
    return found


def of_kind(kind: type[DomainError], refusals: Sequence[DomainError] = REFUSALS) -> list[DomainError]:
    """Its samples, none when they are missing; one whose sentence has nothing to fill in needs no sample."""
    if found := [each for each in refusals if type(each) is kind]:
        return found
    try:
        refusal(kind())
    except TypeError:
        return []
    return [kind()]


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


@cache
def may_raise(function: Callable[..., Any]) -> Sequence[type[DomainError]]:
    """
    The refusals that a function says it raises, in the order in which it names them, each once.

    Raises LookupError when its documentation refers to what is not there.
    """
    return tuple(dict.fromkeys(_documented(function, set())))


def _documented(function: Callable[..., Any], passed: set[Callable[..., Any]]) -> Iterator[type[DomainError]]:
    """Functions that were `passed` have named theirs."""
    if function in passed:
        return
    passed.add(function)
    known = {kind.__name__: kind for kind in DomainError.codes.values()}
    for sentence in _RAISES.findall(function.__doc__ or ""):
        for reference, name in _NAMES.findall(sentence):
            if reference:
                for behind in _behind(function, reference):
                    yield from _documented(behind, passed)
            elif name in known:
                yield known[name]


def _behind(function: Callable[..., Any], reference: str) -> Sequence[Callable[..., Any]]:
    """The functions that the documentation of another refers to."""
    found = getattr(function, "__globals__", {}).get(reference)
    if isinstance(found, Mapping):
        return tuple(found.values())
    if not isinstance(found, FunctionType):
        raise LookupError(f"`{reference}`, which {function.__qualname__} refers to")
    return (found,)
