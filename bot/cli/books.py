"""What an operator or an auditor types to check the books, to export them, and to read their statements."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from bot.cli.opening import OpenApp
from bot.terminal import Refused, count, json_option, say_table, which
from domain.books.accounts import ACCOUNTS, WITH_PROVIDERS
from domain.books.hledger import journal
from domain.books.ledger import Entry
from domain.books.statements import (
    CASH,
    BadPeriod,
    GroupStatement,
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
from domain.money import Money
from domain.people.phones import holders_of, normal_phone
from domain.records.group import Group
from domain.records.person import Person, membership_id
from domain.treasury.wallets import HeldBy, held_by_providers

if TYPE_CHECKING:
    from domain.mongo.store import MongoStore

# The books of a large group are summed for longer than a member would wait.
_PATIENCE_SECONDS: Final = 3600

_NAMES_AT_ONCE: Final = 500


class Day(click.ParamType[date]):
    """A day of the calendar: 2026-01-31."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, wherever
        except ValueError:
            self.fail(f"{value!r} is no day: write it like 2026-01-31", param, ctx)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a statement is of: a group, or a member of it, from the first to the last day."""

    group: Group
    person: Person | None
    first: date
    last: date

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.group.constitution.time_zone)

    @property
    def member(self) -> str:
        return self.person.id if self.person else ""

    @property
    def sides(self) -> tuple[str, str]:
        """What is said of money that makes a balance more, and less."""
        return ("plus", "minus") if self.person else ("in", "out")

    def money(self, minor: int) -> Money:
        return Money(minor, self.group.currency)

    def figure(self, minor: int) -> str:
        """An amount for people: 1,500.00."""
        return self.money(minor).grouped(",")


@dataclass(frozen=True, slots=True)
class _Page:
    """The entries that are listed, a line for each posting; `next` is the last of them when others follow."""

    lines: Iterator[StatementLine]
    next: int | None


@click.group()
def ledger() -> None:
    """Read and check the books, or write them for hledger."""


@ledger.command()
@click.option("--group", "code", help="One group's book, by its code; all of them without.")
@click.pass_obj
def verify(open_app: OpenApp, code: str | None) -> None:
    """
    Check books from their first entry.

    Finds entries that were changed, removed, added or moved, and balances that are not the sum of their
    entries. The exit status is 1 when something is wrong, with a line for each problem; and read-only mode is
    switched on, so that nothing more is written upon it.
    """
    from bot.verifying import BooksRun, problems_of

    with open_app("ledger") as app:
        store = app.store
        groups = _groups(store, code)
        run = None if code else BooksRun.by_hand(store)
        problems: list[str] = []
        with click.progressbar(groups, label="Verifying", file=sys.stderr) as walked:
            for group in walked:
                problems += problems_of(store, group)
        if run:
            run.end(store, books=len(groups), problems=len(problems))
        for problem in problems:
            click.echo(problem)
        if problems:
            raise click.ClickException(f"problems found in the books: {len(problems)}")
        entries = sum(store.books.length(group.id) for group in groups)
        click.echo(f"{count(len(groups), 'book')} with {count(entries, 'entry', 'entries')}, all whole.")


@ledger.command()
@click.option("--group", "code", help="One group's book, by its code; all of them without.")
@click.option("-o", "--output", type=click.File("w"), default="-", help="A file instead of standard output.")
@click.pass_obj
def export(open_app: OpenApp, code: str | None, output: IO[str]) -> None:
    """
    Write books as a journal for hledger.

    Members are sub-accounts, named by their number in the group's list and their name. Days are those where
    the group is. To read it: hledger -f FILE balance
    """
    with open_app("ledger") as app:
        store = app.store
        groups = _groups(store, code)
        with click.progressbar(groups, label="Writing", file=sys.stderr, hidden=output.isatty()) as walked:
            for group in walked:
                output.write(f"; {group.name}\n\n")
                output.writelines(journal(_named(store, group)))
                output.write("\n")


@ledger.command()
@click.argument("code", metavar="GROUP_CODE")
@click.option("--member", "phone", metavar="PHONE", help="What this member has, instead of the whole group.")
@click.option("--from", "first", type=Day(), metavar="YYYY-MM-DD", help="The open cycle's first day without.")
@click.option("--to", "last", type=Day(), metavar="YYYY-MM-DD", help="Today without.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=500,
    show_default=True,
    metavar="NUMBER",
    help="List so many entries; 0 for all.",
)
@click.option("--after", type=click.IntRange(min=1), metavar="ENTRY", help="List those after this entry.")
@json_option
@click.pass_obj
def statement(
    open_app: OpenApp,
    code: str,
    phone: str | None,
    first: date | None,
    last: date | None,
    limit: int,
    after: int | None,
    as_json: bool,
) -> None:
    """
    Show what a group or a member has, and what moved.

    Of a group: its balance sheet at the end of the last day, what it earned from the first to the last day,
    and its cash book. What a closed cycle earned is still shown as earned. Of a member: their balances, and
    each entry that names them. Both days count whole, where the group is.
    """
    with open_app("ledger") as app, app.store.within(_PATIENCE_SECONDS):
        store = app.store
        asked = _asked(store, group_with(store, code), phone, first, last)
        span = _span(asked)
        sums = store.books.sums(asked.group.id, span, asked.member)
        try:
            of_group = None if asked.person else group_statement(sums)
        except OutOfBalance as wrong:
            told = f"the book does not balance: {wrong}. To find where: ledger verify --group {code}"
            raise click.ClickException(told) from wrong
        page = _page(store, asked, span, sums, limit, after)
        say = _say_json if as_json else _say_text
        say(store, asked, sums, of_group, page)


@ledger.command()
@click.option("--group", "code", help="What one group has, by its code; all of them together without.")
@json_option
@click.pass_obj
def wallets(open_app: OpenApp, code: str | None, as_json: bool) -> None:
    """
    Show what groups have with each provider of mobile money.

    That is what has to be in the operator's account with the provider, but for what is on its way. It may be below
    zero: money came by one provider and went by another, and the operator moves as much from the one's account to
    the other's. "before" was posted before the books knew providers: who was the only one then has that too.
    """
    with open_app("ledger") as app:
        held = held_by_providers(app.store, group_with(app.store, code).id if code else "")
    if as_json:
        click.echo(json.dumps([_held_json(each) for each in held], indent=2))
        return
    if not held:
        click.echo("No group has mobile money.")
        return
    titles = [ACCOUNTS[account].label for account in WITH_PROVIDERS]
    rows = [
        (
            each.currency,
            each.provider or "before",
            *(money.grouped(",") for money in (*each.by_account.values(), each.total)),
        )
        for each in held
    ]
    say_table([("", "provider", *titles, "together"), *rows], names=2)


def _held_json(held: HeldBy) -> dict[str, object]:
    return {
        "provider": held.provider,
        "currency": held.currency,
        "accounts": {account.value: money.major for account, money in held.by_account.items()},
        "together": held.total.major,
    }


def _groups(store: "MongoStore", code: str | None) -> list[Group]:
    return store.groups.find(sort="code") if code is None else [group_with(store, code)]


def group_with(store: "MongoStore", code: str) -> Group:
    group = store.groups.one(code=code)
    if group is None:
        raise Refused(f"no group has the code {code}")
    return group


def _named(store: "MongoStore", group: Group) -> Iterator[Entry]:
    """The entries of a book by the group's clock, with names for its members that tell two of one name apart."""
    zone = ZoneInfo(group.constitution.time_zone)
    numbers = {each.person: each.number for each in store.memberships.find(group=group.id)}
    names = {each.id: f"{numbers[each.id]:02} {each.name}" for each in store.people.among(list(numbers))}
    for entry in store.books.entries(group.id):
        legs = (replace(leg, member=names.get(leg.member, leg.member)) for leg in entry.postings)
        yield replace(entry, at=entry.at.astimezone(zone), postings=tuple(legs))


