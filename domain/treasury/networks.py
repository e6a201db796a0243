"""
Which network's mobile money a number has: what its people say, before what its first digits tell.

Who keeps their number and changes their network has a number that tells the old one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.commands import handles
from domain.people.phones import holders_of, holders_of_each
from domain.records.person import NotAllowed
from domain.records.phone import calling_code
from domain.store import MoneyProvider, Store


@dataclass(frozen=True, slots=True)
class SayNetwork:
    """The money of a person's number is with this network."""

    person: str
    network: str


@handles(SayNetwork)
def say_network(tx: Store, command: SayNetwork) -> None:
    """It holds for all who share the number. Raises NotAllowed when that network is not there any more."""
    phone = tx.people.get(command.person).phone
    if command.network not in networks_of(tx, phone):
        raise NotAllowed("changed")
    for each in holders_of(tx, phone):
        tx.people.change(each.id, network=command.network)


def networks_of(store: Store, phone: str) -> Mapping[str, str]:
    """The networks that are switched on where a number is from, each by what people call it; {} for no number."""
    code = calling_code(phone)
    there = (each for each in store.providers if code and each.network and each.reaches(code))
    found: dict[str, str] = {}
    for each in there:
        found.setdefault(each.network, each.title or each.network)
    return found


def networks_said(store: Store, phones: Sequence[str]) -> Mapping[str, str]:
    """
    What the people of some numbers said, by number, in one query; nothing of those who said nothing, or a network
    that is not there any more.
    """
    if len({each.network for each in store.providers} - {""}) < 2:
        return {}
    holders = holders_of_each(store, phones)
    said = {phone: each.network for phone, those in holders.items() for each in those if each.network}
    return {phone: network for phone, network in said.items() if network in networks_of(store, phone)}


def is_of(provider: MoneyProvider, network: str, phone: str) -> bool:
    """Whether a provider carries the money of a number that is with this network, whatever its digits tell."""
    if provider.network:
        return provider.network == network and provider.reaches(calling_code(phone))
    return provider.serves(phone)
