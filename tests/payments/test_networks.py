"""By which digits a number is of a network: checked with what the numbering plans say of mobile numbers."""

from itertools import combinations
from typing import get_args

import phonenumbers
import pytest

from payments.airtel.markets import MARKETS
from payments.daraja.prompts import SAFARICOM
from payments.momo.markets import NUMBERS
from payments.networks import _NETWORKS, Network, numbers_of

KNOWN = [(network, country) for network in get_args(Network) for country in _NETWORKS[network]]


@pytest.mark.parametrize(
    ("network", "country", "phone"),
    [
        ("mtn", "UG", "+256772000101"),
        ("mtn", "UG", "+256793000101"),
        ("mtn", "RW", "+250788000101"),
        ("mtn", "SZ", "+268762000101"),
        ("airtel", "UG", "+256752000101"),
        ("airtel", "KE", "+254733000101"),
        ("airtel", "TZ", "+255784000101"),
        ("safaricom", "KE", "+254722000101"),
        ("safaricom", "KE", "+254110000101"),
    ],
)
def test_a_number_is_of_its_network_and_of_no_other(network: Network, country: str, phone: str) -> None:
    assert [of for of in KNOWN if phone.startswith(numbers_of(*of))] == [(network, country)]


@pytest.mark.parametrize("phone", ["+256712000101", "+254747000101", "+254772000101", "+255752000101"])
def test_a_number_of_a_network_that_nobody_carries_money_of_is_of_none(phone: str) -> None:
    """UTL in Uganda, Jamii and Telkom in Kenya, Vodacom in Tanzania."""
    assert not [of for of in KNOWN if phone.startswith(numbers_of(*of))]


@pytest.mark.parametrize(("network", "country"), KNOWN)
def test_each_beginning_is_one_of_mobile_numbers_of_its_country(network: Network, country: str) -> None:
    """Some number of the length of a mobile one there has it, and is a mobile one or may be."""
    mobile = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    whole = f"+{example.country_code}{phonenumbers.national_significant_number(example)}"
    for beginning in numbers_of(network, country):
        rest = whole[len(beginning) + 2 :]
        numbers = [phonenumbers.parse(f"{beginning}{more:02}{rest}") for more in range(100)]
        assert any(phonenumbers.number_type(each) in mobile for each in numbers), beginning
        assert {phonenumbers.region_code_for_number(each) for each in numbers} <= {country, None}


def test_no_number_is_of_two_networks() -> None:
    for one, other in combinations(KNOWN, 2):
        shared = [
            (a, b) for a in numbers_of(*one) for b in numbers_of(*other) if a.startswith(b) or b.startswith(a)
        ]
        assert shared == [], (one, other)


def test_each_plan_is_here_for_somebody_who_carries_money_by_it() -> None:
    of_markets = [*NUMBERS.values(), *(each.numbers for each in MARKETS.values()), SAFARICOM]
    assert {numbers_of(*each) for each in KNOWN} <= set(of_markets)


def test_where_no_plan_is_known_it_is_said() -> None:
    with pytest.raises(KeyError):
        numbers_of("safaricom", "UG")
