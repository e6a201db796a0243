"""Random walks through the real conversation, by everybody."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import TryAgain
from domain.members import LANGUAGES, Language
from flows.explore import answer_of, subject
from flows.journal import Session, decode_session, encode
from flows.play import BACK, HOME, MORE, Turn, play
from flows.refusals import refusal
from flows.root import root
from flows.samples import SAMPLES, TYPED, people
from flows.steps import Check, Conversation


def _seen(turn: Turn) -> tuple[object, ...]:
    screen = turn.screen and msgspec.structs.replace(turn.screen, hint=None)
    return turn.flow, turn.step, turn.language, turn.deep, turn.guarded, screen


@given(draw=st.data(), language=st.sampled_from(LANGUAGES), name=st.sampled_from(sorted(people("en"))))
def test_any_walk_replays_to_the_same_screen_and_back_undoes_an_answer(
    draw: st.DataObject, language: Language, name: str
) -> None:
    who = people(language)[name]

    def start() -> Conversation:
        return root(who)

    turn = play(start, language, ())
    for _ in range(12):
        assert turn.screen is not None
        if turn.screen.final:
            break
        keys = [str(number) for number, _ in enumerate(turn.screen.options, start=1)]
        typed = draw.draw(st.sampled_from([*keys, *TYPED[turn.screen.kind], BACK, HOME, MORE]), label="typed")
        before, turn = turn, play(start, language, turn.journal, typed)
        outcome = turn.outcome
        while (wanted := turn.wanted) is not None:
            sample = draw.draw(st.sampled_from(SAMPLES[subject(wanted.step)]), label=wanted.key)
            if isinstance(wanted.step, Check) and isinstance(sample, TryAgain):
                turn = play(start, language, turn.journal, hint=refusal(sample))
                outcome = "invalid"
            else:
                turn = play(start, language, (*turn.journal, answer_of(wanted, sample)))
        stored = decode_session(encode(Session(journal=turn.journal))).journal
        assert _seen(play(start, language, turn.journal)) == _seen(turn) == _seen(play(start, language, stored))
        if outcome == "invalid":
            assert _seen(turn) == _seen(before)
        crosses_a_command = any(answer.kind == "submit" for answer in turn.journal)
        if outcome == "answered" and turn.step and not crosses_a_command:
            assert _seen(play(start, language, turn.journal, BACK)) == _seen(before)
