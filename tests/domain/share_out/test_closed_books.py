"""The books after a share-out was decided: loans and fines are taken, what is lost is everybody's, all is even."""

from dataclasses import replace
from typing import Any

from domain.books.statements import Span, group_statement
from domain.loans.postings import restate
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.savings.contribute import RecordCash
from domain.savings.fines import FineMember, fines_due
from domain.share_out.next_cycle import close_books
from domain.share_out.pay import states
from domain.share_out.shown import expected_share_out
from tests.conftest import Clock
from tests.domain.savers import PRODUCT, Savers, found
from tests.domain.share_out.sharing import FINES, decide, group, made, of, pay_everybody, post, start
from tests.money import ugx


def test_a_whole_cycle_with_loans_and_fines_netted(savers: Savers) -> None:
    loan = savers.lend("dan", 60_000)
    savers.do(FineMember("ada", savers.group, "eve", "late"))
    post(savers, "airtime", a5030=2_000, a1010=-2_000)
    decide(savers)
    # 538,000 in cash, and 66,000 and 2,000 that are taken.
    assert made(savers).pot == ugx(606_000)
    assert of(savers, "dan", "eve", "fay") == [
        (101_000, 66_000, 0, 35_000),
        (101_000, 0, 2_000, 99_000),
        (101_000, 0, 0, 101_000),
    ]
    assert savers.totals == {"1010": 538_000, "2040": -538_000}
    assert (savers.loan(loan).state, savers.loan(loan).outstanding) == ("closed", 0)
    assert fines_due(savers.store, savers.group, "eve") == ugx(0)
    assert savers.told("dan", "shared_out") == [
        {"group": "Umoja", "gross": ugx(101_000), "netted": ugx(66_000), "rest": ugx(0), "pay": ugx(35_000)}
    ]
    close = savers.store.books.with_reference(savers.group, f"close:{savers.group}:1")
    assert close is not None
    assert {leg.account: leg.amount for leg in close.postings} == {
        "4010": 6_000,
        "4020": 2_000,
        "5030": -2_000,
        "3020": -6_000,
    }
    statement = group_statement(savers.store.books.sums(savers.group, Span()))
    assert statement.surplus == statement.closed == 6_000, "a closed cycle still shows what it earned"
    pay_everybody(savers)
    assert savers.totals == {}
    assert start(savers) == 2
    assert verify_book(savers.store.books, savers.group) == []
    savers.check()


def test_what_a_part_does_not_cover_is_a_loss_of_all_and_later_money_is_income(
    savers: Savers, clock: Clock
) -> None:
    loan = savers.lend("dan", 200_000)
    decide(savers)
    after = savers.loan(loan)
    assert (after.state, after.outstanding) == ("written_off", 0)
    assert len(savers.told("dan", "loan_written_off")) == 1
    pay_everybody(savers)
    assert savers.totals == {}
    start(savers)
    clock.forward(days=7)
    savers.repay(loan, 140_000)
    assert (savers.loan(loan).state, savers.totals) == ("recovered", {"1010": 140_000, "4040": -140_000})
    savers.check()


def test_what_a_part_does_not_cover_stays_owed_where_the_group_carries_it_over(
    store: MongoStore, clock: Clock
) -> None:
    savers = found(store, fines=FINES, carry_over=True)
    loan = savers.lend("dan", 200_000)
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    decide(savers)
    # 400,000 in cash is what five get, so a part is 80,000: of the loan's 220,000, 80,000 is taken.
    assert of(savers, "dan", "eve") == [(80_000, 80_000, 0, 0), (80_000, 0, 0, 80_000)]
    assert states(savers.store, made(savers))["dan"] == "paid", "nothing is to be paid"
    after = savers.loan(loan)
    assert (after.state, after.outstanding) == ("active", 140_000)
    pay_everybody(savers)
    assert savers.totals == {"1100": 140_000, "3020": -140_000}
    start(savers)
    clock.forward(days=7)
    savers.do(RecordCash(savers.group, "eve", ugx(100_000), "ada"))
    savers.repay(loan, 140_000)
    assert savers.loan(loan).state == "closed"
    assert fines_due(savers.store, savers.group, "dan") == ugx(2_000)
    # What comes back is shared by those who hold shares then.
    assert expected_share_out(savers.store, savers.group, "eve").gross == ugx(240_000)
    savers.check()


def test_a_loan_that_was_written_off_is_recovered_from_the_part(savers: Savers) -> None:
    loan = savers.lend("dan", 60_000)
    today = group(savers).constitution.day(savers.store.now())

    def write_off(tx: Any) -> None:
        before = tx.loans.get(loan)
        after = replace(before, written_off_on=today)
        tx.loans.change(loan, **restate(tx, before, after, today, tx.now()))

    savers.store.transaction(write_off)
    decide(savers)
    assert savers.loan(loan).state == "recovered"
    pay_everybody(savers)
    assert savers.totals == {}


def test_closing_the_books_twice_closes_them_once(savers: Savers) -> None:
    post(savers, "interest", a1010=6_000, a4010=-6_000)
    for _ in range(2):
        savers.store.transaction(lambda tx: close_books(tx, group(savers)))
    assert savers.totals == {"1010": 606_000, "3010": -600_000, "3020": -6_000}


def test_savings_of_any_amount_and_loans_of_many_come_out_even(store: MongoStore) -> None:
    """Odd amounts in a currency with a unit: after all is paid, the surplus is what is owed and what was left."""
    savers = found(store, replace(PRODUCT, step=1), cash_unit=100, saved=37_000)
    for number, person in enumerate(("dan", "eve", "fay", "ben"), start=1):
        savers.do(RecordCash(savers.group, person, ugx(1_000 * number), "ada"))
        savers.lend(person, 3_300 * number * number)
    decide(savers)
    pay_everybody(savers)
    totals = savers.totals
    assert totals.pop("1010", 0) + totals.pop("1100", 0) == -totals.pop("3020", 0)
    assert totals == {}
    savers.check()
