"""
M-Pesa from the phone to the books: the whole program, the stand-in of Daraja, and a group in Kenya between them.

A prompt has no key of ours on the wire. What is lost on the way, comes twice, too early, or was made up moves no
money a second time, and what the payer paid is found.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import click
import pytest
import redis
import requests
from click.testing import CliRunner, Result
from structlog.testing import capture_logs
from werkzeug.serving import make_server
from werkzeug.test import Client

from bot.app import App, build
from bot.balances import Balance, ask_all, balances_due, last_balances
from bot.cli.balances import balances
from bot.cli.daraja import daraja
from bot.cli.reconcile import reconcile
from bot.config import Settings
from bot.jobs import carry_out
from bot.logs import set_up
from bot.rails import daraja_console
from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.mongo.verify import verify_book
from domain.records.payment import OPEN, Payment
from domain.savings.contribute import Contribute
from domain.store import Store
from domain.treasury.money_out import pay_out
from domain.treasury.providers import can_collect, can_pay_out
from payments.addresses import Addresses
from payments.daraja.wire import EAT
from payments.reconcile import Compared, compare_list, end_what_never_was
from simulator.daraja.api import Daraja
from simulator.server import QuietHandler, Simulator
from tests.conftest import PINS, Clock
from tests.people import Villager, do, found_group, let_in, register
from tests.web import wsgi
from tests.wired import at

CHAIR, TREASURER, AMINA = "+254711000100", "+254711000103", "+254711000101"
SHILLINGS = 550
ASKED = Money(SHILLINGS * 100, "KES")
WALLET = Money(20_000_00, "KES")


@dataclass
class Nairobi:
    """Jirani saves KES 500 a share and 50 for the social fund; Amina owes both. `url` is where we are called."""

    app: App
    sim: Simulator
    clock: Clock
    url: str
    group: str
    amina: Villager

    @property
    def daraja(self) -> Daraja:
        return self.sim.daraja

    def asked(self, amount: Money = ASKED) -> str:
        """A payment that Amina has asked for."""
        begun: Any = do(self.app.store, Contribute(self.group, self.amina.id, amount))
        return str(begun["payment"])

    def work(self, *steps: float) -> None:
        """What a worker does after so many seconds each, and what the stand-in does then."""
        for seconds in steps:
            self.clock.forward(seconds=seconds)
            carry_out(self.app, "settle", self.app.store.payments.due(self.app.store.now(), 100))
            self.sim.world.later.wait_until_done(within_seconds=1)
            carry_out(self.app, "settle", self.app.store.payments.due(self.app.store.now(), 100))

    def payment(self, id: str) -> Payment:
        return self.app.store.payments.get(id)

    def approve(self) -> None:
        (prompt,) = self.daraja.express.prompts(AMINA)
        self.daraja.express.approve(prompt["reference"])
        self.sim.world.later.wait_until_done(within_seconds=1)

    def posted(self) -> list[str]:
        assert verify_book(self.app.store.books, self.group) == []
        return [entry.reference for entry in self.app.store.books.entries(self.group)]

    def taken(self) -> Money:
        """What has left Amina's wallet."""
        return WALLET - self.sim.world.wallet(AMINA)

    def call(self, url: str, body: object) -> int:
        """Somebody calls us."""
        return requests.post(url, json=body, timeout=60).status_code


@pytest.fixture
def kenya(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Nairobi]:
    redis.Redis.from_url(settings.redis_url).flushdb()
    people = [
        {"name": "Wanjiku Amina", "phone": AMINA, "wallet": {"minor": WALLET.minor, "currency": "KES"}},
        {"name": "Kamau Peter", "phone": CHAIR, "wallet": {"minor": WALLET.minor, "currency": "KES"}},
    ]
    with make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=QuietHandler) as web:
        url = f"http://127.0.0.1:{web.server_port}"
        sim = Simulator({"port": 0, "bot_url": url, "people": people}, clock)
        certificate = tmp_path / "safaricom.pem"
        certificate.write_bytes(sim.daraja.payouts.credentials.certificate)
        set_up(settings, role="test")
        sim.daraja.express.faults.set(
            {"approval_ms": 604_800_000}
        )  # a test may let an hour go by before the payer answers
        app = build(with_mpesa(at(settings, sim), sim, url, certificate), clock=clock, pins=PINS, prepared=True)
        web.app = wsgi(app)
        thread = threading.Thread(target=web.serve_forever, args=(0.02,))
        thread.start()
        sim.start()
        yield nairobi(app, sim, clock, url)
        sim.stop()
        web.shutdown()
        thread.join()
        app.close()


