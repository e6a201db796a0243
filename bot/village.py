"""
The demo's village: three groups, thirty members and three months of history, made by the domain's own commands.

Everything is fixed: the same people, numbers and PINs on every machine.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.commands import execute
from domain.contributions import RecordCash
from domain.founding import FoundGroup
from domain.groups import Constitution
from domain.joining import Decide, JoinGroup
from domain.members import Language, Role
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.pins import Secret
from domain.registration import Register, person_with

WEEKS: Final = 13
MOMO_PIN: Final = "12345"


@dataclass(frozen=True, slots=True)
class Villager:
    """One person of the village; `roles` by the code of the group."""

    name: str
    phone: str
    pin: str
    language: Language
    network: str  # Africa's Talking's networkCode
    wallet: Money
    roles: tuple[tuple[str, Role], ...]


@dataclass(frozen=True, slots=True)
class VillageGroup:
    code: str
    name: str
    share_price: Money
    social_fund: Money
    time_zone: str
    language: Language
    network: str
    prefix: str  # of its members' phone numbers
    members: tuple[str, ...]


GROUPS: Final = (
    VillageGroup(
        "10101", "Umoja Women", Money(5_000, "UGX"), Money(500, "UGX"),
        "Africa/Kampala", "en", "64110", "+2567720001",
        (
            "Nakato Ruth", "Akello Grace", "Namukasa Sarah", "Okot James", "Auma Betty",
            "Nabirye Joan", "Opio Peter", "Atim Lucy", "Kyomuhendo Rose", "Wasswa John",
        ),
    ),
    VillageGroup(
        "20202", "Tujenge Chama", Money(50_000, "KES"), Money(5_000, "KES"),
        "Africa/Nairobi", "sw", "63902", "+2547110001",
        (
            "Wanjiru Mary", "Otieno David", "Mwende Faith", "Kamau Joseph", "Achieng Susan",
            "Kiprono Daniel", "Njeri Esther", "Mutua Samuel", "Nekesa Jane", "Barasa Paul",
        ),
    ),
    VillageGroup(
        "30303", "Njangi Solidarité", Money(2_000, "XAF"), Money(250, "XAF"),
        "Africa/Douala", "fr", "62401", "+2376770001",
        (
            "Ngono Marie", "Fotso Jean", "Mballa Aimée", "Tchoumi Paul", "Eyenga Claire",
            "Kamga Robert", "Ateba Chantal", "Njoya Issa", "Manga Céline", "Essomba Luc",
        ),
    ),
)  # fmt: skip

OFFICERS: Final[tuple[Role, ...]] = ("chairperson", "secretary", "treasurer")
# In two groups: she moved to Nairobi and kept her place at home.
IN_TWO_GROUPS: Final = ("Auma Betty", "20202")
# Has asked to join and waits for an officer.
APPLICANT: Final = Villager("Nansubuga Eve", "+256772000190", "3691", "en", "64110", Money(150_000, "UGX"), ())
# Nobody's number yet: for the way in.
NEWCOMER_PHONE: Final = "+256772000199"


def people() -> list[Villager]:
    """The thirty members, in the order of their groups' lists."""
    return [
        Villager(
            name=name,
            phone=f"{group.prefix}{number:02}",
            pin=_pin(group.code, number),
            language=group.language,
            network=group.network,
            wallet=Money(group.share_price.minor * 40, group.share_price.currency),
            roles=tuple(_roles(group, name, number)),
        )
        for group in GROUPS
        for number, name in enumerate(group.members, start=1)
    ]


def _roles(group: VillageGroup, name: str, number: int) -> Iterator[tuple[str, Role]]:
    yield group.code, OFFICERS[number - 1] if number <= len(OFFICERS) else "member"
    if name == IN_TWO_GROUPS[0]:
        yield IN_TWO_GROUPS[1], "member"


def _pin(code: str, number: int) -> str:
    """Four digits that are the same on every machine, and not 1234."""
    return f"{int(code[:2]) * 97 + number * 371 + 1357:04}"[-4:]


