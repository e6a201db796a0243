"""What pawaPay tells us: a hint with what it told, whoever signed it, and nothing from anybody else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.records.payment import Told
from payments.addresses import Addresses
from payments.pawapay import Pawapay
from payments.port import Asked, Callback, Hint
from simulator.pawapay.signing import KEY_ID
from tests.pawapay_server import PAID, REFERENCE, PawapayServer
from tests.payments.pawapay.conftest import FIVE_HUNDRED, ask_kenya, send
from tests.simulator.conftest import Bot

ADDRESSES = Addresses("pawapay", "https://pay.example.org", "hush", ("key",))


@dataclass(frozen=True)
class Sent:
    """A request of pawaPay's, as an adapter reads one."""

    url: str
    headers: dict[str, str]
    body: bytes
    rest: str = ""


@dataclass
class Calls:
    """What pawaPay called a bot for, as the bot's public address has it."""

    bot: Bot
    public: str = ADDRESSES.public_url
    path: str = field(default=ADDRESSES.fixed_path("deposits"))

    def sent(self, count: int = 1) -> list[Sent]:
        return [
            Sent(f"{self.public}{each.path}", lowered(each.headers), each.body.encode())
            for each in self.bot.called(self.path, count)
        ]


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def read(callbacks: Sequence[Callback], sent: Sent, what: str = "deposits") -> object:
    [callback] = [each for each in callbacks if each.path == ADDRESSES.fixed_path(what)]
    return callback.read(sent)


@pytest.fixture
def called(bot: Bot) -> Iterator[PawapayServer]:
    """pawaPay with the addresses of a bot, behind a proxy that has the public name."""
    server = PawapayServer(bot_url=bot.url, hook_secret="hush")
    yield server
    server.stop()


HINT = Hint(REFERENCE, Told(amount=FIVE_HUNDRED, word="PAYMENT_NOT_APPROVED"))


def refused_deposit(called: PawapayServer, **settings: Any) -> Pawapay:
    client = called.client(addresses=ADDRESSES, **settings)
    client.deposits.collect(ask_kenya("+254703456039"))
    return client


def test_a_callback_is_a_hint_with_what_it_told(called: PawapayServer, bot: Bot) -> None:
    client = refused_deposit(called)
    [sent] = Calls(bot).sent()
    assert json.loads(sent.body)["amount"] == "500.0000"
    assert read(client.deposits.callbacks, sent) == HINT
    assert not client.deposits.capabilities.signed_callbacks


def test_what_was_paid_is_told_with_its_receipt(called: PawapayServer, bot: Bot) -> None:
    client = called.client(addresses=ADDRESSES)
    client.payouts.pay(send(amount=FIVE_HUNDRED, phone=f"+{PAID}"))
    [sent] = Calls(bot, path=ADDRESSES.fixed_path("payouts")).sent()
    hint = read(client.payouts.callbacks, sent, "payouts")
    assert isinstance(hint, Hint) and hint.told
    assert hint.told.receipt == client.payouts.status(Asked(REFERENCE)).provider_id != ""


# The public name has a port in it where it is not the usual one: @authority leaves the usual one out.
@pytest.mark.parametrize("spelling", ["der", "raw"])
def test_a_signed_callback_is_read_in_both_spellings(bot: Bot, spelling: str) -> None:
    server = PawapayServer(bot_url=bot.url, hook_secret="hush")
    server.faults.set({"signature": spelling})
    client = refused_deposit(server, signed_callbacks=True)
    [sent] = Calls(bot, public=bot.url).sent()
    assert read(client.deposits.callbacks, sent) == HINT
    assert client.deposits.capabilities.signed_callbacks
    server.stop()


@pytest.mark.parametrize(
    "forgery",
    ["unsigned", "by another key", "another body", "another address", "for another host"],
)
def test_a_callback_that_pawapay_did_not_sign_is_nobodys_and_an_operator_can_see_why(
    called: PawapayServer, bot: Bot, caplog: pytest.LogCaptureFixture, forgery: str
) -> None:
    called.faults.set({"callback_forged": int(forgery == "by another key")})
    if forgery == "unsigned":
        called.faults.set({"signature": "none"})
    client = refused_deposit(called, signed_callbacks=True)
    public = ADDRESSES.public_url if forgery == "for another host" else bot.url
    [sent] = Calls(bot, public=public).sent()
    what = "deposits"
    if forgery == "another body":
        sent = Sent(sent.url, sent.headers, sent.body.replace(b"500.0000", b"900.0000"))
    if forgery == "another address":
        sent, what = Sent(sent.url.replace("deposits", "payouts"), sent.headers, sent.body), "payouts"
    callbacks = client.payouts.callbacks if what == "payouts" else client.deposits.callbacks
    assert read(callbacks, sent, what) is None
    assert re.fullmatch(r"a callback of pawaPay is not heard: \w.+", caplog.messages[-1])


def test_a_key_that_is_not_known_is_not_asked_for_again_and_again(called: PawapayServer, bot: Bot) -> None:
    client = refused_deposit(called, signed_callbacks=True)
    [sent] = Calls(bot, public=bot.url).sent()
    made_up = {"signature-input": sent.headers["signature-input"].replace(KEY_ID, "MADE_UP")}
    for _ in range(5):
        assert read(client.deposits.callbacks, Sent(sent.url, sent.headers | made_up, sent.body)) is None
        assert read(client.deposits.callbacks, sent) == HINT
    assert called.pawapay.keys_given == 1


def test_a_callback_may_come_twice(called: PawapayServer, bot: Bot) -> None:
    called.faults.set({"callback_twice": 1})
    client = refused_deposit(called)
    assert [read(client.deposits.callbacks, sent) for sent in Calls(bot).sent(2)] == [HINT, HINT]


def test_a_callback_that_names_nothing_is_nothing(pawapay: PawapayServer) -> None:
    client = pawapay.client(addresses=ADDRESSES)
    for body in (b"", b"<html>", b"[]", b"{}", b'{"depositId": 7}', b"\xff", b"[" * 10_000):
        assert read(client.deposits.callbacks, Sent("https://pay.example.org/", {}, body)) is None


def test_the_addresses_are_those_for_its_dashboard(pawapay: PawapayServer) -> None:
    client = pawapay.client(addresses=ADDRESSES)
    paths = [each.path for rail in (client.deposits, client.payouts) for each in rail.callbacks]
    assert paths == [f"/hooks/pawapay/hush/{what}" for what in ("deposits", "refunds", "statements", "payouts")]
    without = pawapay.client()
    assert [*without.deposits.callbacks, *without.payouts.callbacks] == []
