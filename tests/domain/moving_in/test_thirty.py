"""The group of thirty of the documentation, from its files to the share-out that is worked out there by hand."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bot.imports.files import open_path, read_files
from domain.decisions.voting import Vote
from domain.exports.columns import COLUMNS
from domain.exports.indicators import indicators
from domain.exports.keys import groups_to_export
from domain.exports.rows import ExportSpan, export_rows
from domain.loans.portfolio import arrears, portfolio
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.moving_in.check import check_group
from domain.moving_in.sheets import SHEETS
from domain.papers.of_group import accounts_of
from domain.records.opening import OpeningBook
from domain.share_out.agree import ProposeShareOut
from domain.share_out.pay import PayAll
from domain.share_out.plan import plan_now
from domain.share_out.shown import planned
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, TODAY, ZONE, opens
from tests.people import do

DOCS = Path(__file__).parents[3] / "docs"
NOTHING = Money(0, "UGX")


@pytest.fixture(scope="module")
def book() -> OpeningBook:
    files = read_files(open_path(DOCS / "moving-in" / f"{sheet}.csv") for sheet in SHEETS)
    checked = check_group("G-0418", files.rows["G-0418"], TODAY, lambda _: ZONE)
    assert [(each.column, each.hint) for each in checked.findings] == [("surplus_by_their_book", "UGX 233,000")]
    assert checked.book is not None
    return checked.book


@pytest.fixture
def group(store: MongoStore, clock: Clock, book: OpeningBook) -> str:
    """Open on the day after."""
    clock.forward(days=(AS_OF - date(2026, 10, 5)).days + 1)
    return opens(store, book)


def by_hand() -> list[tuple[int, ...]]:
    """The table of the documentation: number, shares, part, loan, fines, paid."""
    page = (DOCS / "moving-in.md").read_text().partition("## A group of thirty")[2].partition("\n## ")[0]
    rows = [[cell.strip().replace(",", "") for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    return [tuple(int(cell or 0) for cell in row) for row in rows if len(row) == 6 and row[0].isdecimal()]


def test_the_table_adds_up() -> None:
    rows = by_hand()
    assert [number for number, *_ in rows] == list(range(1, 31))
    assert [sum(row[column] for row in rows) for column in range(1, 6)] == [
        300,
        1_770_000,
        385_000,
        2_000,
        1_383_000,
    ]
    assert all(
        part == shares * 5_900 and part - loan - fines == paid for _, shares, part, loan, fines, paid in rows
    )


def test_the_plan_of_its_share_out_is_that_table(store: MongoStore, group: str) -> None:
    numbers = {each.person: each.number for each in store.memberships.find(group=group)}
    made = plan_now(store, store.groups.get(group), NOTHING)
    lines = [
        (
            numbers[each.person],
            each.shares,
            *(part.minor for part in (each.gross, each.loans, each.fines, each.pay)),
        )
        for each in made.lines
    ]
    assert sorted(lines) == by_hand()


def test_it_closes_its_cycle_by_it_and_the_box_is_empty(store: MongoStore, group: str) -> None:
    chair, treasurer = (store.memberships.find(group=group, number=number)[0].person for number in (1, 2))
    do(store, ProposeShareOut(chair, group, NOTHING, planned(store, group, NOTHING).digest))
    made = store.share_outs.get(f"{group}:3")
    for each in store.memberships.find(group=group, no_phone=False, sort="number"):
        proposal = store.proposals.get(made.proposal)
        if proposal.state == "open":
            do(store, Vote(each.person, proposal.id, proposal.digest, yes=True))
    do(store, PayAll(chair, made.id, "cash"))
    do(store, PayAll(treasurer, made.id, "cash"))
    totals = {code: minor for code, minor in store.books.totals(group).items() if minor}
    assert totals.keys() >= {"1040", "2020"} and totals["1040"] == -totals["2020"] == 45_000
    assert not totals.keys() & {"1010", "1100", "2040", "3010"}
    paid = {each.person: each.amount.minor for each in store.payments.find(group=group) if each.direction == "out"}
    numbers = {each.person: each.number for each in store.memberships.find(group=group)}
    assert sorted((numbers[who], minor) for who, minor in paid.items()) == [(row[0], row[5]) for row in by_hand()]
    assert verify_book(store.books, group) == []


def test_a_loan_that_is_late_on_the_day_of_the_sheets_is_late_in_every_report(
    store: MongoStore, group: str
) -> None:
    (late,) = arrears(store, group)
    assert (late.days_late, late.due.minor) == (36, 44_000)
    assert portfolio(store, group, date(2026, 3, 6)).at_risk[30] == Fraction(40_000, 350_000)
    (of,) = groups_to_export(store)
    on_the_day = indicators(store, of, date(2026, 11, 1), AS_OF)
    assert (on_the_day["late_n"], on_the_day["par30"]) == (1, Fraction(40_000, 350_000))
    columns = [each.name for each in COLUMNS["loans"]]
    rows = [
        dict(zip(columns, row, strict=True)) for row in export_rows(store, "loans", of, ExportSpan(None, AS_OF))
    ]
    assert [(row["late_since"], row["days_late"]) for row in rows if row["days_late"]] == [
        (date(2026, 10, 16), 35),
    ]  # fmt: skip


def test_the_difference_to_its_own_book_is_on_its_first_statement(store: MongoStore, group: str) -> None:
    before = accounts_of(store, group, date(2026, 11, 1), AS_OF).before
    assert before and before.by_their_book and before.earned - before.by_their_book == Money(-2_000, "UGX")
