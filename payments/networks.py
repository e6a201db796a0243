"""
By which digits a mobile number begins that is of a network: its provider carries money of its own phones.

Source: the carrier table of Google's libphonenumber 9.0.42, which follows the countries' numbering plans. It is
here as far as somebody carries money for a network: the whole library would take 46 MB of the image, and its table
11 MB of each process. Where people keep their number and change their network, and where a range is new, the
operator says otherwise by PAYMENT_NUMBERS.
"""

from collections.abc import Mapping
from typing import Final, Literal

Network = Literal["mtn", "airtel", "safaricom"]

# By country: its calling code, then what follows it.
_NETWORKS: Final[Mapping[Network, Mapping[str, str]]] = {
    "mtn": {
        "CG": "+242 06",
        "CI": "+225 05",
        "LR": "+231 555 8",
        "RW": "+250 78 79",
        "SS": "+211 92 99",
        "SZ": "+268 76 78",
        "UG": "+256 76 77 78 790 791 792 793 794 795",
        "ZM": "+260 56 76 96",
    },
    "airtel": {
        "CD": "+243 96 97 98 99",
        "CG": "+242 04 05",
        "GA": "+241 04 07 7",
        "KE": "+254 10 135 136 137 138 139 73 750 751 752 753 754 755 756 760 762 763 764 765 766 767 78",
        "MW": "+265 9",
        "NE": "+227 77 86 87 88 89 96 97 98 99",
        "RW": "+250 72 73",
        "TD": "+235 6 8",
        "TZ": "+255 60 66 68 69 78",
        "UG": "+256 70 730 731 732 74 75",
        "ZM": "+260 57 77 97",
    },
    "safaricom": {
        "KE": "+254 11 14 18 70 71 72 740 741 742 743 745 746 748 749 757 758 759 768 769 79",
    },
}


def numbers_of(network: Network, country: str) -> tuple[str, ...]:
    """
    The beginnings (E.164) of a network's numbers in a country (ISO 3166). Raises KeyError where we know no plan of
    it: then every number of the country may be tried.
    """
    code, *beginnings = _NETWORKS[network][country].split()
    return tuple(code + each for each in beginnings)
