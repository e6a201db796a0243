"""
One turn, from a message to a reply: take the lock, replay and feed, fetch what is wanted, render, commit.

Two round trips to Redis; MongoDB only when the conversation reads or submits. The reply leaves after the commit.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Final, Literal

import msgspec

from domain.commands import execute
from domain.errors import DomainError, TryAgain
from domain.members import Language, Member, Stranger
from domain.registration import member, person_with
from domain.store import NotFound, Store
from flows.ask import spoken
from flows.journal import Answer, Session, decode_session, encode
from flows.paging import Limits, paginate
from flows.play import ANSWERS_MAX, HOME, MORE, Turn, Wanted, play, refused_answer
from flows.refusals import refusal
from flows.root import root
from flows.screens import Screen, options, say
from flows.sessions import Busy, Keys, Opened, Replied, Sessions, new_token
from flows.steps import Check, Conversation, Read
from flows.texts import Text, Words, t, words

RESUME_WITHIN_SECONDS: Final = 30 * 60
TURN_SECONDS: Final = 6.0  # then an apology is worth more than the answer
BUSY_SECONDS: Final = 5.0  # of them, for another turn of the same member
TYPED_MAX: Final = 500  # characters of one answer that are looked at
ADDRESSES_MAX: Final = 100_000  # a process remembers
CALLS_MAX: Final = 50_000

_OFFER: Final = options({"continue": t("Continue"), "restart": t("Start again")})
_decode_member = msgspec.json.Decoder(Member).decode


class TurnLost(Exception):
    """The lock ran out before the turn was over, or was never free: nothing was kept."""


class UnreadableAnswer(Exception):
    """What the store answered does not read back as what the conversation takes: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    Something a person typed, on some channel.

    `external_id` names this request: the same again gets the same reply. A channel with calls gives `session`
    and the `transcript` of all that was typed in it, joined by "*"; a chat gives `typed`.
    """

    channel: str
    limits: Limits
    sender: str  # E.164 with "+"
    external_id: str
    session: str = ""
    transcript: str | None = None
    typed: str | None = None


class Reply(msgspec.Struct, array_like=True, frozen=True):
    """What is shown: one screen, folded and cut to the channel's limits. `final`: the conversation is over."""

    text: str
    final: bool


_decode_reply = msgspec.json.Decoder(Reply).decode


class Trace(msgspec.Struct, array_like=True, frozen=True):
    """
    One turn, for those who improve the conversations. It holds no answer and no phone number.

    `outcome`: entered, answered, invalid, back, home, more, offered, ended, dropped.
    """

    at: int
    channel: str
    language: str
    step: str  # the question that was answered, or shown first
    outcome: str
    next: str  # the question shown now, "" at the end
    ms: float


