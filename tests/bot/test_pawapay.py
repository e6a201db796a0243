"""A payment by pawaPay through the whole program, and what is offered while a network does not work."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings, load
from bot.jobs import carry_out
from bot.logs import set_up
from bot.rails import Around, Rails, open_rails
from bot.setting import BadSettings
from domain.money import Money
from domain.mongo.store import utc_now
from domain.savings.contribute import Contribute
from domain.treasury.providers import provider_for
from payments.http import OwnTokens
from payments.pawapay import open_pawapay
from tests.bot.production import PRODUCTION
from tests.conftest import Clock
from tests.pawapay_server import GRACE, TOKEN, PawapayServer
from tests.payments.pawapay.keys import KEY, one_line
from tests.people import Village, do
from tests.simulator.conftest import Bot
from tests.simulator.conftest import bot as bot
from tests.web import wsgi

AROUND = Around(OwnTokens(), utc_now)
AIRTEL = "+256752000101"


@pytest.fixture
def pawapay(bot: Bot, clock: Clock) -> Iterator[PawapayServer]:
    """The bot is where what pawaPay calls is kept, for the test to hand it on."""
    server = PawapayServer(clock, bot_url=bot.url, hook_secret="hook")
    yield server
    server.stop()


def with_pawapay(settings: Settings, pawapay: PawapayServer, **changed: Any) -> Settings:
    named = {"payment_rails": "pawapay", "pawapay_api_url": pawapay.url, "pawapay_token": TOKEN}
    return replace(settings, **named | changed)


@pytest.mark.parametrize("signed", [True, False])
def test_a_signed_callback_has_a_payment_asked_about_and_an_unsigned_one_not(
    app: App, village: Village, clock: Clock, pawapay: PawapayServer, bot: Bot, signed: bool
) -> None:
    pawapay.faults.set({"signature": "der" if signed else "none"})
    settings = with_pawapay(app.settings, pawapay, pawapay_callbacks_signed=True, public_url=bot.url)
    set_up(settings, role="test")
    wired = build(settings, clock=clock)
    asked: Any = do(wired.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    id = asked["payment"]
    assert wired.store.payments.get(id).provider == "pawapay"
    clock.forward(seconds=10)
    carry_out(wired, "settle", [id])
    pawapay.operations.approve(id, "12345")
    [call] = bot.called("/hooks/pawapay/hook/deposits")
    answer = Client(wsgi(wired)).post(call.path, data=call.body, headers=call.headers)
    assert answer.status_code == 200
    assert wired.store.payments.due(clock(), 10) == ([id] if signed else [])
    clock.forward(seconds=10)
    carry_out(wired, "settle", [id])
    paid = wired.store.payments.get(id)
    assert (paid.state, paid.provider_id) == ("succeeded", json.loads(call.body)["providerTransactionId"])
    wired.close()


def test_a_network_that_stops_is_not_offered_and_no_process_starts_anew(pawapay: PawapayServer, app: App) -> None:
    account = open_pawapay(base_url=pawapay.url, token=TOKEN, beside=lambda _: None)
    rails = Rails([account.deposits, account.payouts])
    app.store.providers = rails.carriers
    for state, said in (("OPERATIONAL", "pawapay"), ("DELAYED", ""), ("OPERATIONAL", "pawapay")):
        pawapay.faults.set({"availability": {"MTN_MOMO_UGA": state}})
        account.networks.load()
        assert provider_for(app.store, "in", "UGX", GRACE) == said
        assert provider_for(app.store, "in", "UGX", AIRTEL) == "pawapay"
        assert provider_for(app.store, "out", "UGX", GRACE) == "pawapay", "a payout is kept for its network"


def test_of_two_rails_the_first_that_carries_the_number_does(settings: Settings, pawapay: PawapayServer) -> None:
    def first(order: str, phone: str) -> str:
        rails = open_rails(with_pawapay(settings, pawapay, payment_rails=order), AROUND)
        found = [each for each in rails.carriers if each.direction == "in" and "UGX" in each.currencies]
        return next(each.name for each in found if phone.startswith(each.numbers))

    assert (first("momo,pawapay", GRACE), first("pawapay,momo", GRACE)) == ("momo", "pawapay")


def test_without_a_token_or_its_name_pawapay_is_off(settings: Settings, pawapay: PawapayServer) -> None:
    for changed in ({"pawapay_token": ""}, {"payment_rails": "momo"}, {"feature_mobile_money_enabled": False}):
        assert "pawapay" not in open_rails(with_pawapay(settings, pawapay, **changed), AROUND).names
    rails = open_rails(with_pawapay(settings, pawapay), AROUND)
    assert ([*rails.collectors], [*rails.payers], len(rails.listers), len(rails.balances)) == (
        ["pawapay"],
        ["pawapay"],
        1,
        1,
    )


# Settings


SIGNING = {"PAWAPAY_SIGNING_KEY": one_line(KEY), "PAWAPAY_SIGNING_KEY_ID": "OURS:1"}
ALONE = {name: "" for name in PRODUCTION if name.startswith("MOMO_")} | {
    "PAYMENT_RAILS": "pawapay",
    "PAWAPAY_TOKEN": TOKEN,
    "PAWAPAY_API_URL": "https://api.pawapay.io",
}


def test_in_production_pawapay_may_be_the_only_rail() -> None:
    settings = load(PRODUCTION | ALONE | SIGNING)
    assert (settings.pawapay_ready, repr(settings.pawapay_signer())) == (True, "Signer('OURS:1')")
    assert open_rails(settings, AROUND).names == ["pawapay"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PAWAPAY_API_URL": "https://api.sandbox.pawapay.io"}, "PAWAPAY_API_URL: must be https://api.pawapay.io"),
        ({"PAWAPAY_API_URL": "http://api.pawapay.io"}, "PAWAPAY_API_URL: must start with https"),
        ({"PAWAPAY_TOKEN": "sesame open"}, "PAWAPAY_TOKEN: must be letters"),
        ({"PAWAPAY_SIGNING_KEY": "sesame"}, "PAWAPAY_SIGNING_KEY: must be a private key"),
        ({"PAWAPAY_SIGNING_KEY_ID": ""}, "PAWAPAY_SIGNING_KEY_ID: signing for pawaPay needs it"),
        ({"PAWAPAY_SIGNATURE_FORM": "hex"}, "PAWAPAY_SIGNATURE_FORM: must be one of der, raw"),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings) as stopped:
        load(PRODUCTION | ALONE | SIGNING | wrong)
    assert said in str(stopped.value)
    assert "sesame" not in str(stopped.value)
