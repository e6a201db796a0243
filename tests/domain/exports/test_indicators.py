"""
Each indicator of a programme's file, worked out a second time: amounts by hledger, from the journal that we write
for it, and the rest by hand.
"""

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from domain.access.agents import add_programme, put_in_programme
from domain.books.hledger import journal
from domain.books.ledger import Draft, Posting
from domain.exports.columns import COLUMNS, ExportCell
from domain.exports.keys import ExportedGroup, groups_to_export
from domain.exports.rows import ExportSpan, export_rows
from domain.loans.recover import ProposeWriteOff
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.forgotten import Forgotten
from domain.records.group import GroupBefore
from domain.records.person import membership_id
from domain.savings.contribute import RecordCash
from domain.savings.fines import FineInWords, RecordFine
from tests.conftest import Clock
from tests.domain.meetings_count import short
from tests.domain.savers import Savers, found
from tests.money import ugx
from tests.second_opinion import needs_hledger, told

BEGAN = date(2026, 10, 5)
Row = dict[str, ExportCell]


@pytest.fixture
def savers(store: MongoStore, clock: Clock) -> Savers:
    """Five weeks of a group with loans, fines and a social fund; what is worked out by hand stands beside it."""
    savers = found(store, social_fund=ugx(500))  # each: 500 to the fund, 99,000 in shares, 500 of credit
    dan, eve = savers.lend("dan", 50_000, 2), savers.lend("eve", 30_000)
    meet(savers, absent=("fay",))
    savers.do(FineInWords("ada", savers.group, "fay", "talks", ugx(700)))
    (fine,) = savers.store.fines.find(group=savers.group)
    savers.do(RecordFine("ada", fine.id))
    clock.forward(days=28)  # the first instalments: half of 50,000 with 5,000 interest, all of 30,000 with 3,000
    savers.repay(dan, 30_000)
    savers.do(RecordCash(savers.group, "fay", ugx(20_500), "ada"))
    short(savers, 400)
    meet(savers)
    clock.forward(days=7)
    assert savers.loan(eve).outstanding == 30_000
    return savers


def meet(savers: Savers, absent: tuple[str, ...] = ()) -> None:
    counted = Counted(ugx(savers.totals["1010"]), ugx(savers.totals.get("1040", 0)))
    savers.do(OpenMeeting("ada", savers.group, counted, False))
    for person in absent:
        savers.do(MarkAttendance("ada", savers.group, person, "absent"))
    savers.do(CloseMeeting("ada", savers.group, counted, fine=False))


def rows(savers: Savers, name: Any = "programme", **days: date) -> list[Row]:
    (of,) = groups_to_export(savers.store)
    columns = [each.name for each in COLUMNS[name]]
    span = ExportSpan(**days)
    return [dict(zip(columns, row, strict=True)) for row in export_rows(savers.store, name, of, span)]


def by_hledger(savers: Savers, *days: str) -> Counter[str]:
    """What each account came to, in its journal: in the middle of a name stand its kind and label."""
    text = "".join(journal(savers.store.books.entries(savers.group)))
    found: Counter[str] = Counter()
    for name, _, _, amounts in told(text, "balance", "--flat", "--strict", *days)[0]:
        if amounts:
            found[":".join(name.split(":")[:2])] += amounts[0]["aquantity"]["decimalMantissa"]
    return found


