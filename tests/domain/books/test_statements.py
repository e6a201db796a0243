"""Statements balance for any period of any book, cost the same for any number of members, and hledger agrees."""

import itertools
import json
import random
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandStartedEvent

from bot.local.stores import Stores
from domain.books.accounts import ACCOUNTS, SOCIAL_PURSES, Account
from domain.books.hledger import journal
from domain.books.ledger import GENESIS, Draft, Entry, Posting, chain, reversal
from domain.books.statements import (
    BEGINNING,
    CASH,
    CLOSING,
    END,
    BadPeriod,
    BookPlace,
    GroupStatement,
    Moved,
    Movement,
    OutOfBalance,
    Span,
    StatementLine,
    Sums,
    carried,
    group_statement,
    lines,
    movements,
    period,
)
from domain.mongo.books import MongoBooks, Unit
from domain.mongo.indexes import prepare
from domain.mongo.layout import range_by_date
from tests.listening import Listening
from tests.second_opinion import needs_hledger, told

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 40
MEMBERS = ("m1", "m2", "m3")


def draft(day: float, *legs: Posting, reference: str, book: str = "g1") -> Draft:
    return Draft(book, "UGX", reference, "text", START + timedelta(days=day), legs)


def leg(account: str, amount: int, member: str) -> Posting:
    """By the chart: with a member and a loan where the account is kept by them."""
    chart = ACCOUNTS[account]
    return Posting(account, amount, member if chart.by_member else "", "l1" if chart.by_loan else "")


def random_drafts(seed: int, length: int, book: str = "g1") -> list[Draft]:
    """
    A book as groups keep it and worse: any accounts, several entries at one moment, dates out of order, cycles
    that were closed and a close that was taken back. The first entry sees to it that nothing runs out.
    """
    random_ = random.Random(seed)
    plenty = [Posting(code, 10**9) for code in ("1010", "1020", "1025", "1030", "1040")]
    of_fund = Posting("2020", -2 * 10**9), Posting("3010", -3 * 10**9, "m1")
    drafts = [draft(0, *plenty, *of_fund, reference="0", book=book)]
    for number in range(1, length):
        one, two, three = random_.choices(sorted(ACCOUNTS.keys() - {*SOCIAL_PURSES, "2020"}), k=3)
        amounts = random_.choices([-700, -1, 1, 30, 5000, 99_999], k=2)
        legs = [
            leg(code, amount, random_.choice(MEMBERS)) for code, amount in zip((one, two), amounts, strict=True)
        ]
        if rest := sum(amounts):
            legs.append(leg(three, -rest, random_.choice(MEMBERS)))
        if random_.random() < 0.2:
            purse, minor = random_.choice(SOCIAL_PURSES), random_.choice([-300, 40])
            legs += [Posting(purse, minor), Posting("2020", -minor)]
        if random_.random() < 0.15:
            legs = [Posting("4010", 200), Posting("5030", -50), Posting("3020", -150)]
            drafts.append(draft(random_.randrange(DAYS), *legs, reference=f"{CLOSING}{number}", book=book))
        elif number > 1 and random_.random() < 0.1:
            taken_back = random_.choice(chained(drafts)[1:])
            at = START + timedelta(days=random_.randrange(DAYS))
            drafts.append(reversal(taken_back, f"{number}", at))
        else:
            drafts.append(
                draft(random_.choice([5, 5.5, random_.randrange(DAYS)]), *legs, reference=f"{number}", book=book)
            )
    return drafts


def chained(drafts: Iterable[Draft]) -> list[Entry]:
    entries: list[Entry] = []
    for each in drafts:
        entries.append(chain(each, len(entries) + 1, entries[-1].hash if entries else GENESIS))
    return entries


def inside(entry: Entry, span: Span) -> bool:
    return span.first <= BookPlace(entry.at, entry.seq) < span.until


