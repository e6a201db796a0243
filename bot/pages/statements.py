"""Statements of a group and of its members, for any days: on a page, as a file, to the phone; and as charts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from flask import Response, request

from bot.pages.charts import Chart
from bot.pages.forms import EMPTY, Chosen, Day, Form, Read, Typed, read_form
from bot.pages.groups import Here, group_page
from domain.books.statements import NoSuchPeriod
from domain.commands import execute
from domain.errors import DomainError
from domain.money import Money
from domain.papers.of_group import accounts_of
from domain.papers.order import OnItsWay, OrderPaper
from domain.papers.pictures import Grown, savings_by_day
from domain.people.limits import PAPERS, take
from domain.records.group import Group
from domain.records.paper import PaperForm, PaperKind
from domain.savings.receipts import sealed_statement
from domain.savings.statement import statement_of
from domain.store import NotFound
from flows.engine.document import File
from flows.engine.report import Block, is_figure, said_cell
from flows.papers.drawn import growth_drawn
from flows.papers.group_report import group_file, group_report
from flows.papers.ordering import said_way
from flows.savings.statement_file import statement_file, statement_table
from flows.words.texts import Text, t

# A statement of the whole group reads its book: a longer one is made by a worker, and sent.
READ_AT_ONCE: Final = 5_000
BARS_MAX: Final = 24
FORMS: Final[Mapping[PaperForm, Text]] = {
    "pdf": t("To print (PDF)"),
    "xlsx": t("Spreadsheet"),
    "csv": t("Plain data (CSV)"),
    "png": t("Picture"),
}


class _Days(Form):
    first = Day()
    last = Day()
    number = Typed(required=False, most=6)
    form = Chosen(FORMS, default="pdf")
    speak = Typed(required=False, most=2)


class _Order(_Days):
    kind = Chosen(("group_statement", "who_paid", "growth"), default="group_statement")
    key = Typed(most=64)


@group_page("/statements")
def statements(here: Here) -> Response:
    """Which days, of whom, and in which form; and how savings have grown in this cycle."""
    return _asked(here, EMPTY)


@group_page("/statements/view")
def statement(here: Here) -> Response:
    """The statement of the group as a page: the same tables as in the file."""
    form = read_form(_Days(), request.args)
    try:
        first, last = _days(here.group, form, here.group.constitution.day(here.store.now()))
    except DomainError as error:
        return _asked(here, form.but(error))
    if not form.ok:
        return _asked(here, form)
    if form.values["number"]:
        return _of_member(here, form, first, last)
    if _is_long(here):
        return here.page("long.html", first=first, last=last)
    accounts = accounts_of(here.store, here.group.id, first, last)
    here.note("statement.seen")
    return here.page(
        "statement.html",
        report=_report(here, accounts),
        chart=growth_chart(savings_by_day(here.store, here.group, first, last)),
        first=first,
        last=last,
        forms=FORMS,
        is_figure=is_figure,
    )


def _of_member(here: Here, form: Read, first: date, last: date) -> Response:
    """The statement of the member with this number. Raises NotFound."""
    person = _person(here, form) or ""
    here.note("statement.seen", about=person)
    seen = statement_of(here.store, here.group.id, person, first, last)
    return here.page(
        "member_statement.html",
        name=here.store.people.get(person).name,
        number=form.values["number"],
        table=statement_table(seen, here.says),
        first=first,
        last=last,
    )


@group_page("/statements/file")
def statement_as_file(here: Here) -> Response:
    """The file of it, of the group or of one member; so many an hour as are sent."""
    form = read_form(_Days(), request.args)
    if not form.ok:
        return _asked(here, form)
    try:
        take(here.store, PAPERS.of(here.caller.id))
        made = _file(here, form)
    except DomainError as error:
        return _asked(here, form.but(error))
    here.note("statement.exported", about=_person(here, form) or "")
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.content, content_type=made.kind, headers=headers)


@group_page("/statements/order", methods=("POST",))
def order_statement(here: Here) -> Response:
    """A worker makes it and sends it to the chat of who asks, or what matters of it to their phone."""
    form = read_form(_Order())
    if not form.ok:
        return _asked(here, form)
    today = here.group.constitution.day(here.store.now())
    try:
        first, last = _days(here.group, form, today)
        kind: PaperKind = form.values["kind"]
        as_form: PaperForm = "png" if kind != "group_statement" else form.values["form"]
        command = OrderPaper(here.caller.id, here.group.id, kind, as_form, first, last)
        answer = execute(here.store, f"web:{here.caller.id}:{form.values['key']}", command)
    except DomainError as error:
        return _asked(here, form.but(error))
    here.note("statement.sent")
    sent = OnItsWay(answer["goes"], answer["channel"])
    return here.page("sent.html", lines=[said_way(sent, text=False)])


def _asked(here: Here, form: Read) -> Response:
    today = here.group.constitution.day(here.store.now())
    first = here.group.cycle_from
    grown = savings_by_day(here.store, here.group, min(first, today), today)
    return here.page(
        "statements.html",
        status=200 if form.ok else 422,
        form=form,
        today=today,
        month=today.replace(day=1),
        cycle=first,
        chart=growth_chart(grown),
        grown=grown,
        forms=[(form_, said) for form_, said in FORMS.items() if form_ != "png"],
        sending=[(name, FORMS[name]) for name in ("pdf", "xlsx", "csv")],
        new_key=here.store.new_id(),
        long=_is_long(here),
    )


def growth_chart(grown: Grown) -> Chart:
    """What members had saved at the end of each day on which that changed; of many days every so-manieth."""
    step = -(-len(grown.days) // BARS_MAX)
    kept = grown.days[::-1][::step][::-1]  # the last always
    return Chart(
        title=t("Savings"),
        of=t("Day"),
        rows=[(day, Money(minor, grown.currency)) for day, minor in kept],
    )


def _file(here: Here, form: Read) -> File:
    """Raises NotFound, NoSuchPeriod."""
    first, last = _days(here.group, form, here.group.constitution.day(here.store.now()))
    says, of = here.says, here.group.id
    if form.values["form"] == "png":
        return growth_drawn(savings_by_day(here.store, here.group, first, last), says)
    if person := _person(here, form):
        return statement_file(sealed_statement(here.store, of, person, first, last), says)
    if _is_long(here):
        raise NotFound("a book of this length is read by a worker")
    return group_file(accounts_of(here.store, of, first, last), says, form.values["form"])


def _person(here: Here, form: Read) -> str | None:
    """Whose statement it is: the member's with this number, None for the group's. Raises NotFound."""
    number = form.values["number"]
    if not number:
        return None
    found = here.store.memberships.one(group=here.group.id, number=int(number)) if number.isdecimal() else None
    if found is None:
        raise NotFound(f"no member {number} in this group")
    return found.person


def _days(group: Group, form: Read, today: date) -> tuple[date, date]:
    """By default this cycle, until today. Raises NoSuchPeriod."""
    first, last = form.values.get("first") or group.cycle_from, form.values.get("last") or today
    if last < first or first > today:
        raise NoSuchPeriod
    return first, last


def _is_long(here: Here) -> bool:
    return here.store.books.length(here.group.id) > READ_AT_ONCE


def _report(here: Here, accounts: Any) -> dict[str, Any]:
    """The report as a page has it: every cell said."""
    says = here.says
    report = group_report(accounts, says)

    def said(block: Block) -> dict[str, Any]:
        rows = [replace(row, cells=[said_cell(cell, says) for cell in row.cells]) for row in block.rows]
        figures = [is_figure(block, column) for column in range(len(block.columns))] if block.rows else []
        return {
            "title": block.title,
            "columns": block.columns,
            "rows": rows,
            "empty": block.empty,
            "figures": figures,
        }

    facts = [(name, cell if isinstance(cell, Money) else said_cell(cell, says)) for name, cell in report.facts]
    return {
        "title": report.title,
        "facts": facts,
        "blocks": [said(each) for each in report.blocks],
        "proof": report.proof,
    }