def with_mpesa(settings: Settings, sim: Simulator, url: str, certificate: Path) -> Settings:
    config = sim.config
    return replace(
        settings,
        public_url=url,
        payment_rails="daraja",
        daraja_consumer_key="key",
        daraja_consumer_secret="daraja-secret",
        daraja_shortcode=config.daraja_shortcode,
        daraja_passkey=config.daraja_passkey,
        daraja_initiator=config.daraja_initiator,
        daraja_initiator_password=config.daraja_initiator_password,
        daraja_certificate=str(certificate),
        daraja_callers="127.0.0.1",
    )


def nairobi(app: App, sim: Simulator, clock: Clock, url: str) -> Nairobi:
    store = app.store
    chair = register(store, "Kamau Peter", CHAIR, "2580")
    treasurer = register(store, "Otieno Mary", TREASURER, "1470")
    amina = register(store, "Wanjiku Amina", AMINA, "2581")
    officers: Any = {chair: "chairperson", treasurer: "treasurer"}
    group = found_group(store, "10101", "Jirani", Money(500_00, "KES"), officers)
    let_in(store, group, "10101", chair, amina)
    return Nairobi(app, sim, clock, url, group, amina)


# A prompt


def test_a_prompt_that_is_approved_is_in_the_books_with_its_receipt(kenya: Nairobi) -> None:
    id = kenya.asked()
    kenya.work(5)
    (prompt,) = kenya.daraja.express.prompts(AMINA)
    assert prompt["message"].split()[0] == ACCOUNT, "as she would type it herself"
    kenya.approve()
    kenya.work(10)
    (row,) = kenya.daraja.till.rows()
    payment = kenya.payment(id)
    assert (payment.state, payment.provider_id, kenya.posted()) == ("succeeded", row.receipt, [f"payment:{id}"])
    assert kenya.taken() == ASKED


@pytest.mark.parametrize(
    ("code", "reason"), [("1032", "declined"), ("1", "not_enough_money"), ("1037", "not_approved_in_time")]
)
def test_a_prompt_that_is_not_paid_is_over(kenya: Nairobi, code: str, reason: str) -> None:
    kenya.daraja.faults.set({"outcomes": {AMINA[1:]: code}})
    id = kenya.asked()
    kenya.work(5, 10)
    assert (kenya.payment(id).reason, kenya.payment(id).provider_reason, kenya.posted()) == (reason, code, [])


@pytest.mark.parametrize("fault", ["drop_after_accept", "status_500_after_accept"])
def test_a_lost_answer_never_leads_to_a_second_prompt_and_the_money_is_found(kenya: Nairobi, fault: str) -> None:
    kenya.daraja.faults.set({fault: 1})
    id = kenya.asked()
    kenya.work(5, 10, 20, 60, 120)
    assert kenya.payment(id).state == "unknown"
    kenya.approve()
    kenya.work(10)
    assert (kenya.payment(id).state, kenya.posted(), kenya.taken()) == ("succeeded", [f"payment:{id}"], ASKED)


