"""The sheets of a group are checked whole: everything that is wrong at once, and nothing that is right."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given

from domain.arithmetic.schedule import schedule
from domain.money import Money
from domain.moving_in.check import CheckedGroup, check_group, today_in_the_east
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import earned
from domain.moving_in.loans import terms_left
from domain.moving_in.rows import rows_of
from domain.records.opening import OpeningBook
from tests.domain.moving_in.books import (
    AS_OF,
    FINES,
    GROUP,
    IN_TURN,
    LOANS,
    MEMBERS,
    ROSCA,
    TODAY,
    ZONE,
    Cells,
    checked,
    example,
    opening_books,
    rotating_books,
    sheet_rows,
)  # fmt: skip


def found(group: CheckedGroup) -> list[tuple[str, int, str, str]]:
    return [(each.sheet, each.row, each.column, each.problem) for each in group.findings]


def one(sheet: Sequence[Cells], place: int, **cells: str) -> list[Cells]:
    """The sheet with some cells of one row as given."""
    return [{**row, **cells} if number == place else row for number, row in enumerate(sheet)]


def test_a_group_with_nothing_wrong_is_read_whole() -> None:
    book = example()
    assert (book.name, book.kind, book.currency, book.time_zone) == ("Example Group", "vsla", "UGX", ZONE)
    assert [member.phone for member in book.members] == ["+256772000301", "+256772000302", "", "+256772000304"]
    assert [member.saved.minor for member in book.members] == [60_000, 45_000, 75_000, 30_000]
    assert [member.role for member in book.members] == ["chairperson", "treasurer", "member", "secretary"]
    assert [loan.late_since for loan in book.loans] == [None, book.loans[1].next_due]
    assert earned(book) == Money(18_500, "UGX")


@given(opening_books() | rotating_books())
def test_what_is_written_as_sheets_is_read_as_the_same_group(book: OpeningBook) -> None:
    again = check_group(book.code, sheet_rows(rows_of(book)), TODAY, lambda _: ZONE)
    assert again.book == book, again.findings


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        ({"kind": "bank"}, "kind", "not_one_of"),
        ({"currency": "SHILLINGS"}, "currency", "not_one_of"),
        ({"country": ""}, "country", "empty"),
        ({"as_of": "2026-12-20", "next_meeting": "2026-12-27"}, "as_of", "in_the_future"),
        ({"cycle_started_on": "2026-11-21"}, "as_of", "not_after"),
        ({"next_meeting": "2026-11-20"}, "next_meeting", "not_after"),
        ({"next_meeting": "2027-11-27"}, "next_meeting", "not_before"),
        ({"cycle_ends_on": "2026-03-06"}, "cycle_ends_on", "not_after"),
        ({"share_price": "0"}, "share_price", "nothing_owed"),
        ({"box_cash": "-1"}, "box_cash", "negative"),
        ({"cycle_no": "0"}, "cycle_no", "not_whole"),
    ],
)
def test_the_group_s_own_row_is_checked(cells: Cells, column: str, problem: str) -> None:
    group = checked({**GROUP, **cells}, loans=[], fines=[])
    assert ("group", 2, column, problem) in found(group)
    assert group.book is None


@pytest.mark.parametrize(
    ("members", "row", "column", "problem"),
    [
        (one(MEMBERS, 1, member_no="1"), 3, "member_no", "number_taken"),
        (one(MEMBERS, 1, phone="0772000301"), 3, "phone", "phone_taken"),
        (one(MEMBERS, 1, role="chair"), 3, "role", "office_taken"),
        (one(MEMBERS, 1, phone=""), 3, "role", "officer_without_phone"),
        (one(MEMBERS, 1, shares=""), 3, "shares", "needs"),
        (one(MEMBERS, 1, savings="45001"), 3, "savings", "not_the_price"),
        (one(MEMBERS, 1, savings="50000"), 3, "savings", "not_the_same"),
        (one(MEMBERS, 1, rota_place="1"), 3, "rota_place", "not_of_kind"),
        (one(MEMBERS, 1, deposits="5000"), 3, "deposits", "not_of_kind"),
        (one(MEMBERS, 1, social_owed="-500"), 3, "social_owed", "negative"),
        (one(MEMBERS, 1, social_owed="KES 500"), 3, "social_owed", "other_currency"),
        (one(MEMBERS, 1, joined_on="2026-11-21"), 3, "joined_on", "not_before"),
        (one(MEMBERS, 1, consent_on=""), 3, "consent_on", "empty"),
        (one(MEMBERS, 1, consent_on="2027-01-01"), 3, "consent_on", "in_the_future"),
        (one(MEMBERS, 1, consent_to="figures;everything"), 3, "consent_to", "not_one_of"),
        (one(MEMBERS, 1, birth_year="1066"), 3, "birth_year", "not_a_date"),
        (MEMBERS[:1], 2, "member_no", "too_few"),
        ([MEMBERS[0], MEMBERS[2]], 2, "role", "two_officers"),
        (
            [
                *MEMBERS,
                *({"member_no": str(n), "name": f"M {n}", "role": "member", "shares": "1"} for n in range(5, 52)),
            ],
            52,
            "member_no",
            "too_many",
        ),
    ],
)
def test_members_are_checked_one_by_one_and_together(
    members: list[Cells], row: int, column: str, problem: str
) -> None:
    group = checked(members=members, loans=[], fines=[])
    assert ("members", row, column, problem) in found(group)
    assert group.book is None


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        ({"member_no": "9"}, "member_no", "no_such_member"),
        ({"principal_owed": "70000"}, "principal_owed", "more_than"),
        ({"principal_owed": "0"}, "principal_owed", "nothing_owed"),
        ({"instalments_left": "0"}, "instalments_left", "not_whole"),
        ({"instalments_left": "361"}, "instalments_left", "too_large"),
        ({"penalty_owed": "100"}, "penalty_owed", "needs"),
        ({"next_due": "2026-09-01"}, "next_due", "not_after"),
        ({"late_since": "2026-11-25"}, "late_since", "not_before"),
        ({"late_since": "2026-11-11", "next_due": "2026-10-11"}, "next_due", "not_after"),
        ({"lent_on": "2026-11-25"}, "lent_on", "not_before"),
        ({"guarantors": "2"}, "guarantors", "stands_for_self"),
        ({"guarantors": "1;8"}, "guarantors", "no_such_member"),
        ({"guarantors": "3;4;3"}, "guarantors", "number_taken"),
        ({"loan_no": "L9"}, "loan_no", "number_taken"),
        ({"fund": "Social"}, "fund", "social_loan"),
        ({"fund": "church"}, "fund", "not_one_of"),
    ],
)
def test_loans_are_checked_against_the_members(cells: Cells, column: str, problem: str) -> None:
    group = checked(loans=one(LOANS, 0, **cells))
    assert problem in {each.problem for each in group.findings if each.column == column}
    assert group.book is None


def test_fines_are_checked_too() -> None:
    wrong = found(checked(fines=[*FINES, {"member_no": "7", "reason": "rude", "amount": "0"}]))
    assert wrong == [
        ("fines", 3, "amount", "nothing_owed"),
        ("fines", 3, "member_no", "no_such_member"),
        ("fines", 3, "reason", "not_one_of"),
    ]


def test_a_fine_is_given_by_the_day_of_the_sheets() -> None:
    assert found(checked(fines=one(FINES, 0, since="2026-11-20"))) == []
    assert found(checked(fines=one(FINES, 0, since="2026-11-21"))) == [("fines", 2, "since", "not_before")]
    assert found(checked(fines=one(FINES, 0, since="2026-12-21"))) == [("fines", 2, "since", "in_the_future")]


def test_what_two_columns_say_of_savings_is_the_same_in_a_group_of_any_kind() -> None:
    group = GROUP | {"kind": "savings"}
    same, other = one(MEMBERS, 1, savings="45000"), one(MEMBERS, 1, savings="45001")
    assert checked(group, same, loans=[]).book
    assert found(checked(group, other, loans=[])) == [("members", 3, "savings", "not_the_same")]


def test_shares_come_to_no_more_than_a_book_can_hold() -> None:
    dear = GROUP | {"share_price": str(10**11)}
    assert ("members", 2, "shares", "too_large") in found(checked(dear, loans=[], fines=[]))
    few = checked(dear, [{**each, "shares": "10"} for each in MEMBERS], loans=[], fines=[])
    assert few.book


def test_of_two_members_with_one_phone_nobody_is_asked_about_another_group() -> None:
    rows = sheet_rows({"group": [GROUP], "members": [
        {"group_code": "G-0417", "consent_on": "2026-11-20", "consent_how": "meeting", **each}
        for each in one(MEMBERS, 1, phone="0772000301")
    ]})  # fmt: skip
    of_group: dict[str, tuple[str, str]] = {}

    def seen(phone: str, name: str, place: str) -> tuple[str, str] | None:
        first = of_group.setdefault(phone, (name, place))
        return first if first != (name, place) else None

    said = check_group("G-0417", rows, TODAY, lambda _: ZONE, seen=seen).findings
    assert [each.problem for each in said if each.column == "phone"] == ["phone_taken"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    group = checked(
        GROUP | {"box_cash": "much"},
        one(one(MEMBERS, 0, phone="2.56772E+11"), 3, role="boss"),
        one(LOANS, 1, next_due="soon"),
        one(FINES, 0, amount="-5"),
    )
    assert found(group) == [
        ("group", 2, "box_cash", "not_an_amount"),
        ("members", 2, "phone", "digits_lost"),
        ("members", 5, "role", "not_one_of"),
        ("loans", 3, "next_due", "not_a_date"),
        ("fines", 2, "amount", "negative"),
    ]
    assert group.errors == 5


@pytest.mark.parametrize(
    ("cells", "column", "problem", "hint"),
    [
        ({"plan": "2026-12-11 20000"}, "plan", "no_plan", "2026-12-11 20000"),
        ({"plan": "2026-12-11 20000 1; 2026-12-10 20000 1"}, "plan", "no_plan", ""),
        ({"plan": "2026-11-20 40000 0"}, "plan", "not_after", "as_of"),
        ({"plan": "2026-12-11 40000 0"}, "instalments_left", "plan_differs", "1"),
        ({"plan": "2026-12-12 20000 0; 2027-01-11 20000 0"}, "next_due", "plan_differs", "2026-12-12"),
        ({"plan": "2026-12-11 20000 0; 2027-01-11 10000 0"}, "principal_owed", "plan_differs", "UGX 30,000"),
        ({"guarantors": "3;4", "pledged": "1000"}, "pledged", "not_as_many", "guarantors"),
        ({"guarantors": "3;4", "pledged": "30000;20000"}, "pledged", "more_than", "principal_owed"),
        ({"keeps_interest": "perhaps"}, "keeps_interest", "not_one_of", "yes, no"),
    ],
)
def test_a_plan_and_what_others_stand_for_have_to_fit_the_loan(
    cells: Cells, column: str, problem: str, hint: str
) -> None:
    group = checked(loans=one(LOANS, 0, **cells))
    assert (column, problem, hint) in {(each.column, each.problem, each.hint) for each in group.findings}
    assert group.book is None


def test_a_loan_that_has_a_plan_is_paid_by_it() -> None:
    cells = {"plan": "2026-12-11 25000 4300; 2027-01-11 15000 2200", "guarantors": "3;4", "pledged": "30000;10000"}
    group = checked(loans=one(LOANS, 0, **cells))
    assert group.book is not None, group.findings
    loan = group.book.loans[0]
    terms, late = terms_left(loan, constitution_of(group.book), AS_OF)
    lines = schedule(terms).instalments
    assert [(line.due.isoformat(), line.principal.minor, line.interest.minor) for line in lines] == [
        ("2026-12-11", 25_000, 4_300), ("2027-01-11", 15_000, 2_200),
    ]  # fmt: skip
    assert late is not None and not late.principal
    assert [each.minor for each in loan.pledged] == [30_000, 10_000]


def test_a_group_brings_rules_of_its_own() -> None:
    own = {"quorum": "2/3", "fine_absence": "700", "fine_other": "100", "loan_multiple": "2", "carry_over": "yes"}
    book = checked(GROUP | own).book
    assert book is not None
    rules = constitution_of(book)
    assert (rules.quorum, rules.fines["absence"].minor, rules.fines["other"].minor) == (Fraction(2, 3), 700, 100)
    assert rules.loans is not None
    assert (rules.loans.borrowing.multiple, rules.carry_over, rules.late_fines) == (Fraction(2), True, False)


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        ({"quorum": "3/4"}, "quorum", "not_one_of"),
        ({"approvals": "9"}, "approvals", "no_such_rule"),
        ({"loan_multiple": "200"}, "loan_multiple", "no_such_rule"),
        ({"smallest_coin": "700"}, "smallest_coin", "no_such_rule"),
        ({"fine_late": "150"}, "smallest_coin", "no_such_rule"),
        ({"interest_rate": "1000"}, "interest_rate", "no_such_rule"),
    ],
)
def test_a_rule_that_no_group_can_have_is_said(cells: Cells, column: str, problem: str) -> None:
    group = checked({**GROUP, **cells})
    assert (column, problem) in {(each.column, each.problem) for each in group.findings}
    assert group.book is None


def test_a_fine_in_words_and_two_that_are_alike() -> None:
    key = {"member_no": "3", "reason": "other", "amount": "500", "words": "lost the key"}
    book = checked(fines=[key, key | {"fine_no": "2"}]).book
    assert book is not None and [(each.words, each.number) for each in book.fines] == [
        ("lost the key", 1), ("lost the key", 2),
    ]  # fmt: skip
    assert {each.problem for each in checked(fines=[key | {"reason": "late"}]).findings} == {"needs"}
    assert {each.problem for each in checked(fines=[key | {"words": "x" * 40}]).findings} == {"too_long"}


def test_it_is_not_tomorrow_yet_where_the_day_begins_first() -> None:
    assert today_in_the_east(datetime(2026, 11, 29, 20, 59, tzinfo=UTC)) == date(2026, 11, 29)
    assert today_in_the_east(datetime(2026, 11, 29, 21, 0, tzinfo=UTC)) == date(2026, 11, 30)


def test_a_row_that_was_copied_counts_once() -> None:
    group = checked(members=[*MEMBERS, MEMBERS[2]])
    assert found(group) == [("members", 6, "group_code", "same_row")]
    assert group.findings[0].hint == "members.csv:4"
    assert group.book == example()


@pytest.mark.parametrize(
    ("cells", "problem", "hint"),
    [
        ({"surplus_by_their_book": "20000"}, "surplus_differs", "UGX 18,500"),
        ({"surplus_by_their_book": "-500"}, "surplus_differs", "UGX 18,500"),
        ({"cycle_ends_on": "2026-11-01"}, "cycle_over", ""),
        ({"cycle_started_on": "2025-11-14"}, "cycle_over", ""),  # and ended a year later
        ({"social_fund_owned": "20000"}, "social_differs", "UGX 16,000"),
        ({"box_cash": "100000", "surplus_by_their_book": ""}, "loss", "UGX 45,000"),
    ],
)
def test_sums_that_are_odd_are_shown_and_keep_nobody_out(cells: Cells, problem: str, hint: str) -> None:
    group = checked({**GROUP, **cells})
    assert [(each.problem, each.hint, each.severity) for each in group.findings] == [(problem, hint, "warning")]
    assert group.book is not None


def test_an_instalment_that_is_past_makes_a_loan_late_and_is_asked_about() -> None:
    group = checked(loans=one(LOANS, 1, late_since=""))
    assert [(each.problem, each.severity) for each in group.findings] == [("late_unsaid", "warning")]
    assert group.book == example()


@pytest.mark.parametrize(("owed", "problems"), [("0", []), ("1200", ["late_unsaid"])])
def test_a_loan_that_rolls_over_is_late_with_what_it_costs_alone(owed: str, problems: list[str]) -> None:
    rolls = {"method": "roll-over", "late_since": "", "interest_owed": owed, "instalments_left": "1"}
    group = checked(loans=one(LOANS, 1, **rolls))
    assert [each.problem for each in group.findings] == problems
    assert group.book
    late = terms_left(group.book.loans[1], constitution_of(group.book), group.book.as_of)[1]
    assert (late is not None) == bool(problems)


@pytest.mark.parametrize(
    "cells",
    [
        {"next_due": "2026-11-11"},
        {"interest_owed": "1200"},
        {"penalty_owed": "100"},
        {"plan": "2026-12-11 10000 0; 2027-01-11 10000 0"},
    ],
)
def test_a_loan_that_is_said_to_be_late_has_something_that_is(cells: Cells) -> None:
    """Else it would be in time in every report from the first day on."""
    nothing = {"interest_owed": "0", "late_since": "2026-11-11"}
    group = checked(loans=one(LOANS, 0, **nothing))
    assert (group.book, found(group)) == (None, [("loans", 2, "late_since", "nothing_late")])
    book = checked(loans=one(LOANS, 0, **{**nothing, **cells})).book
    assert book
    late = terms_left(book.loans[0], constitution_of(book), book.as_of)[1]
    assert late and late.late_since == date(2026, 11, 11)


def test_a_group_that_is_in_one_sheet_only_is_not_half_read() -> None:
    rows = [row for row in sheet_rows(rows_of(example())) if row.sheet != "group"]
    group = check_group("G-0417", rows, TODAY, lambda _: ZONE)
    assert found(group) == [("group", 0, "group_code", "no_sheet_row")]
    assert group.book is None


def test_a_rotation_needs_places_and_has_no_shares_and_no_loans() -> None:
    assert checked(ROSCA, IN_TURN, [], []).book is not None
    assert {"not_of_kind"} == {
        each.problem for each in checked(ROSCA, one(IN_TURN, 1, shares="9"), [], []).findings
    }
    for taken in ("1", "2;1", "4;4"):
        twice = one(IN_TURN, 1, rota_place=taken)
        assert ("members", 3, "rota_place", "place_taken") in found(checked(ROSCA, twice, [], [])), taken
    assert {"does_not_lend"} == {each.problem for each in checked(ROSCA, IN_TURN, LOANS, []).findings}
