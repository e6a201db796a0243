"""
Send a file that somebody asked for: one paper, until it has gone, to one place.

It goes to the chat it was asked for in, else to their e-mail, or to one of their chats that works; where none
takes it, what matters of it goes to their phone as a text message. It is made when it is sent. When it is not
known whether it went, it goes again: twice is better than not at all.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from channels.deliver import PATIENCE, Senders
from channels.errors import SendFailed, Unreachable
from channels.port import FileSender, Push
from domain.errors import DomainError
from domain.papers.order import places_of
from domain.people.chats import set_blocked
from domain.people.profile import shares_phone
from domain.records.chat import EMAIL, TEXT, Address
from domain.records.paper import Paper, PaperState, paper_retry_at
from domain.records.person import Person
from domain.store import Store
from flows.papers.make import paper_file, paper_in_short
from flows.words.mail import PAPER_IN_MAIL, paper_subject
from flows.words.texts import words

_QUEUED: Final = {"state": "queued"}


def send_paper(store: Store, senders: Senders, id: str) -> None:
    """Send one, if it is due and nobody else is at it."""
    paper = store.papers.claim(id, store.now())
    if paper is None or paper.state != "queued":
        return
    person = store.people.get(paper.person)
    try:
        if place := _next_place(store, senders, paper, person):
            _send_file(store, senders, paper, person, place)
        else:
            _send_text(store, senders, paper, person)
    except DomainError as refused:
        _end(store, paper, "failed", refused.code)  # they may not have it any more


def _next_place(store: Store, senders: Senders, paper: Paper, person: Person) -> Address | None:
    """The first place that takes a file and was not tried; none for what is to be a text."""
    if paper.text:
        return None
    return next((each for each in _places(store, paper, person) if _takes_file(senders, paper, each)), None)


def _places(store: Store, paper: Paper, person: Person) -> Sequence[Address]:
    # A place that was linked anew since is somebody else's, perhaps.
    return [each for each in places_of(store, person, paper.to) if each.linked_at <= paper.created_at]


def _takes_file(senders: Senders, paper: Paper, place: Address) -> bool:
    return place.id not in paper.tried and isinstance(senders.senders.get(place.channel), FileSender)


def _send_file(store: Store, senders: Senders, paper: Paper, person: Person, place: Address) -> None:
    sender = senders.senders[place.channel]
    assert isinstance(sender, FileSender), "it was looked for"
    if wait := senders.pace(place.channel):
        _put_off(store, paper, wait)
        return
    says = words(person.language)
    file = paper_file(store, paper, says)
    push = Push(place.id, "", None, person.language, place.heard_at, store.now())
    if place.channel == EMAIL:
        push = replace(push, subject=says.say(paper_subject(store, paper)), text=says.say(PAPER_IN_MAIL))
    try:
        sender.send_file(push, file)
    except SendFailed as failure:
        if isinstance(failure, Unreachable):
            set_blocked(store, place.id, True)
        _failed(store, paper, failure, place.id)
    else:
        _end(store, paper, "sent", "", place.id)


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
