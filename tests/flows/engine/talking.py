"""A conversation that is played from its journal, without a store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.errors import TryAgain
from domain.groups.join import Joined, JoinGroup
from domain.loans.owed import LoanView
from domain.money import Money
from domain.records.person import Language
from flows import ask
from flows.check.outcomes import answer_of
from flows.dialogue import flow, submit
from flows.engine.journal import Journal
from flows.engine.play import Turn, play
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.words.refusals import refusal
from flows.words.texts import Text, t

Start = Callable[[], Conversation]

JOINED = Joined("Umoja", active=False)
FIVE = Money(5, "UGX")
# As a journal holds it.
LOAN = msgspec.to_builtins(
    LoanView("l", "LABCDEF", "Umoja", "Umoja", "active", FIVE, FIVE, FIVE, None, FIVE, 0, True)
)


@dataclass
class Talk:
    """A conversation without a store: `answers` has what a step that wants something gets, by its key."""

    conversation: Start
    answers: Mapping[str, object] = field(default_factory=dict)
    language: Language = "en"
    journal: Journal = ()
    wanted: list[str] = field(default_factory=list)
    turn: Turn = field(init=False)

    def __post_init__(self) -> None:
        self._take(play(self.conversation, self.language, self.journal))

    def type(self, *answers: str) -> Turn:
        for typed in answers:
            self._take(play(self.conversation, self.language, self.journal, typed))
        return self.turn

    def _take(self, turn: Turn) -> None:
        while (wanted := turn.wanted) is not None:
            self.wanted.append(wanted.key)
            given = self.answers[wanted.key]
            if isinstance(given, TryAgain):
                turn = play(self.conversation, self.language, turn.journal, hint=refusal(given))
            else:
                journal = (*turn.journal, answer_of(wanted, given))
                turn = play(self.conversation, self.language, journal)
        self.turn, self.journal = turn, turn.journal

    @property
    def heard(self) -> str:
        """The English of the screen's text."""
        return heard(self.turn.screen)


def heard(screen: Screen | None) -> str:
    assert screen is not None
    return screen.text.message.format(**screen.text.values) if isinstance(screen.text, Text) else screen.text


def values(journal: Journal) -> dict[str, Any]:
    return {answer.step: answer.value for answer in journal}


@flow("visit")
def visit() -> Conversation:
    name = yield from ask.text("name", "Name?", most=20)
    age = yield from ask.number("age", "Age?", least=1, most=90)
    sure = yield from ask.confirm("ok", t("{name}, {age}?", name=name, age=age))
    return say("Good." if sure else "Bad.")


@flow("join_one")
def join_one() -> Conversation:
    code = yield from ask.code("code", "Code?")
    joined = yield from submit("join", JoinGroup("me", code))
    why = yield from ask.text("why", t("Why {group}?", group=joined.group), most=20)
    yield from ask.text("more", "What else?", most=20)
    return say(why)
