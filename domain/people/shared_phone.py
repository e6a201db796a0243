"""
Another member on a phone that has an owner: in many families two people have one.

Whoever has the phone lets them in with a PIN, and they choose one of their own. From then on each call asks who is
talking (`flows/people/who_is_it.py`), and neither sees anything of the other.
"""

from dataclasses import dataclass

from domain.commands import handles
from domain.errors import DomainError
from domain.people.phones import holders_of
from domain.records.person import SEATS_MAX, Person, Pin
from domain.records.phone import forms_of
from domain.store import Store


class PhoneFull(DomainError):
    """As many members have this phone as may."""

    code = "phone_full"


@dataclass(frozen=True, slots=True)
class SharePhone:
    """Who has a phone lets somebody in who has none. `pin_hash`, of the newcomer, comes from `hash_pin`."""

    holder: str
    name: str
    pin_hash: str
    own_name: str = ""  # as in Register


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
    ids = [each.id for each in holders]
    chats = [chat.id for each in ids for chat in tx.addresses.find(person=each)]
    return Sharing(person.id, [*ids, *forms_of(holder.phone), *chats])


def free_seat(store: Store, person_id: str) -> int:
    """The first place on a person's phone that nobody has. Raises PhoneFull."""
    taken = {each.seat for each in holders_of(store, store.people.get(person_id).phone)}
    for seat in range(SEATS_MAX):
        if seat not in taken:
            return seat
    raise PhoneFull(most=SEATS_MAX)
