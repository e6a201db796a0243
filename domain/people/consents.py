"""What a person agrees to about their data, and agrees to no more; and to what some people agree now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final

from msgspec import Meta

from domain.commands import handles
from domain.people.phones import holders_of
from domain.records.consent import CONSENT_VERSION, FREE_PURPOSES, Consent, ConsentPurpose, consent_id
from domain.records.person import NotAllowed, Person
from domain.store import Store

ON_THE_PHONE: Final = "phone"
TO_OPERATOR: Final = "operator"


@dataclass(frozen=True, slots=True)
class SayConsent:
    """
    A member agrees to something, or agrees to it no more; `address` is where they say it, or they `told` the
    operator. `version` is that of the words that they saw, or heard.
    """

    person: str
    purpose: ConsentPurpose
    agrees: bool
    address: str = ""
    version: int = CONSENT_VERSION
    told: bool = False


@handles(SayConsent, always=True)
def say_consent(tx: Store, command: SayConsent) -> None:
    """
    The same said twice is said once. Raises NotAllowed for what the service itself needs: whoever wants that no
    more leaves, and is forgotten.
    """
    if command.purpose not in FREE_PURPOSES:
        raise NotAllowed(why="changed", group="")
    person = tx.people.get(command.person)
    channel = TO_OPERATOR if command.told else _channel(tx, command.address, person)
    if command.agrees:
        agreed = Consent(
            "", person.id, command.purpose, command.version, person.language, channel, given_at=tx.now()
        )
        write_consents(tx, [agreed])
        return
    for each in tx.consents.find(person=person.id, purpose=command.purpose, withdrawn_at=None):
        tx.consents.change(each.id, withdrawn_at=tx.now(), withdrawn_on=channel)


def agree_to_service(tx: Store, person: Person, version: int, address: str) -> None:
    """
    Somebody who has their first PIN agrees that their data is kept, to the words of a `version` that they were
    shown; 0 for none, and then nothing is written down. `address` is where they did.
    """
    if version:
        channel = _channel(tx, address, person)
        write_consents(tx, [Consent("", person.id, "service", version, person.language, channel, tx.now())])


def _channel(tx: Store, address: str, person: Person) -> str:
    """
    The channel of a chat of theirs, or of somebody with whom they share the phone; a call and a text message come
    from the phone.
    """
    chat = tx.addresses.one(id=address) if address else None
    if chat is None:
        return ON_THE_PHONE
    theirs = {person.id, *(each.id for each in holders_of(tx, person.phone))}
    return chat.channel if chat.person in theirs else ON_THE_PHONE


def write_consents(tx: Store, given: Sequence[Consent]) -> None:
    """
    Write down what people agree to, whatever its `id` says; of each person a purpose is there once. What they
    agree to already is not written again, and what is older than their last no does not count.
    """
    known: dict[tuple[str, ConsentPurpose], list[Consent]] = defaultdict(list)
    for each in tx.consents.find(person=list({each.person for each in given})):
        known[each.person, each.purpose].append(each)
    new = []
    for each in given:
        before = known[each.person, each.purpose]
        if not any(was.holds and was.version >= each.version for was in before) and all(
            was.withdrawn_at is None or was.withdrawn_at <= each.given_at for was in before
        ):
            new.append(replace(each, id=consent_id(each.person, each.purpose, len(before) + 1)))
    tx.consents.insert_all(new)


@dataclass(frozen=True, slots=True)
class ConsentNow:
    """Something that a member may agree to, and whether they do."""

    purpose: ConsentPurpose
    given: bool


def consents_now(store: Store, person: str) -> Annotated[list[ConsentNow], Meta(min_length=1)]:
    """All that they may agree to: not to what nobody knows of them."""
    given, known = who_agrees(store, [person])[person], store.people.get(person)
    counted = bool(known.sex or known.birth_year)
    return [
        ConsentNow(each, each in given) for each in FREE_PURPOSES if counted or each != "figures" or each in given
    ]


def service_agreed_on(store: Store, person: str) -> date | None:
    """The day that they agreed last that their data is kept; None where nobody wrote it down."""
    agreed = store.consents.find(person=person, purpose="service", sort="given_at")
    return given_on(store, agreed[-1]) if agreed else None


def given_on(store: Store, consent: Consent) -> date:
    """The day of it: where their group is, if that wrote it down."""
    if not consent.group:
        return consent.given_at.date()
    return store.groups.get(consent.group).constitution.day(consent.given_at)


def who_agrees(store: Store, people: Sequence[str]) -> Mapping[str, Set[ConsentPurpose]]:
    """To what some people agree now, by person: one query."""
    given: dict[str, set[ConsentPurpose]] = {person: set() for person in people}
    for each in store.consents.find(person=list(people), withdrawn_at=None) if people else ():
        given[each.person].add(each.purpose)
    return given
