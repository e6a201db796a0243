"""
The sheets of one group, checked whole: what it brings with it, or everything that is wrong, all at once.

Nothing is looked up and nothing is written here. What is an error keeps the group out; what is only odd is a
warning, which somebody has to say is right.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from domain.arithmetic.periods import period_end
from domain.arithmetic.rates import BadRate
from domain.money import MINOR_MAX, Money
from domain.moving_in.book import ReadRow, SheetRow, book_of
from domain.moving_in.bounds import Bounds
from domain.moving_in.cells import BadCell, Reading, read_cell
from domain.moving_in.check_loans import check_fines, check_loans
from domain.moving_in.check_rota import check_rota
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import earned
from domain.moving_in.findings import Finding, Findings
from domain.moving_in.loans import terms_left
from domain.moving_in.sheets import NEEDED, RULES, SHEETS, SheetName
from domain.raw_cells import as_written
from domain.records.group import MEMBERS, BadConstitution
from domain.records.opening import OpeningBook
from domain.treasury.coins import NotInCoins

_EAST: Final = timedelta(hours=3)  # of Greenwich: Nairobi
# Given a phone, a name and a place: whose it was where it was first seen, and where; None where it was not.
Seen = Callable[[str, str, str], tuple[str, str] | None]

_WHERE: Final = tuple(each for each in SHEETS["group"] if each.name in ("currency", "country"))
_WHO: Final = tuple(each for each in SHEETS["members"] if each.name in ("name", "phone"))


@dataclass(frozen=True, slots=True)
class CheckedGroup:
    """What a group brings, None while anything of it is wrong, and all that was found."""

    code: str
    book: OpeningBook | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many things keep it out."""
        return sum(each.severity == "error" for each in self.findings)


def check_group(
    code: str,
    rows: Sequence[SheetRow],
    today: date,
    zone_of: Callable[[str], str],
    *,
    day_first: bool | None = None,
    seen: Seen | None = None,
    spoilt: Mapping[str, str] = MappingProxyType({}),
) -> CheckedGroup:
    """
    All rows of one group, of all sheets; `zone_of` gives the time zone of a country that is not said, `seen`
    whose a phone was in the groups before it, and `spoilt` where a sheet has a mistake that may be of any group.
    """
    findings = Findings()
    for file, row in {row.file: row for row in reversed(rows) if row.file in spoilt}.items():
        findings.add(row, "group_code", "spoilt", spoilt[file])
    by_sheet: defaultdict[SheetName, list[SheetRow]] = defaultdict(list)
    for row in _without_repeats(rows, findings):
        by_sheet[row.sheet].append(row)
    for sheet in NEEDED:
        if not by_sheet[sheet]:
            findings.found.append(Finding(sheet, "", 0, "group_code", code, "no_sheet_row"))
    for second in by_sheet["group"][1:]:
        findings.add(second, "group_code", "second_row", by_sheet["group"][0].place)
    book = None
    if by_sheet["group"]:
        book = _Checks(by_sheet, findings, today, zone_of, day_first, seen or _nobody).book(code)
    if findings.any_error:
        book = None
    return CheckedGroup(code, book, tuple(sorted(findings.found, key=_in_order)))


def note_phones(rows: Sequence[SheetRow], seen: Seen, *, day_first: bool | None = None) -> None:
    """Give `seen` the phones of a group that was checked before, and look at nothing else of it."""
    of_group = next((row for row in rows if row.sheet == "group"), None)
    reading = _reading(of_group, day_first, Findings()) if of_group else None
    if reading is None:
        return
    for row in rows:
        if row.sheet == "members":
            cells = row.cells
            try:
                name, phone = (read_cell(each, cells.get(each.name), reading) for each in _WHO)
            except BadCell:
                continue
            if phone and name:
                seen(phone, name, row.place)


def _reading(row: SheetRow, day_first: bool | None, findings: Findings) -> Reading | None:
    """By which currency and country all cells of a group are read; None where its own row does not say."""
    nowhere, said = Reading("USD", "UG"), {}
    for column in _WHERE:
        try:
            said[column.name] = read_cell(column, row.cells.get(column.name), nowhere)
        except BadCell as cell:
            findings.add(row, column.name, cell.problem, cell.hint)
    return Reading(said["currency"], said["country"], day_first) if len(said) == len(_WHERE) else None


def _nobody(_phone: str, _name: str, _place: str) -> None:
    """No other group was read."""