def sums_of(entries: list[Entry], span: Span, member: str = "") -> Sums:
    """The same sums by walking over every entry."""
    closings = {entry.seq for entry in entries if entry.reference.startswith(CLOSING)}
    opening: dict[str, int] = {}
    moved: dict[str, Moved] = {}
    for entry in entries:
        for each in entry.postings:
            if member and each.member != member:
                continue
            if BookPlace(entry.at, entry.seq) < span.first:
                opening[each.account] = opening.get(each.account, 0) + each.amount
            elif inside(entry, span):
                was = moved.get(each.account, Moved())
                closing = each.amount if {entry.seq, entry.reverses} & closings else 0
                moved[each.account] = Moved(
                    was.debit + max(each.amount, 0), was.credit + max(-each.amount, 0), was.closing + closing
                )
    return Sums(len(entries), opening, moved)


def same(one: Sums, other: Sums) -> bool:
    """Accounts that held nothing may be there or not."""
    openings = [{code: held for code, held in each.opening.items() if held} for each in (one, other)]
    return openings[0] == openings[1] and (one.length, one.moved) == (other.length, other.moved)


spans = st.tuples(st.integers(-3, DAYS + 3), st.integers(0, DAYS)).map(
    lambda days: period(START.date() + timedelta(days[0]), START.date() + timedelta(days[0] + days[1]), UTC)
)


@given(st.integers(0, 10**6), st.integers(1, 30), spans)
@settings(max_examples=60)
def test_every_statement_of_every_period_balances(seed: int, length: int, span: Span) -> None:
    entries = chained(random_drafts(seed, length))
    sums = sums_of(entries, span)
    made = group_statement(sums)
    owed = sum(made.liabilities.values()) + sum(made.equity.values()) + made.unclosed
    assert sum(made.assets.values()) == owed
    assert made.surplus == sum(made.income.values()) - sum(made.expense.values())
    for row in made.cash:
        assert row.closing == made.assets.get(row.account, 0)
    shown = [row.account for row in made.cash]
    assert shown == [each for each in CASH if each in shown]


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(0, DAYS))
@settings(max_examples=30)
def test_a_period_is_the_sum_of_its_parts(seed: int, length: int, cut: int) -> None:
    """What ends one period begins the next: nothing is shown twice, nothing falls between."""
    entries = chained(random_drafts(seed, length))
    day = START.date() + timedelta(cut)
    whole = group_statement(sums_of(entries, period(START.date(), date(2026, 3, 1), UTC)))
    early_sums, late_sums = (
        sums_of(entries, span)
        for span in (period(START.date(), day, UTC), period(day + timedelta(1), date(2026, 3, 1), UTC))
    )
    early, late = group_statement(early_sums), group_statement(late_sums)
    assert early.surplus + late.surplus == whole.surplus
    assert early.closed + late.closed == whole.closed
    assert early.unclosed == late.earlier
    assert carried(early_sums.opening, early_sums.moved) == {
        code: late_sums.opening.get(code, 0) for code in early_sums.opening.keys() | early_sums.moved.keys()
    }


@given(st.integers(0, 10**6), st.integers(1, 30), spans, st.sampled_from(MEMBERS))
@settings(max_examples=30)
def test_a_members_lines_lead_from_the_opening_to_the_closing_balances(
    seed: int, length: int, span: Span, member: str
) -> None:
    entries = chained(random_drafts(seed, length))
    sums = sums_of(entries, span, member)
    listed = list(lines((e for e in entries if inside(e, span)), sums.opening, lambda leg: leg.member == member))
    last = {line.account: line.balance for line in listed}
    for row in movements(sums):
        changes = [line.change for line in listed if line.account == row.account]
        assert row.opening + sum(changes) == row.closing == last.get(row.account, row.opening)
        assert row.plus == sum(change for change in changes if change > 0)
        assert row.minus == -sum(change for change in changes if change < 0)


