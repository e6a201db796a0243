"""
Send a file that somebody asked for: one paper, until it has gone, to one place.

It goes to the chat it was asked for in, else to one of their chats that works; where none takes it, what matters
of it goes to their phone as a text message. It is made when it is sent. When it is not known whether it went, it
goes again: twice is better than not at all.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from channels.deliver import PATIENCE, Senders
from channels.errors import SendFailed, Unreachable
from channels.port import FileSender, Push
from domain.errors import DomainError
from domain.papers.order import chats_of
from domain.people.chats import set_blocked
from domain.people.profile import shares_phone
from domain.records.chat import TEXT, Address
from domain.records.paper import Paper, PaperState, paper_retry_at
from domain.records.person import Person
from domain.store import Store
from flows.papers.make import paper_file, paper_in_short
from flows.words.texts import words

_QUEUED: Final = {"state": "queued"}


def send_paper(store: Store, senders: Senders, id: str) -> None:
    """Send one, if it is due and nobody else is at it."""
    paper = store.papers.claim(id, store.now())
    if paper is None or paper.state != "queued":
        return
    person = store.people.get(paper.person)
    try:
        if chat := _next_chat(store, senders, paper, person):
            _send_file(store, senders, paper, person, chat)
        else:
            _send_text(store, senders, paper, person)
    except DomainError as refused:
        _end(store, paper, "failed", refused.code)  # they may not have it any more


def _next_chat(store: Store, senders: Senders, paper: Paper, person: Person) -> Address | None:
    """The first chat that takes a file and was not tried; none for what is to be a text."""
    if paper.text:
        return None
    return next((each for each in _chats(store, paper, person) if _takes_file(senders, paper, each)), None)


def _chats(store: Store, paper: Paper, person: Person) -> Sequence[Address]:
    # A chat that was linked anew since is somebody else's, perhaps.
    return [each for each in chats_of(store, person, paper.to) if each.linked_at <= paper.created_at]


def _takes_file(senders: Senders, paper: Paper, chat: Address) -> bool:
    return chat.id not in paper.tried and isinstance(senders.chats.get(chat.channel), FileSender)


def _send_file(store: Store, senders: Senders, paper: Paper, person: Person, chat: Address) -> None:
    sender = senders.chats[chat.channel]
    assert isinstance(sender, FileSender), "it was looked for"
    if wait := senders.pace(chat.channel):
        _put_off(store, paper, wait)
        return
    file = paper_file(store, paper, words(person.language))
    push = Push(chat.id, "", None, person.language, chat.heard_at, store.now())
    try:
        sender.send_file(push, file)
    except SendFailed as failure:
        if isinstance(failure, Unreachable):
            set_blocked(store, chat.id, True)
        _failed(store, paper, failure, chat.id)
    else:
        _end(store, paper, "sent", "", chat.id)


def _send_text(store: Store, senders: Senders, paper: Paper, person: Person) -> None:
    if not person.phone or person.messages_stopped:
        _end(store, paper, "failed", paper.reason or "STOPPED")
        return
    if wait := senders.pace("sms"):
        _put_off(store, paper, wait)
        return
    said = words(person.language).say(paper_in_short(store, paper))
    if shares_phone(store, person.id):
        said = f"{person.name}: {said}"
    try:
        senders.text.send(Push(person.phone, said, None, person.language, None, store.now()))
    except SendFailed as failure:
        _failed(store, paper, failure, TEXT)
    else:
        _end(store, paper, "short", paper.reason, TEXT)


def _put_off(store: Store, paper: Paper, seconds: float) -> None:
    """It was not tried: its turn has not come."""
    at = store.now() + timedelta(seconds=seconds)
    store.papers.change(paper.id, when=_QUEUED, attempts=paper.attempts - 1, next_at=at)


def _failed(store: Store, paper: Paper, failure: SendFailed, where: str) -> None:
    now = store.now()
    other = where != TEXT and (not failure.retryable or paper.attempts % PATIENCE == 0)
    if not other and failure.retryable and (at := paper_retry_at(paper, now)) is not None:
        again = max(at, now + timedelta(seconds=failure.after_seconds))
        store.papers.change(paper.id, when=_QUEUED, next_at=again, reason=str(failure))
    elif other:
        tried = (*paper.tried, where)
        store.papers.change(paper.id, when=_QUEUED, next_at=now, reason=str(failure), tried=tried)
    else:
        _end(store, paper, "failed", str(failure))


def _end(store: Store, paper: Paper, state: PaperState, reason: str, where: str = "") -> None:
    store.papers.change(paper.id, when=_QUEUED, state=state, next_at=None, reason=reason, sent_to=where)
