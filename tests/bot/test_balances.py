"""What our accounts with providers hold: asked for, kept, and shown with its moment beside the books."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from click.testing import CliRunner, Result

from bot.app import App
from bot.balances import Balance, ask_balances, last_balances, take_balance
from bot.cli.balances import balances
from domain.books.ledger import Draft, Posting
from domain.money import Money
from domain.store import MoneyProvider
from payments.port import Held, OutcomeUnknown
from tests.conftest import Clock
from tests.people import found_village

COLLECTED, PAID_OUT = Money(40_000, "UGX"), Money(2_500, "UGX")


@dataclass
class Says:
    """A provider that says this, or breaks, or answers later."""

    said: Mapping[str, Money] | OutcomeUnknown | None
    name: str = "airtel"

    def balances(self) -> Mapping[str, Money] | None:
        if isinstance(self.said, OutcomeUnknown):
            raise self.said
        return self.said


def ask(app: App, id: str, *said: Mapping[str, Money] | OutcomeUnknown | None) -> None:
    ask_balances(replace(app, balances=[Says(each) for each in said]), id)


def test_what_is_said_at_once_is_kept_of_all_its_accounts(app: App, clock: Clock) -> None:
    ask(app, "balance:airtel:1", {"collection": COLLECTED}, {"disbursement": PAID_OUT})
    expected = Balance("airtel", clock(), {"collection": COLLECTED, "disbursement": PAID_OUT})
    ask(app, "balance:airtel:1", {"collection": PAID_OUT})
    assert last_balances(app.store) == [expected], "asked once by its id"


def test_a_part_of_what_an_account_holds_stands_beside_no_books(app: App, clock: Clock) -> None:
    """It would be less than they have, and somebody would be called."""
    village = found_village(app.store)
    legs = (Posting("1020", 40_000, provider="airtel"), Posting("2030", -40_000, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "filled", "credit", clock(), legs))
    ask(app, "balance:airtel:1", {"collection": COLLECTED}, {"disbursement": PAID_OUT})
    assert last_balances(app.store)[0].books == {"UGX": COLLECTED}
    clock.forward(hours=1)
    ask(app, "balance:airtel:2", OutcomeUnknown("timeout"), {"disbursement": PAID_OUT})
    assert last_balances(app.store) == [Balance("airtel", clock(), {"disbursement": PAID_OUT})]


def test_a_clock_there_that_is_ahead_keeps_no_later_answer_away(app: App, clock: Clock) -> None:
    for number, amount, ahead in ((1, PAID_OUT, 30), (2, COLLECTED, 0)):
        ask(app, f"balance:airtel:{number}", None)
        take_balance(app.store, Held("airtel", {"Utility": amount}, clock() + timedelta(days=ahead)))
        clock.forward(hours=1)
    assert last_balances(app.store)[0].accounts == {"Utility": COLLECTED}


def test_what_is_not_said_leaves_what_was_said_last_and_part_of_it_counts(app: App, clock: Clock) -> None:
    ask(app, "balance:airtel:1", OutcomeUnknown("timeout"), {"disbursement": PAID_OUT})
    before = last_balances(app.store)
    clock.forward(hours=1)
    ask(app, "balance:airtel:2", OutcomeUnknown("timeout"))
    assert last_balances(app.store) == before == [Balance("airtel", before[0].at, {"disbursement": PAID_OUT})]
    assert app.store.runs.get("balance:airtel:2").details == {"problem": "timeout"}


def test_what_is_answered_later_is_of_the_question_that_is_open_and_counts_once(app: App, clock: Clock) -> None:
    """It may come twice, and though nobody has asked."""
    take_balance(app.store, Held("airtel", {"Utility 1.0": COLLECTED}))
    assert last_balances(app.store) == []
    ask(app, "balance:airtel:1", None)
    at = clock()
    clock.forward(seconds=30)
    for amount in (COLLECTED, PAID_OUT):
        take_balance(app.store, Held("airtel", {"Utility 1.0": amount}, at))
    assert last_balances(app.store) == [Balance("airtel", at, {"Utility 1 0": COLLECTED})]


def test_several_answers_to_one_question_are_kept_when_all_have_come(app: App, clock: Clock) -> None:
    """One may come twice, and a question that has lost one is not completed by the answer to the next."""
    first, second = ({f"{part} Utility": COLLECTED} for part in ("1", "2"))
    ask(app, "balance:airtel:1", None)
    take_balance(app.store, Held("airtel", first, None, "1", 2))
    clock.forward(hours=1)
    ask(app, "balance:airtel:2", None)
    take_balance(app.store, Held("airtel", second, None, "2", 2))
    assert last_balances(app.store) == []
    at = clock() - timedelta(seconds=30)
    for _ in range(2):
        take_balance(app.store, Held("airtel", first, at, "1", 2))
    assert last_balances(app.store) == [Balance("airtel", at, first | second)]


def test_what_leaves_out_an_account_of_ours_stands_beside_no_books(app: App, clock: Clock) -> None:
    village = found_village(app.store)
    legs = (Posting("1020", 40_000, provider="airtel"), Posting("2030", -40_000, village.akello.id))
    app.store.post(Draft(village.umoja, "UGX", "filled", "credit", clock(), legs))
    ask(app, "balance:airtel:1", None)
    take_balance(app.store, Held("airtel", {"Utility": PAID_OUT}, is_all=False))
    assert last_balances(app.store) == [Balance("airtel", clock(), {"Utility": PAID_OUT})]


def test_an_answer_that_is_odd_is_kept_so_that_it_can_be_read(app: App, clock: Clock) -> None:
    ask(app, "balance:airtel:1", None)
    now = clock()
    take_balance(app.store, Held("airtel", {f"a\0b\u202e.{'c' * 99}": COLLECTED}, now.replace(year=9999)))
    assert last_balances(app.store) == [Balance("airtel", now, {f"a b  {'c' * 55}": COLLECTED})]


def typed(app: App, *arguments: str) -> Result:
    @contextmanager
    def open_app(_: str) -> Iterator[App]:
        yield app

    return CliRunner().invoke(balances, arguments, obj=open_app)


def test_the_command_shows_what_was_said_last_and_of_when(app: App, clock: Clock) -> None:
    assert typed(app, "--list").output == "No provider has said what our accounts hold.\n"
    ask(app, "balance:airtel:1", {"collection": COLLECTED})
    lines = typed(app, "--list").output.splitlines()
    assert lines[1] == f"airtel    collection  {clock():%Y-%m-%d %H:%M:%S}  UGX 40,000"


def test_the_command_says_who_did_not_say_it(app: App, clock: Clock) -> None:
    says = [Says({"collection": COLLECTED}), Says(OutcomeUnknown("timeout"))]
    app.store.providers = [MoneyProvider("airtel", "in", frozenset({"UGX"}), balanced=True)]
    done = typed(replace(app, balances=says))
    assert (done.exit_code, done.stderr) == (1, "airtel did not say all of it: timeout\n")
    clock.forward(seconds=1)
    assert typed(replace(app, balances=says[:1])).exit_code == 0
    clock.forward(seconds=1)
    done = typed(replace(app, balances=[Says(None)]))
    assert done.stderr == "Asked, and answered in seconds: airtel. Look again with --list.\n"
