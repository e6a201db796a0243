"""
The conversations of everybody: whose turn it is, the lock around it, and the commit after it.

Two round trips to Redis a turn; MongoDB only when the conversation reads or submits, and now and then to note that
somebody was heard in a chat. The reply leaves after the commit.
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
from typing import Final, TypeVar

import msgspec

from domain.errors import StoreError
from domain.people.chats import heard_from, told_about_pins
from domain.people.phones import person_with
from domain.people.profile import member
from domain.records.person import Language, Member, Stranger
from domain.store import NotFound, Store
from flows.engine import sessions
from flows.engine.drive import Link, Needs, Pause, TurnLost, Unsure, ask, run, work
from flows.engine.journal import encode
from flows.engine.link import SessionsUnavailable
from flows.engine.messages import Message, Reply, Trace
from flows.engine.plain_words import Vocabulary
from flows.engine.sessions import Busy, Keys, Opened, Replied
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

_decode_member = msgspec.json.Decoder(Member).decode
_decode_reply = msgspec.json.Decoder(Reply).decode


class _Moved(StoreError):
    """The address is no longer this person's."""


class Engine:
    """The conversations of everybody. One for all threads of a process."""

    def __init__(
        self,
        link: Link,
        store: Store,
        *,
        secret: str,
        conversation: Callable[[Member | Stranger], Conversation],
        vocabulary: Vocabulary,
        service_code: str = "",
    ) -> None:
        self.link, self.store, self.service_code = link, store, service_code
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._addresses = _Remembered(ADDRESSES_MAX)
        self._calls: OrderedDict[str, None] = OrderedDict()  # those of late, of which this process had a turn
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
        started, now = time.perf_counter(), self.now()
        whose = yield from self._person_of(message, now)
        known = whose or None
        opened = yield from self._begin(known or message.sender, id)
        if isinstance(opened, Replied):
            return msgspec.structs.replace(_decode_reply(opened.reply), repeated=True)
        turn: TurnOfMember | None = None
        try:
            who, profile = yield from self._profile(whose, message, opened)
            turn = TurnOfMember(self._around, message, who, opened, now)
            reply = yield from turn.run()
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
            profile=b"forget" if turn.changed_profile else profile,
            trace=encode(turn.trace((time.perf_counter() - started) * 1000)),
            repeats_seconds=message.channel.repeats_seconds,
        )
        try:
            if not (yield from ask(kept)):
                raise TurnLost("the lock had run out")
            if known is None and turn.changed_profile:
                # The stranger may be a member now, and a repeat of this will be looked for under the member.
                yield from self._became_member(message, id, now, stored)
        except Exception:
            if not turn.gave_command:
                raise
            return reply  # what was done is done, and this says what: only the conversation may begin again
        if message.session:
            self._calls[message.session] = None
            if len(self._calls) > CALLS_MAX:
                self._calls.popitem(last=False)
        return reply

    def _let_go(self, opened: Opened) -> Needs[None]:
        """Free the lock of a turn that failed; without Redis it runs out by itself."""
        try:
            yield from ask(sessions.release(opened))
        except SessionsUnavailable:
            return

    def _became_member(self, message: Message, id: str, now: int, stored: bytes) -> Needs[None]:
        if person := (yield from self._person_of(message, now)):
            keys = Keys(person, id)
            yield from ask(sessions.remember_reply(keys, stored, message.channel.repeats_seconds))
            yield from ask(sessions.forget_profile(person))  # it has one chat more

    def over(
        self, link: Link, conversation: Callable[[Member | Stranger], Conversation] | None = None
    ) -> "Engine":
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

    def _begin(self, who: str, id: str) -> Needs[Replied | Opened]:
        """Take the lock; wait while another turn of this member is under way, it may be this very request."""
        keys, token = Keys(who, id), f"{self._name}-{next(self._numbers)}"
        deadline, pause = time.monotonic() + BUSY_SECONDS, 0.005
        while isinstance(opened := (yield from ask(sessions.begin(keys, token))), Busy):
            if time.monotonic() > deadline:
                raise TurnLost("another turn of this member took too long")
            yield Pause(pause)
            pause = min(pause * 1.5, 0.1)
        return opened

    def _person_of(self, message: Message, now: int) -> Needs[str | None]:
        """
        Whose address this is, None while it is nobody's, "" once it was unlinked.

        The store is asked when a process sees an address first, and of a chat now and then.
        """
        sender = message.sender
        known = self._addresses.get(sender)
        if sender == message.phone:
            return known.person if known else (yield from self._person_with(sender))
        if known is not None and known.person and now - known.heard_at < HEARD_SECONDS:
            return known.person
        # A number that was shown is a wish to be known, and is answered in the conversation.
        phone = "" if message.shared else message.phone
        channel = message.channel.name
        address = yield from work(partial(heard_from, self.store, sender, channel, phone, message.alias))
        if address is None:
            self._addresses.drop(sender)
            return None
        language = known.language if known else "en"
        self._addresses.put(sender, _Known(address.person, language, now, address.warned))
        return address.person

    def _person_with(self, phone: str) -> Needs[str | None]:
        person = yield from ask(sessions.person_at(phone))
        if person is None and (person := (yield from work(partial(person_with, self.store, phone)))):
            yield from ask(sessions.remember_address(phone, person))
        if person is not None:
            self._addresses.put(phone, _Known(person))
        return person

    def _profile(
        self, person: str | None, message: Message, opened: Opened
    ) -> Needs[tuple[Member | Stranger, bytes]]:
        """Who is talking, and the profile to keep if it was not there. Raises _Moved."""
        sender = message.sender
        if not person:
            # Once it was unlinked, an address does not open again by its number alone.
            phone = message.phone if message.shared or person is None else ""
            return Stranger(phone, message.language, address=sender, channel=message.channel.name), b""
        who, profile = (_decode_member(opened.profile), b"") if opened.profile else (None, b"")
        if who is None or not who.speaks_from(sender):
            try:
                who = yield from work(partial(member, self.store, person))
            except NotFound:
                yield from self._forget(sender)
                raise
            if not who.speaks_from(sender):
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


@dataclass(frozen=True, slots=True)
class _Known:
    """What a process remembers of an address."""

    person: str
    language: Language = "en"
    heard_at: int = 0
    warned: bool = False


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
