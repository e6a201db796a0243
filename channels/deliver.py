"""
Send what waits in the outbox: one message, once, unless its answer was lost on the way and it may go twice.

It goes to the channel its person chose, else to the next that works: a chat, else a text to their phone. Where
others have that phone too, it begins with the name of whom it is for.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from channels.errors import SendFailed, Unreachable
from channels.port import Push, Sender
from channels.reasons import why_failed
from domain.people.chats import set_blocked
from domain.people.profile import is_shared
from domain.records.chat import EMAIL, Address, routes
from domain.records.notice import (
    ALWAYS,
    BY_CHAT,
    CODES,
    IN_OWN_WORDS,
    EarlyReport,
    Notice,
    NoticeState,
    morning_after,
    retry_at,
)
from domain.records.person import Person
from domain.store import Duplicate, Store
from domain.wanted import values_now, why_not_wanted
from flows.words.mail import subject_of
from flows.words.notices import text_of, waiting_text_of, words_of
from flows.words.texts import Text, words

PATIENCE = 3  # attempts on one way, before another is tried that may work now
RESTS: Final = timedelta(hours=1)  # what is paused; who lets it go on looks at all that waits
FRESH_SECONDS: Final = 0.05  # so long what was read of a person is as they are


# What a report may follow.
_BEFORE: Final[Mapping[str, Sequence[NoticeState]]] = {
    "delivered": ("sent",),
    "read": ("sent", "delivered"),
    "failed": ("sent",),
}
_OURS: Final[Mapping[str, NoticeState]] = {"state": "sending"}  # claimed, and nothing said of it yet


@dataclass(frozen=True, slots=True)
class Senders:
    """
    The chats that can push, the best first, the one that reaches every phone, and e-mail where it is switched on.

    `pace` waits for the turn of a message on a channel, and answers with the seconds there are left to wait, 0 for
    none: nobody waits long. `told` hears of each that was handed over: the channel, the seconds, and whether it
    was taken. `timer` says how seconds pass meanwhile.
    """

    chats: Mapping[str, Sender]
    text: Sender
    pace: Callable[[str], float] = lambda _channel: 0
    email: Sender | None = None
    told: Callable[[str, float, bool], None] = lambda _channel, _seconds, _taken: None
    timer: Callable[[], float] = time.monotonic

    @property
    def senders(self) -> Mapping[str, Sender]:
        """All that is sent to an address, by the channel of that."""
        return {**self.chats, EMAIL: self.email} if self.email else self.chats


def deliver(store: Store, senders: Senders, id: str) -> str:
    """Send one notice, if it is due and nobody else is at it; by which channel it went, "" when it did not."""
    notice = store.notices.claim(id, store.now())
    if notice is None:
        return ""
    if notice.state == "sending" and notice.once:
        _end(store, notice, "unknown", "NO_ANSWER")  # whoever was at it died, and did not say how far it came
        return ""
    if _is_too_late(notice, store.now()):
        _end(store, notice, "skipped", "TOO_LATE")
        return ""
    if (morning := morning_after(notice.quiet_in, store.now())) is not None:
        _put_off(store, notice, morning)
        return ""
    person = store.people.get(notice.person) if notice.person else None
    if _is_not_wanted(store, notice, person):
        return ""
    ways = _ways(store, senders, notice, person)
    if not ways:
        _end(store, notice, *(("failed", notice.reason) if notice.reason else ("skipped", "NO_WAY")))
        return ""
    way, began = ways[0], senders.timer()
    if wait := senders.pace(way.channel or "sms"):
        _put_off(store, notice, store.now() + timedelta(seconds=wait))
        return ""
    if person and senders.timer() - began > FRESH_SECONDS:
        # Its turn was waited for: they may have said STOP meanwhile.
        person = store.people.get(person.id)
        if _is_not_wanted(store, notice, person):
            return ""
    push, where = _push(store, notice, person, way, last=len(ways) == 1), _name(way)
    sender = senders.text if way.channel == "" else senders.senders[way.channel]
    began, taken = senders.timer(), False
    try:
        provider_id = sender.send(push)
        taken = True
    except SendFailed as failure:
        if isinstance(failure, Unreachable) and way.channel:
            set_blocked(store, way.id, True)
        _failed(store, notice, failure, where, ways[1:])
        return ""
    finally:
        senders.told(way.channel or "sms", senders.timer() - began, taken)
    _sent(store, notice, provider_id, where)
    return way.channel or "sms"


def report(store: Store, provider_id: str, state: str, reason: str) -> None:
    """
    What the provider says became of a message: final words stand, and a late "sent" changes nothing.

    One that failed after all is sent another way, if there is one that was not tried. A report may be here before
    `deliver` has written down whose id this is; no provider surely says it again, so it is kept until then.
    """
    if state not in _BEFORE or _reported(store, provider_id, state, reason):
        return
    _keep(store, EarlyReport(provider_id, state, reason, store.now()))
    # `deliver` writes first and then looks here, we the other way round: one of us sees the other.
    _reported(store, provider_id, state, reason)


def _keep(store: Store, early: EarlyReport) -> None:
    """The first word stands, but who has read a message has it."""
    with suppress(Duplicate):
        store.early_reports.insert(early)
        return
    store.early_reports.change(early.id, when={"state": "delivered"}, state=early.state)


def _is_too_late(notice: Notice, now: datetime) -> bool:
    good_for = CODES.get(notice.kind)
    code_is_over = good_for is not None and now - notice.created_at > good_for
    return code_is_over or (notice.until is not None and now >= notice.until)


def _put_off(store: Store, notice: Notice, at: datetime) -> None:
    """It was not tried: its time has not come."""
    before = {"state": "queued", "attempts": notice.attempts - 1, "next_at": at}
    store.notices.change(notice.id, when=_OURS, **before)


def _sent(store: Store, notice: Notice, provider_id: str, where: str) -> None:
    sent: dict[str, Any] = {
        "state": "sent", "provider_id": provider_id, "next_at": None, "reason": "", "why": "", "sent_to": where
    }  # fmt: skip
    # If we were so slow that another gave it up as unknown: now it is known.
    ours = {"state": [*_OURS.values(), "unknown"]}
    store.notices.change(notice.id, when=ours, **sent, **_wiped(notice))
    if (early := store.early_reports.one(id=provider_id)) is not None:
        _reported(store, provider_id, early.state, early.reason)


def _reported(store: Store, provider_id: str, state: str, reason: str) -> bool:
    """Whether the message with this id is known; any number of times and from anywhere, it is told once."""
    notice = store.notices.one(provider_id=provider_id)
    if notice is None:
        return False
    changed: dict[str, Any] = {"state": state, "why": why_failed(reason) if state == "failed" else ""}
    if state == "failed" and notice.sent_to:
        tried = (*notice.tried, notice.sent_to)
        changed = {"state": "queued", "next_at": store.now(), "tried": tried, "provider_id": ""}
    # By then it may have failed and be sent another way, under another id.
    same = {"state": _BEFORE[state], "provider_id": provider_id}
    store.notices.change(notice.id, when=same, reason=reason, **changed)
    return True


def _is_not_wanted(store: Store, notice: Notice, person: Person | None) -> bool:
    """Whether nobody wants it any more, or not now: then that is written down."""
    why = why_not_wanted(store, notice, person)
    if why == "RESTS":
        _put_off(store, notice, store.now() + RESTS)
    elif why:
        _end(store, notice, "skipped", why)
    return why is not None


def _ways(store: Store, senders: Senders, notice: Notice, person: Person | None) -> Sequence[Address]:
    """The ways that were not tried yet, best first."""
    now = notice.created_at
    if notice.email:
        ways = [Address(notice.email, EMAIL, notice.person, now, now)] if senders.email else []
    elif person is None:
        ways = [Address(notice.to, "", "", now, now)]
    else:
        found = routes(
            notice.first or person.receipts, store.addresses.find(person=person.id), list(senders.chats)
        )
        has_text = person.phone and notice.kind not in BY_CHAT
        phone = Address(person.phone, "", person.id, now, now) if has_text else None
        ways = [each for way in found if (each := way or phone)]
    return [way for way in ways if _name(way) not in notice.tried]


def _push(store: Store, notice: Notice, person: Person | None, way: Address, *, last: bool) -> Push:
    """
    A notice on a way, in the language that its person has now. What has no template of its own goes another way
    while there is one, and on the `last` by the template that says that something waits.
    """
    language = person.language if person else notice.language
    notice = replace(notice, values=values_now(store, notice))
    message: Text | None = text_of(notice)
    said = words_of(notice, language)
    if way.channel == EMAIL:
        subject = words(language).say(subject_of(notice))
        leaves = "" if notice.kind in ALWAYS else notice.person
        return Push(way.id, said, None, language, None, store.now(), subject, leaves)
    if notice.kind in IN_OWN_WORDS:
        message = waiting_text_of(notice) if last else None
    if notice.kind in CODES:
        message = None  # no template with a code in it is approved
    if person and is_shared(store, person.phone):
        # No template begins with a name: outside 24 hours it is a text to the phone.
        said, message = f"{person.name}: {said}", None
    return Push(way.id, said, message, language, way.heard_at, store.now())


def _name(way: Address) -> str:
    """How a way is known in a notice; the phone itself is not written down again."""
    return way.id if way.channel else "text"


def _failed(store: Store, notice: Notice, failure: SendFailed, where: str, others: Sequence[Address]) -> None:
    now = store.now()
    if notice.once and failure.may_have_gone:
        _end(store, notice, "unknown", "NO_ANSWER", str(failure))
        return
    if others and (not failure.retryable or notice.attempts % PATIENCE == 0):
        again = {"tried": (*notice.tried, where), "next_at": now}
    elif failure.retryable and (at := retry_at(notice, now)) is not None:
        again = {"next_at": max(at, now + timedelta(seconds=failure.after_seconds))}
    else:
        _end(store, notice, "failed", str(failure))
        return
    store.notices.change(notice.id, when=_OURS, state="queued", reason=str(failure), **again)


def _end(store: Store, notice: Notice, state: NoticeState, reason: str, detail: str = "") -> None:
    why = reason if state != "failed" else why_failed(reason)
    closed: dict[str, Any] = {"state": state, "next_at": None, "reason": detail or reason, "why": why}
    store.notices.change(notice.id, when=_OURS, **closed, **_wiped(notice))


def _wiped(notice: Notice) -> dict[str, Any]:
    """A code is a secret while it is good: it is not kept once nobody will send it."""
    return {"values": {**notice.values, "code": "******"}} if notice.kind in CODES else {}