def cycle() -> list[Entry]:
    """Shares 1,000; a loan of 600 with interest of 60; 10 for a book; the cycle closed, 1,050 shared out."""
    return chained(
        [
            draft(1, Posting("1010", 1000), Posting("3010", -1000, "m1"), reference="share"),
            draft(2, Posting("1100", 600, "m1", "l1"), Posting("1010", -600), reference="loan"),
            draft(
                3,
                Posting("1010", 660),
                Posting("1100", -600, "m1", "l1"),
                Posting("4010", -60, "m1"),
                reference="repaid",
            ),
            draft(4, Posting("5030", 10), Posting("1010", -10), reference="book"),
            draft(5, Posting("4010", 60), Posting("5030", -10), Posting("3020", -50), reference=f"{CLOSING}1"),
            draft(
                6,
                Posting("3010", 1000, "m1"),
                Posting("3020", 50),
                Posting("2040", -1050, "m1"),
                reference="shared",
            ),
            draft(7, Posting("2040", 1050, "m1"), Posting("1010", -1050), reference="paid"),
        ]
    )


def of_days(first: int, last: int) -> GroupStatement:
    days = period(START.date() + timedelta(first), START.date() + timedelta(last), UTC)
    return group_statement(sums_of(cycle(), days))


def test_a_cycle_that_is_closed_still_shows_what_it_earned() -> None:
    whole = of_days(1, 5)
    assert (whole.income, whole.expense, whole.surplus) == ({"4010": 60}, {"5030": 10}, 50)
    assert (whole.earlier, whole.closed, whole.unclosed) == (0, 50, 0)
    assert whole.assets == {"1010": 1050}
    assert whole.equity == {"3010": 1000, "3020": 50}
    assert whole.cash == (Movement(Account.CASH_BOX, 0, plus=1660, minus=610),)


def test_what_was_earned_before_the_period_is_no_income_of_it() -> None:
    after = of_days(4, 4)
    assert (after.income, after.expense, after.surplus) == ({}, {"5030": 10}, -10)
    assert (after.earlier, after.closed, after.unclosed) == (60, 0, 50)
    closed = of_days(5, 6)
    assert (closed.income, closed.surplus, closed.earlier, closed.closed) == ({}, 0, 50, 50)
    assert closed.liabilities == {"2040": 1050}


def test_a_close_that_was_taken_back_is_no_loss() -> None:
    entries = cycle()[:5]
    back = chain(reversal(entries[4], "back", START + timedelta(days=6)), 6, entries[4].hash)
    made = group_statement(sums_of([*entries, back], period(START.date(), START.date() + timedelta(9), UTC)))
    assert (made.surplus, made.closed, made.unclosed, made.equity) == (50, 0, 50, {"3010": 1000})


def test_a_member_sees_what_they_own_and_owe_above_zero() -> None:
    sums = sums_of(cycle(), period(START.date(), START.date() + timedelta(2), UTC), "m1")
    assert movements(sums) == (Movement(Account.PRINCIPAL, 0, 600, 0), Movement(Account.SHARES, 0, 1000, 0))
    listed = list(lines(cycle()[2:4], {"1100": 600}, lambda leg: leg.member == "m1"))
    assert [(line.account, line.change, line.balance) for line in listed] == [("1100", -600, 0), ("4010", 60, 60)]


def test_a_book_that_does_not_balance_has_no_statement() -> None:
    with pytest.raises(OutOfBalance):
        group_statement(Sums(1, {"1010": 1000, "3010": -999}, {}))
    assert group_statement(Sums(1, {"1010": 1000, "3010": -1000}, {})).assets == {"1010": 1000}
    assert group_statement(Sums(0, {}, {})).cash == ()


def test_a_period_is_whole_days_of_the_groups_own_clock() -> None:
    kampala = period(date(2026, 1, 1), date(2026, 1, 31), ZoneInfo("Africa/Kampala"))
    assert kampala.first == BookPlace(datetime(2025, 12, 31, 21, tzinfo=UTC))
    assert kampala.until == BookPlace(datetime(2026, 1, 31, 21, tzinfo=UTC))
    one_day = period(date(2026, 1, 1), date(2026, 1, 1), UTC)
    assert one_day.until.at - one_day.first.at == timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 1, 2), date(2026, 1, 1)), (date(2026, 1, 1), date.max), (date.min, date(2026, 1, 1))],
    ids=["backwards", "after the last day", "before the first day"],
)
def test_days_that_are_no_period_are_refused(first: date, last: date) -> None:
    with pytest.raises(BadPeriod):
        period(first, last, ZoneInfo("Africa/Kampala"))