class Engine:
    """The conversations of everybody. One for all threads of a process."""

    def __init__(
        self,
        sessions: Sessions,
        store: Store,
        *,
        secret: str,
        conversation: Callable[[Member | Stranger], Conversation] = root,
    ) -> None:
        self._sessions, self._store, self._conversation = sessions, store, conversation
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._addresses = _Remembered(ADDRESSES_MAX)
        self._calls: OrderedDict[str, None] = OrderedDict()  # those of late, of which this process had a turn

    def handle(self, message: Message) -> Reply:
        """
        Answer a message, once for its `external_id`.

        Raises TurnLost, SessionsUnavailable, the store's errors and whatever a flow raises; the journal is then
        as it was.
        """
        started = time.perf_counter()
        known = self._addresses.get(message.sender) or self._person_at(message.sender)
        opened = self._begin(known or message.sender, message.external_id)
        if isinstance(opened, Replied):
            return _decode_reply(opened.reply)
        committed = False
        try:
            with self._store.within(TURN_SECONDS - (time.perf_counter() - started)):
                who, profile = self._profile(known, message.sender, opened)
                turn = _TurnOfMember(self, message, who, opened)
                reply = turn.run()
            # A journal that ends has nothing more to say, and a profile that changed is read anew.
            trace = encode(turn.trace((time.perf_counter() - started) * 1000))
            committed = self._sessions.commit(
                opened,
                reply=encode(reply),
                session=b"" if turn.over else encode(turn.session),
                profile=b"forget" if turn.changed_profile else profile,
                trace=trace,
            )
        finally:
            if not committed:
                self._sessions.release(opened)
        if not committed:
            raise TurnLost
        if known is None and turn.changed_profile and (person := person_with(self._store, message.sender)):
            # The stranger is a member now, and a repeat of this request will be looked for under the member.
            self._sessions.remember_reply(Keys(person, message.external_id), encode(reply))
        if message.session:
            self._calls[message.session] = None
            if len(self._calls) > CALLS_MAX:
                self._calls.popitem(last=False)
        return reply

    def over(
        self, sessions: Sessions, conversation: Callable[[Member | Stranger], Conversation] | None = None
    ) -> "Engine":
        """The same engine over other sessions, or with another conversation."""
        other = copy(self)
        other._sessions, other._conversation = sessions, conversation or self._conversation
        return other

    def language_of(self, sender: str) -> Language:
        """The language to apologise in, without asking anybody: English until a turn has told us more."""
        return self._addresses.language(sender)

    def knows_call(self, session: str) -> bool:
        """Whether this process had a turn of this call before."""
        return session in self._calls

    def call_ended(self, channel: str, sender: str, dropped: bool, duration_ms: int) -> None:
        """A call is over: note it beside the turns."""
        person = self._addresses.get(sender) or sender
        outcome = "dropped" if dropped else "ended"
        trace = Trace(self._now(), channel, self.language_of(sender), "", outcome, "", duration_ms)
        self._sessions.note(person, encode(trace))

    def _now(self) -> int:
        """Seconds since the epoch, by the store's clock."""
        return int(self._store.now().timestamp())

    def digest(self, *parts: str) -> str:
        """A keyed digest: of text that may hold a PIN, so that it cannot be found by trying all PINs."""
        joined = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(joined, key=self._secret, digest_size=16).hexdigest()

    def _begin(self, who: str, external_id: str) -> Replied | Opened:
        """Take the lock; wait while another turn of this member is under way, it may be this very request."""
        keys, token = Keys(who, external_id), new_token()
        deadline, pause = time.monotonic() + BUSY_SECONDS, 0.005
        while isinstance(opened := self._sessions.begin(keys, token), Busy):
            if time.monotonic() > deadline:
                raise TurnLost
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
        return opened

    def _person_at(self, sender: str) -> str | None:
        """Whose address this is: the third round trip, of the first turn that a process sees of an address."""
        person = self._sessions.person_at(sender)
        if person is None and (person := person_with(self._store, sender)):
            self._sessions.remember_address(sender, person)
        if person is not None:
            self._addresses.put(sender, person)
        return person

    def _profile(self, person: str | None, sender: str, opened: Opened) -> tuple[Member | Stranger, bytes]:
        """Who is talking, and the profile to keep if it was not there."""
        if person is None:
            return Stranger(sender), b""
        if opened.profile:
            who, profile = _decode_member(opened.profile), b""
        else:
            try:
                who = member(self._store, person)
            except NotFound:
                self._addresses.drop(sender)
                self._sessions.forget_address(sender)
                raise
            profile = encode(who)
        self._addresses.speaks(sender, who.language)
        return who, profile