def amounts_by_hledger(savers: Savers, first: date, last: date) -> dict[str, int]:
    """Every amount that a book knows. Balances are of all days up to the last, results of the period."""
    after = date.fromordinal(last.toordinal() + 1).isoformat()
    held, before = by_hledger(savers, "-e", after), by_hledger(savers, "-e", first.isoformat())
    moved = by_hledger(savers, "-b", first.isoformat(), "-e", after)

    def saved(of: Counter[str]) -> int:
        return -(of["equity:shares at par"] + of["liabilities:member deposits"] + of["liabilities:rotation pot"])

    income = {name: -minor for name, minor in moved.items() if name.startswith("income:")}
    expenses = sum(minor for name, minor in moved.items() if name.startswith("expenses:"))
    known = ("income:interest", "income:fines and penalties")
    others = sum(minor for name, minor in income.items() if name not in known)
    cash = sum(held[f"assets:{name}"] for name in ("cash box", "mobile-money wallet", "bank"))
    social_cash = held["assets:social-fund cash"] + held["assets:social-fund wallet"]
    assets = sum(minor for name, minor in held.items() if name.startswith("assets:"))
    return {
        "savings": saved(held),
        "saved": saved(held) - saved(before),
        "credit": -held["liabilities:member credit"],
        "loans_value": held["assets:loan principal"],
        "written_off": moved["expenses:write-off"],
        "interest": income.get("income:interest", 0),
        "fines": income.get("income:fines and penalties", 0),
        "other_income": others,
        "expenses": expenses,
        "surplus": sum(income.values()) - expenses,
        "retained": -held["equity:retained surplus"],
        "loan_fund_cash": cash,
        "social_cash": social_cash,
        "social_fund": -held["liabilities:social fund"],
        # All that the group has, less what the other columns say of it.
        "other_assets": assets - cash - social_cash - held["assets:loan principal"],
        "debts": -held["liabilities:external loan"],
    }


