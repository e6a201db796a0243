"""What an operator does at a terminal: reverse, register, ask for balances."""

from contextlib import closing
from dataclasses import replace

import click
import pytest
from structlog.testing import capture_logs

from bot.app import build
from bot.balances import Balance, ask_all, balances_due, last_balances
from bot.cli.balances import balances
from bot.cli.daraja import daraja
from bot.cli.reconcile import reconcile
from bot.jobs import carry_out
from domain.money import Money
from tests.bot.mpesa.nairobi import AMINA, ASKED, Nairobi, owed, register_addresses, type_
from tests.conftest import PINS


def test_only_what_is_nobodys_is_sent_back_by_hand(kenya: Nairobi) -> None:
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10)
    unknown = kenya.daraja.paybill.pay(AMINA, "nobody", Money(700_00, "KES"))
    why = ("--reason", "Mary: paid to us by mistake", "--yes")
    refused = type_(kenya, "reverse", kenya.payment(id).provider_id, "550", *why)
    assert (refused.exit_code, "in the books" in refused.output) == (1, True)
    for _ in range(2):
        assert type_(kenya, "reverse", unknown.receipt, "700", *why).exit_code == 0
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    assert kenya.taken() == ASKED
    assert type_(kenya, "reverse", unknown.receipt, "700", "--yes").exit_code == 2, "it has to be said why"
    assert type_(kenya, "reverse", unknown.receipt, "7.50", *why).exit_code == 1
    register_addresses(kenya)
    told = kenya.daraja.paybill.pay(AMINA, "nobody", Money(700_00, "KES"))
    kenya.work(1)
    part = type_(kenya, "reverse", told.receipt, "70", *why)
    assert (part.exit_code, "KES 700" in part.output) == (1, True)


def test_what_was_sent_back_waits_for_nobody_where_no_book_has_it(kenya: Nairobi) -> None:
    register_addresses(kenya)
    typed = {kenya.daraja.paybill.pay(AMINA, each, ASKED).receipt: each for each in ("nobody", "10101-0999")}
    kenya.work(1)
    for receipt in typed:
        type_(kenya, "reverse", receipt, "550", "--reason", "Mary: paid to us by mistake", "--yes")
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    assert kenya.taken() == Money(0, "KES")
    states = {typed[each.receipt]: (bool(each.group), each.state) for each in kenya.app.store.inbound.find()}
    assert states == {"nobody": (False, "returned"), "10101-0999": (True, "unidentified")}


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        (
            daraja,
            ("reverse", "TJ1.7/X", "700", "--reason", "Mary: paid to us by mistake", "--yes"),
            "TJ1.7/X is no",
        ),
        (daraja, ("reverse", "TJ17RX4K2M"), "Missing argument 'AMOUNT'"),
        (daraja, ("register-list", "Mary"), "Mary is no phone number"),
        (reconcile, ("--day", "9999-12-31"), "Invalid value for --day: that day is still to come"),
        (
            reconcile,
            ("--rail", "mpesa"),
            "Invalid value for --rail: no such provider is switched on; there are: daraja",
        ),
    ],
)
def test_what_makes_no_sense_is_said_and_asks_nobody(
    kenya: Nairobi, command: click.Command, words: tuple[str, ...], said: str
) -> None:
    refused = type_(kenya, *words, command=command)
    line = refused.output.splitlines()[-1]  # of all that is there without `main`, which leaves only this one
    assert (refused.exit_code, line.startswith(f"Error: {said}")) == (2, True), refused.output
    assert kenya.daraja.access.granted == 0


def test_what_an_operator_asked_is_answered_in_the_log(kenya: Nairobi) -> None:
    unknown = kenya.daraja.paybill.pay(AMINA, "nobody", Money(700_00, "KES"))
    with capture_logs() as logged:
        type_(kenya, "reverse", unknown.receipt, "700", "--reason", "Mary: paid to us by mistake", "--yes")
        kenya.sim.world.later.wait_until_done(within_seconds=1)
    (told,) = [each for each in logged if each["event"] == "a provider answered an operator"]
    assert (told["asked"], told["code"], told["sent_back"]) == ("reversal", "0", "yes")


def test_what_m_pesa_answers_of_our_accounts_is_kept_with_its_moment_beside_the_books(kenya: Nairobi) -> None:
    store = kenya.app.store
    kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10)
    assert type_(kenya, command=balances).exit_code == 0
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    assert type_(kenya, "--list", command=balances).output.count("KES 550\n") == 2
    asked_at = kenya.clock().replace(microsecond=0)
    carry_out(kenya.app, "balance", balances_due(store, 10))
    assert balances_due(store, 10) == [], "once an hour"
    kenya.clock.forward(minutes=5)
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    there = {"Working Account": ASKED, "Utility Account": kenya.daraja.till.utility()}
    assert last_balances(store) == [Balance("daraja", asked_at, there, {"KES": ASKED})]


def test_a_balance_that_m_pesa_does_not_say_leaves_the_one_before(kenya: Nairobi) -> None:
    store = kenya.app.store
    ask_all(kenya.app)
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    (before,) = last_balances(store)
    kenya.clock.forward(hours=1)
    wrong = replace(kenya.app.settings, daraja_initiator="somebody")
    with closing(build(wrong, clock=kenya.clock, pins=PINS, prepared=True)) as app, capture_logs() as logged:
        ask_all(app)
        kenya.sim.world.later.wait_until_done(within_seconds=1)
    assert last_balances(store) == [before]
    assert [(each["asked"], each["code"]) for each in logged if "asked" in each] == [("balance", "2001")]


def test_addresses_that_are_there_already_are_said_to_be(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"registers_again": False})
    assert type_(kenya, "register").exit_code == 0
    again = type_(kenya, "register")
    assert (again.exit_code, "portal" in again.output) == (1, True)
    for _ in range(2):
        listed = type_(kenya, "register-list", "+254 722 000000")
        assert (listed.exit_code, listed.output) == (0, "Safaricom lists what comes to the Paybill.\n")


def test_where_payouts_have_a_shortcode_of_their_own_both_are_compared_or_none(kenya: Nairobi) -> None:
    settings, store = replace(kenya.app.settings, daraja_payout_shortcode="600984"), kenya.app.store
    owed(kenya)
    with closing(build(settings, clock=kenya.clock, pins=PINS, prepared=True)) as app:
        ask_all(app)
        kenya.sim.world.later.wait_until_done(within_seconds=1)
    (only_payouts,) = last_balances(store)
    assert (len(only_payouts.accounts), only_payouts.books) == (2, {}), "nobody may be asked about the Paybill"
    kenya.clock.forward(hours=1)
    both = replace(
        settings,
        daraja_paybill_initiator=settings.daraja_initiator,
        daraja_paybill_initiator_password=settings.daraja_initiator_password,
    )
    with closing(build(both, clock=kenya.clock, pins=PINS, prepared=True)) as app:
        ask_all(app)
        kenya.sim.world.later.wait_until_done(within_seconds=1)
    (of_both,) = last_balances(store)
    shortcodes = sorted({name.split()[0] for name in of_both.accounts})
    assert shortcodes == sorted(["600984", settings.daraja_shortcode])
    assert (len(of_both.accounts), [*of_both.books]) == (4, ["KES"])
