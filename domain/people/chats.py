"""
Linking a chat to a person, and what they choose about messages.

Whose an address is, is proved by its channel, which knows the phone number behind it, or by a code that is sent to
the number. Calls and texts from the phone itself need no link.
"""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from domain.commands import handles
from domain.errors import DomainError, TryAgain
from domain.people.limits import (
    ANSWERS_TO_STOP,
    CODES_FROM_CHAT,
    CODES_FROM_CHAT_DAY,
    CODES_TO_NUMBER,
    CODES_TO_NUMBER_DAY,
    take,
    texts_to,
)
from domain.people.phones import NoSuchMember, holders_of, served_country
from domain.records.chat import TEXT, Address, SentCode
from domain.records.notice import CODES, NoticeKind
from domain.records.person import Language, NotAllowed
from domain.records.phone import forms_of
from domain.records.pin import Secret
from domain.store import Duplicate, Store
from domain.tell import tell, tell_phone

CODE_DIGITS: Final = 6
CODE_VALID: Final = CODES["code"]
CODE_TRIES: Final = 5


class WrongCode(TryAgain):
    """Not the code that was sent; `left` tries remain."""

    code = "wrong_code"


class CodeExpired(DomainError):
    """The code is too old, or was guessed at too often."""

    code = "code_expired"


SEVERAL = "+"  # in place of a name: no name has signs


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a code to a number that somebody says is theirs."""

    address: str
    phone: str
    language: Language


@dataclass(frozen=True, slots=True)
class Link:
    """From now on this address is the person's who has this number: proved by its channel or a code."""

    address: str
    channel: str
    phone: str


@dataclass(frozen=True, slots=True)
class Unlink:
    person: str
    address: str


@dataclass(frozen=True, slots=True)
class ChooseReceipts:
    """Where messages go: a channel by its name, TEXT, or "" for whichever works."""

    person: str
    channel: str


@dataclass(frozen=True, slots=True)
class StopMessages:
    """Send nothing more, or send again."""

    person: str
    stopped: bool


@handles(SendCode)
def send_code(tx: Store, command: SendCode) -> None:
    """The code goes to the number, whoever has it. Raises NotServed, TooManyCodes, TooManyTexts."""
    country = served_country(tx, command.phone)
    take(
        tx,
        CODES_TO_NUMBER.of(command.phone),
        CODES_FROM_CHAT.of(command.address),
        CODES_TO_NUMBER_DAY.of(command.phone),
        CODES_FROM_CHAT_DAY.of(command.address),
        *texts_to(country),
    )
    sent = new_code(tx, command.address, command.phone)
    tell_phone(tx, command.phone, command.language, "code", id=f"code:{sent.id}", code=sent.code)


def new_code(tx: Store, address: str, phone: str) -> SentCode:
    """A code that is to be sent to a number; those before it no longer count."""
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    sent = SentCode(tx.new_id(), address, phone, code, tx.now())
    tx.codes.insert(sent)
    return sent


def newest_code(store: Store, address: str, phone: str, valid: timedelta = CODE_VALID) -> SentCode | None:
    """The code that counts now, however often it was tried; None when there is none that is good."""
    sent = max(store.codes.find(address=address, phone=phone), key=lambda each: each.at, default=None)
    return None if sent is None or sent.used or store.now() - sent.at > valid else sent


def check_code(store: Store, address: str, phone: str, typed: Secret, valid: timedelta = CODE_VALID) -> SentCode:
    """Only the newest code counts, for so long and five tries. Raises WrongCode, CodeExpired."""
    sent = newest_code(store, address, phone, valid)
    if sent is None:
        raise CodeExpired
    # Counted before it is compared, so that guesses at one moment are as many tries.
    tries = store.codes.count_up(sent.id, "tries")
    if tries > CODE_TRIES:
        raise CodeExpired
    if not hmac.compare_digest(sent.code, typed.value):
        if tries == CODE_TRIES:
            raise CodeExpired
        raise WrongCode(left=CODE_TRIES - tries)
    return sent


@handles(Link)
def link(tx: Store, command: Link) -> str:
    """
    Answers with the person's name; they are told. Raises NotAllowed when nobody has the number.

    Of several who share it, it is who had it first, and the chat asks who is talking, as a call does.
    """
    holders = holders_of(tx, command.phone)
    if not holders:
        raise NotAllowed(why="changed", group="")
    put_address(tx, command.address, command.channel, holders[0].id)
    for each in holders:
        _tell_linked(tx, each.id, command.channel)
    return holders[0].name


