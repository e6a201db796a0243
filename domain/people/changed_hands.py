"""
A number that changed hands: its network gave it to somebody else, who says "This is not me".

The account before it leaves the number, and stays its owner's: their PIN, their money and the chats that are not
named by the number. They come back with a new number, or this one, as anybody gets a new number
(`domain/people/new_phone.py`): with their PIN, or an officer who knows them, and another officer who agrees.
"""

from dataclasses import dataclass

from domain.commands import handles
from domain.people.chats import unlink_named_by
from domain.people.limits import NUMBERS_CLOSED, NUMBERS_CLOSED_BY_PHONE, take
from domain.records.payment import OPEN
from domain.records.person import NotAllowed
from domain.records.phone import forms_of, todays_form
from domain.store import Store
from domain.tell import tell_everywhere, tell_officers


@dataclass(frozen=True, slots=True)
class CloseNumber:
    """Whoever has this number now is not this person."""

    person: str
    phone: str


@handles(CloseNumber, always=True)
def close_number(tx: Store, command: CloseNumber) -> None:
    """
    From now on nothing that comes from the number, or goes there, is the person's; the officers of their groups
    and every chat they still have are told. The number is nobody's.

    What mobile money was not asked for yet is not asked for any more; what it has is followed to its end. Raises
    NotAllowed when the number is not theirs, TooManyClosed.
    """
    if not command.phone:
        raise NotAllowed(why="changed", group="")
    gone = {"phone": "", "phone_before": todays_form(command.phone), "phone_closed_at": tx.now()}
    person = tx.people.change(command.person, when={"phone": list(forms_of(command.phone))}, **gone)
    if person is None:
        raise NotAllowed(why="changed", group="")
    take(tx, NUMBERS_CLOSED_BY_PHONE.of(person.phone_before), NUMBERS_CLOSED.of())
    unlink_named_by(tx, person.id, command.phone)
    _void(tx, person.id, command.phone)
    tell_everywhere(tx, person.id, "number_lost")
    for membership in tx.memberships.find(person=person.id, sort="asked_at"):
        tx.memberships.change(membership.id, no_phone=True)
        if membership.status in ("active", "suspended", "leaving"):
            group = tx.groups.get(membership.group)
            tell_officers(tx, group, "number_closed", but=person.id, name=person.name)


def _void(tx: Store, person: str, phone: str) -> None:
    """Codes that went to the number prove nothing now, and money that was not sent stays where it is."""
    for form in forms_of(phone):
        for code in tx.codes.find(phone=form):
            tx.codes.change(code.id, used=True)
        for payment in tx.payments.find(person=person, state=list(OPEN), phone=form):
            tx.payments.change(payment.id, recalled=True, next_at=tx.now())


def who_had(store: Store, phone: str) -> str:
    """The id of the person who lost this number last, and has no other; "" for nobody."""
    before = store.people.find(phone_before=todays_form(phone), phone="", sort="-phone_closed_at", limit=1)
    return before[0].id if before else ""
