"""
Who lives in the demo's village: three groups of three kinds, thirty members, and two who come from outside.

Everything is fixed: the same people, numbers and PINs on every machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from domain.arithmetic.periods import Every
from domain.money import Money
from domain.records.group import GroupKind
from domain.records.person import Language, Role

WEEKS: Final = 14
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
    """
    One group of the village: `price` is that of a share or a hand.

    It met in the weeks that `met` counts from 0 to WEEKS, and meets again today.
    """

    code: str
    name: str
    kind: GroupKind
    price: Money
    social_fund: Money
    every: Every
    met: range
    time_zone: str
    language: Language
    network: str
    prefix: str  # of its members' phone numbers
    members: tuple[str, ...]


GROUPS: Final = (
    VillageGroup(
        "10101", "Umoja Women", "vsla", Money(5_000, "UGX"), Money(500, "UGX"), "week", range(WEEKS),
        "Africa/Kampala", "en", "64110", "+2567720001",
        (
            "Nakato Ruth", "Akello Grace", "Namukasa Sarah", "Okot James", "Auma Betty",
            "Nabirye Joan", "Opio Peter", "Atim Lucy", "Kyomuhendo Rose", "Wasswa John",
        ),
    ),
    VillageGroup(
        "20202", "Tujenge Chama", "vsla", Money(50_000, "KES"), Money(5_000, "KES"), "2weeks", range(4, WEEKS, 2),
        "Africa/Nairobi", "sw", "63902", "+2547110001",
        (
            "Wanjiru Mary", "Otieno David", "Mwende Faith", "Kamau Joseph", "Achieng Susan",
            "Kiprono Daniel", "Njeri Esther", "Mutua Samuel", "Nekesa Jane", "Barasa Paul",
        ),
    ),
    VillageGroup(
        "30303", "Njangi Solidarité", "rosca", Money(2_000, "XAF"), Money(250, "XAF"), "week", range(10, WEEKS),
        "Africa/Douala", "fr", "62401", "+2376770001",
        (
            "Ngono Marie", "Fotso Jean", "Mballa Aimée", "Tchoumi Paul", "Eyenga Claire",
            "Kamga Robert", "Ateba Chantal", "Njoya Issa", "Manga Céline", "Essomba Luc",
        ),
    ),
)  # fmt: skip

OFFICES: Final[tuple[Role, ...]] = ("chairperson", "secretary", "treasurer")
# In two groups: she moved to Nairobi and kept her place at home.
IN_TWO_GROUPS: Final = ("Auma Betty", "20202")
# Who has a phone of another network than their group's others: how the number begins, and the network.
_AIRTEL: Final = ("+2567520001", "64101")
OTHER_NETWORKS: Final[Mapping[str, tuple[str, str]]] = {
    "Nabirye Joan": _AIRTEL,
    "Kyomuhendo Rose": _AIRTEL,
    "Wasswa John": _AIRTEL,
}
# What there is to see at whose phone.
STORIES: Final[Mapping[str, str]] = {
    "Nakato Ruth": "can agree to Atim's loan: dials and types decide",
    "Nabirye Joan": "pays a loan back, by Airtel Money",
    "Opio Peter": "asks Wasswa to guarantee a loan",
    "Atim Lucy": "waits for a loan, which comes by mobile money",
    "Kyomuhendo Rose": "is late with a loan",
    "Wasswa John": "can stand for Opio's loan: dials and types guarantee",
    "Wanjiru Mary": "can agree to a grant: dials and types decide",
    "Ngono Marie": "can agree to a grant: dials and types decide",
    "Eyenga Claire": "is next in the rotation",
}
# Has asked to join and waits for an officer.
APPLICANT: Final = Villager("Nansubuga Eve", "+256772000190", "3691", "en", "64110", Money(150_000, "UGX"), ())
# Nobody's number yet: for the way in.
NEWCOMER_PHONE: Final = "+256772000199"


def people() -> list[Villager]:
    """The thirty members, in the order of their groups' lists."""
    return [
        Villager(
            name=name,
            phone=f"{_number(group, name)[0]}{number:02}",
            pin=_pin(group.code, number),
            language=group.language,
            network=_number(group, name)[1],
            wallet=Money(group.price.minor * 40, group.price.currency),
            roles=tuple(_roles(group, name, number)),
        )
        for group in GROUPS
        for number, name in enumerate(group.members, start=1)
    ]


def _number(group: VillageGroup, name: str) -> tuple[str, str]:
    """How a member's number begins, and its network."""
    return OTHER_NETWORKS.get(name, (group.prefix, group.network))


def _roles(group: VillageGroup, name: str, number: int) -> Iterator[tuple[str, Role]]:
    yield group.code, OFFICES[number - 1] if number <= len(OFFICES) else "member"
    if name == IN_TWO_GROUPS[0]:
        yield IN_TWO_GROUPS[1], "member"


def _pin(code: str, number: int) -> str:
    """Four digits that are the same on every machine, and not 1234."""
    return f"{int(code[:2]) * 97 + number * 371 + 1357:04}"[-4:]