class Heard(Listening):
    """The commands that a test's client sends."""

    def __init__(self) -> None:
        self.commands: list[CommandStartedEvent] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate", "getMore"):
            self.commands.append(event)


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def database(stores: Stores, heard: Heard) -> Iterator[Database[dict[str, Any]]]:
    client: MongoClient[dict[str, Any]] = MongoClient(stores.mongo_uri, event_listeners=[heard], timeoutMS=15_000)
    fresh = client[f"statements_{uuid.uuid4().hex[:12]}"]
    prepare(fresh)
    yield fresh
    client.drop_database(fresh)
    client.close()


@pytest.fixture(scope="module")
def books(database: Database[dict[str, Any]]) -> Iterator[MongoBooks]:
    opened = MongoBooks(database.client, database)
    yield opened
    opened.close()


numbers = itertools.count()


def new_book() -> str:
    """The tests share a database, and each has books of its own."""
    return f"b{next(numbers)}"


def post(books: MongoBooks, seed: int, length: int) -> list[Entry]:
    """A random book."""
    return [books.post(Unit(each)) for each in random_drafts(seed, length, new_book())]


def put_in(books: MongoBooks, book: str, member: str, day: float) -> None:
    legs = Posting("1010", 5), Posting("3010", -5, member)
    books.post(Unit(draft(day, *legs, reference=f"{next(numbers)}", book=book)))


def test_the_stores_sums_and_entries_are_those_of_a_walk_over_the_book(books: MongoBooks) -> None:
    @given(st.integers(0, 10**6), st.integers(1, 25), spans, st.sampled_from(["", *MEMBERS]))
    @settings(max_examples=12)
    def check(seed: int, length: int, span: Span, member: str) -> None:
        entries = post(books, seed, length)
        book = entries[0].book
        for each in (span, Span(span.first, END), Span(BEGINNING, span.until), Span()):
            assert same(books.sums(book, each, member), sums_of(entries, each, member))
        wanted = [e for e in entries if inside(e, span) and any(leg.member == member for leg in e.postings)]
        if member:
            by_date = sorted(wanted, key=lambda entry: (entry.at, entry.seq))
            assert list(books.between(book, span, length, member=member)) == by_date

    check()


def test_pages_hold_every_line_once_with_the_balances_of_one_long_list(books: MongoBooks) -> None:
    """Several entries at one moment, and dates out of order, are cut anywhere."""
    entries = post(books, 7, 30)
    book, span = entries[0].book, period(START.date() + timedelta(3), START.date() + timedelta(25), UTC)
    sums = books.sums(book, span)
    whole = list(lines(books.between(book, span, sums.length), sums.opening, lambda leg: True))
    paged: list[StatementLine] = []
    rest = span
    while page := list(books.between(book, rest, sums.length, limit=2)):
        carry = carried(sums.opening, books.moved(book, Span(span.first, rest.first), sums.length))
        paged += lines(page, carry, lambda leg: True)
        rest = rest.after(page[-1])
    assert paged == whole
    assert len({line.seq for line in whole}) > 10


def test_a_cash_book_reads_only_what_touches_cash(books: MongoBooks) -> None:
    entries = post(books, 11, 30)
    found = list(books.between(entries[0].book, Span(), 30, accounts=CASH))
    assert {e.seq for e in found} == {e.seq for e in entries if {leg.account for leg in e.postings} & set(CASH)}
    assert 1 < len(found) < 30


def test_an_entry_posted_meanwhile_is_in_no_later_page(books: MongoBooks) -> None:
    entries = post(books, 3, 5)
    book = entries[0].book
    sums = books.sums(book, Span())
    books.post(Unit(draft(0, Posting("1010", 9), Posting("4030", -9), reference="late", book=book)))
    assert list(books.between(book, Span(), sums.length)) == sorted(entries, key=lambda e: (e.at, e.seq))
    assert books.moved(book, Span(), sums.length) == sums.moved


def test_a_book_nobody_posted_to_has_an_empty_statement(books: MongoBooks) -> None:
    sums = books.sums("none", Span(BookPlace(START), END))
    assert sums == Sums(0, {}, {})
    assert group_statement(sums).assets == {}
    assert (list(books.between("none", Span(), 0)), books.at_place("none", 1)) == ([], None)


