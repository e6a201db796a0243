"""Becoming a member, and what members change about themselves."""

from dataclasses import dataclass

import phonenumbers

from domain.commands import handles
from domain.errors import DomainError
from domain.groups.join import Joined, JoinGroup, join_group
from domain.people.chats import put_address
from domain.records.chat import TEXT
from domain.records.notice import Notice
from domain.records.person import (
    AlreadyRegistered,
    Chat,
    GroupOfMember,
    Language,
    Member,
    Person,
    Pin,
)
from domain.records.pin import TRIES, PinsDiffer, Secret, WrongPin, after_try, check_not_locked
from domain.store import Store


class NoSuchMember(DomainError):
    """The number belongs to nobody."""

    code = "no_such_member"


@dataclass(frozen=True, slots=True)
class Register:
    """A stranger becomes a person of the service. `pin_hash` comes from `hash_pin`."""

    phone: str
    name: str
    language: Language
    pin_hash: str
    code: str = ""  # of the group to ask to join, or the token of an invitation
    address: str = ""  # the chat it was done in, on `channel`; "" when it was the phone itself
    channel: str = ""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    person: str
    language: Language


@dataclass(frozen=True, slots=True)
class SetPin:
    person: str
    pin_hash: str


def normal_phone(text: str, country: str = "UG") -> str | None:
    """
    A phone number as E.164 with its "+"; one without a country code is of `country`. None if it is none.

    Without a `country` it has to have its country code, the "+" may be missing.
    """
    if not country:
        text = f"+{text.strip().lstrip('+')}"
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_of(phone: str) -> str:
    """The country of a number (E.164) as ISO 3166 names it, "UG"; "" for a number of none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


@handles(Register)
def register(tx: Store, command: Register) -> Joined | None:
    """
    Answers with the group that was asked, if any. Raises AlreadyRegistered, and as `join_group` does NoSuchGroup,
    GroupFull, InvitationUsed, InvitationExpired, InvitationNotYours.
    """
    if tx.people.one(phone=command.phone) is not None:
        raise AlreadyRegistered
    person = Person(
        id=tx.new_id(),
        name=command.name,
        phone=command.phone,
        language=command.language,
        pin=Pin(command.pin_hash),
        created_at=tx.now(),
    )
    tx.people.insert(person)
    if command.address not in ("", command.phone):
        put_address(tx, command.address, command.channel, person.id)
    return join_group(tx, JoinGroup(person.id, command.code)) if command.code else None


@handles(SetLanguage)
def set_language(tx: Store, command: SetLanguage) -> None:
    tx.people.change(command.person, language=command.language)


@handles(SetPin)
def set_pin(tx: Store, command: SetPin) -> None:
    """The person is told, so that a PIN changed by somebody else is noticed."""
    tx.people.change(command.person, pin=Pin(command.pin_hash))
    now = tx.now()
    tx.notices.insert(Notice(tx.new_id(), command.person, "pin_changed", {}, now, next_at=now, first=TEXT))


def member(store: Store, person_id: str) -> Member:
    """The profile of a person: who they are, their groups and chats, in four queries whatever their number."""
    person = store.people.get(person_id)
    memberships = store.memberships.find(person=person_id, sort="asked_at")
    groups = {group.id: group for group in store.groups.among([m.group for m in memberships])}
    return Member(
        id=person.id,
        name=person.name,
        phone=person.phone,
        language=person.language,
        groups=tuple(
            GroupOfMember(
                id=group.id,
                name=group.name,
                currency=group.currency,
                role=membership.role,
                share_price=group.constitution.share_price,
                cap=group.constitution.cap,
                kind=group.kind,
            )
            for membership in memberships
            if membership.status == "active" and (group := groups[membership.group])
        ),
        waiting=tuple(groups[m.group].name for m in memberships if m.status == "pending"),
        chats=tuple(
            Chat(each.id, each.channel, store.channel_titles.get(each.channel, each.channel))
            for each in store.addresses.find(person=person_id, sort="linked_at")
        ),
        receipts=person.receipts,
        messages_stopped=person.messages_stopped,
    )


def person_with(store: Store, phone: str) -> str | None:
    """The id of the person who has this number (E.164)."""
    person = store.people.one(phone=phone)
    return person.id if person else None


def check_pin(store: Store, person_id: str, pin: Secret) -> None:
    """
    Check a PIN and count the try where it lasts.

    Raises WrongPin with the tries left, PinLocked with the minutes to wait.
    """
    person = store.people.get(person_id)
    check_not_locked(person.pin, store.now())
    right = store.pins.matches(person.pin.hash, pin)
    while True:
        tried = after_try(person.pin, right, store.now())
        # Eight guesses at once are eight tries: each counts only on the state it saw.
        if tried == person.pin or store.people.change(person_id, when={"pin": person.pin}, pin=tried):
            break
        person = store.people.get(person_id)
        check_not_locked(person.pin, store.now())
    if not right:
        check_not_locked(tried, store.now())
        raise WrongPin(left=TRIES - tried.wrong)


def hash_pin(store: Store, pin: Secret) -> str:
    """What may be kept of a new PIN. Raises WeakPin."""
    return store.pins.hash(pin)


def same_pin(store: Store, hashed: str, pin: Secret) -> None:
    """Raises PinsDiffer when the PIN is not the one that was hashed."""
    if not store.pins.matches(hashed, pin):
        raise PinsDiffer


def stop_messages_to(store: Store, phone: str, stopped: bool) -> str:
    """STOP and START by whoever has this number, obeyed at once; answers with who. Raises NoSuchMember."""
    person = person_with(store, phone)
    if person is None:
        raise NoSuchMember
    store.people.change(person, messages_stopped=stopped)
    return person