class _TurnOfMember:
    """The work of one turn, between the lock and the commit."""

    def __init__(self, engine: Engine, message: Message, who: Member | Stranger, opened: Opened) -> None:
        self._engine, self._message, self._who = engine, message, who
        self._start = partial(engine._conversation, who)
        self._now = engine._now()
        self._first: Turn | None = None
        self._turn: Turn | None = None
        self._outcome = ""
        self.over = False
        self.changed_profile = False
        self.session = _stored(opened.session)

    def run(self) -> Reply:
        heard = self._heard()
        if heard is None:
            # The call ends, the journal stays: the next call offers to go on.
            self._outcome = "invalid"
            return self._show(say(t("This call was mixed up. Please dial again.")))
        if self.session.offering:
            heard = self._after_offer(heard)
            if heard is None:
                return self._offer()
        elif self._is_resumed(heard):
            return self._offer()
        self._feed(heard)
        reply = self._reply()
        self.over = reply.final
        return reply

    def trace(self, ms: float) -> Trace:
        turn = self._turn
        language, step = (turn.language, turn.step) if turn else (self._who.language, "")
        answered = self._first.answered or self._first.step if self._first else ""
        return Trace(self._now, self._message.channel, language, answered, self._outcome, step, round(ms, 2))

    # What was typed

    def _heard(self) -> list[str] | None:
        """The answers that are new in this message; None when its transcript does not follow the last one."""
        message, session = self._message, self.session
        if message.transcript is None:
            session.id = session.id or new_token()
            return [] if message.typed is None else [message.typed[:TYPED_MAX]]
        transcript, digest = message.transcript, self._engine.digest
        if session.call == message.session:
            before, rest = transcript[: session.heard], transcript[session.heard :]
            if digest(before) != session.heard_digest or (before and not rest.startswith("*")):
                return None
            # All that follows is one answer: a "*" may be typed inside it.
            heard = [rest.removeprefix("*") if before else rest][: 1 if rest else 0]
        else:
            # A new call. Its id makes the command keys, so that a call whose session was lost repeats no command.
            journal = session.journal if self._now - session.at <= RESUME_WITHIN_SECONDS else ()
            # What was dialled with the code is fed. The answers of a call whose session is gone are not: one of
            # them may be a PIN, and another question might take it for an amount.
            is_lost = self._engine.knows_call(message.session)
            heard = [] if is_lost or not transcript else transcript.split("*")[:ANSWERS_MAX]
            id = session.id if journal and not heard else digest(message.session)
            self.session = session = Session(id, message.session, journal=() if heard else journal)
        session.heard, session.heard_digest = len(transcript), digest(transcript)
        return [each[:TYPED_MAX] for each in heard]

    # Continue, or start again?

    def _is_resumed(self, heard: Sequence[str]) -> bool:
        new_call = self._message.transcript is not None and self.session.at == 0
        return new_call and not heard and any(a.kind in ("answer", "check") for a in self.session.journal)

    def _offer(self) -> Reply:
        self.session.offering, self.session.at = True, self._now
        self._outcome = self._outcome or "offered"
        return self._show(Screen(t("You were not finished. Go on?"), _OFFER, "menu"))

    def _after_offer(self, heard: Sequence[str]) -> list[str] | None:
        """What to feed after the answer to the offer; None when it was neither yes nor no."""
        typed = heard[0].strip().casefold() if heard else ""
        go_on, restart = _OFFER
        if typed in {"2", restart.key, HOME, *spoken(restart.label)}:
            self.session.journal = ()
        elif typed not in {"1", go_on.key, *spoken(go_on.label)}:
            self._outcome = "invalid"
            return None
        # A new call is somebody who picked up the phone: what a PIN opened is closed again, and what was read
        # of the books is read again.
        journal = self.session.journal
        self.session.journal = tuple(answer for answer in journal if answer.kind in ("answer", "submit"))
        self.session.offering = False
        return []

    # The conversation

    def _feed(self, heard: Sequence[str]) -> None:
        """Feed the answers one by one; of several, none beyond a slip or a question that guards something."""
        turn = self._drive(heard[0] if len(heard) == 1 else None)
        self._first = turn
        if len(heard) > 1:
            for typed in heard:
                if turn.guarded or turn.outcome == "invalid" or turn.screen is None or turn.screen.final:
                    break
                turn = self._drive(typed)
        self._turn, self._outcome = turn, turn.outcome

    def _drive(self, typed: str | None) -> Turn:
        """Play until there is a screen, fetching what is wanted on the way."""
        journal, language = self.session.journal, self._who.language
        first = turn = play(self._start, language, journal, typed)
        outcome = first.outcome
        fetched: set[str] = set()
        while (wanted := turn.wanted) is not None:
            if wanted.key in fetched:
                raise UnreadableAnswer(wanted.key)
            fetched.add(wanted.key)
            answer, hint = self._fetch(wanted)
            journal = turn.journal if answer is None else (*turn.journal, answer)
            turn = play(self._start, language, journal, hint=hint)
            if hint:
                outcome = "invalid"
        self.session.journal = turn.journal
        self.session.at = self._now
        if self._turns_page(turn, typed):
            self.session.page += 1
            outcome = "more"
        elif outcome != "invalid":
            self.session.page = 0
        turn.outcome, turn.answered = outcome, first.answered
        return turn

    def _turns_page(self, turn: Turn, typed: str | None) -> bool:
        """Whether "more" was typed, at a question or at a last screen of several pages."""
        return typed == MORE and (turn.outcome == "more" or (turn.step == "" and turn.answered == ""))

    def _fetch(self, wanted: Wanted) -> tuple[Answer | None, Text | None]:
        """A query, a command or a check: its answer for the journal, or why the question is put again."""
        store, step = self._engine._store, wanted.step
        if isinstance(step, Check):
            try:
                value: Any = step.check(store, wanted.secret)  # type: ignore[arg-type]
            except TryAgain as refused:
                return None, refusal(refused)
            except DomainError as refused:
                return refused_answer(wanted.key, "check", refused, self._now), None
            return Answer(wanted.key, "check", value, self._now), None
        kind: Literal["read", "submit"] = "read" if isinstance(step, Read) else "submit"
        try:
            if isinstance(step, Read):
                value = msgspec.to_builtins(step.query(store, *step.args))
            else:
                value = execute(store, self._command_key(wanted.key, step.command), step.command)
                self._changed(step.command)
        except DomainError as refused:
            return refused_answer(wanted.key, kind, refused, self._now), None
        return Answer(wanted.key, kind, value, self._now), None

    def _command_key(self, step: str, command: object) -> str:
        """The same command, given again in the same conversation, is the same; with another amount it is not."""
        content = self._engine.digest(type(command).__name__, str(msgspec.to_builtins(command)))
        who = self._who.id or self._engine.digest(self._message.sender)
        return f"{who}:{self.session.id}:{step}:{content}"

    def _changed(self, command: object) -> None:
        """Whose profile a command may have changed: forgotten after it, read anew at their next turn."""
        person = getattr(command, "person", self._who.id)
        self.changed_profile = True
        if person != self._who.id:
            self._engine._sessions.forget_profile(person)

    # The screen

    def _reply(self) -> Reply:
        turn = self._turn
        if turn is None or turn.screen is None:
            raise AssertionError("a turn ends with a screen")
        return self._show(turn.screen, deep=turn.deep, language=turn.language)

    def _show(self, screen: Screen, *, deep: int = 0, language: Language | None = None) -> Reply:
        says = words(language or self._who.language)
        pages = render(screen, deep, says, self._message.limits)
        self.session.page = page = min(self.session.page, len(pages) - 1)
        return Reply(pages[page], final=screen.final and page == len(pages) - 1)