def same_by_hledger(savers: Savers, row: Row) -> dict[str, int]:
    first, last = row["period_from"], row["as_of"]
    assert isinstance(first, date) and isinstance(last, date)
    expected = amounts_by_hledger(savers, first, last)
    assert {name: row[name] for name in expected} == {name: ugx(minor) for name, minor in expected.items()}
    # What is divided of them, by hledger's amounts too.
    savings, out = expected["savings"], expected["loans_value"]
    days = (last - first).days + 1
    assert row["avg_savings"] == ugx(savings // 6)
    assert row["utilisation"] == Fraction(out, out + expected["loan_fund_cash"])
    assert row["return_on_savings"] == Fraction(expected["surplus"], savings)
    assert row["return_annualised"] == Fraction(expected["surplus"] * 52 * 7, savings * days)
    return expected


@needs_hledger
def test_every_amount_is_what_a_second_program_finds(savers: Savers) -> None:
    (row,) = rows(savers)
    expected = same_by_hledger(savers, row)
    # And by hand: 594,000 and 20,000 in shares; 5,000 interest; 700 fine; 400 short.
    assert expected["savings"] == 6 * 99_000 + 20_000 and expected["credit"] == 6 * 500
    assert (expected["interest"], expected["fines"], expected["expenses"]) == (5_000, 700, 400)
    assert (expected["social_fund"], expected["social_cash"]) == (7 * 500, 7 * 500)
    assert expected["loans_value"] == 25_000 + 30_000
    # Every amount of the row is of the book, or is looked at in the test below.
    by_hand = {"share_price", "lent", "late_value", "avg_savings", "avg_loan", "shared_out_last_cycle"}
    assert {each.name for each in COLUMNS["programme"] if each.kind == "amount"} == {*expected, *by_hand}


@needs_hledger
def test_a_period_has_what_is_of_it(savers: Savers, clock: Clock) -> None:
    """From the second day on nothing that was saved or lent at first is of the period, and all of it is held."""
    (row,) = rows(savers, first=date(2026, 10, 6), last=date(2026, 11, 8))
    expected = same_by_hledger(savers, row)
    assert (expected["saved"], row["lent_n"], row["lent"], row["avg_loan"]) == (20_000, 0, ugx(0), None)
    assert expected["fines"] == 0, "it was paid on the first day"
    clock.forward(days=84)
    savers.do(ProposeWriteOff("ada", savers.store.loans.find(person="eve")[0].id))
    savers.decide("write_off", "ben", "cy", "dan")
    (row,) = rows(savers, first=date(2026, 11, 9))
    assert same_by_hledger(savers, row)["written_off"] == 30_000
    assert (row["written_off_n"], row["loans_n"], row["loans_value"]) == (1, 1, ugx(25_000))
    # As of a day before, nothing was written off.
    (row,) = rows(savers, last=date(2026, 11, 8))
    assert (row["written_off_n"], row["loans_n"], row["as_of"]) == (0, 2, date(2026, 11, 8))


@needs_hledger
def test_money_on_its_way_is_among_what_the_group_has(savers: Savers) -> None:
    legs = (Posting("1050", 7_000), Posting("1060", -500), Posting("2030", -6_500, "fay"))
    savers.store.post(Draft(savers.group, "UGX", "on its way", "on its way", savers.store.now(), legs))
    (row,) = rows(savers)
    assert row["other_assets"] == ugx(6_500)
    same_by_hledger(savers, row)


def test_what_is_counted_is_as_by_hand(savers: Savers) -> None:
    (row,) = rows(savers)
    expected: Row = {
        "period_from": BEGAN, "as_of": date(2026, 11, 9), "cycle_started_on": BEGAN, "formed_on": BEGAN,
        "members_start": 6, "joined": 0, "left": 0, "members_now": 6,
        "retention": Fraction(1), "growth": Fraction(0),
        # Mondays from 5 October to 9 November; held on the first and on 2 November.
        "meetings_planned": 6, "meetings_held": 2, "attendance": Fraction(11, 12),
        "lent_n": 2, "lent": ugx(80_000), "avg_loan": ugx(40_000), "loans_n": 2, "borrowers": 2,
        # Eve's 30,000 fell due on 2 November.
        "late_n": 1, "late_value": ugx(30_000), "par30": Fraction(0), "written_off_n": 0,
        "sex_known": 0, "women_now": 0, "consent": 0,
        "shared_out_last_cycle": None, "kind": "vsla", "currency": "UGX", "share_price": ugx(1_000),
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_loan_more_than_thirty_days_late_is_at_risk_with_all_that_is_owed_of_it(
    savers: Savers, clock: Clock
) -> None:
    clock.forward(days=23)  # until 2 December: thirty days after it was due
    assert rows(savers)[0]["par30"] == 0
    clock.forward(days=1)
    # Dan's second instalment fell due on 30 November.
    assert rows(savers)[0]["par30"] == Fraction(30_000, 55_000)
    assert rows(savers)[0]["late_value"] == ugx(55_000)


def test_who_came_and_who_left_is_counted_by_when(savers: Savers, clock: Clock) -> None:
    store = savers.store
    store.memberships.change(membership_id(savers.group, "fay"), joined_at=clock())
    store.memberships.change(membership_id(savers.group, "eve"), status="exited")
    (row,) = rows(savers)
    # Eve left before it was written down when: she is nowhere.
    assert [row[name] for name in ("members_start", "joined", "left", "members_now")] == [4, 1, 0, 5]
    assert (row["growth"], row["retention"]) == (Fraction(1, 4), Fraction(1))
    store.memberships.change(membership_id(savers.group, "dan"), status="pending")
    assert rows(savers)[0]["members_now"] == 4, "who waits to be let in is no member"


def test_members_are_those_of_the_first_day_and_who_joined_less_who_left_also_when_one_is_forgotten(
    savers: Savers, clock: Clock
) -> None:
    """Whoever is forgotten was a member until then; of whom nobody knows when they left, neither is counted."""
    store = savers.store
    for person in ("fay", "eve"):
        store.memberships.change(membership_id(savers.group, person), joined_at=clock())
    clock.forward(days=1)
    for person in ("fay", "eve"):
        store.memberships.change(membership_id(savers.group, person), status="exited")
    store.forgotten.insert(Forgotten("fay", clock()))
    clock.forward(days=1)
    (row,) = rows(savers)
    assert [row[name] for name in ("members_start", "joined", "left", "members_now")] == [4, 1, 1, 4]


def test_a_group_has_its_programme_its_agent_and_where_it_came_from(savers: Savers) -> None:
    store, group = savers.store, savers.store.groups.get(savers.group)
    put_in_programme(store, [group], add_programme(store, "north", "North"))
    before = GroupBefore("G-1", date(2026, 10, 1), ugx(0), district="Gulu", parish="Laroo")
    store.groups.change(group.id, before=before)
    (row,) = rows(savers)
    said = ("programme", "code_before", "district", "parish", "formed_on", "group_code", "name")
    assert [row[name] for name in said] == ["north", "G-1", "Gulu", "Laroo", date(2026, 10, 1), "10101", "Umoja"]
    assert list(groups_to_export(store, replace(add_programme(store, "south", "South")))) == []


def test_transactions_add_up_entry_by_entry_and_to_the_balances(savers: Savers) -> None:
    found = rows(savers, "transactions")
    sums: Counter[object] = Counter()
    accounts: Counter[object] = Counter()
    for row in found:
        change = row["change"]
        assert isinstance(change, Money)
        sums[row["entry"]] += change.minor
        accounts[row["account"]] += change.minor
    assert set(sums.values()) == {0} and len(sums) == savers.store.books.length(savers.group)
    assert {code: minor for code, minor in accounts.items() if minor} == savers.totals
    first = rows(savers, "transactions", first=BEGAN, last=BEGAN)
    assert first == [row for row in found if row["day"] == BEGAN] != found


def test_members_and_loans_are_what_the_book_holds(savers: Savers) -> None:
    members, loans = rows(savers, "members"), rows(savers, "loans")
    assert [row["savings"] for row in members] == [ugx(99_000)] * 5 + [ugx(119_000)]
    owed = {row["member"]: row["owes"] for row in members if row["owes"] != ugx(0)}
    assert {row["member"]: row["outstanding"] for row in loans} == owed
    dan = next(row for row in loans if row["instalments"] == 2)
    assert (dan["repaid"], dan["days_late"], dan["late_since"], dan["state"]) == (ugx(30_000), 0, None, "active")
    eve = next(row for row in loans if row["instalments"] == 1)
    # 30,000 and 10 % of it, and 2 % of that for being late.
    assert (eve["due"], eve["days_late"], eve["late_since"]) == (ugx(33_660), 7, date(2026, 11, 2))
    assert rows(savers, "loans", last=date(2026, 10, 6))[0]["days_late"] == 0


def test_no_name_phone_or_id_of_a_person_leaves(savers: Savers) -> None:
    people = savers.store.people.find()
    loans = {each.id for each in savers.store.loans.find()}
    for name in COLUMNS:
        cells = {str(cell) for row in rows(savers, name) for cell in row.values()}
        for each in people:
            assert not any(each.id == cell or each.name in cell or each.phone in cell for cell in cells), name
        assert not loans & cells
    keys = {row["member"] for row in rows(savers, "members")}
    named = {row["member"] for row in rows(savers, "transactions")} - {""}
    assert len(keys) == 6 and named == keys, "the same key in each file"


def test_another_deployment_has_other_keys(savers: Savers) -> None:
    (of,) = groups_to_export(savers.store)
    assert of.key("dan") != "dan" and len(of.key("dan")) == 20 and of.key("") == ""
    other = ExportedGroup(of.group, "", "", lambda id: f"other {id}")
    assert other.key("dan") != of.key("dan")


def test_a_group_that_was_not_there_yet_has_no_row(savers: Savers) -> None:
    assert rows(savers, first=date(2026, 9, 1), last=date(2026, 10, 4)) == []
    assert len(rows(savers, first=date(2026, 9, 1), last=BEGAN)) == 1
    with pytest.raises(ValueError, match="before"):
        ExportSpan(date(2026, 10, 2), date(2026, 10, 1))
