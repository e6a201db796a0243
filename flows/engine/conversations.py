"""
The conversations of everybody: whose turn it is, the lock around it, and the commit after it.

Two round trips to Redis a turn, three in a chat on a phone that several share; MongoDB only when the conversation
reads or submits, and now and then to note that somebody was heard in a chat. The reply leaves after the commit.
"""

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from threading import Lock
from typing import Any, Final, TypeVar, overload

import msgspec

from domain.errors import StoreError
from domain.people.chats import heard_from, told_about_pins
from domain.people.phones import holders_of
from domain.people.profile import member, shared_phone, shares_phone
from domain.records.person import Language, Member, SharedPhone, Stranger, Talker
from domain.store import NotFound, Store
from flows.engine import sessions
from flows.engine.channel import OPEN_SECONDS
from flows.engine.drive import Link, Needs, Pause, TurnLost, Unsure, ask, run, work
from flows.engine.journal import encode
from flows.engine.link import SessionsUnavailable
from flows.engine.messages import Message, Reply, Trace
from flows.engine.plain_words import Vocabulary
from flows.engine.sessions import Busy, Chosen, Keys, Opened, Replied
from flows.engine.steps import Conversation
from flows.engine.turn import Around, TurnOfMember

T = TypeVar("T")

TURN_SECONDS: Final = 6.0  # then an apology is worth more than the answer
BUSY_SECONDS: Final = 5.0  # of them, for another turn of the same member
ADDRESSES_MAX: Final = 100_000  # a process remembers
CALLS_MAX: Final = 50_000
# How often it is written down that somebody was heard in a chat: what is sent to them later depends on it by
# hours.
HEARD_SECONDS: Final = 30 * 60
# In a chat of several: then whoever writes is asked who they are. They may have put the phone down for another.
CHOSEN_SECONDS: Final = 5 * 60

_decode_member = msgspec.json.Decoder(Member).decode
_decode_shared = msgspec.json.Decoder(SharedPhone).decode
_decode_reply = msgspec.json.Decoder(Reply).decode


class _Moved(StoreError):
    """The address is no longer this person's, or not theirs alone."""


