"""What a conversation wants of the rules in one turn: queries, commands and checks."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal

import msgspec

from domain.commands import execute
from domain.errors import DomainError, TryAgain
from domain.papers.order import OrderPaper
from domain.people.forgotten_pin import ResetPin
from domain.people.pins import SetPin
from domain.records.person import Member, Talker
from domain.records.pin import PinLocked
from domain.store import Between, Store
from flows.engine import sessions
from flows.engine.drive import Needs, TurnLost, ask, work
from flows.engine.journal import Answer, Session
from flows.engine.link import SessionsUnavailable
from flows.engine.messages import Message
from flows.engine.play import Wanted, refused_answer
from flows.engine.steps import Check, Read
from flows.words.refusals import refusal
from flows.words.texts import Text

# Begins the id of a conversation whose commands are spelled as they are now: another when a command is renamed or
# its fields are.
SPELLING: Final = "4-"


class Fetching:
    """
    For one turn of one person. `now` in seconds since the epoch. After it, `gave_command` says whether a command
    was given that was not refused: it was carried out, or nobody knows. `changed_profile` says whether one may
    have changed what is kept of the person.
    """

    def __init__(self, store: Store, digest: Callable[..., str], message: Message, who: Talker, now: int) -> None:
        self._store, self._digest, self._message, self._who, self._now = store, digest, message, who, now
        self.changed_profile = False
        self.gave_command = False

    def fetch(self, session: Session, wanted: Wanted) -> Needs[tuple[Answer | None, Text | None]]:
        """A query, a command or a check: its answer for the journal, or why the question is put again."""
        step, channel = wanted.step, self._message.channel
        if isinstance(step, Check):
            try:
                value: Any = yield from work(partial(step.check, self._store, wanted.secret))  # type: ignore[arg-type]
            except TryAgain as refused:
                return None, refusal(refused)
            except DomainError as refused:
                if isinstance(refused, PinLocked) and isinstance(self._who, Member):
                    self.changed_profile = True  # from now on they hear of it before they type one
                return refused_answer(wanted.key, "check", refused, self._now), None
            if step.pin if channel.calls else step.lasting and channel.keeps:
                session.pin_at, session.pin_by = self._now, self._message.typed_by
            return Answer(wanted.key, "check", value, self._now), None
        kind: Literal["read", "submit"] = "read" if isinstance(step, Read) else "submit"
        try:
            if isinstance(step, Read):
                value = msgspec.to_builtins((yield from work(partial(step.query, self._store, *step.args))))
            else:
                value = yield from self._submit(session, wanted.key, step.command)
        except DomainError as refused:
            return refused_answer(wanted.key, kind, refused, self._now), None
        return Answer(wanted.key, kind, value, self._now), None

    def _submit(self, session: Session, step: str, command: object) -> Needs[Any]:
        """Give a command. From here on this turn did something, unless the command is refused."""
        gave_before, self.gave_command = self.gave_command, True
        try:
            answer = yield from work(partial(self._execute, session.id, step, command))
        except (DomainError, TurnLost):  # refused, or never begun
            self.gave_command = gave_before
            raise
        yield from self._changed(session, command, answer)
        return answer

    def _execute(self, conversation: str, step: str, command: object) -> Any:
        """
        Carry a command out, once.

        Given again in the same conversation it is the same; with another amount it is another.
        """
        who = self._who.id or self._digest(self._message.sender)
        begins = f"{who}:{conversation}:{step}:"
        if isinstance(command, OrderPaper) and self._message.channel.files:
            command = replace(command, chat=self._message.sender)
        # Where an upgrade comes between, the same command has another digest: what was done at this step, and the
        # journal does not know of, is the command.
        was_upgraded = not conversation.startswith(SPELLING)
        if was_upgraded and (done := self._store.commands.find(id=Between(begins, f"{begins}~"), limit=1)):
            return done[0].result
        content = self._digest(type(command).__name__, str(msgspec.to_builtins(command)))
        return execute(self._store, begins + content, command)

    def _changed(self, session: Session, command: object, answer: Any) -> Needs[None]:
        """
        Whose profile a command may have changed: forgotten after it, read anew at their next turn.

        It is whoever gave it, the `person` it names, and those its answer names as `changed`.
        """
        if isinstance(command, SetPin | ResetPin):
            session.pin_at = 0
        self.changed_profile = True
        changed = answer.get("changed", ()) if isinstance(answer, dict) else ()
        for person in {getattr(command, "person", ""), *changed} - {"", self._who.id}:
            try:
                yield from ask(sessions.forget_profile(person))
            except SessionsUnavailable:
                return  # what is done is done: what is kept of them runs out by itself
