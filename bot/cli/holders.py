"""Who has a phone number that an operator types."""

from collections.abc import Sequence

from bot.terminal import Refused, which
from domain.people.phones import holders_of, normal_phone
from domain.records.person import Person
from domain.store import Store


def holders_at(store: Store, phone: str) -> Sequence[Person]:
    """Who has this number. Raises Refused for what is none, and where nobody has it."""
    number = normal_phone(phone, "")
    if number is None:
        raise Refused(f"{phone!r} is no phone number: write it like +256772000101")
    holders = holders_of(store, number)
    if not holders:
        raise Refused("nobody has this number")
    return holders


def one_at(store: Store, phone: str) -> Person:
    """The one who is meant, asked where several have it. Raises Refused as `holders_at`, and click.Abort."""
    holders = holders_at(store, phone)
    return holders[which("This phone is shared. Who is meant?", [each.name for each in holders])]
