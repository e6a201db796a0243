"""The work of one turn, between the lock and the commit: hear, feed the conversation, show."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import msgspec

from domain.errors import DomainError, Mistake
from domain.records.person import Language, Member, SharedPhone, Stranger, Talker
from domain.records.phone import todays_form
from domain.records.pin import minutes_locked
from domain.store import Store
from flows.engine.channel import OPEN_SECONDS, PIN_PASSES_SECONDS
from flows.engine.document import File
from flows.engine.drive import Needs, work
from flows.engine.fetching import SPELLING, Fetching
from flows.engine.journal import Journal, Session, encode, stored_session
from flows.engine.messages import TAP, Message, Reply, Trace, may_be_pin
from flows.engine.plain_words import Command, Vocabulary, bare
from flows.engine.play import ANSWERS_MAX, BACK, HOME, MORE, Turn, play
from flows.engine.rendering import hinted, paged, taps, with_pin_notes, worded
from flows.engine.screen import Screen, options, say
from flows.engine.sessions import Opened
from flows.engine.steps import MENU_STEP, Check, Conversation, Question
from flows.words.texts import Label, Text, Words, spoken, t, words

RESUME_WITHIN_SECONDS: Final = 30 * 60
TYPED_MAX: Final = 500  # characters of one answer that are looked at

_YES, _NO = t("Yes"), t("No")  # in any language
_OFFER: Final = options({"continue": t("Continue"), "restart": t("Start again")})
_STALE: Final = t("That button is old. You are here:")
_JOINS: Final = re.compile(r"[1-9]\d{7,9}", re.ASCII)  # an invitation, or a member's own code
_TAPPED: Final = re.compile(rf"{TAP}([0-9a-f]{{6}}):(\d{{1,3}})")


class UnreadableAnswer(Mistake):
    """What the store answered does not read back as what the conversation takes: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Around:
    """
    What a turn may use of the engine around it.

    `conversation` begins one for a person. `digest` is keyed, for text that may hold a PIN. `warned` says whether
    a sender was told before what becomes of a PIN.
    """

    store: Store
    conversation: Callable[[Talker], Conversation]
    vocabulary: Vocabulary
    service_code: str
    digest: Callable[..., str]
    knows_call: Callable[[str], bool]
    warned: Callable[[str], Needs[bool]]


def _joining(code: str) -> dict[str, str]:
    """The answers to the questions that lead to joining by a code, of a member and of a stranger."""
    return {MENU_STEP: "join", "join.code": code, "register.code": code}


