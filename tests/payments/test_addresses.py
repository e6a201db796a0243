"""The addresses that providers are given: one for each payment, which nobody else can make."""

from dataclasses import replace
from string import ascii_letters, digits
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.addresses import Addresses

OURS = Addresses("daraja", "https://pay.example.org", "hush", ("key", "older"))
NAMES = st.lists(st.text(f"{ascii_letters}{digits}-", min_size=1, max_size=40), min_size=1, max_size=3)


@given(NAMES)
def test_what_was_put_into_an_address_is_read_from_it(names: list[str]) -> None:
    url = OURS.of("stk", *names)
    path = urlsplit(url).path
    assert url.startswith("https://pay.example.org/hooks/daraja/hush/stk/")
    assert OURS.names("stk", path.removeprefix(OURS.path("stk"))) == tuple(names)


@pytest.mark.parametrize(
    ("change", "is_ours"),
    [
        ({}, True),
        ({"secret": "newer"}, True),
        ({"keys": ("newer", "key")}, True),
        ({"keys": ("hush",)}, False),
        ({"rail": "airtel"}, False),
        ({"public_url": "https://other.example.org"}, True),
    ],
)
def test_an_address_is_good_for_its_rail_and_while_its_key_is(change: dict[str, Any], is_ours: bool) -> None:
    rest = OURS.of("stk", "p1").rpartition("/")[2]
    assert (replace(OURS, **change).names("stk", rest) is not None) is is_ours
    assert replace(OURS, **change).names("status", rest) is None, "another kind of callback"


@given(st.text(max_size=60))
def test_what_somebody_made_up_is_no_address(rest: str) -> None:
    assert OURS.names("stk", rest) is None


def test_without_a_secret_or_a_public_address_nobody_can_call() -> None:
    assert OURS and not replace(OURS, secret="") and not replace(OURS, public_url="")
