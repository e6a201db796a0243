"""The chats through which a person talks with us beside the calls from their own phone, and how to reach them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.records.person import Person

EMAIL: Final = "email"  # the channel of an e-mail address: files and digests go there, nobody talks there
TEXT: Final = "text"  # instead of a chat: a text message to the phone's number


@dataclass(frozen=True, slots=True)
class Address:
    """
    One chat. `id` is the sender as its channel names them, `alias` another name that may come instead.

    `person` is "" after it was unlinked, and `before` says whose it was: then the number alone does not open it
    again. `heard_at` is when they last wrote, to half an hour; `blocked` when they take no messages there;
    `warned` of what becomes of a PIN.
    """

    id: str
    channel: str
    person: str
    linked_at: datetime
    heard_at: datetime
    alias: str = ""
    blocked: bool = False
    warned: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class SentCode:
    """
    A code on its way to a `phone`, or an e-mail address in its place, to prove that an address is its owner's. The
    store forgets it after an hour.

    `proved` once it was typed rightly, `used` once what it was for is done: where a code is for more than a chat.
    """

    id: str
    address: str
    phone: str
    code: str
    at: datetime
    tries: int = 0
    proved: bool = False
    used: bool = False


def email_place(person: Person) -> list[Address]:
    """A person's e-mail address as a place to send to, if they have one: it is no chat, and speaks for nobody."""
    at = person.email_at
    return [Address(person.email, EMAIL, person.id, at, at)] if person.email and at else []


def routes(chosen: str, addresses: Sequence[Address], order: Sequence[str]) -> list[Address | None]:
    """
    The ways to reach a person, best first: the chosen channel or address, then `order`. None is a text to their
    phone.

    An address that is blocked is no way; of two on one channel, the one heard from last comes first.
    """
    places = {name: place for place, name in enumerate(order)}
    able = [each for each in addresses if not each.blocked and each.channel in places]
    able.sort(key=lambda each: each.heard_at, reverse=True)
    able.sort(key=lambda each: (chosen not in (each.channel, each.id), places[each.channel]))
    ways: list[Address | None] = [*able]
    return [None, *ways] if chosen == TEXT else [*ways, None]
