"""
Another member on a phone that has an owner: in many families two people have one.

Whoever has the phone lets them in with a PIN, and they choose one of their own. From then on each call asks who is
talking (`flows/people/who_is_it.py`), and neither sees anything of the other. Who is a member already and has no
phone is let in so too; then an officer agrees, who knows them, as to any new number.
"""

from dataclasses import dataclass

from domain.commands import handles, one_at_a_time
from domain.decisions.rights import active_member, check_not_frozen, present_member
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.people.consents import agree_to_service
from domain.people.find import names_of
from domain.people.phones import holders_of
from domain.records.chat import TEXT
from domain.records.person import SEATS_MAX, AlreadyRegistered, Person, Pin
from domain.records.phone import forms_of
from domain.store import Store
from domain.tables import Some, some_of
from domain.tell import tell, tell_everywhere


class PhoneFull(DomainError):
    """As many members have this phone as may."""

    code = "phone_full"


@dataclass(frozen=True, slots=True)
class SharePhone:
    """
    Who has a phone lets somebody in who has none. `pin_hash` and `agreed` are the newcomer's, as in Register;
    `address` is where they talk from.
    """

    holder: str
    name: str
    pin_hash: str
    own_name: str = ""  # as in Register
    agreed: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class LetIn:
    """Who has a phone lets a member of a group of theirs use it who has none."""

    holder: str
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class WithoutPhone:
    """The membership of somebody who has no phone, in a group of whoever may let them in."""

    id: str
    person: str
    name: str
    group: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who came, and whose profiles are others now: those of the holders, of the phone and its chats."""

    person: str
    changed: list[str]


@handles(SharePhone)
def share_phone(tx: Store, command: SharePhone) -> Sharing:
    """
    They are a person of the service, in no group yet, in the language of who let them in. Raises PhoneFull.

    Two who come at one moment want one seat: the store lets in the first.
    """
    holder = tx.people.get(command.holder)
    holders = holders_of(tx, holder.phone)
    seat = free_seat(tx, holder.id)
    person = Person(
        tx.new_id(),
        command.name,
        holder.phone,
        holder.language,
        Pin(command.pin_hash),
        tx.now(),
        own_name=command.own_name if command.own_name != command.name else "",
        seat=seat,
    )
    tx.people.insert(person)
    agree_to_service(tx, person, command.agreed, command.address)
    tell_joined(tx, holders, person.name, but=holder.id)
    return Sharing(person.id, changed_by_sharing(tx, holders, holder.phone))


@handles(LetIn)
def let_in(tx: Store, command: LetIn) -> int:
    """
    Answers with how many officers have to agree; then the member is among those who have the phone, and chooses a
    PIN when they first dial.

    Raises NotAllowed, Frozen, AlreadyRegistered when they have a phone, PhoneFull, AlreadyAsked, TooFewOfficers.
    """
    active_member(tx, command.group, command.holder)
    check_not_frozen(tx, command.holder)
    present_member(tx, command.group, command.person)
    one_at_a_time(tx.people, command.person)
    holder, person = tx.people.get(command.holder), tx.people.get(command.person)
    if person.phone:
        raise AlreadyRegistered
    free_seat(tx, holder.id)
    asked_once(tx, command.group, "phone", person.id)
    tell_everywhere(tx, person.id, "phone_asked", phone=holder.phone)
    return propose(
        tx,
        tx.groups.get(command.group),
        "phone",
        subject=person.id,
        maker=holder.id,
        about=person.id,
        contents={"person": person.id, "phone": holder.phone, "holder": holder.id},
        values={"name": person.name, "phone": holder.phone, "holder": holder.name},
    ).needed


def without_phone(store: Store, holder_id: str, past: str = "") -> Some[WithoutPhone]:
    """Who could be let in by somebody: those of their groups who have no phone, by group and number."""
    groups = [each.group for each in store.memberships.find(person=holder_id, status="active", sort="asked_at")]
    there = [
        each
        for group in groups
        for each in store.memberships.find(
            group=group, no_phone=True, status=["active", "suspended"], sort="number"
        )
    ]
    found = some_of(there, past)
    names = names_of(store, {each.person for each in found})
    return Some([WithoutPhone(each.id, each.person, names[each.person], each.group) for each in found], found.more)


def tell_joined(tx: Store, holders: list[Person], name: str, but: str) -> None:
    """Tell those who have a phone already that somebody has it too, `but` the one who let them in."""
    for each in holders:
        if each.id != but:
            tell(tx, each.id, "phone_joined", first=TEXT, name=name)


def changed_by_sharing(store: Store, holders: list[Person], phone: str) -> list[str]:
    """What is known of a phone that one more person has: its holders, its number and its chats."""
    ids = [each.id for each in holders]
    chats = [chat.id for each in ids for chat in store.addresses.find(person=each)]
    return [*ids, *forms_of(phone), *chats]


def free_seat(store: Store, person_id: str) -> int:
    """The first place on a person's phone that nobody has. Raises PhoneFull."""
    return free_seat_at(store, store.people.get(person_id).phone)


def free_seat_at(store: Store, phone: str) -> int:
    """The same on a phone by its number. Raises PhoneFull."""
    taken = {each.seat for each in holders_of(store, phone)}
    for seat in range(SEATS_MAX):
        if seat not in taken:
            return seat
    raise PhoneFull(most=SEATS_MAX)
