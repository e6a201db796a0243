"""
A forgotten PIN: who knows the member starts it, a code goes to the member's own phone, the member sets a new one.

Who starts it is an officer of one of their groups, or the operator for who is in none and for the only officer of
a group. Neither sees the code, nor ever the PIN. For a day no money is sent to the member, as after a new number
(see `domain/treasury/money_out.py`).
"""

from dataclasses import dataclass
from typing import Final

from domain.commands import handles
from domain.decisions.rights import acting_officer, check_has_phone
from domain.people.chats import CodeExpired, check_code, new_code, newest_code
from domain.people.limits import PIN_CODES_BY_OFFICER, PIN_CODES_TO_MEMBER, take, texts_to
from domain.people.phones import holders_of, served_country
from domain.records.chat import SentCode
from domain.records.notice import CODES
from domain.records.person import NotAllowed, Person, Pin, membership_id
from domain.records.pin import Secret
from domain.store import Store
from domain.tell import tell, tell_everywhere, tell_phone

PIN_CODE_VALID: Final = CODES["pin_code"]


@dataclass(frozen=True, slots=True)
class SendPinCode:
    """An officer knows that it is this member who asks, and has a code sent to the member's phone."""

    officer: str
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class SendPinCodeByOperator:
    """The same by the operator, for who has nobody else to ask."""

    person: str


@dataclass(frozen=True, slots=True)
class ResetPin:
    """The member typed the code, and chose a new PIN; `pin_hash` comes from `hash_pin`."""

    person: str
    pin_hash: str


@handles(SendPinCode)
def send_pin_code(tx: Store, command: SendPinCode) -> None:
    """Raises NotAllowed, also for oneself, Frozen, NoPhone, and as the operator's does."""
    acting_officer(tx, command.group, command.officer)
    if command.officer == command.person:
        raise NotAllowed(why="own", group=tx.groups.get(command.group).name)
    # Who leaves, or is expelled, is still to be paid.
    membership = tx.memberships.one(id=membership_id(command.group, command.person))
    if membership is None or membership.status not in ("active", "suspended", "leaving"):
        raise NotAllowed(why="changed", group=tx.groups.get(command.group).name)
    check_has_phone(membership)
    take(tx, PIN_CODES_BY_OFFICER.of(command.officer))
    _send(tx, tx.people.get(command.person), by=tx.people.get(command.officer).name)


@handles(SendPinCodeByOperator)
def send_pin_code_by_operator(tx: Store, command: SendPinCodeByOperator) -> None:
    """Raises NotServed, TooManyCodes, TooManyTexts."""
    _send(tx, tx.people.get(command.person), by="")


def _send(tx: Store, person: Person, *, by: str) -> None:
    """The code goes to the phone alone; every chat hears that it does, since whoever holds one may not be them."""
    take(tx, PIN_CODES_TO_MEMBER.of(person.id), *texts_to(served_country(tx, person.phone)))
    sent = new_code(tx, _address(person.id), person.phone)
    # To the number and not to a person, so that nothing else says whose code it is on a phone of several.
    whose = {"name": person.name} if len(holders_of(tx, person.phone)) > 1 else {}
    said = {"dial": tx.service_code, "code": sent.code, **whose}
    tell_phone(tx, person.phone, person.language, "pin_code", id=f"code:{sent.id}", **said)
    for chat in tx.addresses.find(person=person.id, sort="linked_at"):
        tell(tx, person.id, "pin_asked", first=chat.id, name=by)


def pin_code_waits(store: Store, person_id: str) -> bool:
    """Whether a code for a new PIN was sent to this person and is good."""
    return _sent(store, store.people.get(person_id)) is not None


def check_pin_code(store: Store, person_id: str, typed: Secret) -> None:
    """Raises WrongCode, CodeExpired."""
    phone = store.people.get(person_id).phone
    sent = check_code(store, _address(person_id), phone, typed, PIN_CODE_VALID)
    store.codes.change(sent.id, proved=True)


@handles(ResetPin)
def reset_pin(tx: Store, command: ResetPin) -> None:
    """
    Every phone and chat of theirs is told. Raises CodeExpired unless the newest code was typed rightly.

    A lock of the PIN before is gone with it; an account that is frozen stays so.
    """
    person = tx.people.get(command.person)
    sent = _sent(tx, person)
    if sent is None or not sent.proved:
        raise CodeExpired
    tx.codes.change(sent.id, used=True)
    tx.people.change(person.id, pin=Pin(command.pin_hash), pin_reset_at=tx.now())
    tell_everywhere(tx, person.id, "pin_reset")


def _sent(store: Store, person: Person) -> SentCode | None:
    return newest_code(store, _address(person.id), person.phone, PIN_CODE_VALID)


def _address(person: str) -> str:
    """What a code for a new PIN proves is no chat: it is whose PIN it is."""
    return f"pin:{person}"
