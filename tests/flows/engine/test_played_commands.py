"""Commands, refusals and secrets in a conversation that is played from its journal."""

from datetime import date

import pytest

from domain.groups.join import JoinGroup
from domain.loans.owed import my_loans
from domain.records.person import AlreadyInGroup, NoSuchGroup
from domain.records.pin import PinLocked, WrongPin
from flows import ask
from flows.dialogue import flow, read_openly, submit
from flows.engine.journal import Answer, Session, decode_session, encode
from flows.engine.play import play
from flows.engine.screen import say
from flows.engine.steps import Check, Conversation
from flows.words.refusals import refusal
from flows.words.texts import t
from tests.flows.engine.talking import JOINED, LOAN, Talk, join_one, values, visit
from tests.leaks import leaked


@flow("paying_back")
def paying_back() -> Conversation:
    loans = yield from read_openly("loans", my_loans, "akello")
    return say(t("By {day}", day=loans[0].due_on))


@pytest.mark.parametrize(("due_on", "said"), [("2026-09-28", date(2026, 9, 28)), (None, None)])
def test_a_day_that_the_store_answered_with_is_a_day_again(due_on: str | None, said: date | None) -> None:
    talk = Talk(paying_back, journal=(Answer("paying_back.loans", "read", [LOAN | {"due_on": due_on}], 0),))
    assert talk.turn.screen == say(t("By {day}", day=said))


def test_no_day_as_it_was_kept_once_is_read_again() -> None:
    """Before, "" stood for no day: a conversation that goes on over such a deploy asks the store once more."""
    before = Answer("paying_back.loans", "read", [LOAN | {"due_on": ""}], 0)
    talk = Talk(paying_back, {"paying_back.loans": [LOAN | {"due_on": None}]}, journal=(before,))
    assert talk.wanted == ["paying_back.loans"]
    assert talk.turn.screen == say(t("By {day}", day=None))


def test_a_refused_command_ends_with_its_sentence() -> None:
    talk = Talk(join_one, {"join_one.join": AlreadyInGroup(group="Umoja")})
    assert talk.type("101").screen == say(refusal(AlreadyInGroup(group="Umoja")))
    again = play(join_one, "en", talk.journal)
    assert again.screen == talk.turn.screen


def test_a_flow_may_catch_a_refusal_and_go_on() -> None:
    @flow("try_twice")
    def try_twice() -> Conversation:
        while True:
            code = yield from ask.code("code", "Code?")
            try:
                joined = yield from submit("join", JoinGroup("me", code))
            except NoSuchGroup:
                continue
            return say(joined.group)

    talk = Talk(try_twice, {"try_twice.join": NoSuchGroup(), "try_twice.join#2": JOINED})
    assert talk.type("999").step == "try_twice.code#2"
    assert talk.type("101").screen == say("Umoja")
    assert talk.wanted == ["try_twice.join", "try_twice.join#2"]


def test_a_refusal_survives_the_store() -> None:
    talk = Talk(join_one, {"join_one.join": AlreadyInGroup(group="Umoja")})
    talk.type("101")
    stored = decode_session(encode(Session(journal=talk.journal))).journal
    assert play(join_one, "en", stored).screen == talk.turn.screen


@flow("safe")
def safe() -> Conversation:
    yield from ask.pin("pin", "me", "PIN?")
    return say("Open.")


def test_a_wrong_pin_is_asked_for_again_with_the_reason() -> None:
    talk = Talk(safe, {"safe.pin": WrongPin(left=2)})
    talk.type("2580")
    assert talk.turn.step == "safe.pin"
    assert talk.turn.screen is not None and talk.turn.screen.hint == refusal(WrongPin(left=2))
    assert talk.journal == ()


def test_a_right_pin_leaves_the_time_and_never_itself() -> None:
    talk = Talk(safe, {"safe.pin": 1_790_000_000})
    wanted = play(safe, "en", (), "2580").wanted
    assert wanted is not None and isinstance(wanted.step, Check)
    assert wanted.secret is not None and wanted.secret.value == "2580"
    assert "2580" not in f"{wanted!r} {wanted.secret}"
    assert talk.type("2580").screen == say("Open.")
    assert leaked(encode(Session(journal=talk.journal)), "2580") == []
    assert values(talk.journal) == {"safe.pin": 1_790_000_000}


def test_a_locked_pin_ends_the_conversation() -> None:
    talk = Talk(safe, {"safe.pin": PinLocked(minutes=15)})
    assert talk.type("2580").screen == say(refusal(PinLocked(minutes=15)))


@pytest.mark.parametrize("typed", ["", "123", "123456", "abcd", "٢٥٨٠", "25 80"])
def test_what_is_no_pin_is_not_tried(typed: str) -> None:
    turn = play(safe, "en", (), typed)
    assert (turn.wanted, turn.outcome, turn.step) == (None, "invalid", "safe.pin")


def test_secrets_and_confirmations_are_guarded_and_other_questions_are_not() -> None:
    assert play(safe, "en", ()).guarded
    talk = Talk(visit)
    assert not talk.turn.guarded
    assert talk.type("Akello", "31").guarded