def test_a_lost_answer_and_a_lost_callback_are_found_in_the_list(kenya: Nairobi) -> None:
    """Nobody is asked twice, however long it takes: one was paid, and of the other nothing is on the list."""
    kenya.daraja.faults.set({"drop_after_accept": 2, "no_callback": 2})
    paid_one = kenya.asked()
    kenya.work(5)
    kenya.approve()
    never_paid = kenya.asked()
    kenya.work(10, 60, 600, 3_600)
    both = [kenya.payment(id).state for id in (paid_one, never_paid)]
    assert (both, len(kenya.daraja.express.prompts(AMINA)), kenya.posted()) == (["unknown"] * 2, 1, [])
    lister, store, now = kenya.app.listers["daraja"], kenya.app.store, kenya.app.store.now()
    compare_list(store, lister, now - timedelta(hours=3), now, Compared())
    assert end_what_never_was(store, kenya.app.collectors["daraja"], now - timedelta(hours=3), now) == 1
    assert sorted(kenya.payment(id).state for id in (paid_one, never_paid)) == ["expired", "succeeded"]
    assert (len(kenya.posted()), kenya.taken()) == (1, ASKED)


def test_a_lost_prompt_that_is_confirmed_as_money_to_the_paybill_is_that_payment(kenya: Nairobi) -> None:
    """Both the answer and the callback are lost; the confirmation comes, with the account that we sent."""
    register_addresses(kenya)
    kenya.daraja.faults.set({"drop_after_accept": 1, "no_callback": 1, "prompts_confirmed": True})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10)
    (row,) = kenya.daraja.till.rows()
    assert (kenya.payment(id).state, kenya.payment(id).provider_id) == ("succeeded", row.receipt)
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{id}"], ASKED)


def test_a_paid_prompt_that_is_confirmed_too_is_posted_once(kenya: Nairobi) -> None:
    register_addresses(kenya)
    kenya.daraja.faults.set({"prompts_confirmed": True})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    kenya.work(10, 10)
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{id}"], ASKED)


def test_what_the_gate_turned_back_is_sent_later_and_once(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"spike_arrest": 1})
    id = kenya.asked()
    kenya.work(5)
    assert (kenya.payment(id).state, kenya.daraja.express.prompts(AMINA)) == ("created", [])
    kenya.work(60)
    assert (kenya.payment(id).state, len(kenya.daraja.express.prompts(AMINA))) == ("pending", 1)


def test_what_never_gets_through_the_gate_is_given_up_while_somebody_remembers_it(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"spike_arrest": -1})
    id = kenya.asked()
    kenya.work(5, *[60] * 12)
    assert (kenya.payment(id).state, kenya.payment(id).reason) == ("expired", "not_sent")
    assert kenya.taken() == Money(0, "KES")


# Callbacks


def test_a_callback_before_the_answer_is_taken(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"callback_before_answer": 1})
    id = kenya.asked()
    kenya.work(5, 10)
    assert (kenya.payment(id).state, kenya.posted(), kenya.taken()) == ("succeeded", [f"payment:{id}"], ASKED)


