"""A person's PIN in the store: set, checked, and each try counted where it lasts."""

from dataclasses import dataclass

from domain.commands import handles
from domain.people.consents import agree_to_service
from domain.records.chat import TEXT
from domain.records.person import NotAllowed, Pin
from domain.records.pin import TRIES, PinsDiffer, Secret, WrongPin, after_try, check_not_locked, minutes_locked
from domain.store import Store
from domain.tell import tell, tell_everywhere


@dataclass(frozen=True, slots=True)
class SetPin:
    person: str
    pin_hash: str


@dataclass(frozen=True, slots=True)
class SetFirstPin:
    """
    Somebody whom an officer enrolled calls from their phone for the first time. `agreed` is as in Register;
    `address` is where they talk from.
    """

    person: str
    pin_hash: str
    agreed: int = 0
    address: str = ""


@handles(SetPin, always=True)
def set_pin(tx: Store, command: SetPin) -> None:
    """The person is told, so that a PIN changed by somebody else is noticed."""
    tx.people.change(command.person, pin=Pin(command.pin_hash))
    tell(tx, command.person, "pin_changed", first=TEXT)


@handles(SetFirstPin, always=True)
def set_first_pin(tx: Store, command: SetFirstPin) -> None:
    """Raises NotAllowed where there is a PIN already."""
    person = tx.people.get(command.person)
    if person.pin.hash:
        raise NotAllowed(why="changed")
    tx.people.change(person.id, pin=Pin(command.pin_hash))
    agree_to_service(tx, person, command.agreed, command.address)
    tell(tx, person.id, "pin_changed", first=TEXT)


def check_pin(store: Store, person_id: str, pin: Secret) -> None:
    """
    Check a PIN and count the try where it lasts. The try that locks it is told to its owner.

    A right one that stands on a pepper of before stands on that of now afterwards, and so do the sessions that its
    owner has on the web.

    Raises WrongPin with the tries left, PinLocked with the minutes to wait.
    """
    person = store.people.get(person_id)
    check_not_locked(person.pin, store.now())
    hashed = person.pin.hash
    right = store.pins.matches(hashed, pin)
    renewed = store.pins.renewed(hashed, pin) if right else ""
    while True:
        # Where it was changed meanwhile, what was typed is of before, and so is what it was renewed to.
        tried = after_try(person.pin, right, store.now(), renewed if person.pin.hash == hashed else "")
        # Eight guesses at once are eight tries: each counts only on the state it saw.
        if tried == person.pin or _count(store, person_id, person.pin, tried):
            break
        person = store.people.get(person_id)
        check_not_locked(person.pin, store.now())
    if not right:
        check_not_locked(tried, store.now())
        raise WrongPin(left=TRIES - tried.wrong)


def _count(store: Store, person: str, before: Pin, tried: Pin) -> bool:
    """Write a try down, if the PIN still is as it was before; a lock together with what its owner is told."""
    if tried.lockouts <= before.lockouts:
        return store.people.change(person, when={"pin": before}, pin=tried) is not None

    def lock(tx: Store) -> bool:
        if tx.people.change(person, when={"pin": before}, pin=tried) is None:
            return False
        tell_everywhere(tx, person, "pin_locked", minutes=minutes_locked(tried.locked_until, tx.now()))
        return True

    return store.transaction(lock)


def hash_pin(store: Store, pin: Secret) -> str:
    """What may be kept of a new PIN. Raises WeakPin."""
    return store.pins.hash(pin)


def same_pin(store: Store, hashed: str, pin: Secret) -> None:
    """Raises PinsDiffer when the PIN is not the one that was hashed."""
    if not store.pins.matches(hashed, pin):
        raise PinsDiffer
