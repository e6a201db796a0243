"""A small village, made as a real one is: by commands."""

import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from domain.books.ledger import Entry
from domain.commands import execute
from domain.groups.enroll import Enroll
from domain.groups.found import FoundGroup
from domain.groups.join import Decide, JoinGroup
from domain.groups.register import Register
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.phones import person_with
from domain.records.group import Constitution
from domain.records.payment import Direction, Payment
from domain.records.person import Role
from domain.records.pin import Secret
from domain.store import MoneyProvider, Store
from domain.treasury.settle import payment_succeeded
from tests.emptied import fill

T = TypeVar("T")


@dataclass(frozen=True)
class Villager:
    id: str
    name: str
    phone: str
    pin: str


@dataclass(frozen=True)
class Village:
    """Umoja saves UGX 5,000 a share and 500 for the social fund, on Mondays. Akello and Okot are in it."""

    umoja: str
    code: str
    nakato: Villager  # chairperson
    wanjiru: Villager  # treasurer
    akello: Villager
    okot: Villager


def carries(name: str, *currencies: str, numbers: tuple[str, ...] = ("+",)) -> list[MoneyProvider]:
    """A provider of mobile money that takes and pays out these currencies."""
    directions: tuple[Direction, ...] = ("in", "out")
    return [MoneyProvider(name, direction, frozenset(currencies), numbers) for direction in directions]


def do(store: Store, command: object) -> Any:
    """Carry out a command under a key of its own: what `execute` answers."""
    return execute(store, uuid.uuid4().hex, command)


def register(store: Store, name: str, phone: str, pin: str) -> Villager:
    do(store, Register(phone, name, "en", store.pins.hash(Secret(pin))))
    id = person_with(store, phone)
    assert id is not None
    return Villager(id, name, phone, pin)


def found_group(store: Store, code: str, name: str, price: Money, officers: dict[Villager, Role]) -> str:
    social = Money(price.minor // 10, price.currency)
    rules = Constitution(price, first_meeting=date(2026, 9, 7), social_fund=social)
    leaders = tuple((officer.id, role) for officer, role in officers.items())
    return str(do(store, FoundGroup(code, name, "vsla", rules, leaders)))


def let_in(store: Store, group: str, code: str, officer: Villager, *newcomers: Villager) -> None:
    for newcomer in newcomers:
        do(store, JoinGroup(newcomer.id, code))
        do(store, Decide(officer.id, group, newcomer.id, welcome=True))


_MADE: dict[Hashable, tuple[Any, dict[str, list[dict[str, Any]]]]] = {}


def made_once(store: MongoStore, what: Hashable, make: Callable[[], T]) -> T:
    """
    What `make` puts into an empty store, and answers. In each process it is made once for a clock; then its
    documents are put back, in a thirtieth of the time.
    """
    database, what = store.database, (store.now(), what)
    if what not in _MADE:
        made = make()
        # How far the schema has come each process writes down itself when it starts.
        names = [name for name in database.list_collection_names() if name != "schema"]
        _MADE[what] = made, {name: found for name in names if (found := list(database[name].find()))}
        return made
    made, documents = _MADE[what]
    fill(database, documents)
    kept: T = made
    return kept


def enrolled(store: Store, village: Village, name: str) -> str:
    """A member who has no phone, let in by Nakato; their id."""
    number = do(store, Enroll(village.nakato.id, village.umoja, name))
    membership = store.memberships.one(group=village.umoja, number=number)
    assert membership is not None
    return str(membership.person)


def found_village(store: MongoStore) -> Village:
    """The village in an empty store."""
    return made_once(store, "village", partial(found_anew, store))


def found_anew(store: Store) -> Village:
    """The village with ids of its own."""
    nakato = register(store, "Nakato Ruth", "+256772000100", "2580")
    wanjiru = register(store, "Wanjiru Mary", "+256772000103", "1470")
    akello = register(store, "Akello Grace", "+256772000101", "2581")
    okot = register(store, "Okot James", "+256772000102", "9513")
    umoja = found_group(
        store, "10101", "Umoja", Money(5_000, "UGX"), {nakato: "chairperson", wanjiru: "treasurer"}
    )
    let_in(store, umoja, "10101", nakato, akello, okot)
    return Village(umoja, "10101", nakato, wanjiru, akello, okot)


def arrives(store: Store, payment: Payment) -> Entry | None:
    """The provider says that it has moved the money, under an id of its own."""
    return payment_succeeded(store, payment, f"T{payment.id}")
