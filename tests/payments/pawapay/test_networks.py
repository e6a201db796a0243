"""Which networks pawaPay reaches: what it says, what is believed until it says anything, and whose a number is."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from domain.money import Money
from payments.pawapay.networks import (
    AGAIN_AFTER_SECONDS,
    GUESSED_FOR_SECONDS,
    LIMITS_AFTER_SECONDS,
    WORKING_AFTER_SECONDS,
    Network,
    Networks,
    Operation,
    bundled,
)
from payments.pawapay.wire import Wire as Way
from payments.port import Carries, NotSent, OutcomeUnknown, Refused
from simulator.pawapay.networks import NETWORKS
from tests.pawapay_server import ANYANGO, GRACE, PAID, REFERENCE, TOKEN, PawapayServer
from tests.payments.conftest import Wire, said
from tests.payments.pawapay.conftest import ask, ask_kenya, on, send

MTN_UGANDA = "MTN_MOMO_UGA"


def carrying(carries: object, phone: str, currency: str) -> list[Carries]:
    assert isinstance(carries, list)
    return [each for each in carries if each.currency == currency and phone.startswith(each.numbers)]


# What is known without asking


def test_nobody_waits_for_pawapay_to_say_what_it_reaches(wire: Wire) -> None:
    """The server has no answer: whoever asked it would wait."""
    asked: list[Any] = []
    client = on(wire, beside=asked.append)
    assert client.deposits.carries and client.payouts.carries
    assert (wire.seen, len(asked)) == ([], 2)
    assert client.deposits.carries
    assert len(asked) == 2, "the same is not asked twice at once"


def test_it_is_asked_beside_whoever_wants_to_know(pawapay: PawapayServer) -> None:
    threads: list[threading.Thread] = []

    def beside(work: Any) -> None:
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    pawapay.faults.set({"availability": {"MPESA_KEN": "CLOSED"}})
    client = pawapay.client(beside=beside)
    client.deposits.carries  # noqa: B018 - a look begins it
    for each in threads:
        each.join()
    assert carrying(client.deposits.carries, ANYANGO, "KES") == []


def test_every_number_of_the_bundled_list_is_its_countrys() -> None:
    assert {(each.name, each.currency) for each in bundled()} >= {
        (each.name, each.currency) for each in NETWORKS if each.auth == "PROVIDER_AUTH"
    }
    for each in bundled():
        assert each.numbers and all(number[1:].isdecimal() for number in each.numbers)


@pytest.mark.parametrize(
    ("phone", "currency", "network"),
    [
        (GRACE, "UGX", MTN_UGANDA),
        ("+256752000101", "UGX", "AIRTEL_OAPI_UGA"),
        (f"+{PAID}", "KES", "MPESA_KEN"),
        ("+260763456789", "ZMW", "MTN_MOMO_ZMB"),
        ("+260973456789", "ZMW", "AIRTEL_OAPI_ZMB"),
        ("+250783456789", "RWF", "MTN_MOMO_RWA"),
        ("+250733456789", "RWF", "AIRTEL_RWA"),
        ("+255763456789", "TZS", "VODACOM_TZA"),
        ("+237653456789", "XAF", "MTN_MOMO_CMR"),
        ("+237693456789", "XAF", "ORANGE_CMR"),
        ("+243812000111", "USD", "VODACOM_MPESA_COD"),
        ("+24106000111", "XAF", "AIRTEL_GAB"),
    ],
)
def test_a_number_is_one_networks(phone: str, currency: str, network: str) -> None:
    found = [each.name for each in bundled() if each.currency == currency and phone.startswith(each.numbers)]
    assert found == [network]


# What it says


def conf(**operations: dict[str, str]) -> dict[str, Any]:
    currencies = [{"currency": "KES", "operationTypes": operations}]
    providers = [{"provider": "MPESA_KEN", "currencies": currencies}]
    return {"countries": [{"country": "KEN", "providers": providers}]}


def reached(wire: Wire, said_of: object) -> list[Network]:
    wire.answers += [said(200, said_of), said(200, [])]
    client = on(wire)
    client.networks.load()
    return list(client.networks.reached)


@pytest.mark.parametrize(
    ("terms", "unit", "least", "most"),
    [
        ({"decimalsInAmount": "NONE", "minAmount": "10", "maxAmount": "250000"}, 100, 1_000, 25_000_000),
        ({"decimalsInAmount": "TWO_PLACES", "minAmount": "0.5", "maxAmount": "99.995"}, 1, 50, 9_999),
        ({"decimalsInAmount": "NONE", "minAmount": "10.01", "maxAmount": "20.99"}, 100, 1_100, 2_000),
        ({"decimalsInAmount": "NONE"}, 100, 100, None),
        ({"minAmount": "prose", "maxAmount": ""}, 100, 100, None),
        ({"minAmount": "NaN", "maxAmount": "1e999999999"}, 100, 100, None),
        ({"minAmount": "-5", "maxAmount": "Infinity"}, 100, 100, None),
    ],
)
def test_limits_and_decimals_are_what_it_says(
    wire: Wire, terms: dict[str, str], unit: int, least: int, most: int | None
) -> None:
    [network] = reached(wire, conf(DEPOSIT=terms))
    assert network.carries("DEPOSIT") == Carries("KES", network.numbers, unit, least, most)
    assert "PAYOUT" not in network.terms


@pytest.mark.parametrize("kind", ["REDIRECT_AUTH", "PREAUTH"])
def test_a_network_that_asks_more_of_a_payer_than_to_approve_is_not_offered(wire: Wire, kind: str) -> None:
    [network] = reached(wire, conf(DEPOSIT={"authType": kind}, PAYOUT={"decimalsInAmount": "NONE"}))
    assert [*network.terms] == ["PAYOUT"]


def test_a_currency_that_no_group_has_and_a_country_without_numbers_are_left_out(wire: Wire) -> None:
    strange = {"provider": "SOMEBODY", "currencies": [{"currency": "XXX", "operationTypes": {"DEPOSIT": {}}}]}
    unknown = {"provider": "ELSEWHERE", "currencies": [{"currency": "USD", "operationTypes": {"DEPOSIT": {}}}]}
    listed = conf(DEPOSIT={})["countries"]
    listed += [{"country": "ZWE", "providers": [strange, unknown]}]
    assert [each.name for each in reached(wire, {"countries": listed})] == ["MPESA_KEN"]
    listed[1]["prefix"] = "263"
    assert {each.name: each.numbers for each in reached(wire, {"countries": listed})}["ELSEWHERE"] == ("+263",)


@pytest.mark.parametrize("body", ["<html>", {}, [], {"countries": []}, {"countries": "none"}])
def test_what_it_said_last_counts_until_it_says_more(wire: Wire, body: object) -> None:
    wire.answers += [said(200, body)]
    client = on(wire)
    with pytest.raises(OutcomeUnknown):
        client.networks.load()
    assert client.networks.reached == bundled()


def test_a_pawapay_that_is_down_does_not_stop_us(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"conf_fails": -1})
    client = pawapay.client()
    assert carrying(client.deposits.carries, GRACE, "UGX")
    client.deposits.collect(ask())
    assert pawapay.operations.prompts(GRACE)


def test_it_is_asked_again_daily_and_every_five_minutes_for_what_works_and_soon_where_it_did_not_say(
    pawapay: PawapayServer,
) -> None:
    now, asked = 1.0, list[str]()
    way = Way(pawapay.url, TOKEN)

    def ask(work: Callable[[], object]) -> None:
        asked.append("")
        work()

    networks = Networks(way, ask, lambda: now)

    def looks() -> int:
        asked.clear()
        networks.carries("DEPOSIT")
        return len(asked)

    pawapay.faults.set({"conf_fails": 2})
    assert (looks(), looks()) == (2, 0)
    now += AGAIN_AFTER_SECONDS
    assert (looks(), looks()) == (2, 0)
    now += WORKING_AFTER_SECONDS
    assert (looks(), looks()) == (1, 0)
    now += LIMITS_AFTER_SECONDS
    assert (looks(), looks()) == (2, 0)


def test_whose_a_number_is_is_asked_again_the_next_day(pawapay: PawapayServer) -> None:
    now = 1.0
    networks = Networks(Way(pawapay.url, TOKEN), lambda _: None, lambda: now)
    networks.of(GRACE, "UGX")
    pawapay.faults.set({"predict_fails": 1})
    now += GUESSED_FOR_SECONDS - 1
    assert (networks.of(GRACE, "UGX"), pawapay.faults.get("predict_fails")) == (MTN_UGANDA, 1)
    now += 1
    assert (networks.of(GRACE, "UGX"), pawapay.faults.get("predict_fails")) == (MTN_UGANDA, 0)


# What works now


@pytest.mark.parametrize(
    ("state", "offered"),
    [("OPERATIONAL", {"DEPOSIT", "PAYOUT"}), ("DELAYED", {"PAYOUT"}), ("CLOSED", set())],
)
def test_a_network_that_does_not_work_now_is_not_offered(
    pawapay: PawapayServer, state: str, offered: set[Operation]
) -> None:
    pawapay.faults.set({"availability": {MTN_UGANDA: state}})
    client = pawapay.client()
    found = {"DEPOSIT": client.deposits.carries, "PAYOUT": client.payouts.carries}
    assert {name for name, carries in found.items() if carrying(carries, GRACE, "UGX")} == offered
    assert carrying(client.deposits.carries, "+256752000101", "UGX"), "the other network of the country is"


def test_a_network_that_stopped_since_is_said_to_try_later(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    assert carrying(client.deposits.carries, GRACE, "UGX")
    pawapay.faults.set({"availability": {MTN_UGANDA: "DELAYED"}})
    with pytest.raises(Refused, match="PROVIDER_TEMPORARILY_UNAVAILABLE") as refused:
        client.deposits.collect(ask())
    assert refused.value.reason == "try_later"
    client.payouts.pay(send())  # kept for it


# Whose a number is


def test_a_number_that_was_taken_along_is_asked_of_its_new_network(wire: Wire) -> None:
    moved = said(200, {"country": "UGA", "provider": "AIRTEL_OAPI_UGA", "phoneNumber": GRACE[1:]})
    wire.answers += [moved, said(200, {"status": "ACCEPTED"})]
    on(wire).deposits.collect(ask())
    assert wire.seen[-1].json["payer"]["accountDetails"]["provider"] == "AIRTEL_OAPI_UGA"


def test_whose_a_number_is_is_asked_once(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    client.deposits.collect(ask())
    pawapay.faults.set({"predict_fails": 1})
    assert client.networks.of(GRACE, "UGX") == MTN_UGANDA
    assert pawapay.faults.get("predict_fails") == 1, "nobody was asked"
    assert client.networks.of(ANYANGO, "KES") == "MPESA_KEN"
    assert pawapay.faults.get("predict_fails") == 0


@pytest.mark.parametrize("answer", [said(500, ""), said(200, "<html>"), said(200, {"provider": 1}), said(400, {})])
def test_without_its_word_a_number_is_the_networks_that_it_begins_as(wire: Wire, answer: Any) -> None:
    wire.answers += [answer, said(200, {"status": "ACCEPTED"})]
    on(wire).deposits.collect(ask_kenya())
    assert wire.seen[-1].json["payer"]["accountDetails"]["provider"] == "MPESA_KEN"


def test_a_number_that_is_nobodys_for_certain_is_not_guessed_at(wire: Wire) -> None:
    """Two networks share Benin's numbers: nothing goes out, and it is tried again."""
    wire.answers += [said(503, "")]
    with pytest.raises(NotSent):
        on(wire).deposits.collect(ask(REFERENCE, Money(500, "XOF"), "+22997000111"))
    assert [each.path for each in wire.seen] == ["/v2/predict-provider"]
