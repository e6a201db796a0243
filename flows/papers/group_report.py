"""A group's statement as a report: the same figures as a sheet to print, a workbook and a file of commas."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from domain.books.accounts import ACCOUNTS, Account
from domain.books.statements import Movement
from domain.money import Money
from domain.papers.of_group import GroupAccounts
from domain.records.group import GroupBefore
from domain.records.paper import PaperForm
from flows.engine.document import File
from flows.engine.pdf import Sheet, pdf_file, table_of
from flows.engine.plain_words import plain
from flows.engine.report import Block, Cell, Report, Row, said_cell
from flows.engine.spreadsheet import csv_file, xlsx_file
from flows.words.accounts import ACCOUNT_MEANINGS, ACCOUNT_NAMES
from flows.words.seals import say_how_to_check, say_seal, square_of
from flows.words.texts import Label, Text, Words, t

_LOANS_AND_FUND: Final = (Account.PRINCIPAL, Account.INTEREST, Account.FINES, Account.SOCIAL_FUND)
ROWS_ON_PAPER_MAX: Final = 500  # a sheet of a thousand members has forty pages
_NOTHING: Final = t("Nothing in these days.")
_BEFORE, _IN, _OUT, _AFTER = t("Before"), t("In"), t("Out"), t("After")
_TOTAL: Final = t("Together")
_DIFFERENCE: Final = t("Difference")


def group_file(accounts: GroupAccounts, says: Words, form: PaperForm = "pdf") -> File:
    """In the words of a language."""
    report = group_report(accounts, says)
    name = plain(f"{says.say(report.title)} {accounts.group} {accounts.first} {accounts.last}")
    if form == "csv":
        return csv_file(name, report, says)
    if form == "xlsx":
        return xlsx_file(name, report, says)
    return pdf_file(name, _sheet(accounts, report, says))


def group_report(accounts: GroupAccounts, says: Words) -> Report:
    """Each amount of it is the books'."""
    return Report(
        title=t("Group statement"),
        facts=[*_facts(accounts)],
        blocks=[*_blocks(accounts)],
        proof=[*say_seal(accounts.seal, says), (t("To check it"), say_how_to_check(says))],
        meanings=[*_meanings(accounts)],
    )


def _sheet(accounts: GroupAccounts, report: Report, says: Words) -> Sheet:
    """For paper, without the meanings of its words."""
    return Sheet(
        title=says.say(report.title),
        facts=[
            (says.say(name), says.value(cell) if isinstance(cell, Money) else said_cell(cell, says))
            for name, cell in report.facts
        ],
        tables=[table_of(_on_paper(block), says) for block in report.blocks],
        sums=[],
        proof=[*say_seal(accounts.seal, says)],
        note=say_how_to_check(says),
        qr=square_of(accounts.seal, says),
        page=says.say(t("Page {page} of {pages}", page="{page}", pages="{pages}")),
        language=says.language,
    )


def _on_paper(block: Block) -> Block:
    """A table that nobody turns pages for is only its sum."""
    if len(block.rows) <= ROWS_ON_PAPER_MAX:
        return block
    each, total = block.rows[:-1], block.rows[-1]
    return replace(
        block, rows=[replace(total, cells=[len(each), t("members, in the spreadsheet"), *total.cells[2:]])]
    )


def _facts(accounts: GroupAccounts) -> Iterator[tuple[Label, Cell]]:
    yield t("Group"), accounts.group
    yield t("Number of the group"), accounts.code
    yield t("First day"), accounts.first
    yield t("Last day"), accounts.last
    yield t("Amounts in"), accounts.currency
    yield t("Entries in these days"), accounts.entries
    yield t("Money after"), accounts.amount(accounts.money)


def _blocks(accounts: GroupAccounts) -> Iterator[Block]:
    moved = [row for row in accounts.rows if row.account in _LOANS_AND_FUND]
    yield _movements(accounts, t("Money in and out"), accounts.sheets.cash, total=True)
    yield _earned(accounts)
    yield _movements(accounts, t("Loans, fines, social fund"), moved)
    yield _held(accounts)
    if accounts.before:
        yield _came_from(accounts.before)
    yield _movements(accounts, t("Every account"), accounts.rows)
    yield _members(accounts)


