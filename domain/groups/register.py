"""A stranger becomes a person of the service, and asks to be let into a group."""

from dataclasses import dataclass

from domain.commands import handles
from domain.groups.join import Joined, join_by
from domain.people.chats import put_address
from domain.people.consents import agree_to_service
from domain.people.limits import NEWCOMERS, NEWCOMERS_IN_CHAT, take
from domain.people.phones import holders_of
from domain.people.tombstones import check_not_forgotten
from domain.records.person import AlreadyRegistered, Language, Person, Pin
from domain.records.phone import todays_form
from domain.store import Store


@dataclass(frozen=True, slots=True)
class Register:
    """
    A stranger becomes a person of the service. `pin_hash` comes from `hash_pin`; `agreed` is the version of the
    words by which their data is kept, 0 where they were shown none.
    """

    phone: str
    name: str
    language: Language
    pin_hash: str
    code: str = ""  # of the group to ask to join, or the token of an invitation
    address: str = ""  # the chat it was done in, on `channel`; "" when it was the phone itself
    channel: str = ""
    own_name: str = ""  # the name as its owner writes it, where that has letters which not every phone can show
    agreed: int = 0


@handles(Register)
def register(tx: Store, command: Register) -> Joined | None:
    """
    Answers with the group that was asked, if any. Raises AlreadyRegistered, JustForgotten, TooManyNewcomers, and
    as `join_group` does.

    On a phone that has a holder, see `domain/people/shared_phone.py`.

    Whoever calls is never too many: the operator knows the phone, and a robot would need one for each person. Nor,
    for all together, is somebody whom an officer invited.
    """
    if holders_of(tx, command.phone):
        raise AlreadyRegistered
    check_not_forgotten(tx, command.phone)
    person = Person(
        id=tx.new_id(),
        name=command.name,
        phone=todays_form(command.phone),
        language=command.language,
        pin=Pin(command.pin_hash),
        created_at=tx.now(),
        own_name=command.own_name if command.own_name != command.name else "",
    )
    tx.people.insert(person)
    joined = join_by(tx, person.id, command.code, command.address) if command.code else None
    if command.address not in ("", command.phone):
        put_address(tx, command.address, command.channel, person.id)
        was_invited = joined is not None and joined.active
        in_all = () if was_invited else (NEWCOMERS.of(),)
        take(tx, NEWCOMERS_IN_CHAT.of(command.address), *in_all, dial=tx.service_code)
    agree_to_service(tx, person, command.agreed, command.address)
    return joined