def test_the_same_callback_twenty_times_at_once_posts_once(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"no_callback": 1})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    url, body = addresses(kenya).of("payment", id), paid(kenya.payment(id).provider_key, ASKED)
    at_once = threading.Barrier(20)
    answers: list[int] = []

    def call() -> None:
        at_once.wait()
        answers.append(kenya.call(url, body))
        carry_out(kenya.app, "settle", [id])

    threads = [threading.Thread(target=call) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    kenya.work(61)
    assert (answers, kenya.posted(), kenya.payment(id).provider_id) == (
        [200] * 20,
        [f"payment:{id}"],
        "TJ17RT61SV",
    )


def test_a_forged_callback_moves_nothing(kenya: Nairobi) -> None:
    """Whoever knows the secret, but no address of a payment, is not heard; whoever knows both is not believed."""
    mine, other = kenya.asked(), kenya.asked()
    kenya.work(5)
    url, body = addresses(kenya).of("payment", mine), paid(kenya.payment(mine).provider_key, ASKED)
    for forged in (url.replace(mine, other), url[:-4] + "0000", url.replace("/daraja/", "/momo/")):
        assert kenya.call(forged, body) in (200, 404)
    kenya.work(10)
    assert [kenya.payment(id).told for id in (mine, other)] == [None, None]
    assert kenya.call(url, body) == 200
    kenya.work(10)
    assert (kenya.payment(mine).state, kenya.posted()) == ("pending", []), "Daraja says that nobody has paid"


def test_a_callback_that_tells_another_amount_is_for_a_person(kenya: Nairobi) -> None:
    kenya.daraja.faults.set({"no_callback": 1})
    id = kenya.asked()
    kenya.work(5)
    kenya.approve()
    one = Money(100, "KES")
    kenya.call(addresses(kenya).of("payment", id), paid(kenya.payment(id).provider_key, one))
    kenya.work(10)
    payment = kenya.payment(id)
    assert (payment.state, payment.provider_reason, payment.needs_person) == ("unknown", "MISMATCH", True)
    assert kenya.posted() == []


def test_a_callback_with_the_key_of_another_payment_does_not_pay_this_one(kenya: Nairobi) -> None:
    """Both answers are lost, and both callbacks name the prompt that was paid: one payment has it."""
    kenya.daraja.faults.set({"drop_after_accept": 2, "no_callback": 2})
    first, second = kenya.asked(), kenya.asked()
    kenya.work(5)
    key = kenya.daraja.express.prompts(AMINA)[0]["reference"]
    kenya.daraja.express.approve(key)
    for id in (first, second):
        kenya.call(addresses(kenya).of("payment", id), paid(key, ASKED))
    kenya.work(10, 60)
    assert [kenya.payment(id).state for id in (first, second)] == ["succeeded", "unknown"]
    assert (kenya.posted(), kenya.taken()) == ([f"payment:{first}"], ASKED)


# Payouts


def owed(kenya: Nairobi, amount: Money = ASKED) -> str:
    """Amina has so much credit in the group's wallet, and asks for it: the payout."""
    store = kenya.app.store
    legs = (Posting("1020", amount.minor), Posting("2030", -amount.minor, kenya.amina.id))
    store.post(Draft(kenya.group, "KES", f"filled:{uuid4()}", "credit", kenya.clock(), legs))

    def work(tx: Store) -> str:
        group = tx.groups.get(kenya.group)
        return pay_out(tx, group, kenya.amina.id, amount, "withdrawal", way="mobile_money").id

    return store.transaction(work)


FAULTS_OF_PAYOUTS = [
    "",
    "callback_twice",
    "drop_after_accept",
    "duplicate_after_accept",
    "no_answer_to_status",
    "no_callback",
    "second_result",
    "status_500_after_accept",
    "status_503_before_accept",
    "timeout_callback",
]


def test_a_payout_is_made_once_whatever_is_lost(kenya: Nairobi) -> None:
    for number, fault in enumerate(FAULTS_OF_PAYOUTS, start=1):
        kenya.daraja.payout_faults.set({fault: 1} if fault else {})
        id = owed(kenya)
        kenya.work(5, 10, 20, 40, 60, 60)
        payment, rows = kenya.payment(id), kenya.daraja.till.rows()
        assert (payment.state, payment.provider_id, len(rows)) == ("succeeded", rows[-1].receipt, number), fault
    assert kenya.app.store.books.totals(kenya.group)["1020"] == 0


def test_a_payout_that_fails_ends_and_the_money_is_the_members_again(kenya: Nairobi) -> None:
    """Transaction Status does not know it: what its Result said decides then. Nothing is paid later."""
    told = [each for each in FAULTS_OF_PAYOUTS if each not in ("no_callback", "timeout_callback")]
    for number, fault in enumerate(told, start=1):
        kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}} | ({fault: 1} if fault else {}))
        id = owed(kenya)
        kenya.work(5, 10, 20, 40, 60, 60)
        assert (kenya.payment(id).state, kenya.payment(id).reason) == ("failed", "no_account"), fault
        assert kenya.app.store.books.totals(kenya.group)["2030"] == -number * ASKED.minor
    assert kenya.daraja.till.rows() == []


