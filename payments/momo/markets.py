"""
The markets of MTN Mobile Money: the target environment of each, its currencies, and the numbers that are MTN's.

Where a network is told by its first digits, its numbers are those of the country's plan. Where numbers may be
taken along to another network, every number of the country is tried.
"""

from collections.abc import Mapping
from typing import Final

from domain.money import EXPONENTS
from payments.networks import numbers_of

# One target environment a market, and the currencies that each takes.
CURRENCIES: Final[Mapping[str, frozenset[str]]] = {
    "mtnbenin": frozenset({"XOF"}),
    "mtncameroon": frozenset({"XAF"}),
    "mtncongo": frozenset({"XAF"}),
    "mtnghana": frozenset({"GHS"}),
    "mtnguineaconakry": frozenset({"GNF"}),
    "mtnivorycoast": frozenset({"XOF"}),
    "mtnliberia": frozenset({"LRD", "USD"}),
    "mtnnigeria": frozenset({"NGN"}),
    "mtnrwanda": frozenset({"RWF"}),
    "mtnsouthafrica": frozenset({"ZAR"}),
    "mtnsouthsudan": frozenset({"SSP"}),
    "mtnswaziland": frozenset({"SZL"}),
    "mtnuganda": frozenset({"UGX"}),
    "mtnzambia": frozenset({"ZMW"}),
    "sandbox": frozenset({"EUR"}),
    "simulator": frozenset(EXPONENTS),
}

# How the numbers begin; in the sandbox and the simulator they are whatever somebody made up.
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "mtnbenin": ("+229",),
    "mtncameroon": ("+237",),
    "mtncongo": numbers_of("mtn", "CG"),
    "mtnghana": ("+233",),
    "mtnguineaconakry": ("+224",),
    "mtnivorycoast": numbers_of("mtn", "CI"),
    "mtnliberia": numbers_of("mtn", "LR"),
    "mtnnigeria": ("+234",),
    "mtnrwanda": numbers_of("mtn", "RW"),
    "mtnsouthafrica": ("+27",),
    "mtnsouthsudan": numbers_of("mtn", "SS"),
    "mtnswaziland": numbers_of("mtn", "SZ"),
    "mtnuganda": numbers_of("mtn", "UG"),
    "mtnzambia": numbers_of("mtn", "ZM"),
    "sandbox": ("+",),
    "simulator": ("+",),
}