def today_in_the_east(now: datetime) -> date:
    """The day it is where it begins first, of the countries of groups: nowhere has a later one begun."""
    return now.astimezone(timezone(_EAST)).date()


def _in_order(finding: Finding) -> tuple[int, int, str]:
    return list(SHEETS).index(finding.sheet), finding.row, finding.column


def _without_repeats(rows: Sequence[SheetRow], findings: Findings) -> Iterator[SheetRow]:
    """Sheets are made by copying: a row that stands there twice with all that is in it is one."""
    seen: dict[tuple[SheetName, tuple[tuple[str, str], ...]], SheetRow] = {}
    for row in rows:
        same = (row.sheet, tuple((name, as_written(cell)) for name, cell in sorted(row.cells.items())))
        first = seen.setdefault(same, row)
        if first is row:
            yield row
        else:
            findings.add(row, "group_code", "same_row", first.place)


class _Checks:
    """Those of one group, from sheet to sheet; one that rests on a cell which could not be read is not made."""

    def __init__(
        self,
        rows: Mapping[SheetName, Sequence[SheetRow]],
        findings: Findings,
        today: date,
        zone_of: Callable[[str], str],
        day_first: bool | None,
        seen: Seen,
    ) -> None:
        self._rows, self._findings, self._today, self._zone_of = rows, findings, today, zone_of
        self._day_first, self._seen, self._bounds = day_first, seen, Bounds(findings, today)

    def book(self, code: str) -> OpeningBook | None:
        """What they bring, None where anything of it is wrong."""
        head = self._head()
        if head is None:
            return None
        group, reading = head
        members = [self._cells(row, reading) for row in self._rows.get("members", ())]
        numbers = self._check_members(group, members)
        check_rota(group, members, self._findings)
        loans = [self._cells(row, reading) for row in self._rows.get("loans", ())]
        fines = [self._cells(row, reading) for row in self._rows.get("fines", ())]
        check_loans(group, loans, numbers, self._bounds)
        check_fines(group, fines, numbers, self._bounds)
        if self._findings.any_error:
            return None
        book = book_of(code, group, reading, members, loans, fines, self._zone_of)
        self._check_rules(group.row, book, loans)
        self._look_at_whole(group.row, book)
        return book

    def _check_rules(self, row: SheetRow, book: OpeningBook, loans: Sequence[ReadRow]) -> None:
        """The group can have them, and each loan goes on by them, late where it is said to be."""
        try:
            rules = constitution_of(book)
            for loan, said in zip(book.loans, loans, strict=True):
                _, late = terms_left(loan, rules, book.as_of)
                if late is None and said.get("late_since"):
                    self._findings.add(said.row, "late_since", "nothing_late")
        except BadRate:  # what is a rate for weeks is too much for a month
            self._findings.add(row, "interest_rate", "no_such_rule")
        except BadConstitution as bad:
            column = next((each for each, rule in RULES.items() if rule == bad.details["rule"]), "kind")
            self._findings.add(row, column, "no_such_rule")
        except NotInCoins:
            self._findings.add(row, "smallest_coin", "no_such_rule")

    def _cells(self, row: SheetRow, reading: Reading) -> ReadRow:
        values: dict[str, Any] = {}
        bad, cells = set(), row.cells
        for column in SHEETS[row.sheet]:
            try:
                values[column.name] = read_cell(column, cells.get(column.name), reading)
            except BadCell as cell:
                bad.add(column.name)
                self._findings.add(row, column.name, cell.problem, cell.hint)
        return ReadRow(row, values, frozenset(bad))

    def _head(self) -> tuple[ReadRow, Reading] | None:
        """The group's own row; None without a currency and a country, by which all else is read."""
        row = self._rows["group"][0]
        reading = _reading(row, self._day_first, self._findings)
        if reading is None:
            return None
        group = self._cells(row, reading)
        self._check_group(group)
        return group, reading

    def _check_group(self, group: ReadRow) -> None:
        self._bounds.past(group, "as_of")
        self._bounds.order(group, "cycle_started_on", "as_of")
        self._bounds.order(group, "as_of", "next_meeting", strictly=True)
        self._bounds.order(group, "cycle_started_on", "cycle_ends_on", strictly=True)
        self._bounds.above_zero(group, "share_price")
        self._bounds.counts_from_one(group, "cycle_no")
        self._bounds.counts_from_one(group, "shares_max")
        if group.all("next_meeting", "meets_every", "as_of"):
            # A meeting that lies further off than a period was skipped, or mistyped.
            most = period_end(group.get("as_of"), group.get("meets_every"), 2)
            if group.get("next_meeting") > most:
                self._findings.add(group.row, "next_meeting", "not_before", most.isoformat())

    def _check_members(self, group: ReadRow, members: Sequence[ReadRow]) -> Container[int]:
        """Answers with their numbers."""
        self._bounds.unique(members, "member_no", "number_taken")
        self._bounds.unique(members, "phone", "phone_taken")
        for member in members:
            self._check_member(group, member)
            self._check_savings(group, member)
        for first_with_it in {each.get("phone"): each for each in reversed(members)}.values():
            self._check_elsewhere(first_with_it)
        self._check_offices(members)
        most = MEMBERS[-1]
        if group.get("kind") != "sacco" and len(members) > most:
            self._findings.add(members[-1].row, "member_no", "too_many", str(most))
        if members and len(members) < 2:
            self._findings.add(members[0].row, "member_no", "too_few", "2")
        return {each.get("member_no") for each in members} - {None}

    def _check_offices(self, members: Sequence[ReadRow]) -> None:
        offices: dict[str, ReadRow] = {}
        for member in members:
            role = member.get("role")
            if role in ("chair", "secretary", "treasurer"):
                first = offices.setdefault(role, member)
                if first is not member:
                    self._findings.add(member.row, "role", "office_taken", first.row.place)
                if not member.get("phone") and "phone" not in member.bad:
                    self._findings.add(member.row, "role", "officer_without_phone")
        if members and len(offices) < 2 and not any("role" in each.bad for each in members):
            self._findings.add(members[0].row, "role", "two_officers")

    def _check_member(self, group: ReadRow, member: ReadRow) -> None:
        self._bounds.counts_from_one(member, "member_no")
        self._bounds.past(member, "joined_on", group.get("as_of"), "as_of")
        self._bounds.past(member, "consent_on")
        year = member.get("birth_year")
        if year is not None and not 1900 <= year <= self._today.year:
            self._findings.add(member.row, "birth_year", "not_a_date")

    def _check_savings(self, group: ReadRow, member: ReadRow) -> None:
        kind, row = group.get("kind"), member.row
        shares, savings, price = member.get("shares"), member.get("savings"), group.get("share_price")
        if kind == "rosca":
            for column in ("shares", "savings", "deposits"):
                if member.get(column):
                    self._findings.add(row, column, "not_of_kind")
        elif shares is None and savings is None and not {"shares", "savings"} & member.bad:
            self._findings.add(row, "shares", "needs", "shares, savings")
        if kind != "sacco" and member.get("deposits"):
            self._findings.add(row, "deposits", "not_of_kind")
        if not price:
            return
        held = Money((shares or 0) * price.minor, price.currency)
        if held.minor > MINOR_MAX:
            self._findings.add(row, "shares", "too_large", str(MINOR_MAX // price.minor))
        if savings is not None and kind in ("vsla", "sacco") and savings.minor % price.minor:
            self._findings.add(row, "savings", "not_the_price", str(price))
        elif savings is not None and shares is not None and savings != held:
            self._findings.add(row, "savings", "not_the_same", str(held))

    def _check_elsewhere(self, member: ReadRow) -> None:
        """Their phone, in the groups before this one."""
        if member.all("phone", "name"):
            before = self._seen(member.get("phone"), member.get("name"), member.row.place)
            if before and before[0].casefold() != member.get("name").casefold():
                self._findings.add(member.row, "phone", "phone_of_another", f"{before[0]}, {before[1]}")

    def _look_at_whole(self, row: SheetRow, book: OpeningBook) -> None:
        """What is odd in the whole. The group's own figures are shown beside ours, never changed in silence."""
        surplus = earned(book)
        if book.cycle_ends <= book.as_of:
            self._findings.add(row, "cycle_ends_on", "cycle_over")
        if book.social_owned != book.social:
            self._findings.add(row, "social_fund_owned", "social_differs", str(book.social))
        if book.surplus is not None and book.surplus != surplus:
            self._findings.add(row, "surplus_by_their_book", "surplus_differs", str(surplus))
        if surplus.minor < 0:
            self._findings.add(row, "box_cash", "loss", str(-surplus))