def _tell_linked(tx: Store, person: str, channel: str) -> None:
    """Their phone hears of a new chat: it may be somebody else's who has, or had, the number."""
    tell(tx, person, "chat_linked", first=TEXT, channel=tx.channel_titles.get(channel, channel))


def put_address(tx: Store, address: str, channel: str, person: str) -> None:
    """Link an address, whosever it was."""
    now = tx.now()
    theirs: dict[str, Any] = {"person": person, "before": "", "linked_at": now, "heard_at": now, "blocked": False}
    if tx.addresses.change(address, **theirs) is None:
        tx.addresses.insert(Address(address, channel, person, now, now))


@handles(Unlink, always=True)
def unlink(tx: Store, command: Unlink) -> None:
    """Raises NotAllowed when it is somebody else's."""
    theirs = {"person": command.person}
    if tx.addresses.change(command.address, when=theirs, person="", before=command.person) is None:
        raise NotAllowed(why="changed", group="")


def unlink_named_by(tx: Store, person: str, phone: str) -> None:
    """A chat of theirs that is named by this number is whoever has that now, and nobody we know."""
    for chat in tx.addresses.find(person=person):
        if chat.id.endswith(forms_of(phone)):
            tx.addresses.change(chat.id, person="", before=person)


@handles(ChooseReceipts, always=True)
def choose_receipts(tx: Store, command: ChooseReceipts) -> None:
    tx.people.change(command.person, receipts=command.channel)


@handles(StopMessages, always=True)
def stop_messages(tx: Store, command: StopMessages) -> None:
    tx.people.change(command.person, messages_stopped=command.stopped)


def stop_messages_to(store: Store, phone: str, stopped: bool, message: str = "") -> list[str]:
    """
    STOP and START by whoever has this number, obeyed at once; answers with who. Raises NoSuchMember.

    It stops what is sent to a phone, so it is all of those who share it.

    `message` is the provider's id of what they wrote: it is answered once, at their number, however often it comes
    in; "" for what is not answered.
    """
    holders = holders_of(store, phone)
    if not holders:
        raise NoSuchMember
    people = [person.id for person in holders]
    answer = f"wish:{message}"
    if message and store.notices.one(id=answer):
        return people
    for person in people:
        store.people.change(person, messages_stopped=stopped)
    if message and store.limits.take(ANSWERS_TO_STOP.of(phone)) is None:
        kind: NoticeKind = "messages_stopped" if stopped else "messages_wanted"
        with suppress(Duplicate):  # the same message at the same moment
            tell_phone(store, phone, holders[0].language, kind, id=answer)
    return people


def heard_from(store: Store, sender: str, channel: str, phone: str, alias: str) -> Address | None:
    """
    Note that somebody was heard in a chat; whose it is, None when it is nobody's yet.

    An address whose channel vouches for a member's number is that member's, unless they unlinked it.
    """
    now = store.now()
    said: dict[str, Any] = {"heard_at": now, "blocked": False} | ({"alias": alias} if alias else {})
    found = store.addresses.change(sender, **said)
    if found is not None:
        return found
    known = store.addresses.one(alias=sender)
    holders = holders_of(store, phone)
    whose = known.person if known else holders[0].id if holders else ""
    if not whose:
        return known
    address = Address(sender, channel, whose, now, now, alias)

    def work(tx: Store) -> None:
        tx.addresses.insert(address)
        for each in () if known else holders:
            _tell_linked(tx, each.id, channel)

    try:
        store.transaction(work)
    except Duplicate:  # two messages at once
        return store.addresses.get(sender)
    return address


def told_about_pins(store: Store, sender: str) -> None:
    """They were told what becomes of a PIN in this chat, and need not hear it again."""
    store.addresses.change(sender, warned=True)


def set_blocked(store: Store, address: str, blocked: bool) -> None:
    """They blocked us there, or let us in again."""
    store.addresses.change(address, blocked=blocked)


def name_of_holder(store: Store, phone: str) -> str | None:
    """The name of the member who has this number, None when nobody has; SEVERAL where it is shared."""
    holders = holders_of(store, phone)
    if len(holders) > 1:
        return SEVERAL
    return holders[0].name if holders else None
