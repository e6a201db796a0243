"""A statement as a file: a sheet that can be printed, with every line of it and a receipt that can be checked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import accumulate

from domain.money import Money
from domain.savings.receipts import SealedStatement
from domain.savings.statement import Statement
from flows.engine.document import File
from flows.engine.pdf import Column, Sheet, Table, pdf_file
from flows.engine.plain_words import plain
from flows.engine.report import Block, Report, Row
from flows.engine.spreadsheet import csv_file
from flows.words.lines import say_details
from flows.words.seals import say_how_to_check, say_seal, square_of
from flows.words.texts import Words, t


def statement_file(sealed: SealedStatement, says: Words) -> File:
    """In the words of a language."""
    statement, title = sealed.statement, says.say(t("Statement"))
    days = t("{first} to {last}", first=_day(statement.first, says), last=_day(statement.last, says))
    sheet = Sheet(
        title=title,
        facts=[
            (says.say(t("Group")), statement.group),
            (says.say(t("Member")), sealed.name),
            (says.say(t("Number in the group")), str(sealed.number)),
            (says.say(t("Days")), says.say(days)),
        ],
        tables=[statement_table(statement, says)],
        sums=[*_sums(statement, says)],
        proof=[*say_seal(sealed.seal, says)],
        note=say_how_to_check(says),
        qr=square_of(sealed.seal, says),
        page=says.say(t("Page {page} of {pages}", page="{page}", pages="{pages}")),
        language=says.language,
    )
    return pdf_file(plain(f"{title} {statement.group} {statement.first} {statement.last}"), sheet)


def statement_csv(sealed: SealedStatement, says: Words) -> File:
    """The same lines for a spreadsheet."""
    statement = sealed.statement
    held = accumulate((line.held for line in statement.lines), initial=statement.had.minor)
    owed = accumulate((line.owed for line in statement.lines), initial=statement.owed.minor)
    next(held), next(owed)
    rows = [
        Row([line.on, say_details(line), line.amount, _minor(statement, has), _minor(statement, owes)])
        for line, has, owes in zip(statement.lines, held, owed, strict=True)
    ]
    columns = (t("Day"), t("What for"), t("Amount"), t("Yours"), t("Loans"))
    report = Report(
        title=t("Statement"),
        facts=[
            (t("Group"), statement.group),
            (t("Member"), sealed.name),
            (t("Number in the group"), sealed.number),
            (t("First day"), statement.first),
            (t("Last day"), statement.last),
            (t("Amounts in"), statement.has.currency),
            (t("Yours before"), statement.had),
            (t("Loans before"), statement.owed),
            (t("Yours after"), statement.has),
            (t("Loans after"), statement.owes),
        ],
        blocks=[Block(t("Statement"), columns, rows, t("Nothing in these days."))],
        proof=[*say_seal(sealed.seal, says)],
        meanings=[],
    )
    name = plain(f"{says.say(report.title)} {statement.group} {statement.first} {statement.last}")
    return csv_file(name, report, says)


def statement_table(statement: Statement, says: Words) -> Table:
    """
    Each line with what was the member's after it; where they owed anything, with what they owed after it too.

    The first row is what there was before, the last what there is after, so that each follows from the one above.
    """
    lines = statement.lines
    held = [*accumulate((line.held for line in lines), initial=statement.had.minor)]
    owed = [*accumulate((line.owed for line in lines), initial=statement.owed.minor)]
    owes = any(owed)

    def after(place: int) -> list[str]:
        left = [_minor(statement, held[place]), _minor(statement, owed[place])]
        return [says.value(amount) for amount in left[: 2 if owes else 1]]

    rows = [[_day(statement.first, says), says.say(t("Before")), "", *after(0)]]
    for place, line in enumerate(lines, start=1):
        rows.append([_day(line.on, says), says.say(say_details(line)), says.value(line.amount), *after(place)])
    if not lines:
        rows.append(["", says.say(t("Nothing in these days.")), "", *("" for _ in after(0))])
    rows.append([_day(statement.last, says), says.say(t("After")), "", *after(len(lines))])
    columns = [
        Column(says.say(t("Day"))),
        Column(says.say(t("What for")), wraps=True),
        Column(says.say(t("Amount")), figures=True),
        Column(says.say(t("Yours")), figures=True),
        *([Column(says.say(t("Loans")), figures=True)] if owes else []),
    ]
    return Table(columns, rows, strong=frozenset({0, len(rows) - 1}))


def _sums(statement: Statement, says: Words) -> Iterator[tuple[str, str]]:
    """What the lines come to. What was there before, with it, is what is there after."""
    held, owed = [line.held for line in statement.lines], [line.owed for line in statement.lines]
    sums = [
        (t("Yours before"), statement.had.minor, True),
        (t("Came to it"), sum(change for change in held if change > 0), True),
        (t("Went from it"), -sum(change for change in held if change < 0), True),
        (t("Yours after"), statement.has.minor, True),
        (t("Loans before"), statement.owed.minor, False),
        (t("Lent to you"), sum(change for change in owed if change > 0), False),
        (t("Loans paid back"), -sum(change for change in owed if change < 0), False),
        (t("Loans after"), statement.owes.minor, False),
    ]
    borrowed = any(minor for _, minor, always in sums if not always)
    for name, minor, always in sums:
        if always or borrowed:
            yield says.say(name), says.value(_minor(statement, minor))


def _minor(statement: Statement, minor: int) -> Money:
    return replace(statement.has, minor=minor)


def _day(day: date, says: Words) -> str:
    """With its year: a file is kept for long."""
    return f"{says.value(day)} {day.year}"
