"""The settings of Airtel Money and of MTN's two gateways: who carries whose money, and what stops the start."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.airtel_settings import AirtelSettings
from bot.config import Settings, load
from bot.rails import Around, Rails, open_rails
from bot.setting import BadSettings
from payments.airtel import AirtelCollections, AirtelDisbursements, AirtelListed
from payments.http import OwnTokens
from payments.momo import MomoCollections
from payments.port import Balanced
from tests.bot.production import PRODUCTION
from tests.payments.airtel.conftest import PUBLIC_KEY

AIRTEL = {
    "AIRTEL_API_URL": "https://openapi.airtel.ug",
    "AIRTEL_CLIENT_ID": "app",
    "AIRTEL_CLIENT_SECRET": "secret-of-the-app",
}
PAYING_OUT = {"AIRTEL_PIN": "7341", "AIRTEL_PIN_KEY": PUBLIC_KEY, "AIRTEL_PIN_PADDING": "oaep-sha256"}
AROUND = Around(OwnTokens(), lambda: datetime.now(UTC))
SECOND = {
    "MOMO_AFRICA_SUBSCRIPTION_KEY": "sub-key",
    "MOMO_AFRICA_USER": "7c0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
    "MOMO_AFRICA_TOKEN": "credential-token",
}
SECOND_OUT = {
    "MOMO_AFRICA_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-key-out",
    "MOMO_AFRICA_DISBURSEMENT_USER": "8d0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
    "MOMO_AFRICA_DISBURSEMENT_TOKEN": "credential-token-out",
}


def rails(**given: str) -> Rails:
    return open_rails(load({**PRODUCTION, **given}), AROUND)


def carrier(found: Rails, direction: str, phone: str) -> str:
    """Who carries shillings of Uganda from or to this number: the first that does."""
    names = (
        each.name
        for each in found.carriers
        if each.direction == direction and "UGX" in each.currencies and phone.startswith(each.numbers)
    )
    return next(names, "")


@pytest.mark.parametrize(
    ("phone", "name"),
    [("+256752000101", "airtel"), ("+256701000101", "airtel"), ("+256772000101", "momo"), ("+256711000101", "")],
)
def test_the_network_of_a_number_carries_its_money(phone: str, name: str) -> None:
    assert carrier(rails(**AIRTEL), "in", phone) == name


def test_numbers_of_the_operators_own_replace_those_known_here() -> None:
    found = rails(**AIRTEL, AIRTEL_NUMBERS="+25675, +25677")
    named = [carrier(found, "in", f"+256{rest}2000101") for rest in ("75", "77", "70")]
    assert named == ["airtel", "airtel", ""]


def test_without_a_pin_airtel_money_pays_nobody() -> None:
    assert set(rails(**AIRTEL).payers) == set()
    both = rails(**AIRTEL, **PAYING_OUT)
    assert isinstance(both.payers["airtel"], AirtelDisbursements)
    assert isinstance(both.collectors["airtel"], AirtelCollections)
    assert [type(each) for each in both.listers] == []
    assert [type(each) for each in rails(**AIRTEL, AIRTEL_LISTS="true").listers] == [AirtelListed]
    assert all(isinstance(each, Balanced) for each in (both.payers["airtel"], both.collectors["airtel"]))


def test_the_newer_gateway_takes_what_is_new_and_the_first_keeps_what_it_has() -> None:
    found = rails(**SECOND, **SECOND_OUT)
    assert set(found.collectors) == {"momo", "momo_africa"}
    assert carrier(found, "in", "+256772000101") == "momo_africa"
    assert carrier(found, "out", "+256772000101") == "momo_africa"
    turned = rails(**SECOND, PAYMENT_RAILS="momo,momo_africa")
    assert carrier(turned, "in", "+256772000101") == "momo"
    assert isinstance(found.collectors["momo_africa"], MomoCollections)
    (told,) = found.collectors["momo_africa"].callbacks
    assert told.path.startswith("/hooks/momo_africa/")


@pytest.mark.parametrize("only", [AIRTEL, SECOND])
def test_one_rail_is_enough_in_production(only: dict[str, str]) -> None:
    without = {name: value for name, value in PRODUCTION.items() if not name.startswith("MOMO_")}
    place = {"MOMO_ENVIRONMENT": "mtnuganda"}
    assert len(open_rails(load({**without, **place, **only}), AROUND).collectors) == 1
    with pytest.raises(BadSettings, match="MOMO_API_KEY: must be set"):
        load({**without, **place})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"AIRTEL_CLIENT_SECRET": ""}, "AIRTEL_CLIENT_SECRET: Airtel Money needs it"),
        ({"AIRTEL_CLIENT_ID": "", "AIRTEL_CLIENT_SECRET": "", "AIRTEL_PIN": "7341"}, "AIRTEL_PIN: needs"),
        ({"AIRTEL_COUNTRY": "GH"}, "AIRTEL_COUNTRY: must be one of CD, .*ZM"),
        ({"AIRTEL_NUMBERS": "070,075"}, r"AIRTEL_NUMBERS: must be beginnings .* like \+25670"),
        ({"AIRTEL_NUMBERS": "+25475"}, r"AIRTEL_NUMBERS: must be numbers of AIRTEL_COUNTRY, .* \+256"),
        ({"AIRTEL_PIN": "12"}, "AIRTEL_PIN: must be four to six digits"),
        ({"AIRTEL_PIN": "7341", "AIRTEL_PIN_KEY": PUBLIC_KEY[:40]}, "AIRTEL_PIN_KEY: must be an RSA public key"),
        ({"AIRTEL_PIN_PADDING": "oaep"}, "AIRTEL_PIN_PADDING: must be one of pkcs1, oaep-sha1, oaep-sha256"),
        ({"AIRTEL_API_URL": "https://openapiuat.airtel.ug"}, "AIRTEL_API_URL: must be Airtel's address for prod"),
        ({"AIRTEL_API_URL": "http://openapi.airtel.ug"}, "AIRTEL_API_URL: must start with https://"),
        ({"AIRTEL_SIGNED": "maybe"}, "AIRTEL_SIGNED: must be true or false"),
        ({"PAYMENT_RAILS": "airtel,mtn"}, "PAYMENT_RAILS: must be names"),
        ({**SECOND, "MOMO_AFRICA_TOKEN": ""}, "MOMO_AFRICA_TOKEN: MTN MoMo's newer gateway needs it"),
        ({**SECOND_OUT, "MOMO_AFRICA_DISBURSEMENT_USER": ""}, "MOMO_AFRICA_DISBURSEMENT_USER: paying out by MTN"),
    ],
)
def test_a_mistake_is_named_and_stops_the_start(changed: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=f"(?m)^{said}") as stopped:
        load({**PRODUCTION, **AIRTEL, **changed})
    assert not [secret for secret in ("7341", "secret-of-the-app") if secret in str(stopped.value)]


def test_no_secret_of_theirs_is_shown() -> None:
    settings = load({**PRODUCTION, **AIRTEL, **PAYING_OUT, **SECOND, "AIRTEL_CALLBACK_KEY": "callback-key"})
    secrets: list[str] = ["7341", "secret-of-the-app", "credential-token", "callback-key"]
    assert not [secret for secret in secrets if secret in repr(settings)]
    assert {*secrets} <= {*settings.secrets}


def test_where_mobile_money_is_off_so_is_every_rail() -> None:
    on = load({**PRODUCTION, **AIRTEL, **PAYING_OUT, **SECOND, **SECOND_OUT})
    off: Settings = replace(on, feature_mobile_money_enabled=False)
    ready: Any = ("airtel_ready", "airtel_pays_out", "momo_africa_ready", "momo_africa_pays_out")
    assert [getattr(on, name) for name in ready] == [True] * 4
    assert [getattr(off, name) for name in ready] == [False] * 4
    assert isinstance(on, AirtelSettings)