def render(screen: Screen, deep: int, says: Words, limits: Limits) -> tuple[str, ...]:
    """A screen's pages on a channel. `deep` answers behind us: one can go back, from two on also home."""
    body = says.say(screen.text)
    if screen.hint is not None:
        body = f"{says.say(screen.hint)}\n{body}"
    ways = () if screen.final else (_BACK, _HOME)[:deep]
    footer = "  ".join(map(says.say, ways))
    labels = [says.say(option.label) for option in screen.options]
    return paginate(body, labels, footer=footer, more=says.say(_MORE), limits=limits)


_BACK, _HOME, _MORE = t("0 Back"), t("00 Home"), t("98 More")


def _stored(data: bytes) -> Session:
    """A session as stored; one that cannot be read, after an upgrade or a mishap, is a new one."""
    try:
        return decode_session(data) if data else Session()
    except msgspec.MsgspecError:
        return Session()


class _Remembered:
    """Which person an address is and what they speak, for the addresses seen last."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._known: OrderedDict[str, tuple[str, Language]] = OrderedDict()

    def get(self, address: str) -> str | None:
        found = self._known.get(address)
        return found[0] if found else None

    def language(self, address: str) -> Language:
        found = self._known.get(address)
        return found[1] if found else "en"

    def put(self, address: str, person: str) -> None:
        with self._lock:
            self._known[address] = (person, "en")
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def speaks(self, address: str, language: Language) -> None:
        found = self._known.get(address)
        if found is not None and found[1] != language:
            self._known[address] = (found[0], language)

    def drop(self, address: str) -> None:
        self._known.pop(address, None)
