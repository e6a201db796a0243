"""My statement of some days, with what was mine before and after them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from domain.records.person import Member
from domain.savings.receipts import sealed_statement
from domain.savings.statement import Periods, Statement, newest_of_statement, periods_of
from flows import ask
from flows.dialogue import document, flow, read
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.savings.statement import which_group
from flows.savings.statement_file import statement_file
from flows.shown import has_saved
from flows.words.lines import say_balance, say_line
from flows.words.texts import Label, Text, joined, nt, t

MONTH, CYCLE, DAYS = "month", "cycle", "days"
_PERIODS: Final[Mapping[str, Label]] = {
    MONTH: t("This month"),
    CYCLE: t("This cycle"),
    DAYS: t("From one day to another"),
}


@flow(
    "period",
    label=t("Full statement"),
    shown=has_saved,
    words=t("full statement, long statement"),
    takes={"group": "name"},
)
def period(me: Member) -> Conversation:
    """All lines of this month, of this cycle, or from one day to another; in a chat also as a file."""
    group = yield from which_group(me)
    periods = yield from read("periods", periods_of, group.id, me.id)
    first, last = yield from ask_days(t("Your statement of which days?"), periods)
    yield from ask.pin("pin", me.id, t("Your statement. Your PIN?"))
    statement = yield from read("statement", newest_of_statement, group.id, me.id, first, last)
    whole = document(statement_file, sealed_statement, group.id, me.id, first, last)
    return say(joined("\n", _lines(statement)), whole)


def ask_days(prompt: Label, periods: Periods) -> Ask[tuple[date, date]]:
    """The first day and the last of a statement."""
    which = yield from ask.choice("which", prompt, _PERIODS)
    if which != DAYS:
        return (periods.month if which == MONTH else periods.cycle), periods.today
    first = yield from ask.day("first", t("From which day? Type day and month, like 5/10."), periods.today)
    last = yield from ask.day("last", t("Until which day? Type day and month, like 5/10."), periods.today)
    return first, last


def _lines(statement: Statement) -> Iterator[Text]:
    yield t("{group}, {first} to {last}", group=statement.group, first=statement.first, last=statement.last)
    yield t("Before: {balance}", balance=say_balance(statement.had, statement.owed))
    if statement.left_out:
        yield nt("{count} older line is left out", "{count} older lines are left out", statement.left_out)
    yield from map(say_line, statement.lines)
    if not statement.lines:
        yield t("Nothing in these days.")
    yield t("After: {balance}", balance=say_balance(statement.has, statement.owes))
