"""A statement as a file: every line of it, in columns."""

from collections.abc import Iterator
from datetime import date

from domain.savings.statement import Statement, Transaction
from flows.engine.document import File, text_file
from flows.engine.plain_words import plain
from flows.words.lines import say_balance, say_details
from flows.words.texts import Words, labelled, t

_GAP = "  "


def statement_file(statement: Statement, says: Words, name: str) -> File:
    """`name` is whose it is."""
    title = says.say(t("Statement"))
    days = f"{statement.first} {statement.last}"
    return text_file(plain(f"{title} {statement.group} {days}"), _lines(statement, name, title, says))


def _lines(statement: Statement, name: str, title: str, says: Words) -> Iterator[str]:
    first, last = _day(statement.first, says), _day(statement.last, says)
    yield title
    yield says.say(labelled(t("Group"), statement.group))
    yield says.say(labelled(t("Member"), name))
    yield says.say(t("{first} to {last}", first=first, last=last))
    yield ""
    yield says.say(t("Before: {balance}", balance=say_balance(statement.had, statement.owed)))
    yield ""
    yield from _columns(statement.lines, says)
    if not statement.lines:
        yield says.say(t("Nothing in these days."))
    yield ""
    yield says.say(t("After: {balance}", balance=say_balance(statement.has, statement.owes)))


def _columns(lines: list[Transaction], says: Words) -> Iterator[str]:
    """The day, the sum, and what it was for."""
    rows = [(_day(line.on, says), says.value(line.amount), says.say(say_details(line))) for line in lines]
    wide = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for day, amount, details in rows:
        yield f"{day:>{wide[0]}}{_GAP}{amount:>{wide[1]}}{_GAP}{details}"


def _day(day: date, says: Words) -> str:
    """With its year: a file is kept for long."""
    return f"{says.value(day)} {day.year}"
