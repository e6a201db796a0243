"""A member's statement: one line an event, whole, and what it was for; the same as the receipts."""

from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest

from domain.books.events import EventKind, event_of
from domain.books.ledger import Draft, Posting
from domain.books.statements import NoSuchPeriod
from domain.loans.repay import RecordRepayment, ReverseRepayment
from domain.loans.use_credit import UseCredit
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.moving_in.undo import undo_opening
from domain.records.payment import PaidFor
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.fines import FineMember, RecordFine
from domain.savings.social_fund import AskGrant, PayGrant
from domain.savings.statement import Transaction, What, last_transactions, newest_of_statement, statement_of
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.settle import payment_failed, payment_succeeded
from tests.conftest import Clock
from tests.cycles.statements import check_statement
from tests.domain.moving_in.books import AS_OF, example, opens
from tests.domain.savers import Savers, found
from tests.money import ugx
from tests.people import Village, Villager, do

START = date(2026, 10, 5)
# What an entry can be that is a line as it is: the others are a payment's, or nobody's.
NO_LINES = {"payment", "set_aside", "not_sent", "taken_back", "of_group"}


def pay(store: MongoStore, village: Village, who: Villager, minor: int) -> str:
    """A contribution that the provider has confirmed; answers with its reference."""
    asked: Any = do(store, Contribute(village.umoja, who.id, ugx(minor)))
    payment_succeeded(store, store.payments.get(asked["payment"]), f"provider-{asked['ref']}")
    return str(asked["ref"])


def said(lines: list[Transaction]) -> list[tuple[str, int, str]]:
    return [(line.what, line.amount.minor, line.state) for line in lines]


def newest(savers: Savers, person: str) -> list[tuple[str, int, str]]:
    check_statement(savers.store, savers.group, person)
    return said(last_transactions(savers.store, savers.group, person))


# Lines that an entry is for some who read it, or a part of an entry, or that no entry is.
OF_NO_KIND = {
    "loan_of_another", "loan_from_guarantors", "fines_at_leaving", "less_than_coin", "fine_waived",
    "opening_loans",
}  # fmt: skip


def test_whatever_an_entry_can_be_is_a_line_and_whatever_money_is_for() -> None:
    """Beside them are loans as guarantors see them, and what moves nothing: a fine that is waived."""
    own = {*get_args(What)} - {*get_args(PaidFor)}
    assert {*get_args(EventKind)} - NO_LINES == own - OF_NO_KIND


def test_what_a_group_brought_is_what_its_members_had_and_what_they_owed(store: MongoStore, clock: Clock) -> None:
    clock.forward(days=(AS_OF - START).days)
    group = opens(store, example())
    borrower, saver = (store.memberships.find(group=group, number=number)[0].person for number in (2, 1))
    assert said(last_transactions(store, group, borrower)) == [
        ("opening_loans", 40_000, "done"), ("opening", 45_000, "done"),
    ]  # fmt: skip
    assert said(last_transactions(store, group, saver)) == [("opening", 60_000, "done")]
    check_statement(store, group, borrower)
    assert undo_opening(store, "G-0417", "the wrong box") is None
    check_statement(store, group, borrower)


def test_a_repayment_is_one_line_with_its_interest(store: MongoStore) -> None:
    """10 % of 60,000 for one period: 26,000 that are paid are 6,000 of interest and 20,000 of the loan."""
    savers = found(store)
    loan = savers.lend("dan", 60_000, 1)
    savers.repay(loan, 26_000)
    (line, lent, saved) = last_transactions(store, savers.group, "dan")
    assert (line.what, line.amount, line.way, line.about) == (
        "repayment",
        ugx(26_000),
        "cash",
        savers.loan(loan).ref,
    )
    assert (line.held, line.owed) == (0, -20_000)
    assert (lent.what, lent.amount, lent.owed) == ("loan", ugx(60_000), 60_000)
    assert (saved.what, saved.amount, saved.held) == ("savings", ugx(100_000), 100_000)
    check_statement(store, savers.group, "dan")


