"""Which of several providers carries money, and what is said where none does."""

import pytest

from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import Direction
from domain.savings.contribute import Contribute
from domain.savings.withdraw import AskWithdrawal
from domain.store import MoneyProvider
from domain.treasury.money_in import NotCollected
from domain.treasury.money_out import NotPayable
from domain.treasury.providers import (
    NotCarried,
    as_carried,
    can_collect,
    can_pay_out,
    check_carried,
    provider_for,
    serving,
)
from tests.domain.savers import found
from tests.people import Village, carries, do


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


def test_the_longest_beginning_that_is_known_of_a_number_says_whose_it_is() -> None:
    """Who kept their number and went to another network is another one's, and who came from there is its own."""
    went, came = "+256772000109", "+256701000101"
    mine = MoneyProvider("m", "in", frozenset({"UGX"}), ("+25677", came), ("+25670", went))
    assert [mine.serves(each) for each in ("+256772000101", went, came, "+256701000109")] == [
        True,
        False,
        True,
        False,
    ]
    whole_country = MoneyProvider("w", "in", frozenset({"UGX"}), ("+256",), ("+25677",))
    assert [whole_country.serves(each) for each in ("+256701000101", "+256772000101")] == [True, False]


def shilling(
    name: str, least: int = 1, most: int | None = None, *, title: str = "", unit: int = 100
) -> MoneyProvider:
    return MoneyProvider(name, "in", frozenset({"KES"}), unit=unit, least=least, most=most, title=title)


def test_an_amount_goes_to_the_first_that_carries_it(store: MongoStore) -> None:
    """Up to 2,500 by the first, in whole shillings; the second takes more, and cents."""
    store.providers = [shilling("first", least=1_000, most=250_000), shilling("second", unit=1, most=900_000)]
    carried = {
        minor: provider_for(store, "in", "KES", "+254722000101", minor)
        for minor in (900, 999, 1_000, 250_000, 250_001, 250_100, 900_000, 900_001)
    }
    first, second = [1_000, 250_000], [900, 999, 250_001, 250_100, 900_000]
    assert carried == dict.fromkeys(first, "first") | dict.fromkeys(second, "second") | {900_001: ""}


@pytest.mark.parametrize(
    ("minor", "why", "below", "above", "carried"),
    [
        (15_050, "whole", 15_000, 15_100, 15_000),
        (999, "least", 0, 1_000, 0),
        (50, "least", 0, 1_000, 0),
        (250_001, "most", 249_900, 0, 249_900),
        (249_950, "whole", 249_900, 0, 249_900),
    ],
)
def test_who_types_an_amount_that_is_not_carried_hears_the_nearest_that_is(
    minor: int, why: str, below: int, above: int, carried: int
) -> None:
    provider = shilling("d", least=950, most=249_999, title="Pesa")
    with pytest.raises(NotCarried) as refused:
        check_carried([provider], Money(minor, "KES"))
    nearest = {"provider": "Pesa", "why": why, "below": below, "above": above, "currency": "KES"}
    assert refused.value.details == nearest
    assert as_carried([provider], Money(minor, "KES")).minor == carried
    for right in filter(None, (below, above)):
        check_carried([provider], Money(right, "KES"))


def test_of_several_that_do_not_carry_it_the_nearest_is_said() -> None:
    small, large = shilling("small", most=10_000), shilling("large", most=500_000)
    with pytest.raises(NotCarried) as refused:
        check_carried([small, large], Money(600_000, "KES"))
    assert (refused.value.details["provider"], refused.value.details["below"]) == ("large", 500_000)
    assert as_carried([small, large], Money(600_000, "KES")).minor == 500_000


def test_nobody_who_serves_a_number_refuses_no_amount(several: MongoStore) -> None:
    """That it has to be cash is another sentence."""
    assert serving(several, "in", "GHS", "+233242000101") == ()
    check_carried([], Money(1, "GHS"))
    assert as_carried([], Money(1, "GHS")).minor == 1


def test_a_payment_names_who_carries_it_and_none_is_made_that_nobody_carries(
    store: MongoStore, village: Village
) -> None:
    """Akello's number is the first's, in whole hundreds; Okot's is nobody's: he pays at the meeting."""
    akello, okot = village.akello, village.okot
    hundreds = MoneyProvider("hundreds", "in", frozenset({"UGX"}), (akello.phone,), unit=100)
    store.providers = [hundreds, MoneyProvider("other", "in", frozenset({"UGX"}), ("+25670",))]
    asked = do(store, Contribute(village.umoja, akello.id, Money(5_500, "UGX")))
    assert isinstance(asked, dict)
    assert store.payments.get(asked["payment"]).provider == "hundreds"
    before = store.payments.count()
    with pytest.raises(NotCarried):
        do(store, Contribute(village.umoja, akello.id, Money(5_550, "UGX")))
    with pytest.raises(NotCollected):
        do(store, Contribute(village.umoja, okot.id, Money(5_500, "UGX")))
    assert store.payments.count() == before


def test_what_cannot_be_sent_is_not_asked_for(store: MongoStore) -> None:
    """A withdrawal in whole hundreds is; one of 10,050 is not, nor any to a number that nobody serves."""
    savers = found(store)
    savers.give_credit("dan", 20_000)
    dan, eve = (store.people.get(person).phone for person in ("dan", "eve"))
    store.providers = [MoneyProvider("hundreds", "out", frozenset({"UGX"}), (dan,), unit=100)]
    assert dan != eve
    with pytest.raises(NotCarried):
        savers.do(AskWithdrawal("dan", savers.group, Money(10_050, "UGX"), "mobile_money"))
    savers.do(AskWithdrawal("dan", savers.group, Money(10_000, "UGX"), "mobile_money"))
    savers.give_credit("eve", 20_000)
    with pytest.raises(NotPayable):
        savers.do(AskWithdrawal("eve", savers.group, Money(10_000, "UGX"), "mobile_money"))