def _asked(store: "MongoStore", group: Group, phone: str | None, first: date | None, last: date | None) -> _Asked:
    """With the days that were not given: from the first of the open cycle to today."""
    rules = group.constitution
    last = last or rules.day(store.now())
    first = first or min(group.cycle_from, last)
    return _Asked(group, member_with(store, group, phone) if phone else None, first, last)


def member_with(store: "MongoStore", group: Group, phone: str) -> Person:
    """Whoever has the number and is, or was, in the group. Raises Refused."""
    number = normal_phone(phone, "")
    if number is None:
        raise Refused(f"--member: {phone!r} is no phone number: write it like +256772000101")
    ids = {membership_id(group.id, person.id): person for person in holders_of(store, number)}
    found = [ids[membership.id] for membership in store.memberships.among(list(ids))]
    if not found:
        raise Refused(f"--member: nobody in {group.name} has this number")
    return found[which("This phone is shared. Who is meant?", [each.name for each in found])]


def _span(asked: _Asked) -> Span:
    try:
        return period(asked.first, asked.last, asked.zone)
    except BadPeriod as wrong:
        raise Refused(f"--from, --to: {wrong}") from wrong


def _page(store: "MongoStore", asked: _Asked, span: Span, sums: Sums, limit: int, after: int | None) -> _Page:
    """The first `limit` entries of a span, all for 0, behind the entry `after`."""
    books, book, member = store.books, asked.group.id, asked.member
    balances = sums.opening
    if after is not None:
        last = books.at_place(book, after)
        if last is None:
            raise Refused(f"--after: the book has no entry {after}")
        whole, span = span, span.after(last)
        balances = carried(balances, books.moved(book, Span(whole.first, span.first), sums.length, member))
    entries: Iterable[Entry] = books.between(
        book, span, sums.length, member=member, accounts=() if member else CASH, limit=limit and limit + 1
    )
    following = None
    if limit:
        taken = list(entries)
        entries, following = taken[:limit], taken[limit - 1].seq if len(taken) > limit else None
    if member:
        return _Page(lines(entries, balances, lambda leg: leg.member == member), following)
    return _Page(lines(entries, balances, lambda leg: leg.account in CASH), following)