@pytest.mark.parametrize("fault", ["no_callback", "timeout_callback"])
def test_a_failure_that_nobody_told_is_for_a_person_and_not_paid_again(kenya: Nairobi, fault: str) -> None:
    kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}, fault: 1})
    id = owed(kenya)
    kenya.work(5, 10, 20, 60, 86_400, 3_600)
    payment = kenya.payment(id)
    assert (payment.state in OPEN, payment.needs_person, kenya.daraja.till.rows()) == (True, True, [])
    kenya.call(addresses(kenya).of("result", id), {"Result": {"ResultCode": 2040}})
    kenya.work(5)
    assert kenya.payment(id).reason == "no_account", "told at last, it ends"


@pytest.mark.parametrize("lists_it", [False, True])
def test_a_payout_that_nobody_told_of_ends_by_the_statement_of_the_portal(
    kenya: Nairobi, tmp_path: Path, lists_it: bool
) -> None:
    """Not in it, it was never made. What is in it and nobody's may be it: that is for two operators."""
    owed(kenya)
    kenya.work(5, 10, 3_600)
    kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}, "no_callback": 1})
    lost = owed(kenya, Money(400_00, "KES"))
    kenya.work(5, 10, 7_200)
    kenya.daraja.payout_faults.reset()
    owed(kenya)
    kenya.work(5, 10, 86_400)
    day = f"{kenya.payment(lost).created_at:%Y-%m-%d}"
    lines = [
        f"{row.receipt},{nairobi_time(row.at)},Completed,,-{row.amount.major}" for row in kenya.daraja.till.rows()
    ]
    if lists_it:
        lines.append(f"TJ17RX4K2M,{nairobi_time(kenya.payment(lost).created_at)},Completed,,-400.00")
    file = tmp_path / "utility.csv"
    file.write_text("\n".join(["Receipt No.,Completion Time,Transaction Status,Paid In,Withdrawn", *lines]))
    told = ("--rail", "daraja", "--day", day, "--time-zone", "Africa/Nairobi", "--statement", str(file))
    result = type_(kenya, *told, command=reconcile)
    assert (result.exit_code, "ended 1" in result.output) == (int(lists_it), not lists_it), result.output
    assert kenya.payment(lost).state == ("unknown" if lists_it else "expired")
    assert len(kenya.daraja.till.rows()) == 2


def nairobi_time(at: datetime) -> str:
    return f"{at.astimezone(EAT):%Y-%m-%d %H:%M:%S}"


# Money that nobody asked for


def register_addresses(kenya: Nairobi) -> None:
    daraja_console(kenya.app.settings, kenya.app.tokens).register()


# Amina is the third in group 10101; with the check digit.
ACCOUNT = "10101-0035"


def test_a_member_pays_from_the_menu_and_is_in_the_books(kenya: Nairobi) -> None:
    register_addresses(kenya)
    row = kenya.daraja.paybill.pay(AMINA, "10101 0035", ASKED)
    kenya.work(1)
    inbound = kenya.app.store.inbound.get(f"daraja:{row.receipt}")
    assert (inbound.state, inbound.person, inbound.amount) == ("attributed", kenya.amina.id, ASKED)
    kenya.daraja.paybill.confirm(row)
    kenya.work(1)
    assert len(kenya.posted()) == 1


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("TransAmount", "-3", 0),
        ("TransAmount", "0", 0),
        ("TransAmount", "9" * 400, 0),
        ("TransAmount", "9" * 15, 0),
        ("TransTime", "20991231235959", 0),
        ("TransTime", "00010101000000", 0),
        ("BillRefNumber", "\ud800", 1),
        ("FirstName", "\udfff", 1),
        ("MSISDN", {"a": [[]]}, 1),
    ],
)
def test_whatever_is_said_of_money_daraja_hears_that_we_heard(
    kenya: Nairobi, name: str, said: object, kept: int
) -> None:
    body = {"TransID": "TJ17RX4K2M", "TransAmount": "10.00", "TransTime": "20261001120000", "BillRefNumber": "x"}
    assert kenya.call(addresses(kenya).fixed("confirmation"), body | {name: said}) == 200
    assert len(kenya.app.store.inbound.find()) == kept


