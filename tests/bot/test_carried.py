"""What rails carry as the rules know it: in the operator's order, and by which digits of a number."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import Settings, load
from bot.local.stores import Stores
from bot.rails import Rails
from bot.setting import BadSettings
from payments.names import TITLES
from payments.port import Asked, Capabilities, Carries, Collection, ProviderStatus

ROOT = Path(__file__).parents[2]


class Telco:
    """A rail as far as it says what it carries."""

    capabilities = Capabilities()

    def __init__(self, name: str, *carries: Carries) -> None:
        self.name, self.carries = name, carries or (Carries("UGX"),)

    def collect(self, collection: Collection) -> str:
        raise NotImplementedError

    def status(self, asked: Asked) -> ProviderStatus:
        raise NotImplementedError


def rails(settings: Settings, *telcos: Telco) -> Rails:
    made: Sequence[Telco] = telcos
    return Rails(made, settings.numbers_carried)


def test_every_provider_there_is_has_a_name_for_people() -> None:
    adapters = {path.parent.name for path in (ROOT / "payments").glob("*/__init__.py")}
    assert adapters <= TITLES.keys()


def test_each_currency_of_a_rail_has_limits_of_its_own(settings: Settings) -> None:
    kenya = Carries("KES", ("+254",), unit=100, least=1_000, most=25_000_000)
    found = rails(settings, Telco("pawapay", kenya, Carries("UGX", ("+256",)))).carriers
    assert [(each.name, each.title, *each.currencies) for each in found] == [
        ("pawapay", "pawaPay", "KES"),
        ("pawapay", "pawaPay", "UGX"),
    ]
    assert [(each.unit, each.least, each.most) for each in found] == [(100, 1_000, 25_000_000), (1, 1, None)]


def test_a_number_is_carried_by_whom_the_operator_says(settings: Settings) -> None:
    asked = replace(settings, payment_numbers="+256772000109=airtel,+25670=airtel")
    momo, airtel = rails(asked, Telco("momo"), Telco("airtel")).carriers
    numbers = ("+256772000101", "+256772000109", "+256701000101")
    assert [momo.serves(each) for each in numbers] == [True, False, False]
    assert [airtel.serves(each) for each in numbers] == [True, True, True]  # it says of itself that it takes all


@pytest.mark.parametrize("value", ["+25670=aritel", "25670=airtel", "+25670", "+25670=airtel, +25677=momo"])
def test_a_number_or_a_name_that_is_none_stops_the_start(stores: Stores, value: str) -> None:
    given: dict[str, Any] = {"APP_ENV": "test", "MONGO_URI": stores.mongo_uri, "REDIS_URL": stores.redis_url}
    with pytest.raises(BadSettings) as wrong:
        load(given | {"PAYMENT_NUMBERS": value})
    assert "PAYMENT_NUMBERS" in str(wrong.value)