def _with_names(store: "MongoStore", lines: Iterator[StatementLine]) -> Iterator[tuple[StatementLine, list[str]]]:
    """Each line with the names of its members, which are read many at once."""
    names: dict[str, str] = {}
    while some := list(islice(lines, _NAMES_AT_ONCE)):
        unknown = {member for line in some for member in line.members} - names.keys()
        names.update((person.id, person.name) for person in store.people.among(sorted(unknown)))
        for line in some:
            yield line, [names.get(member, "?") for member in line.members]


def _say_text(
    store: "MongoStore", asked: _Asked, sums: Sums, of_group: GroupStatement | None, page: _Page
) -> None:
    whose = f"{asked.person.name}, {asked.group.name}" if asked.person else asked.group.name
    click.echo(f"{whose}, {asked.first} to {asked.last}, in {asked.group.currency}\n")
    rows = movements(sums)
    if not rows:
        click.echo("Nothing was posted by then.")
        return
    if of_group:
        _say_sheets(asked, of_group)
        rows = tuple(of_group.cash)
        click.echo("Cash book")
    _say_movements(asked, rows)
    _say_lines(store, asked, rows, page)


def _say_sheets(asked: _Asked, of: GroupStatement) -> None:
    """Balance sheet and income statement, in one column of amounts."""

    def section(title: str, amounts: Mapping[str, int]) -> list[tuple[str, str]]:
        listed = [(f"  {_name(code)}", asked.figure(amount)) for code, amount in amounts.items()]
        return [*listed, (title, asked.figure(sum(amounts.values())))]

    owed = sum(of.liabilities.values()) + sum(of.equity.values()) + of.unclosed
    surplus = ("Surplus of the period", of.surplus), ("Surplus before it, not closed", of.earlier)
    rows = [
        (f"Balance sheet on {asked.last}", ""),
        *section("Assets", of.assets),
        ("", ""),
        *section("Liabilities", of.liabilities),
        *section("Equity", of.equity),
        *((name, asked.figure(amount)) for name, amount in surplus),
        ("Closed to retained surplus", asked.figure(-of.closed)),
        ("Liabilities, equity and surplus", asked.figure(owed)),
        ("", ""),
        ("Income statement", ""),
        *section("Income", of.income),
        *section("Expense", of.expense),
        ("Surplus of the period", asked.figure(of.surplus)),
        ("", ""),
    ]
    say_table(rows, names=1)