def test_what_only_pays_interest_is_there_and_what_was_taken_back_says_so(store: MongoStore) -> None:
    savers = found(store)
    loan = savers.lend("dan", 60_000, 1)
    first = savers.do(RecordRepayment(loan, ugx(4_000), "ada"))
    savers.repay(loan, 9_000)
    savers.do(ReverseRepayment("ben", first["payment"], "counted twice"))
    assert newest(savers, "dan") == [
        ("restated", 4_000, "done"),
        ("repayment", 4_000, "taken_back"),
        ("repayment", 9_000, "done"),
        ("repayment", 4_000, "undone"),
        ("loan", 60_000, "done"),
    ]


def test_a_fine_and_a_grant_in_cash_are_lines(store: MongoStore) -> None:
    """Their entries name nobody: the one is the group's income, the other the social fund's."""
    savers = found(store, social_fund=ugx(500), fines={"late": ugx(700)})
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    (fine,) = store.fines.find(group=savers.group)
    paid = savers.do(RecordFine("ada", fine.id))
    savers.do(AskGrant("dan", savers.group, ugx(1_000), "a burial"))
    savers.decide("grant", "ada", "ben")
    (grant,) = store.grants.find(group=savers.group)
    savers.do(PayGrant("ada", grant.id, "cash"))
    (first, second, _) = last_transactions(store, savers.group, "dan")
    assert (first.what, first.amount, first.held) == ("grant", ugx(1_000), 0)
    assert (second.what, second.amount, second.about) == ("fine", ugx(700), "late")
    savers.do(ReverseCash("ben", paid["payment"], "it was another one"))
    assert newest(savers, "dan")[:3] == [
        ("fine", 700, "taken_back"),
        ("grant", 1_000, "done"),
        ("fine", 700, "undone"),
    ]


def test_money_on_its_way_is_one_line_until_it_is_back(store: MongoStore) -> None:
    savers = found(store, kind="savings")
    savers.fill_wallet(80_000)
    savers.do(AskWithdrawal("dan", savers.group, ugx(20_000), "mobile_money"))
    savers.decide("withdrawal", "ada", "ben")
    assert newest(savers, "dan")[0] == ("withdrawal", 20_000, "on_its_way")
    (payment,) = store.payments.open_of("dan")
    payment_failed(store, payment, "no_account")
    assert newest(savers, "dan")[:2] == [("withdrawal", 20_000, "came_back"), ("withdrawal", 20_000, "not_sent")]
    savers.do(AskWithdrawal("dan", savers.group, ugx(20_000), "mobile_money"))
    savers.decide("withdrawal", "ada", "ben")
    (payment,) = store.payments.open_of("dan")
    savers.confirm(payment.id)
    assert newest(savers, "dan")[0] == ("withdrawal", 20_000, "done")
    assert len(last_transactions(store, savers.group, "dan")) == 4, "that it has arrived is no line of its own"


def test_credit_that_pays_a_loan_and_a_guarantor_who_pays_it(store: MongoStore) -> None:
    savers = found(store)
    savers.give_credit("dan", 900)
    loan = savers.lend("dan", 60_000, 1)
    savers.do(UseCredit("dan", savers.group, "loan", ugx(900), loan))
    (line, *_) = last_transactions(store, savers.group, "dan")
    assert (line.what, line.amount, line.held, line.owed) == ("loan_from_credit", ugx(900), -900, 0)


def test_what_nobody_knows_the_words_of_is_a_line_all_the_same(store: MongoStore) -> None:
    savers = found(store)
    legs = (Posting("1010", 50), Posting("2030", -50, "dan"))
    entry = store.post(Draft(savers.group, "UGX", "tomorrow:1", "new", store.now(), legs))
    assert event_of(entry).kind == "other"
    (line, _) = last_transactions(store, savers.group, "dan")
    assert (line.what, line.amount, line.held) == ("other", ugx(50), 50)