def is_there(store: MongoStore) -> bool:
    """Whether the village was founded to its end: its applicant comes last."""
    return person_with(store, APPLICANT.phone) is not None


def found(store: MongoStore, now: datetime, progress: Callable[[int, int], None]) -> None:
    """
    Found the village as of `now`: people, groups, then each week's meeting with cash handed over.

    Again after an interruption it goes on where it stopped, since every command has the same key each time.
    `progress` is told how many steps of how many are done. The messages of the past are not sent.
    Raises AlreadyRegistered, or Duplicate, when a number or a code belongs to somebody else.
    """
    clock = _Clock(now - timedelta(weeks=WEEKS, days=2))
    past = store.at(clock)
    villagers = people()
    total = len(villagers) + len(GROUPS) + WEEKS + 1
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    with ThreadPoolExecutor(8) as hands:
        hashes = hands.map(lambda villager: store.pins.hash(Secret(villager.pin)), villagers)
        for villager, hashed in zip(villagers, hashes, strict=True):
            _do(past, Register(villager.phone, villager.name, villager.language, hashed), villager.phone)
            step()
        ids = {villager.name: str(person_with(store, villager.phone)) for villager in villagers}
        groups = {}
        for group in GROUPS:
            groups[group.code] = _found_group(past, group, ids, first_meeting=clock().date() + timedelta(days=2))
            step()
        _let_in(past, groups[IN_TWO_GROUPS[1]], IN_TWO_GROUPS[1], ids[GROUPS[1].members[0]], ids[IN_TWO_GROUPS[0]])
        for week in range(WEEKS):
            clock.now = now - timedelta(weeks=WEEKS - week)
            # A group at a time: its members would wait for each other at its book.
            list(hands.map(lambda group: _meet(past, week, group, groups[group.code], ids), GROUPS))
            step()
        hashed = store.pins.hash(Secret(APPLICANT.pin))
        applying = Register(APPLICANT.phone, APPLICANT.name, APPLICANT.language, hashed, GROUPS[0].code)
        _do(store, applying, APPLICANT.phone)
        told = store.notices.find(person=list(ids.values()), state="queued")
        list(hands.map(lambda notice: store.notices.change(notice.id, state="delivered", next_at=None), told))
        step()


class _Clock:
    """The time of the village's past."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _do(store: MongoStore, command: object, *about: str) -> Any:
    return execute(store, ":".join(("village", type(command).__name__, *about)), command)


def _found_group(store: MongoStore, group: VillageGroup, ids: dict[str, str], first_meeting: date) -> str:
    rules = Constitution(
        group.share_price, first_meeting=first_meeting, social_fund=group.social_fund, time_zone=group.time_zone
    )
    officers = tuple((ids[name], role) for name, role in zip(group.members, OFFICERS, strict=False))
    id: str = _do(store, FoundGroup(group.code, group.name, "vsla", rules, officers), group.code)
    for name in group.members[len(OFFICERS) :]:
        _let_in(store, id, group.code, officers[0][0], ids[name])
    return id


def _let_in(store: MongoStore, group: str, code: str, officer: str, person: str) -> None:
    _do(store, JoinGroup(person, code), code, person)
    _do(store, Decide(officer, group, person, welcome=True), code, person)


def _meet(store: MongoStore, week: int, group: VillageGroup, id: str, ids: dict[str, str]) -> None:
    """Who hands over how much: most one share, some more, some stay away; each person in their own way."""
    for number, name in enumerate(group.members):
        chance = random.Random(f"{group.code} {name} {week}")  # noqa: S311 (a story, not a secret)
        if chance.random() < 0.04 * (number % 5):
            continue
        shares = chance.choice((1, 1, 1, 2, 2, 3)) if number % 3 else chance.choice((1, 2, 4, 5))
        amount = Money(group.share_price.minor * shares, group.share_price.currency) + group.social_fund
        # An officer does not write down their own cash.
        treasurer, secretary = ids[group.members[2]], ids[group.members[1]]
        officer = secretary if name == group.members[2] else treasurer
        _do(store, RecordCash(id, ids[name], amount, officer), f"{group.code}-{week + 1:02}-{number + 1:02}")
