"""Random walks through the real conversation, by everybody."""

from collections.abc import Callable
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import TryAgain
from domain.records.person import LANGUAGES, Language
from flows import ask
from flows.check.outcomes import answer_of, answers
from flows.check.samples import PEOPLE, TYPED
from flows.dialogue import flow
from flows.engine.journal import Session, decode_session, encode
from flows.engine.play import BACK, HOME, MORE, Turn, play
from flows.engine.screen import numbers, say
from flows.engine.steps import Check, Conversation
from flows.menu import root
from flows.words.refusals import every_refusal, refusal

REFUSED: Final = st.sampled_from(every_refusal())  # whatever it is, and whether or not it is caught


def _seen(turn: Turn) -> tuple[object, ...]:
    screen = turn.screen and msgspec.structs.replace(turn.screen, hint=None)
    return turn.flow, turn.step, turn.language, turn.deep, turn.guarded, screen


@given(draw=st.data(), language=st.sampled_from(LANGUAGES), name=st.sampled_from(sorted(PEOPLE)))
def test_any_walk_replays_to_the_same_screen_and_back_undoes_an_answer(
    draw: st.DataObject, language: Language, name: str
) -> None:
    who = PEOPLE[name]

    def start() -> Conversation:
        return root(who)

    turn = play(start, language, ())
    for _ in range(12):
        assert turn.screen is not None
        if turn.screen.final:
            break
        keys = numbers(turn.screen.options)
        typed = draw.draw(st.sampled_from([*keys, *TYPED[turn.screen.kind], BACK, HOME, MORE]), label="typed")
        before, turn = turn, play(start, language, turn.journal, typed)
        outcome = turn.outcome
        while (wanted := turn.wanted) is not None:
            came = draw.draw(st.sampled_from(answers(wanted.step)) | REFUSED, label=wanted.key)
            if isinstance(wanted.step, Check) and isinstance(came, TryAgain):
                turn = play(start, language, turn.journal, hint=refusal(came))
                outcome = "invalid"
            else:
                turn = play(start, language, (*turn.journal, answer_of(wanted, came)))
        stored = decode_session(encode(Session(journal=turn.journal))).journal
        assert _seen(play(start, language, turn.journal)) == _seen(turn) == _seen(play(start, language, stored))
        if outcome == "invalid":
            assert _seen(turn) == _seen(before)
        crosses_a_command = any(answer.kind == "submit" for answer in turn.journal)
        if outcome == "answered" and turn.step and not crosses_a_command:
            back = play(start, language, turn.journal, BACK)
            # Where a number from nought on is asked for, nought is one.
            if turn.screen is None or turn.screen.kind != "text" or back.outcome == "back":
                assert _seen(back) == _seen(before)


def _named() -> Conversation:
    return say((yield from ask.who("who", "Who?")))


def _listed() -> Conversation:
    return say(str((yield from ask.numbers("numbers", "Which numbers?"))))


@pytest.mark.parametrize(("typed", "outcome"), [("0", "back"), ("00", "home"), ("10", "answered")])
@pytest.mark.parametrize("asking", [_named, _listed], ids=["somebody", "numbers"])
def test_nobody_has_the_number_nought_which_leads_back(
    asking: Callable[[], Conversation], typed: str, outcome: str
) -> None:
    assert play(flow("asking")(asking), "en", (), typed).outcome == outcome