class TurnOfMember:
    """One turn of one person. `run` once; then `kept` and `trace` say what is to be stored."""

    def __init__(
        self,
        around: Around,
        message: Message,
        who: Talker,
        opened: Opened,
        now: int,
        *,
        on_shared: bool = False,
        proved: bool = False,
    ) -> None:
        """
        `now` in seconds since the epoch, by the store's clock. Of several `on_shared` phones `who` was chosen, and
        in this very turn has `proved` it with their PIN.
        """
        self._around, self._message, self._channel, self._now = around, message, message.channel, now
        self._first: Turn | None = None
        self._turn: Turn | None = None
        self._outcome = ""
        self._hint: Text | None = message.note
        self._over = False
        self._jumped_from: str | None = None
        self._secret = False
        self._dialled = False
        self._on_shared, self._proved = on_shared, proved
        self.session = session = stored_session(opened.session)
        if isinstance(who, SharedPhone) and (session.offering or session.call != message.session):
            # Who is talking is asked anew in each call: one that broke off may have been another's.
            self.session = session = Session()
        self._waited = self._now - session.at if session.at else 0
        self._moved = proved or session.channel not in ("", self._channel.name)
        if isinstance(who, Stranger):
            session.phone = who.phone or session.phone
            who = replace(who, phone=session.phone)
        elif isinstance(who, Member):
            vouched = "" if message.shared else message.phone
            by_number = bool(vouched) and todays_form(vouched) == who.phone
            features = tuple(around.store.offered.features)
            who = replace(who, address=message.sender, by_number=by_number, features=features)
        else:
            who = replace(who, address=message.sender)
        self._who = who
        until = who.pin_locked_until if isinstance(who, Member) else None
        self._minutes_locked = minutes_locked(until, datetime.fromtimestamp(now, UTC))
        self._start = partial(around.conversation, who)
        self._fetching = Fetching(around.store, around.digest, message, who, now)

    def run(self) -> Needs[Reply]:
        """Raises the store's errors and whatever a flow raises."""
        heard = self._heard_in_call() if self._channel.calls else self._heard_in_chat()
        if heard is None:
            # The call ends, the journal stays: the next call offers to go on.
            self._outcome = "invalid"
            return self._show(say(t("Sorry, this call got mixed up. Please dial again.")))
        if self._proved:
            self.session.pin_at, self.session.pin_by = self._now, self._message.typed_by
        if self.session.offering:
            heard = self._after_offer(heard)
            if heard is None:
                return self._offer()
        elif self._is_resumed(heard):
            return self._offer()
        yield from self._feed(heard)
        reply = yield from self._reply()
        self._over = reply.final
        return reply

    @property
    def who(self) -> Talker:
        return self._who

    @property
    def changed_profile(self) -> bool:
        return self._fetching.changed_profile

    @property
    def gave_command(self) -> bool:
        return self._fetching.gave_command

    @property
    def became(self) -> str:
        """Who of several on a shared phone has shown in this turn that it is them; "" for none."""
        screen = self._turn.screen if self._turn else None
        return screen.becomes if screen else ""

    def _begin_anew(self) -> None:
        """Another conversation: nothing was answered yet, and its commands are others."""
        session = self.session
        session.journal, session.said, session.page = (), {}, 0
        if not self._channel.calls:
            # Of the request, so that a command of a request whose turn was lost is known when it comes again.
            session.id = self._id_of(self._message.external_id)

    def _id_of(self, begun_by: str) -> str:
        """Of a conversation, made of the request or the call that begins it."""
        return SPELLING + self._around.digest(begun_by)

    def kept(self) -> bytes:
        """The session to store, empty when nothing is kept: a conversation that ended has nothing more to say."""
        session = self.session
        if not self._over:
            return encode(session)
        if self._on_shared and not self._channel.calls:
            session.pin_at = 0  # the next to write in this chat may be another
        if not (self._pin_at or session.left):
            return b""
        return encode(
            Session(pin_at=session.pin_at, pin_by=session.pin_by, warned=session.warned, left=session.left)
        )

    def trace(self, ms: float) -> Trace:
        """The line of the trace for this turn, which took `ms` milliseconds."""
        turn = self._turn
        language, step = (turn.language, turn.step) if turn else (self._who.language, "")
        answered = self._first.answered or self._first.step if self._first else ""
        answered = answered if self._jumped_from is None else self._jumped_from
        return Trace(
            self._now,
            self._channel.name,
            language,
            answered,
            self._outcome,
            step,
            round(ms, 2),
            self.session.id,
            self._waited,
        )

    # What was typed

    def _heard_in_call(self) -> list[str] | None:
        """The answers that are new in this message; None when its transcript does not follow the last one."""
        message, session = self._message, self.session
        transcript, digest = message.transcript or "", self._around.digest
        if session.call == message.session:
            before, rest = transcript[: session.heard], transcript[session.heard :]
            if before and (digest(before) != session.heard_digest or not rest.startswith("*")):
                return None
            # All that follows is one answer: a "*" may be typed inside it.
            heard = [rest.removeprefix("*") if before else rest][: 1 if rest else 0]
        else:
            # A new call. Its id makes the command keys, so that a call whose session was lost repeats no command.
            journal = session.journal if self._now - session.at <= RESUME_WITHIN_SECONDS else ()
            # What was dialled with the code is fed. The answers of a call whose session is gone are not: one of
            # them may be a PIN, and another question might take it for an amount.
            is_lost = message.session == session.left or self._around.knows_call(message.session)
            heard = [] if is_lost or not transcript else transcript.split("*")[:ANSWERS_MAX]
            # Whoever dials a code with ours wants to join by it, whatever is to be asked before.
            said = _joining(heard[0]) if len(heard) == 1 and _JOINS.fullmatch(heard[0]) else {}
            heard = [] if said else heard
            id = session.id if journal and not heard else self._id_of(message.session)
            self.session = session = Session(
                id, message.session, journal=() if heard or said else journal, phone=session.phone, said=said
            )
        session.heard, session.heard_digest = len(transcript), digest(transcript) if transcript else ""
        session.channel, session.shown = self._channel.name, ""
        return [each[:TYPED_MAX] for each in heard]

    def _heard_in_chat(self) -> list[str]:
        """What was typed or tapped: nothing for a button of a screen that is no longer the one shown."""
        session, typed = self.session, self._message.typed
        # What is typed in a call that is still open was meant for a screen of before: it has to ask where we are.
        session.left, session.call = session.call or session.left, ""
        session.channel = self._channel.name
        session.id = session.id or self._id_of(self._message.external_id)
        if typed is None:
            return []
        typed = typed[:TYPED_MAX]
        self._dialled = typed.startswith("*")
        if tapped := _TAPPED.fullmatch(typed):
            if tapped[1] == session.shown:
                return [tapped[2]]
            self._hint = _STALE
            return []
        prefix = self._around.service_code.removesuffix("#")
        if typed.startswith((f"{prefix}*", f"{prefix}#")) and typed.endswith("#"):
            # Dialled in a chat: as in a call, from the beginning with answers, else with an offer to go on.
            session.offering, self._moved = False, True
            if not (dialled := typed[len(prefix) : -1].removeprefix("*")):
                return []
            self._begin_anew()
            return dialled.split("*")[:ANSWERS_MAX]
        return [typed]

    # Continue, or start again?

    def _is_resumed(self, heard: Sequence[str]) -> bool:
        """Somebody comes back, or from another channel, to a conversation that is not over."""
        if not any(answer.kind in ("answer", "check") for answer in self.session.journal):
            return False
        if self._channel.calls:
            return self.session.at == 0 and not heard
        if not self._moved:
            return False
        wanted = self._around.vocabulary.command(heard[0]) if heard else None
        return not (wanted and wanted.option)

    def _offer(self) -> Reply:
        self.session.offering, self.session.at = True, self._now
        hint = None
        if self._outcome == "invalid":  # or why a button, or a picture, was no answer
            hint = self._hint or t("Please choose a number from 1 to {most}.", most=len(_OFFER))
        self._outcome = self._outcome or "offered"
        return self._show(Screen(t("You were not finished. Go on?"), _OFFER, "menu", hint), step="offer")

    def _after_offer(self, heard: list[str]) -> list[str] | None:
        """What to feed after the answer to the offer; None when it was neither yes nor no."""
        typed = bare(heard[0]) if heard else ""
        wanted = None if self._channel.calls or not typed else self._around.vocabulary.command(typed)
        go_on, restart = _OFFER
        left: list[str] = []
        if typed in {"2", restart.key, HOME, *_said(restart.label), *_said(_NO)} or (wanted and wanted.way):
            self._begin_anew()
        elif typed not in {"1", go_on.key, *_said(go_on.label), *_said(_YES)}:
            if wanted is None:
                self._outcome = "invalid"
                return None
            self.session.journal, left = (), heard
        # A new call is somebody who picked up the phone: what a PIN opened is closed again, and what was read
        # of the books is read again.
        journal = self.session.journal
        self.session.journal = tuple(answer for answer in journal if answer.kind in ("answer", "submit", "round"))
        self.session.offering = False
        return left

    # The conversation

    def _feed(self, heard: Sequence[str]) -> Needs[None]:
        """Feed the answers one by one; of several, none beyond a slip or a question that guards something."""
        if len(heard) == 1:
            answered = self._drive if self._channel.calls else self._answer_or_obey
            turn = yield from answered(heard[0])
        else:
            turn = self._first = yield from self._drive(None)
            for typed in heard:
                if turn.guarded or turn.outcome == "invalid" or turn.screen is None or turn.screen.final:
                    break
                turn = yield from self._drive(typed)
        self._first = self._first or turn
        while not turn.guarded and (typed := self.session.said.pop(turn.step.partition("#")[0], "")):
            turn = yield from self._drive(typed)
        self._turn, self._outcome = turn, "jumped" if self._jumped_from is not None else turn.outcome

    def _answer_or_obey(self, typed: str) -> Needs[Turn]:
        """
        In a chat an answer may be a command, in plain words.

        What the question offers comes first, then a command, then what else it takes; a command with a slip in it
        is one only where the question does not take it. Where a name is asked for, a word that may be one is the
        name: people are called Akiba, and Jambo. So it is with what is written to others: "pay for the meeting".
        """
        wanted = self._around.vocabulary.command(typed)
        if wanted is None:
            return (yield from self._drive(typed))
        exact = wanted.exact and (wanted.always or not self._asks_for_words())
        here = yield from self._drive(None if exact else typed)
        if not exact and here.outcome != "invalid":
            return here
        if wanted.way == HOME and here.outcome == "entered" and not here.deep:
            return here  # where one begins is home already
        offered = here.screen.options if here.screen else ()
        if wanted.exact and any(bare(typed) in _said(option.label) for option in offered):
            return (yield from self._drive(typed))
        if wanted.way:
            return (yield from self._drive(wanted.way))
        return (yield from self._obey(wanted, here.step))

    def _asks_for_words(self) -> bool:
        screen = self._play(self.session.journal, None, None).screen
        return screen is not None and screen.kind in ("name", "letter")

    def _obey(self, wanted: Command, asked: str) -> Needs[Turn]:
        session = self.session
        if wanted.aside and (session.journal or not isinstance(self._who, Member)):
            self._hint = wanted.aside  # with the question that is open: nobody loses what they typed
            return (yield from self._drive(None))
        self._begin_anew()
        session.said = dict(wanted.said)
        self._jumped_from = asked
        turn = yield from self._drive(None)
        return (yield from self._drive(wanted.option)) if turn.step == MENU_STEP else turn

    def _drive(self, typed: str | None) -> Needs[Turn]:
        """Play until there is a screen, fetching what is wanted on the way."""
        if self.session.unread and typed not in (None, BACK, HOME):
            typed = MORE  # nobody agrees to what they have not seen
        self.session.unread = False
        journal = self.session.journal
        first = turn = self._play(journal, typed, None if typed else self._hint)
        outcome = first.outcome
        fetched: set[str] = set()
        while (wanted := turn.wanted) is not None:
            if wanted.key in fetched:
                raise UnreadableAnswer(wanted.key)
            fetched.add(wanted.key)
            answer, hint = yield from self._fetching.fetch(self.session, wanted)
            journal = turn.journal if answer is None else (*turn.journal, answer)
            # What a query answered before an upgrade may not read back: it is asked anew, and `typed` comes after.
            unheard = None if first.answered else typed
            turn = self._play(journal, unheard, hint)
            if unheard is not None:
                first, outcome = turn, turn.outcome
            if hint:
                outcome = "invalid"
        self._secret = self._secret or first.secret
        self.session.journal = turn.journal
        self.session.at = self._now
        if outcome in ("home", "back"):
            self.session.said = {}
            if not turn.deep:
                self._begin_anew()
                self.session.journal = turn.journal
        if outcome == "more":
            # Behind a hint the page comes once more, whole: what the hint had pushed off it was not seen.
            self.session.page += not self.session.cut
        elif outcome != "invalid":
            self.session.page = 0
        turn.outcome, turn.answered = outcome, first.answered
        return turn

    def _play(self, journal: Journal, typed: str | None, hint: Text | None) -> Turn:
        said = partial(
            play,
            self._start,
            self._who.language,
            journal,
            pin_at=self._pin_at,
            opened_at=self._opened_at,
            minutes_locked=self._minutes_locked,
        )
        turn = said(typed, hint)
        if turn.asked and not self._was_shown(*turn.asked):
            self._secret = self._secret or turn.secret
            turn = said()
        return turn

    def _was_shown(self, asked: Question[Any] | Check, language: Language) -> bool:
        """
        Whether a question that is not answered unseen stood there in the words that it has now. A release changes
        words, and what was read anew the amounts in them: nobody agrees to what they have not seen. A screen of
        before there was `asked` is as good as seen, where it agrees to nothing.
        """
        seen = self.session.asked
        return not asked.guarded or seen == _digest(asked.screen, language) or not (seen or asked.screen.agrees)

    @property
    def _pin_at(self) -> int:
        """When this sender's PIN was right, if that still counts here; else 0."""
        return self._right_within(PIN_PASSES_SECONDS) if self._channel.keeps else 0

    @property
    def _opened_at(self) -> int:
        """
        When a PIN was right in this call; else 0. Another call is somebody who picked up the phone. In a chat of
        several it is the PIN by which this one was known.
        """
        return self._right_within(OPEN_SECONDS) if self._channel.calls or self._on_shared else 0

    def _right_within(self, seconds: int) -> int:
        session = self.session
        is_right = session.pin_by == self._message.typed_by and self._now - session.pin_at < seconds
        return session.pin_at if is_right else 0

    # The screen

    def _reply(self) -> Needs[Reply]:
        turn = self._turn
        if turn is None or turn.screen is None:
            raise AssertionError("a turn ends with a screen")
        screen = turn.screen
        self.session.asked = _digest(screen, turn.language) if turn.guarded else ""
        if screen.kind == "pin" and self._channel.pin_warning:
            warned = self.session.warned or (yield from self._around.warned(self._message.sender))
            screen = with_pin_notes(screen, self._channel, self._around.service_code, warned=warned)
            self.session.warned = True
        reply = self._show(screen, step=turn.step, deep=turn.deep, language=turn.language)
        file = yield from self._file(screen, words(turn.language))
        return msgspec.structs.replace(reply, file=file) if file else reply

    def _file(self, screen: Screen, says: Words) -> Needs[File | None]:
        """What the screen can be had as, where this channel carries files; with its first page only."""
        document = screen.document
        if document is None or not self._channel.files or self._outcome == "more":
            return None
        try:
            # Made there too: a page with its letters takes longer than other turns should wait.
            return (yield from work(partial(document.file, self._around.store, says)))
        except DomainError:
            return None  # the screen says why

    def _show(self, screen: Screen, *, step: str = "", deep: int = 0, language: Language | None = None) -> Reply:
        channel, session = self._channel, self.session
        # What was typed and answered nothing may have been a PIN for a question that is no longer open.
        if self._dialled or self._outcome != "answered":
            self._secret = self._secret or (not channel.calls and may_be_pin(self._message.typed or ""))
        says = words(language or self._who.language)
        in_words = worded(screen, deep, says)
        pages = paged(in_words, channel.limits)
        hint = screen.hint if len(pages) > 1 else None
        if hint is not None:  # it stands above the page on which something was typed
            in_words = worded(msgspec.structs.replace(screen, hint=None), deep, says)
            pages = paged(in_words, channel.limits)
        session.page = page = min(session.page, len(pages) - 1)
        text, final = pages[page], screen.final and page == len(pages) - 1
        if hint is not None:
            text = hinted(in_words, says.say(hint), pages, page, channel.limits)
        session.cut = hint is not None and not text.endswith(pages[page])
        session.unread = screen.kind == "terms" and "\n1. " not in "\n".join(("", *pages[:page], text))
        if not channel.taps:
            session.shown = ""
            return Reply(text, final, kind=screen.kind, secret=self._secret)
        session.shown = hashlib.blake2b(encode((step, session.journal, session.asked)), digest_size=3).hexdigest()
        shown = taps(in_words, says, channel, session.shown, more=(len(pages) > 1 or session.cut) and not final)
        body = in_words.body if shown and len(pages) == 1 and hint is None else text
        return Reply(text, final, body, shown, screen.kind, self._secret)


def _digest(screen: Screen, language: Language) -> str:
    """Of what a screen says, in a language, but for why it is shown again."""
    said = words(language)
    lines = (screen.text, *(option.label for option in screen.options))
    return hashlib.blake2b("\n".join(map(said.say, lines)).encode(), digest_size=4).hexdigest()


def _said(label: Label) -> set[str]:
    """A label as it may be typed, in every language."""
    return {bare(each) for each in spoken(label)}
