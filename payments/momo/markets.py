"""
The markets of MTN Mobile Money: the target environment of each, its currencies, and the numbers that are MTN's.

Numbers stand here where a network is told by its first digits, in the numbering plan of the country's regulator
(2026). Where numbers may be taken along to another network, every number of the country is tried.
"""

from collections.abc import Mapping
from typing import Final

from domain.money import EXPONENTS

# One target environment a market, and the currencies that each takes.
CURRENCIES: Final[Mapping[str, frozenset[str]]] = {
    "mtnbenin": frozenset({"XOF"}),
    "mtncameroon": frozenset({"XAF"}),
    "mtncongo": frozenset({"XAF"}),
    "mtnghana": frozenset({"GHS"}),
    "mtnguineaconakry": frozenset({"GNF"}),
    "mtnivorycoast": frozenset({"XOF"}),
    "mtnnigeria": frozenset({"NGN"}),
    "mtnrwanda": frozenset({"RWF"}),
    "mtnsouthafrica": frozenset({"ZAR"}),
    "mtnuganda": frozenset({"UGX"}),
    "mtnzambia": frozenset({"ZMW"}),
    "sandbox": frozenset({"EUR"}),
    "simulator": frozenset(EXPONENTS),
}

# How the numbers begin; in the sandbox and the simulator they are whatever somebody made up.
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "mtnbenin": ("+229",),
    "mtncameroon": ("+237",),
    "mtncongo": ("+24206",),
    "mtnghana": ("+233",),
    "mtnguineaconakry": ("+224",),
    "mtnivorycoast": ("+22505",),
    "mtnnigeria": ("+234",),
    "mtnrwanda": ("+25078", "+25079"),
    "mtnsouthafrica": ("+27",),
    "mtnuganda": ("+25631", "+25639", "+25676", "+25677", "+25678", "+25679"),
    "mtnzambia": ("+26056", "+26076", "+26096"),
    "sandbox": ("+",),
    "simulator": ("+",),
}
