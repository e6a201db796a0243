"""Daraja's tokens, and its numbers and times as it writes them."""

import pytest
from werkzeug import Response

from domain.money import Money
from payments.addresses import Addresses
from payments.daraja.prompts import SAFARICOM
from payments.daraja.wire import read_day_time, read_receipt, read_shillings, read_stamp, stamp
from payments.names import typed_receipt
from payments.port import NotSent
from tests.payments.conftest import said
from tests.payments.daraja.wire import ACCEPTED, AMINA, CHECKOUT, NOW, DarajaWire, ask, error


@pytest.mark.parametrize(
    "refusal", [error(404, "404.001.03"), error(400, "400.003.01"), error(401, "401.002.01"), said(401)]
)
def test_a_token_that_is_refused_is_renewed_once(wire: DarajaWire, refusal: Response) -> None:
    wire.answers += [refusal, said(200, ACCEPTED)]
    assert wire.collections().collect(ask()) == CHECKOUT
    assert wire.seen[-1].headers["Authorization"] == "Bearer t2"


def test_a_token_that_is_refused_twice_was_never_looked_past(wire: DarajaWire) -> None:
    wire.answers += [error(404, "404.001.03"), error(404, "404.001.03")]
    with pytest.raises(NotSent):
        wire.collections().collect(ask())
    assert wire.tokens == 2


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("5.00", 500),
        (500.00, 50_000),
        (1, 100),
        ("1000.0000", 100_000),
        ("37,600.00", 3_760_000),
        ("37600", 3_760_000),
        ("1,23", None),
        ("1.005", None),
        ("12,3456", None),
        ("", None),
        (None, None),
        (True, None),
        (["5"], None),
        (1e300, None),
    ],
)
def test_an_amount_is_a_decimal_however_it_is_written(written: object, minor: int | None) -> None:
    assert read_shillings(written) == (None if minor is None else Money(minor, "KES"))


def test_a_receipt_that_somebody_types_is_the_one_of_the_list() -> None:
    """In small letters it would be another one, and the money in the book a second time."""
    assert typed_receipt("daraja", " tj17 rx4k2m") == "TJ17RX4K2M" == read_receipt("TJ17RX4K2M")
    assert typed_receipt("airtel", "disburs-X1-6009") == "disburs-X1-6009"


def test_its_clock_shows_nairobis_time() -> None:
    assert stamp(NOW) == "20261001093000"
    assert read_stamp("20261001093000") == NOW == read_stamp(20261001093000)
    assert read_day_time("2026-10-01 09:30:00") == NOW == read_day_time("2026-10-01T06:30:00Z")
    assert [read_stamp(each) for each in ("", None, "2026", "20261301093000", "00010101000000")] == [None] * 5


def test_it_carries_the_numbers_of_safaricom_alone() -> None:
    assert AMINA.startswith(SAFARICOM)
    assert "+254110123456".startswith(SAFARICOM)
    assert not any(each.startswith(SAFARICOM) for each in ("+254733123456", "+254100123456", "+256772000101"))


def test_without_addresses_there_is_no_rail(wire: DarajaWire) -> None:
    none = Addresses("daraja", "", "", ("key",))
    with pytest.raises(ValueError, match="addresses"):
        wire.collections(addresses=none)
    with pytest.raises(ValueError, match="addresses"):
        wire.user(addresses=none)