def test_where_we_are_asked_before_a_wrong_account_sends_no_money(kenya: Nairobi) -> None:
    register_addresses(kenya)
    pay = f"{kenya.sim.url}/sim/daraja/paybill"
    kenya.daraja.faults.set({"validates": True})
    typed = {"phone": AMINA, "amount": "550", "pin": "12345"}
    assert requests.post(pay, json=typed | {"account": "99999-0142"}, timeout=60).json()["reason"] == "C2B00012"
    assert kenya.taken() == Money(0, "KES")
    assert requests.post(pay, json=typed | {"account": ACCOUNT}, timeout=60).json()["status"] == "SUCCESSFUL"
    assert kenya.taken() == ASKED


# By hand


def type_(kenya: Nairobi, *words: str, command: click.Command = daraja) -> Result:
    """A command at a terminal, on the app that is there."""

    @contextmanager
    def open_app(_: str) -> Iterator[App]:
        yield kenya.app

    return CliRunner().invoke(command, list(words), obj=open_app)


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
        (reconcile, ("--day", "9999-12-31"), "Invalid value for --day: that day is still to come"),
        (
            reconcile,
            ("--rail", "mpesa"),
            "Invalid value for --rail: no such provider is switched on; there are: daraja",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line_and_asks_nobody(
    kenya: Nairobi, command: click.Command, words: tuple[str, ...], said: str
) -> None:
    refused = type_(kenya, *words, command=command)
    assert (refused.exit_code, refused.output.startswith(f"Error: {said}")) == (2, True), refused.output
    assert refused.output.count("\n") == 1


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
    assert "answered in seconds: daraja" in type_(kenya, command=balances).stderr
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


def test_a_call_from_elsewhere_is_warned_of_and_taken(kenya: Nairobi) -> None:
    elsewhere = replace(kenya.app.settings, daraja_callers="196.201.214.200")
    id = kenya.asked()
    with closing(build(elsewhere, clock=kenya.clock, pins=PINS, prepared=True)) as app, capture_logs() as logged:
        told = paid("ws_CO_1", ASKED)
        assert wsgi_post(app, addresses(kenya).of("payment", id), told) == 200
    assert [each["event"] for each in logged] == ["a callback from an address that is not on the list"]
    assert kenya.payment(id).provider_key == "ws_CO_1"


# What is shared


def test_processes_share_one_token(kenya: Nairobi) -> None:
    """A new one would end the one before, and each would renew it all the time."""
    kenya.asked()
    kenya.work(5)
    with closing(build(kenya.app.settings, clock=kenya.clock, pins=PINS, prepared=True)) as other:
        assert (can_collect(other.store, "KES"), can_pay_out(other.store, "KES")) == (True, True)
        kenya.asked()
        kenya.clock.forward(seconds=5)
        carry_out(other, "settle", other.store.payments.due(other.store.now(), 100))
    assert (len(kenya.daraja.express.prompts(AMINA)), kenya.daraja.access.granted) == (2, 1)


def wsgi_post(app: App, url: str, body: object) -> int:
    """A call straight to the web server of this app."""
    return Client(wsgi(app)).post(urlsplit(url).path, json=body).status_code


def addresses(kenya: Nairobi) -> Addresses:
    return kenya.app.settings.addresses("daraja")


def paid(key: str, amount: Money) -> object:
    """What Daraja calls when a prompt was paid."""
    items = [
        {"Name": "MpesaReceiptNumber", "Value": "TJ17RT61SV"},
        {"Name": "Amount", "Value": amount.minor / 100},
    ]
    told = {"CheckoutRequestID": key, "ResultCode": 0, "CallbackMetadata": {"Item": items}}
    return {"Body": {"stkCallback": told}}