def _movements(accounts: GroupAccounts, title: Text, rows: Sequence[Movement], *, total: bool = False) -> Block:
    """What accounts had before, what went in and out, and what they have after."""
    figures = [(row.opening, row.plus, row.minus, row.closing) for row in rows]
    lines = [
        Row([ACCOUNT_NAMES[row.account], *map(accounts.amount, of)]) for row, of in zip(rows, figures, strict=True)
    ]
    if total and lines:
        sums = [sum(column) for column in zip(*figures, strict=True)]
        lines.append(Row([_TOTAL, *map(accounts.amount, sums)], sum=True))
    return Block(title, (t("Account"), _BEFORE, _IN, _OUT, _AFTER), lines, _NOTHING)


def _earned(accounts: GroupAccounts) -> Block:
    sheets = accounts.sheets
    rows = [
        *_named(accounts, sheets.income),
        *_named(accounts, {code: -cost for code, cost in sheets.expense.items()}),
    ]
    if rows:
        rows.append(Row([t("Earned in these days"), accounts.amount(sheets.surplus)], sum=True))
    return Block(t("Earned and spent"), (t("Account"), t("Amount")), rows, _NOTHING)


def _held(accounts: GroupAccounts) -> Block:
    """What there is, and whose it is: the two sums are equal."""
    sheets = accounts.sheets
    owned, owed = sum(sheets.assets.values()), sum(sheets.liabilities.values()) + sum(sheets.equity.values())
    rows = [
        *_named(accounts, sheets.assets),
        Row([t("All that the group has"), accounts.amount(owned)], sum=True),
        *_named(accounts, sheets.liabilities),
        *_named(accounts, sheets.equity),
        Row([t("Earned and not shared out"), accounts.amount(sheets.unclosed)]),
        Row([t("Whose it is, together"), accounts.amount(owed + sheets.unclosed)], sum=True),
    ]
    return Block(t("What the group has"), (t("Account"), t("Amount")), rows, _NOTHING)


def _came_from(before: GroupBefore) -> Block:
    """What it had earned when it moved in, what its own book said, and how far they differ."""
    theirs = before.by_their_book
    rows = [Row([t("Earned by the sheets"), before.earned])]
    if theirs is None:
        rows.append(Row([t("Earned by the group's own book"), t("not known")]))
    else:
        rows.append(Row([t("Earned by the group's own book"), theirs]))
        rows.append(Row([_DIFFERENCE, before.earned - theirs], sum=True))
    columns = (t("As of {day}", day=before.as_of.isoformat()), t("Amount"))
    return Block(t("When the group moved in"), columns, rows, _NOTHING)


def _named(accounts: GroupAccounts, amounts: Mapping[str, int]) -> list[Row]:
    return [Row([ACCOUNT_NAMES[ACCOUNTS[code]], accounts.amount(minor)]) for code, minor in amounts.items()]


def _members(accounts: GroupAccounts) -> Block:
    rows = [
        Row(
            [
                member.number,
                member.name,
                *map(accounts.amount, (part.had, part.came, part.went, part.has, part.owes)),
            ]
        )
        for member in accounts.members
        for part in [member.part]
    ]
    if rows:
        parts = [member.part for member in accounts.members]
        sums = [sum(each) for each in zip(*((p.had, p.came, p.went, p.has, p.owes) for p in parts), strict=True)]
        rows.append(Row(["", _TOTAL, *map(accounts.amount, sums)], sum=True))
    columns = (t("No."), t("Member"), _BEFORE, _IN, _OUT, _AFTER, t("Loans"))
    return Block(t("Members' savings"), columns, rows, _NOTHING)


def _meanings(accounts: GroupAccounts) -> Iterator[tuple[Label, Label]]:
    yield _BEFORE, t("At the beginning of the first day.")
    yield _IN, t("What came to it from the first to the last day.")
    yield _OUT, t("What went from it from the first to the last day.")
    yield _AFTER, t("At the end of the last day: before, plus in, minus out.")
    yield (
        t("Money after"),
        t("All money of the group at the end, wherever it is. Who checks the receipt types it."),
    )
    yield (
        t("Members' savings"),
        t("All that a member has in the group: savings, and what is paid ahead or to be paid to them."),
    )
    yield (
        t("Earned and not shared out"),
        t("Income minus costs of the cycle, which the share-out will bring to members."),
    )
    if accounts.before and accounts.before.by_their_book is not None:
        yield (
            _DIFFERENCE,
            t(
                "What the group had earned by its sheets, less what its own book said. Its officers agreed to the"
                " sheets, and this book goes on from them."
            ),
        )
    for row in accounts.rows:
        yield ACCOUNT_NAMES[row.account], ACCOUNT_MEANINGS[row.account]
