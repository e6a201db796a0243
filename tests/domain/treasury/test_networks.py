"""Which network a number is with: what its people say goes before what its digits tell."""

from dataclasses import replace

import phonenumbers
import pytest

from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.payment import FailureReason
from domain.records.person import NotAllowed
from domain.records.phone import calling_code
from domain.savings.contribute import Contribute
from domain.store import MoneyProvider
from domain.treasury.networks import SayNetwork, networks_of, networks_said
from domain.treasury.providers import serving
from domain.treasury.settle import payment_failed
from tests.people import Village, do, found_village

UGX = frozenset({"UGX"})
MTN = MoneyProvider("momo", "in", UGX, ("+25677",), title="MTN MoMo", network="mtn")
MTN_OUT = MoneyProvider("momo", "out", UGX, ("+25677",), title="MTN MoMo", network="mtn")
AIRTEL = MoneyProvider("airtel", "in", UGX, ("+25670",), title="Airtel Money", network="airtel")
KENYA = MoneyProvider("daraja", "in", frozenset({"KES"}), ("+2547",), title="M-Pesa", network="safaricom")
ALL = MoneyProvider("pawapay", "in", UGX, ("+25677", "+25670"), title="pawaPay")


@pytest.fixture
def village(store: MongoStore) -> Village:
    village = found_village(store)
    store.providers = [MTN, MTN_OUT, KENYA, AIRTEL, ALL]
    return village


def names(store: MongoStore, phone: str, direction: str = "in") -> list[str]:
    return [each.name for each in serving(store, "in" if direction == "in" else "out", "UGX", phone)]


def test_the_networks_of_a_number_are_those_of_its_country(store: MongoStore, village: Village) -> None:
    assert networks_of(store, village.akello.phone) == {"mtn": "MTN MoMo", "airtel": "Airtel Money"}
    assert networks_of(store, "+254711000101") == {"safaricom": "M-Pesa"}
    assert networks_of(store, "") == {}


def test_what_somebody_says_of_their_number_goes_before_its_digits(store: MongoStore, village: Village) -> None:
    """Who reaches every network is asked by nobody, and carries it as before."""
    phone = village.akello.phone
    assert (names(store, phone), names(store, phone, "out")) == (["momo", "pawapay"], ["momo"])
    do(store, SayNetwork(village.akello.id, "airtel"))
    assert (names(store, phone), names(store, phone, "out")) == (["airtel", "pawapay"], [])
    assert names(store, village.okot.phone) == ["momo", "pawapay"], "it is said of one number"
    do(store, SayNetwork(village.akello.id, "mtn"))
    assert names(store, phone) == ["momo", "pawapay"]


def test_what_is_said_of_a_number_is_said_of_each_form_of_it(store: MongoStore, village: Village) -> None:
    before, today = "+22997123456", "+2290197123456"
    store.providers = [replace(MTN, numbers=("+229",)), replace(AIRTEL, numbers=("+229",))]
    store.people.change(village.akello.id, phone=today)
    do(store, SayNetwork(village.akello.id, "airtel"))
    assert networks_said(store, [before, today]) == {before: "airtel", today: "airtel"}


def test_what_several_said_is_asked_for_together(store: MongoStore, village: Village) -> None:
    do(store, SayNetwork(village.akello.id, "airtel"))
    phones = [each.phone for each in (village.akello, village.okot)]
    said = networks_said(store, ["", *phones])
    assert said == {village.akello.phone: "airtel"}
    assert [serving(store, "in", "UGX", each, said)[0].name for each in phones] == ["airtel", "momo"]


def test_what_is_not_there_any_more_counts_for_nothing(store: MongoStore, village: Village) -> None:
    do(store, SayNetwork(village.akello.id, "airtel"))
    store.providers = [MTN, KENYA]
    assert names(store, village.akello.phone) == ["momo"]
    for network in ("airtel", "safaricom", "none"):
        with pytest.raises(NotAllowed):
            do(store, SayNetwork(village.akello.id, network))


@pytest.mark.parametrize(
    ("switched_on", "reason", "said"),
    [
        ([MTN, AIRTEL], "no_account", "other_network"),
        ([MTN, KENYA], "no_account", "no_account"),
        ([MTN, AIRTEL], "declined", "declined"),
    ],
)
def test_a_number_that_a_network_does_not_know_may_be_of_another(
    store: MongoStore, village: Village, switched_on: list[MoneyProvider], reason: FailureReason, said: str
) -> None:
    store.providers = switched_on
    begun = do(store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    assert isinstance(begun, dict)
    payment = store.payments.get(begun["payment"])
    payment_failed(store, payment, reason)
    (told,) = store.notices.find(kind="payment_failed")
    assert (told.values["reason"], store.payments.get(payment.id).reason) == (said, reason)


def test_a_calling_code_is_read_off_any_number() -> None:
    codes = [f"+{code}" for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE]
    assert [calling_code(f"{code}1234567") for code in codes] == codes
    assert calling_code("772000101") == ""
