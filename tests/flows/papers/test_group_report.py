"""A group's statement: the books' own figures, the same in each kind of file, and no formula in any."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from bot.app import App
from domain.books.hledger import account_name
from domain.books.ledger import Posting
from domain.books.statements import NoSuchPeriod
from domain.money import Money
from domain.papers.of_group import GroupAccounts, MemberRow, accounts_of, group_accounts
from domain.records.paper import Paper
from domain.records.person import LANGUAGES, Language, NotAllowed
from domain.records.receipt import NoSuchReceipt
from domain.savings.contribute import RecordCash
from domain.savings.receipts import check_receipt, check_receipt_openly
from domain.savings.statement import statement_of
from domain.typed_amounts import parse_amount
from flows.papers.group_report import ROWS_ON_PAPER_MAX, group_file, group_report
from flows.papers.make import paper_in_short
from flows.words.texts import words
from tests.conftest import Clock
from tests.domain.moving_in.books import AS_OF, example, opens
from tests.pdf import read_pdf
from tests.people import Village, do
from tests.second_opinion import INSTALLED, hledger_balances

FIRST, LAST = date(2026, 10, 12), date(2026, 12, 31)


@pytest.fixture
def accounts(app: App, village: Village, clock: Clock) -> GroupAccounts:
    """One payment before the days it is of, and two in them."""
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    clock.forward(days=7)
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(17_500, "UGX"), village.wanjiru.id))
    do(app.store, RecordCash(village.umoja, village.okot.id, Money(5_500, "UGX"), village.wanjiru.id))
    return group_accounts(app.store, village.umoja, village.nakato.id, FIRST, LAST)


def rows_of(accounts: GroupAccounts, language: Language = "en") -> list[list[str]]:
    content = group_file(accounts, words(language), "csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


def in_xlsx(accounts: GroupAccounts) -> dict[str, list[list[Any]]]:
    content = group_file(accounts, words("en"), "xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}


def test_its_sums_are_those_of_the_ledger_and_of_a_second_program(
    app: App, village: Village, accounts: GroupAccounts
) -> None:
    totals = app.store.books.totals(village.umoja)
    assert {row.account: row.closing for row in accounts.rows} == {
        row.account: row.account.shown(totals[row.account]) for row in accounts.rows
    }
    for member in accounts.members:
        person = next(
            each.person for each in app.store.memberships.find(group=village.umoja) if each.number == member.number
        )
        own = statement_of(app.store, village.umoja, person, FIRST, LAST)
        part = member.part
        assert (part.had, part.has) == (own.had.minor, own.has.minor), member.name
        assert part.came - part.went == sum(line.held for line in own.lines)
    if INSTALLED:
        told = Counter[str]()
        for name, minor in hledger_balances(app.store.books.entries(village.umoja)).items():
            told[":".join(name.split(":")[:2])] += minor
        mine = {account_name(Posting(row.account, 1)): row.account.shown(row.closing) for row in accounts.rows}
        assert mine == {name: minor for name, minor in told.items() if minor}


def test_csv_workbook_and_paper_have_the_same_figures(accounts: GroupAccounts) -> None:
    assert [row[1:] for row in rows_of(accounts) if row[0] == "Members' savings"] == [
        ["No.", "Member", "Before", "In", "Out", "After", "Loans"],
        ["1", "Nakato Ruth", "0", "0", "0", "0", "0"],
        ["2", "Wanjiru Mary", "0", "0", "0", "0", "0"],
        ["3", "Akello Grace", "5000", "17000", "0", "22000", "0"],
        ["4", "Okot James", "0", "5000", "0", "5000", "0"],
        ["", "Together", "5000", "22000", "0", "27000", "0"],
    ]
    sheets = in_xlsx(accounts)
    text = read_pdf(group_file(accounts, words("en")).content)
    for block in group_report(accounts, words("en")).blocks:
        title = str(words("en").say(block.title))
        listed = [row[1:] for row in rows_of(accounts) if row[0] == title]
        assert [["" if cell is None else str(cell) for cell in row] for row in sheets[title]] == listed
        for row in listed[1:]:
            said = [f"{int(cell):,}" if cell.lstrip("-").isdigit() else cell for cell in row]
            assert " ".join(filter(None, said)) in text, f"{title}: {row}"
    assert "Amounts in UGX Entries in these days 2 Money after UGX 28,500" in text
    assert "First day 12 Oct 2026 Last day 12 Oct 2026" in text, "not beyond today"


def test_what_somebody_typed_is_text_in_every_file(accounts: GroupAccounts) -> None:
    """Names of before this rule, or of a group that was read in from elsewhere."""
    formulas = ["=HYPERLINK(A1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "Ann"]
    rows = [MemberRow(n, name, accounts.members[0].part) for n, name in enumerate(formulas, start=1)]
    odd = replace(accounts, group="=1+1", members=rows)
    names = [row[2] for row in rows_of(odd) if row[0] == "Members' savings"][1:-1]
    assert names == ["'=HYPERLINK(A1)", "'+1", "'-1+1", "'@SUM(A1)", "'\t'=1", "Ann"]
    assert "'=1+1" in [row[2] for row in rows_of(odd) if row[1] == "Group"]
    book = openpyxl.load_workbook(io.BytesIO(group_file(odd, words("en"), "xlsx").content))
    cells = [cell for row in book["Members' savings"].iter_rows(min_row=2, min_col=2, max_col=2) for cell in row]
    assert [(cell.value, cell.data_type) for cell in cells[:-1]] == [(name, "s") for name in formulas]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_period_says_so_in_each_language(app: App, village: Village, language: Language) -> None:
    empty = accounts_of(app.store, village.umoja, FIRST.replace(day=1, month=10), FIRST)
    text = read_pdf(group_file(empty, words(language)).content)
    nothing = {
        "en": "Nothing in these days.",
        "fr": "Rien pendant ces jours.",
        "sw": "Hakuna kitu katika siku hizi.",
    }
    assert text.count(nothing[language]) == 4
    assert group_file(empty, words(language), "xlsx").content and len(rows_of(empty, language)) > 10


def test_a_long_list_is_a_sum_on_paper_and_whole_in_the_spreadsheet(accounts: GroupAccounts) -> None:
    part = accounts.members[2].part
    many = [MemberRow(n, f"Member {n}", part) for n in range(1, ROWS_ON_PAPER_MAX + 2)]
    long = replace(accounts, members=many)
    text = read_pdf(group_file(long, words("en")).content)
    assert "501 members, in the spreadsheet 2,505,000 8,517,000 0 11,022,000 0" in text
    assert len([row for row in rows_of(long) if row[0] == "Members' savings"]) == len(many) + 2


def test_its_receipt_is_the_group_s_and_checked_by_all_its_money(
    app: App, village: Village, accounts: GroupAccounts
) -> None:
    store, code = app.store, accounts.seal.code
    assert accounts_of(store, village.umoja, FIRST, LAST).seal == accounts.seal, "while the book stays as it is"
    found = check_receipt(store, village.umoja, village.okot.id, code, accounts.money)
    assert (found.of_group, found.name, found.unchanged) == (True, "", True)
    for typed in ("28,500", "28500", "UGX 28500"):
        openly = check_receipt_openly(store, village.code, code, typed, "client")
        assert openly == found
    for wrong in ("28501", "", "lots"):
        with pytest.raises(NoSuchReceipt):
            check_receipt_openly(store, village.code, code, wrong, "client")
    with pytest.raises(NoSuchReceipt):
        check_receipt_openly(store, "99999", code, "28500", "client")


def refused() -> Iterator[tuple[str, date, date, type[Exception]]]:
    yield "akello", FIRST, LAST, NotAllowed
    yield "stranger", FIRST, LAST, NotAllowed
    yield "nakato", LAST, FIRST, NoSuchPeriod
    yield "nakato", LAST, LAST, NoSuchPeriod


@pytest.mark.parametrize(("who", "first", "last", "why"), [*refused()])
def test_it_is_for_officers_and_of_days_that_have_come(
    app: App, village: Village, clock: Clock, who: str, first: date, last: date, why: type[Exception]
) -> None:
    clock.forward(days=7)
    person = "nobody" if who == "stranger" else getattr(village, who).id
    with pytest.raises(why):
        group_accounts(app.store, village.umoja, person, first, last)


def test_amounts_are_read_in_the_statement_as_they_are_typed(accounts: GroupAccounts) -> None:
    """What stands at "Money after" can be typed where the receipt is checked, in each language."""
    for language in LANGUAGES:
        said = words(language).value(accounts.amount(accounts.money))
        assert parse_amount(said, "UGX").minor == accounts.money


@pytest.mark.parametrize(
    ("language", "said", "short"),
    [
        ("en", "Difference", "Moved in with UGX 18,500 earned; your own book said UGX 20,000"),
        ("fr", "Différence", "Arrivé avec 18 500 UGX gagnés ; votre livre disait 20 000 UGX"),
        ("sw", "Tofauti", "Mlihamia na faida UGX 18,500; kitabu chenu kilisema UGX 20,000"),
    ],
)
def test_the_first_statement_of_a_group_that_moved_in_shows_the_difference_to_its_own_book(
    app: App, clock: Clock, language: Language, said: str, short: str
) -> None:
    """And the statement of later days does not."""
    clock.forward(days=(AS_OF - clock().date()).days)
    group = opens(app.store, replace(example(), surplus=Money(20_000, "UGX")))
    chair = app.store.memberships.find(group=group, number=1)[0].person
    first = accounts_of(app.store, group, date(2026, 11, 1), AS_OF)
    assert [said, "-1500"] in [row[1:] for row in rows_of(first, language)]
    assert said in read_pdf(group_file(first, words(language)).content)
    paper = Paper("1", chair, group, "group_statement", "pdf", date(2026, 11, 1), AS_OF, app.store.now(), None)
    in_short = words(language).say(paper_in_short(app.store, paper))
    assert short in " ".join(in_short.split())
    clock.forward(days=7)
    later = accounts_of(app.store, group, date(2026, 11, 21), date(2026, 11, 27))
    assert not any(said in row for row in rows_of(later, language))


def test_whoever_did_not_know_what_they_had_earned_reads_that(app: App, clock: Clock) -> None:
    clock.forward(days=(AS_OF - clock().date()).days)
    group = opens(app.store, replace(example(), surplus=None))
    rows = rows_of(accounts_of(app.store, group, date(2026, 11, 1), AS_OF))
    assert [row[1:] for row in rows if row[0] == "When the group moved in"] == [
        ["As of 2026-11-20", "Amount"], ["Earned by the sheets", "18500"],
        ["Earned by the group's own book", "not known"],
    ]  # fmt: skip
