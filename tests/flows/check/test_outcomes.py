"""What may come of a step is what its samples answer and what its documentation says it raises."""

from typing import Any

import pytest

from domain.decisions.rights import Frozen
from domain.decisions.voting import TooFewOfficers, Vote
from domain.groups.leave import AskToLeave, LoanOpen
from domain.records.person import AlreadyDecided, NoSuchGroup, NotAllowed
from domain.records.pin import PinLocked, WrongPin
from domain.savings.contribute import TooMuch
from flows import ask
from flows.check.outcomes import NoSample, may_raise, outcomes
from flows.check.samples import REFUSALS
from flows.engine.steps import Read, Submit


def _plain(store: object) -> str:
    """Not one of NotAllowed. Raises NoSuchGroup when it is none, TooMuch, ValueError. Frozen does not matter."""
    raise NotImplementedError


def _nothing(store: object) -> str:
    """Whatever it is."""
    raise NotImplementedError


def _behind(store: object) -> str:
    """Raises Frozen, and what `_plain` raises; once as `_around`."""
    raise NotImplementedError


def _around(store: object) -> str:
    """Raises as `_behind` does."""
    raise NotImplementedError


def _any(store: object) -> str:
    """Raises NotAllowed, and what one of `_DOING` raises."""
    raise NotImplementedError


def _lost(store: object) -> str:
    """Raises what `_gone` raises."""
    raise NotImplementedError


_DOING = {"plain": _plain, "nothing": _nothing}


@pytest.mark.parametrize(
    ("query", "raised"),
    [
        (_plain, (NoSuchGroup, TooMuch)),
        (_nothing, ()),
        (_behind, (Frozen, NoSuchGroup, TooMuch)),
        (_around, (Frozen, NoSuchGroup, TooMuch)),
        (_any, (NotAllowed, NoSuchGroup, TooMuch)),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_raised_is_what_is_said_and_what_is_said_of_what_it_refers_to(query: Any, raised: object) -> None:
    assert may_raise(query) == raised


def test_a_reference_to_what_is_not_there_is_a_mistake() -> None:
    with pytest.raises(LookupError, match="`_gone`, which _lost refers to"):
        may_raise(_lost)


def test_a_vote_may_be_refused_by_what_it_decides() -> None:
    raised = set(map(type, outcomes(Submit("vote", Vote("p", "p", "", yes=True)))))
    assert {AlreadyDecided, LoanOpen} <= raised


def test_a_command_is_refused_as_its_handler_says() -> None:
    raised = set(map(type, outcomes(Submit("leave", AskToLeave("g", "p", "cash")))))
    assert {Frozen, TooFewOfficers, LoanOpen} <= raised


def test_a_check_is_refused_as_what_it_asks() -> None:
    check: Any = next(ask.pin("pin", "p", "PIN?"))
    assert {type(each) for each in outcomes(check)[1:]} == {WrongPin, PinLocked}


def test_answers_come_first_then_each_sample_of_each_refusal_and_one_that_needs_none() -> None:
    too_much = [each for each in REFUSALS if isinstance(each, TooMuch)]
    answer, none_such, *others = outcomes(Read("plain", _plain, ()), {_plain: ("Umoja",)})
    assert (answer, type(none_such), others) == ("Umoja", NoSuchGroup, too_much)


@pytest.mark.parametrize(
    ("samples", "refusals", "missing"),
    [
        ({}, REFUSALS, "_plain"),
        ({_plain: ("Umoja",)}, (), "TooMuch"),
    ],
    ids=["no answer", "no refusal"],
)
def test_what_has_no_sample_is_said(samples: Any, refusals: Any, missing: str) -> None:
    with pytest.raises(NoSample, match=missing):
        outcomes(Read("plain", _plain, ()), samples, refusals)