def test_sums_cost_the_same_queries_for_any_number_of_members(books: MongoBooks, heard: Heard) -> None:
    asked = []
    for members in (1, 40):
        book = new_book()
        for number in range(members):
            put_in(books, book, f"m{number}", number % 3)
        heard.commands.clear()
        group_statement(books.sums(book, Span(BookPlace(START + timedelta(days=1)), END)))
        books.sums(book, Span(BookPlace(START + timedelta(days=1)), END), "m0")
        asked.append([event.command_name for event in heard.commands])
    assert len(asked[0]) == len(asked[1]) < 15


@pytest.mark.parametrize(("day", "summed"), [(1, "before"), (8, "after")])
def test_the_shorter_side_of_a_book_is_summed(books: MongoBooks, heard: Heard, day: int, summed: str) -> None:
    book = new_book()
    for each in range(10):
        put_in(books, book, "m1", each)
    heard.commands.clear()
    one_day = period(START.date() + timedelta(day), START.date() + timedelta(day), UTC)
    assert books.sums(book, one_day).opening["1010"] == day * 5
    _, side = (e.command["pipeline"][0]["$match"]["at"] for e in heard.commands if e.command_name == "aggregate")
    assert (side["$gte"].year, side["$lte"].year) == ((1, 2026) if summed == "before" else (2026, 9999))


@pytest.mark.parametrize("member", ["", "m1"], ids=["of a group", "of a member"])
def test_entries_by_date_are_found_by_an_index_and_never_sorted(
    books: MongoBooks, database: Database[Any], member: str
) -> None:
    book = new_book()
    for each in range(30):
        put_in(books, book, "m1" if each % 10 == 0 else "m2", each / 10)
    wanted = range_by_date(
        book, Span(BookPlace(START + timedelta(days=1)), BookPlace(START + timedelta(days=9))), 30
    )
    if member:
        wanted["postings.member"] = member
    plan = database["entries"].find(wanted).sort([("at", 1), ("seq", 1)]).explain()["queryPlanner"]["winningPlan"]
    told = json.dumps(plan, default=str)
    assert '"SORT"' not in told and "COLLSCAN" not in told
    assert "book_1_postings.member_1_at_1_seq_1" in told if member else "book_1_at_1_seq_1" in told


@needs_hledger
@pytest.mark.parametrize("seed", [1, 3, 4])
def test_hledger_finds_the_same_balance_sheet_income_and_cash(seed: int) -> None:
    """A second program, with its own sums, on the exported book; it is told to leave closing entries out."""
    entries = chained(each for each in random_drafts(seed, 30) if not each.reverses)
    text = "".join(journal(entries))
    first, last = START.date() + timedelta(4), START.date() + timedelta(30)
    made = group_statement(sums_of(entries, period(first, last, UTC)))
    assert made.income and made.expense and made.liabilities and made.closed
    until, closing = (last + timedelta(1)).isoformat(), f"not:code:^{CLOSING[:-1]}_"
    sheet = sections(text, "balancesheetequity", "-e", until)
    assert sheet["Assets"] == named(made.assets)
    assert sheet["Liabilities"] == named(made.liabilities)
    assert sheet["Equity"] == named(made.equity)
    income = sections(text, "incomestatement", "-b", first.isoformat(), "-e", until, closing)
    assert income["Revenues"] == named(made.income)
    assert income["Expenses"] == named(made.expense)


def named(amounts: Mapping[str, int]) -> dict[str, int]:
    return {ACCOUNTS[code].label: amount for code, amount in amounts.items()}


def sections(text: str, *arguments: str) -> dict[str, dict[str, int]]:
    """The amounts of each section of a report, by the name of the account without its members."""
    report = told(text, *arguments, "--depth", "2", "--flat")
    return {
        title: {
            row["prrName"].partition(":")[2]: row["prrAmounts"][0][0]["aquantity"]["decimalMantissa"]
            for row in section["prRows"]
            if row["prrAmounts"][0]
        }
        for title, section, _ in report["cbrSubreports"]
    }