def test_a_period_ends_with_what_the_next_begins_with(store: MongoStore, clock: Clock) -> None:
    savers = found(store)
    clock.forward(days=10)
    loan = savers.lend("dan", 60_000, 1)
    clock.forward(days=10)
    savers.repay(loan, 26_000)
    early = statement_of(store, savers.group, "dan", START, START + timedelta(days=12))
    late = statement_of(store, savers.group, "dan", START + timedelta(days=13), START + timedelta(days=40))
    assert (early.had, early.has, early.owes) == (ugx(0), ugx(100_000), ugx(60_000))
    assert (late.had, late.owed, late.owes) == (ugx(100_000), ugx(60_000), ugx(40_000))
    assert late.last == START + timedelta(days=20), "what has not come yet is no part of it"
    assert said([*early.lines, *late.lines]) == [
        ("savings", 100_000, "done"), ("loan", 60_000, "done"), ("repayment", 26_000, "done"),
    ]  # fmt: skip
    with pytest.raises(NoSuchPeriod):
        statement_of(store, savers.group, "dan", START, START - timedelta(days=1))
    with pytest.raises(NoSuchPeriod):
        statement_of(store, savers.group, "dan", START + timedelta(days=21), START + timedelta(days=40))


def test_so_many_lines_are_shown_and_no_more(store: MongoStore) -> None:
    savers = found(store)
    savers.do(RecordCash(savers.group, "dan", ugx(1_000), "ada"))
    shown = newest_of_statement(store, savers.group, "dan", START, START, most=1)
    assert (said(shown.lines), shown.left_out) == ([("savings", 1_000, "done")], 1)
    assert (shown.had, shown.has) == (ugx(0), ugx(101_000))


def test_who_has_left_reads_their_own_and_nobody_else_does(store: MongoStore) -> None:
    savers = found(store)
    store.memberships.change(membership_id(savers.group, "dan"), status="exited")
    assert last_transactions(store, savers.group, "dan")
    store.memberships.change(membership_id(savers.group, "dan"), status="refused")
    for person in ("dan", "hal"):
        with pytest.raises(NotAllowed):
            last_transactions(store, savers.group, person)


def test_the_newest_five_of_this_member_come_newest_first(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    do(store, RecordCash(village.umoja, village.akello.id, ugx(600), village.nakato.id))
    pay(store, village, village.okot, 700)
    refs = []
    for minor in (1_000, 1_001, 1_002, 1_003):
        clock.forward(days=1)
        refs.append(pay(store, village, village.akello, minor))
    lines = last_transactions(store, village.umoja, village.akello.id)
    assert (lines[0].on, lines[0].ref, lines[0].amount) == (date(2026, 10, 9), refs[-1], ugx(1_003))
    assert [line.amount.minor for line in lines] == [1_003, 1_002, 1_001, 1_000, 600]
    assert (lines[-1].on, lines[-1].ref, lines[-1].way) == (START, "", "cash")
    clock.forward(days=1)
    pay(store, village, village.akello, 1_004)
    lines = last_transactions(store, village.umoja, village.akello.id)
    assert [line.amount.minor for line in lines] == [1_004, 1_003, 1_002, 1_001, 1_000]


def test_a_statement_s_days_are_the_group_s_own(store: MongoStore, village: Village, clock: Clock) -> None:
    """Half past midnight on Tuesday in Kampala, still Monday in London."""
    clock.forward(hours=15, minutes=30)
    assert clock() == datetime.fromisoformat("2026-10-05T21:30:00+00:00")
    pay(store, village, village.akello, 5_500)
    (one,) = last_transactions(store, village.umoja, village.akello.id)
    assert one.on == date(2026, 10, 6)
    tuesday = date(2026, 10, 6)
    assert len(statement_of(store, village.umoja, village.akello.id, tuesday, tuesday).lines) == 1