class Engine:
    """The conversations of everybody. One for all threads of a process."""

    def __init__(
        self,
        link: Link,
        store: Store,
        *,
        secret: str,
        conversation: Callable[[Talker], Conversation],
        vocabulary: Vocabulary,
        service_code: str = "",
        busy_seconds: float = BUSY_SECONDS,
        addresses_max: int = ADDRESSES_MAX,
    ) -> None:
        self.link, self.store, self.service_code = link, store, service_code
        self._busy_seconds = busy_seconds
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._addresses = _Remembered(addresses_max)
        # Those of late, of which this process had a turn, and who was chosen where several share the phone.
        self._calls: OrderedDict[str, Chosen | None] = OrderedDict()
        self._name, self._numbers = os.urandom(8).hex(), count()  # no two turns of any process have one lock
        self._around = Around(
            store, conversation, vocabulary, service_code, self.digest, self.knows_call, self.warned
        )

    def handle(self, message: Message) -> Reply:
        """
        Answer a message, once for its `external_id`, in this thread.

        Raises TurnLost, SessionsUnavailable, the store's errors and whatever a flow raises: nothing was done then,
        and the journal is as it was. Raises Unsure when a command was given, and its result cannot be told.
        """
        return run(self.turn(message), self.link, self.store.within, TURN_SECONDS)

    def turn(self, message: Message) -> Needs[Reply]:
        """The same as a turn for a driver to run."""
        # A channel that numbers no messages repeats one by saying the same in the same call.
        id = message.external_id or self.digest(message.session, message.transcript or "")
        try:
            return (yield from self._turn(message, id))
        except _Moved:
            return (yield from self._turn(message, id))

    def _turn(self, message: Message, id: str) -> Needs[Reply]:
        now = self.now()
        known = yield from self._whose(message, now)
        if known is not None and known.shared:
            return (yield from self._turn_on_shared(message, id, known, now))
        person = known.person if known else None
        opened = yield from self._begin(Keys(person or message.sender, id))
        if isinstance(opened, Replied):
            return _repeated(opened)
        turn, reply, stored = yield from self._held(
            message, opened, partial(TurnOfMember, now=now), self._profile(person, message, opened)
        )
        if not person and turn.changed_profile:
            try:
                # The stranger may be a member now, and a repeat of this will be looked for under the member.
                yield from self._became_member(message, id, now, stored)
            except Exception:
                if not turn.gave_command:
                    raise
        return reply

    def _held(
        self,
        message: Message,
        opened: Opened,
        begun: Callable[[Around, Message, Talker, Opened], TurnOfMember],
        profile: Needs[tuple[Talker, bytes]],
        then: Callable[[TurnOfMember], Needs[Reply | None]] | None = None,
    ) -> Needs[tuple[TurnOfMember, Reply, bytes]]:
        """
        One turn while its lock is held, and its commit: with the reply, also as it is stored.

        `profile` finds out who is talking. What comes `then`, before the commit, may answer instead.
        """
        started = time.perf_counter()
        turn: TurnOfMember | None = None
        try:
            who, kept_profile = yield from profile
            turn = begun(self._around, message, who, opened)
            reply = yield from turn.run()
            if then and (instead := (yield from then(turn))):
                reply = instead
        except Exception as error:
            yield from self._let_go(opened)
            if turn is not None and turn.gave_command:
                raise Unsure from error
            raise
        stored = encode(msgspec.structs.replace(reply, file=None))
        kept = sessions.commit(
            opened,
            reply=stored,
            session=turn.kept(),
            # A profile that changed is read anew.
            profile=b"forget" if turn.changed_profile else kept_profile,
            trace=encode(turn.trace((time.perf_counter() - started) * 1000)),
            repeats_seconds=message.channel.repeats_seconds,
        )
        try:
            if not (yield from ask(kept)):
                raise TurnLost("the lock had run out")
        except Exception:
            if not turn.gave_command:
                raise
            # What was done is done, and this says what: only the conversation may begin again.
            return turn, reply, stored
        if message.session:
            self._calls.setdefault(message.session, None)
            if len(self._calls) > CALLS_MAX:
                self._calls.popitem(last=False)
        return turn, reply, stored

    # On a phone that several share

    def _turn_on_shared(self, message: Message, id: str, known: "_Known", now: int) -> Needs[Reply]:
        """
        A turn of whoever was chosen in this call or chat; until then "Who are you?", under the sender's own key.

        A call is one person's to its end, so a process remembers whose. In a chat the choice ends with the
        conversation, or when nobody has written for a while.
        """
        chosen = self._calls.get(message.session)
        if chosen is None:
            seconds = OPEN_SECONDS if message.channel.calls else CHOSEN_SECONDS
            choice = sessions.choice_key(message.sender, message.session)
            begun = yield from self._begin(Keys(message.sender, id), choice, seconds)
            if isinstance(begun, Replied):
                return _repeated(begun)
            if isinstance(begun, Opened):
                return (yield from self._turn_of_nobody(message, id, known, begun, now))
            chosen = begun
        if (rest := self._after_choice(message, chosen)) is None:
            opened = yield from self._begin(Keys(message.sender, id))
            if isinstance(opened, Replied):
                return _repeated(opened)
            return (yield from self._turn_of_nobody(message, id, known, opened, now))
        return (yield from self._turn_of_chosen(rest, id, chosen, now))

    def _turn_of_nobody(
        self, message: Message, id: str, known: "_Known", opened: Opened, now: int
    ) -> Needs[Reply]:
        def go_on(turn: TurnOfMember) -> Needs[Reply | None]:
            """Once they have shown who they are, what they see is the first screen of their own conversation."""
            if not turn.became:
                return None
            transcript = message.transcript or ""
            phone = turn.who.phone
            chosen = Chosen(turn.became, phone, len(transcript), self.digest(transcript))
            theirs = self._after_choice(message, chosen)
            assert theirs is not None, "what was heard is the beginning of itself"
            theirs = msgspec.structs.replace(theirs, typed=None)
            reply = yield from self._turn_of_chosen(theirs, id, chosen, now, proved=True)
            if message.session:
                self._calls[message.session] = chosen
            if not reply.final:
                seconds = OPEN_SECONDS if message.channel.calls else CHOSEN_SECONDS
                choice = sessions.choice_key(message.sender, message.session)
                yield from ask(sessions.choose(choice, chosen, seconds))
            return msgspec.structs.replace(reply, secret=not message.channel.calls)

        profile = self._shared_profile(known, message, opened)
        _, reply, _ = yield from self._held(message, opened, partial(TurnOfMember, now=now), profile, go_on)
        return reply

    def _turn_of_chosen(
        self, message: Message, id: str, chosen: Chosen, now: int, *, proved: bool = False
    ) -> Needs[Reply]:
        """`proved`: their PIN was right in this very turn."""
        opened = yield from self._begin(Keys(chosen.person, id))
        if isinstance(opened, Replied):
            return _repeated(opened)
        begun = partial(TurnOfMember, now=now, on_shared=True, proved=proved)
        profile = self._profile_of_chosen(chosen, message, opened)
        _, reply, stored = yield from self._held(message, opened, begun, profile)
        if reply.final and not message.channel.calls and not proved:
            try:
                # A repeat of this is looked for under the sender, for whom nobody is chosen any more.
                keys = Keys(message.sender, id)
                yield from ask(sessions.remember_reply(keys, stored, message.channel.repeats_seconds))
                yield from ask(sessions.end_choice(sessions.choice_key(message.sender, "")))
            except SessionsUnavailable:
                return reply  # it was done, and the choice runs out by itself
        return reply

    def _after_choice(self, message: Message, chosen: Chosen) -> Message | None:
        """The message without what was typed before they were chosen; None when its transcript is another."""
        transcript = message.transcript or ""
        before, rest = transcript[: chosen.heard], transcript[chosen.heard :]
        if chosen.heard and (self.digest(before) != chosen.heard_digest or rest[:1] not in ("", "*")):
            return None
        return msgspec.structs.replace(message, transcript=rest.removeprefix("*")) if chosen.heard else message

    def _shared_profile(
        self, known: "_Known", message: Message, opened: Opened
    ) -> Needs[tuple[SharedPhone, bytes]]:
        """Who may be talking. Raises _Moved when it is one person's phone now."""
        if opened.profile:
            return _decode_shared(opened.profile), b""
        shared = yield from work(partial(shared_phone, self.store, known.person))
        if len(shared.holders) < 2:
            yield from self._forget(message.sender)
            raise _Moved
        return shared, encode(shared)

    def _profile_of_chosen(self, chosen: Chosen, message: Message, opened: Opened) -> Needs[tuple[Member, bytes]]:
        """Raises _Moved when they have another phone now, or this one for themselves."""
        who, profile = (_decode_member(opened.profile), b"") if opened.profile else (None, b"")
        if who is None or not who.sharing or who.phone != chosen.phone:
            who = yield from work(partial(member, self.store, chosen.person))
            profile = encode(who)
        if not who.sharing or who.phone != chosen.phone:
            self._calls.pop(message.session, None)
            yield from ask(sessions.end_choice(sessions.choice_key(message.sender, message.session)))
            yield from ask(sessions.forget_profile(message.sender))
            yield from self._forget(message.sender)
            raise _Moved
        return who, profile

    def _let_go(self, opened: Opened) -> Needs[None]:
        """Free the lock of a turn that failed; without Redis it runs out by itself."""
        try:
            yield from ask(sessions.release(opened))
        except SessionsUnavailable:
            return

    def _became_member(self, message: Message, id: str, now: int, stored: bytes) -> Needs[None]:
        known = yield from self._whose(message, now)
        if known is not None and known.person:
            # On a shared phone it is looked for under the sender, where it is already.
            keys = Keys(known.person, id)
            yield from ask(sessions.remember_reply(keys, stored, message.channel.repeats_seconds))
            yield from ask(sessions.forget_profile(known.person))  # it has one chat more

    def over(self, link: Link, conversation: Callable[[Talker], Conversation] | None = None) -> "Engine":
        """The same engine over another way to Redis, or with another conversation."""
        other = copy(self)
        other.link = link
        if conversation:
            other._around = replace(self._around, conversation=conversation)
        return other

    def language_of(self, sender: str, otherwise: Language = "en") -> Language:
        """The language to apologise in, without asking anybody: `otherwise` until a turn has told us more."""
        known = self._addresses.get(sender)
        return known.language if known and known.person else otherwise

    def person_at(self, sender: str) -> str:
        """Whose address this is, as far as this process remembers; "" where it does not."""
        known = self._addresses.get(sender)
        return known.person if known else ""

    def knows_call(self, session: str) -> bool:
        """Whether this process had a turn of this call before."""
        return session in self._calls

    def warned(self, sender: str) -> Needs[bool]:
        """Whether somebody was told what becomes of a PIN in their chat; from now on they were."""
        known = self._addresses.get(sender)
        if known is None or known.warned:
            return known is not None
        yield from work(partial(told_about_pins, self.store, sender))
        self._addresses.put(sender, replace(known, warned=True))
        return False

    def call_ended(self, channel: str, sender: str, dropped: bool, duration_ms: int) -> None:
        """A call is over: note it beside the turns."""
        known = self._addresses.get(sender)
        outcome = "dropped" if dropped else "ended"
        trace = Trace(self.now(), channel, self.language_of(sender), "", outcome, "", duration_ms)
        self.link.do(sessions.note(known.person if known else sender, encode(trace)))

    def now(self) -> int:
        """Seconds since the epoch, by the store's clock."""
        return int(self.store.now().timestamp())

    def digest(self, *parts: str) -> str:
        """A keyed digest: of text that may hold a PIN, so that it cannot be found by trying all PINs."""
        joined = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(joined, key=self._secret, digest_size=16).hexdigest()

    @overload
    def _begin(self, keys: Keys) -> Needs[Replied | Opened]: ...
    @overload
    def _begin(self, keys: Keys, choice: str, seconds: int) -> Needs[Replied | Opened | Chosen]: ...
    def _begin(self, keys: Keys, choice: str = "", seconds: int = 0) -> Needs[Any]:
        """
        Take the lock; wait while another turn of this member is under way, it may be this very request.

        On a shared phone, not where somebody was chosen: `choice` is where that is kept.
        """
        token = f"{self._name}-{next(self._numbers)}"
        deadline, pause = time.monotonic() + self._busy_seconds, 0.005
        command: sessions.Command[Any] = sessions.begin(keys, token)
        if choice:
            command = sessions.begin_shared(keys, token, choice, seconds)
        while isinstance(opened := (yield from ask(command)), Busy):
            if time.monotonic() > deadline:
                raise TurnLost("another turn of this member took too long")
            yield Pause(pause)
            pause = min(pause * 1.5, 0.1)
        return opened

    def _whose(self, message: Message, now: int) -> Needs["_Known | None"]:
        """
        Whose address this is, None while it is nobody's; its person is "" once it was unlinked.

        The store is asked when a process sees an address first, and of a chat now and then.
        """
        sender = message.sender
        known = self._addresses.get(sender)
        if sender == message.phone:
            return known or (yield from self._whose_phone(sender))
        if known is not None and known.person and now - known.heard_at < HEARD_SECONDS:
            return known
        # A number that was shown is a wish to be known, and is answered in the conversation.
        phone = "" if message.shared else message.phone
        channel = message.channel.name
        address = yield from work(partial(heard_from, self.store, sender, channel, phone, message.alias))
        shared = False
        if address is not None and address.person:
            shared = yield from work(partial(shares_phone, self.store, address.person))
        if address is None:
            self._addresses.drop(sender)
            return None
        language = known.language if known else "en"
        known = _Known(address.person, language, now, address.warned, shared)
        self._addresses.put(sender, known)
        return known

    def _whose_phone(self, phone: str) -> Needs["_Known | None"]:
        person = yield from ask(sessions.person_at(phone))
        known = _Known(person) if person else None
        if known is None and (holders := (yield from work(partial(holders_of, self.store, phone)))):
            known = _Known(holders[0].id, holders[0].language, shared=len(holders) > 1)
            # Of one that is shared each process asks the store once.
            if not known.shared:
                yield from ask(sessions.remember_address(phone, known.person))
        if known is not None:
            self._addresses.put(phone, known)
        return known

    def _profile(self, person: str | None, message: Message, opened: Opened) -> Needs[tuple[Talker, bytes]]:
        """Who is talking, and the profile to keep if it was not there. Raises _Moved."""
        sender = message.sender
        if not person:
            # Once it was unlinked, an address does not open again by its number alone.
            phone = message.phone if message.shared or person is None else ""
            return Stranger(phone, message.language, address=sender, channel=message.channel.name), b""
        who, profile = (_decode_member(opened.profile), b"") if opened.profile else (None, b"")
        if who is None or not who.speaks_from(sender) or who.sharing:
            try:
                who = yield from work(partial(member, self.store, person))
            except NotFound:
                yield from self._forget(sender)
                raise
            if not who.speaks_from(sender) or who.sharing:
                yield from self._forget(sender)
                raise _Moved
            profile = encode(who)
        known = self._addresses.get(sender)
        if known is not None and known.language != who.language:
            self._addresses.put(sender, replace(known, language=who.language))
        return who, profile

    def _forget(self, sender: str) -> Needs[None]:
        self._addresses.drop(sender)
        yield from ask(sessions.forget_address(sender))


def _repeated(before: Replied) -> Reply:
    return msgspec.structs.replace(_decode_reply(before.reply), repeated=True)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a process remembers of an address."""

    person: str
    language: Language = "en"
    heard_at: int = 0
    warned: bool = False
    shared: bool = False  # with others, who have the same phone: it is asked who is talking


class _Remembered:
    """Whose the addresses are that were seen last."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def get(self, address: str) -> _Known | None:
        return self._known.get(address)

    def put(self, address: str, known: _Known) -> None:
        with self._lock:
            self._known[address] = known
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def drop(self, address: str) -> None:
        self._known.pop(address, None)