def _say_movements(asked: _Asked, rows: Iterable[Movement]) -> None:
    amounts = (
        (f"  {_name(row.account)}", *map(asked.figure, (row.opening, row.plus, row.minus, row.closing)))
        for row in rows
    )
    say_table([("", "opening", *asked.sides, "closing"), *amounts], names=1)


def _say_lines(store: "MongoStore", asked: _Asked, rows: Iterable[Movement], page: _Page) -> None:
    """As wide as the largest amount can be, since the lines come one by one."""
    rows = list(rows)
    first = next(page.lines, None)
    if first is None:
        click.echo("\nNo entries in this period.")
        return
    width = max(len("balance"), *(len(asked.figure(-abs(row.opening) - row.plus - row.minus)) for row in rows))
    name = max(len("account"), *(len(_name(row.account)) for row in rows))
    click.echo(f"\n{'date':10}  {'entry':>7}  {'account':{name}}  {'change':>{width}}  {'balance':>{width}}  for")
    for line, names in _with_names(store, chain([first], page.lines)):
        amounts = (f"{asked.figure(amount):>{width}}" for amount in (line.change, line.balance))
        about = ", ".join([" ".join(line.text.split()), *_few(names if asked.person is None else [])])
        click.echo(
            f"{line.at.astimezone(asked.zone):%Y-%m-%d}  {line.seq:>7}  {_name(line.account):{name}}  "
            f"{'  '.join(amounts)}  {about} ({line.reference})"
        )
    if page.next:
        click.echo(f"\nMore follow: --after {page.next}")


def _few(names: list[str]) -> list[str]:
    """The names, or how many they are."""
    return names if len(names) <= 3 else [f"{len(names)} members"]


def _name(account: str) -> str:
    return ACCOUNTS[account].label.capitalize()


def _say_json(
    store: "MongoStore", asked: _Asked, sums: Sums, of_group: GroupStatement | None, page: _Page
) -> None:
    """One object; its lines are written as they come."""
    about: dict[str, object] = {
        "group": asked.group.name,
        "code": asked.group.code,
        "currency": asked.group.currency,
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
    }
    if of_group:
        about |= _sheets_json(asked, of_group) | {"cash_book": _movements_json(asked, of_group.cash)}
    elif asked.person:
        about |= {"member": asked.person.name, "accounts": _movements_json(asked, movements(sums))}
    click.echo(json.dumps(about, indent=2, ensure_ascii=False).removesuffix("\n}") + ',\n  "lines": [', nl=False)
    comma = ""
    for line, names in _with_names(store, page.lines):
        values = {
            "entry": line.seq,
            "date": line.at.astimezone(asked.zone).date().isoformat(),
            "text": line.text,
            "reference": line.reference,
            "members": names,
            "account": line.account,
            "change": asked.money(line.change).major,
            "balance": asked.money(line.balance).major,
        }
        click.echo(f"{comma}\n    {json.dumps(values, ensure_ascii=False)}", nl=False)
        comma = ","
    click.echo(f'\n  ],\n  "next": {json.dumps(page.next)}\n}}')


def _sheets_json(asked: _Asked, of: GroupStatement) -> dict[str, object]:
    def section(amounts: Mapping[str, int]) -> list[dict[str, str]]:
        return [
            {"account": code, "name": _name(code), "amount": asked.money(amount).major}
            for code, amount in amounts.items()
        ]

    surplus = asked.money(of.surplus).major
    return {
        "balance_sheet": {
            "assets": section(of.assets),
            "liabilities": section(of.liabilities),
            "equity": section(of.equity),
            "surplus": surplus,
            "surplus_before": asked.money(of.earlier).major,
            "surplus_closed": asked.money(of.closed).major,
            "total": asked.money(sum(of.assets.values())).major,
        },
        "income_statement": {"income": section(of.income), "expense": section(of.expense), "surplus": surplus},
    }


def _movements_json(asked: _Asked, rows: Iterable[Movement]) -> list[dict[str, str]]:
    return [
        {
            "account": row.account,
            "name": _name(row.account),
            "opening": asked.money(row.opening).major,
            asked.sides[0]: asked.money(row.plus).major,
            asked.sides[1]: asked.money(row.minus).major,
            "closing": asked.money(row.closing).major,
        }
        for row in rows
    ]
