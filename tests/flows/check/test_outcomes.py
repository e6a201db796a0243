"""What may come of a step: what its type says it answers, each refusal that is caught there, and one other."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.errors import DomainError
from domain.groups.join import GroupFull, Joined, JoinGroup, group_with_code
from domain.loans.owed import my_loans
from domain.records.person import NoSuchGroup
from domain.records.pin import PinsDiffer, WeakPin, WrongPin
from flows import ask
from flows.check.outcomes import answers, refusals
from flows.check.samples import BY_QUERY, NoSample
from flows.dialogue import flow, read, submit
from flows.engine.play import Turn, play
from flows.engine.screen import say
from flows.engine.steps import Conversation, Read, Submit
from flows.words.refusals import refusal
from flows.words.texts import t


def _untold(store: object) -> object:
    raise NotImplementedError


def _untyped(store):  # type: ignore[no-untyped-def]
    raise NotImplementedError


def test_a_query_answers_as_its_type_says_and_a_command_as_its_handler_s() -> None:
    assert all(isinstance(each, str) for each in answers(Read("group", group_with_code, ())))
    joined = [*answers(Submit("join", JoinGroup("p", "c")))]
    assert {each.active for each in joined if isinstance(each, Joined)} == {True, False}
    assert all(isinstance(each, Joined) for each in joined)


def test_a_check_answers_as_its_type_says() -> None:
    check: Any = next(ask.pin("pin", "p", "PIN?"))
    assert all(type(each) is int for each in answers(check))


def test_a_query_whose_answers_are_written_by_hand_has_those() -> None:
    assert answers(Read("loans", my_loans, ())) is BY_QUERY[my_loans]


@pytest.mark.parametrize(("query", "named"), [(_untold, "_untold: .*object"), (_untyped, "_untyped: .*Any")])
def test_what_returns_anything_has_no_sample(query: Callable[..., object], named: str) -> None:
    with pytest.raises(NoSample, match=named):
        answers(Read("untold", query, ()))


def _refused(conversation: Callable[[], Conversation], typed: str | None = None) -> list[set[type[DomainError]]]:
    """The kinds that are caught at the first step that waits for something, and the other that is not."""
    start = flow("refused")(conversation)
    turn: Turn = play(start, "en", (), typed)
    return [set(map(type, errors)) for errors in refusals(start, turn)]


def test_no_refusal_is_caught_by_a_flow_that_catches_none() -> None:
    def joining() -> Conversation:
        joined = yield from submit("join", JoinGroup("p", "c"))
        return say(joined.group)

    caught, others = _refused(joining)
    assert not caught and len(others) == 1


def test_what_a_flow_catches_is_found_however_it_does() -> None:
    def inner() -> Conversation:
        joined = yield from submit("join", JoinGroup("p", "c"))
        return say(joined.group)

    def outer() -> Conversation:
        try:
            return (yield from inner())
        except NoSuchGroup:
            return say(t("Yes"))
        except DomainError as error:
            if error.code != GroupFull.code:
                raise
            yield from ask.confirm("again", t("No"))
            return say(t("No"))

    caught, others = _refused(outer)
    assert caught == {NoSuchGroup, GroupFull}
    assert len(others) == 1 and not others & caught


def test_a_flow_that_catches_all_leaves_none() -> None:
    def careful() -> Conversation:
        try:
            return say((yield from read("group", group_with_code, "1", "+256772000111")))
        except DomainError as error:
            return say(t("Not now: {why}", why=refusal(error)))

    caught, others = _refused(careful)
    assert len(caught) > 50 and not others


def test_a_check_is_put_again_with_what_may_be_tried_again_and_ends_with_all_else() -> None:
    def secret() -> Conversation:
        yield from ask.pin("pin", "p", t("Your PIN?"))
        return say(t("Yes"))

    caught, others = _refused(secret, "2580")
    assert {WrongPin, WeakPin, PinsDiffer} <= caught
    assert len(others) == 1
