"""Which of several providers carries money."""

import pytest

from domain.mongo.store import MongoStore
from domain.records.payment import Direction
from domain.store import MoneyProvider
from domain.treasury.providers import can_collect, can_pay_out, provider_for
from tests.people import carries


@pytest.fixture
def several(store: MongoStore) -> MongoStore:
    """One for two prefixes of Uganda, one for any number, one for Kenya that pays nothing out."""
    store.providers = [
        *carries("first", "UGX", numbers=("+25677", "+25678")),
        *carries("second", "UGX", "RWF"),
        MoneyProvider("third", "in", frozenset({"KES"})),
    ]
    return store


@pytest.mark.parametrize(
    ("direction", "currency", "phone", "name"),
    [
        ("in", "UGX", "+256772000101", "first"),
        ("out", "UGX", "+256782000101", "first"),
        ("in", "UGX", "+256752000101", "second"),
        ("in", "RWF", "+256772000101", "second"),
        ("in", "KES", "+254722000101", "third"),
        ("out", "KES", "+254722000101", ""),
        ("in", "GHS", "+233242000101", ""),
    ],
)
def test_the_first_that_serves_the_number_and_the_currency_carries_it(
    several: MongoStore, direction: Direction, currency: str, phone: str, name: str
) -> None:
    assert provider_for(several, direction, currency, phone) == name


def test_a_currency_is_offered_when_one_of_them_carries_it(several: MongoStore) -> None:
    assert [can_collect(several, currency) for currency in ("UGX", "KES", "GHS")] == [True, True, False]
    assert [can_pay_out(several, currency) for currency in ("UGX", "KES", "GHS")] == [True, False, False]
