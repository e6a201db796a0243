"""Members as of a day that is past: who had joined, how they stood, and what the book says of that day."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from domain.exports.columns import COLUMNS, ExportCell
from domain.exports.keys import groups_to_export
from domain.exports.rows import ExportSpan, export_rows
from domain.groups.leave import Expel
from domain.groups.officers import HandOver, NameOfficer
from domain.groups.suspend import Suspend
from domain.loans.use_credit import UseCredit
from domain.records.person import membership_id
from domain.savings.contribute import RecordCash
from domain.savings.fines import AskWaiver, FineInWords, RecordFine
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx

BEGAN = date(2026, 10, 5)
_SAVED = ("3010", "2010", "2060")


def rows(savers: Savers, name: Any = "members", last: date | None = None) -> dict[str, dict[str, ExportCell]]:
    """The rows by member, by the key of who they are."""
    (of,) = groups_to_export(savers.store)
    columns = [each.name for each in COLUMNS[name]]
    found = [
        dict(zip(columns, row, strict=True)) for row in export_rows(savers.store, name, of, ExportSpan(last=last))
    ]
    people = {of.key(each): each for each in (*savers.officers, *savers.members)}
    return {people[str(row["member"])]: row for row in found}


def by_the_entries(savers: Savers, last: date) -> dict[str, tuple[int, int, int]]:
    """What each had saved, had as credit, and owed: added up entry by entry."""
    held: Counter[tuple[str, str]] = Counter()
    for entry in savers.store.books.entries(savers.group):
        if savers.store.groups.get(savers.group).constitution.day(entry.at) <= last:
            for leg in entry.postings:
                held[leg.account, leg.member] += leg.amount
    people = (*savers.officers, *savers.members)
    return {
        each: (-sum(held[code, each] for code in _SAVED), -held["2030", each], held["1100", each])
        for each in people
    }


def test_what_each_held_on_any_day_is_what_the_entries_up_to_then_add_up_to(savers: Savers, clock: Clock) -> None:
    for week in range(4):
        clock.forward(days=7)
        savers.do(RecordCash(savers.group, "fay", ugx(20_500 + week), "ada"))
        if week == 1:
            dan = savers.lend("dan", 50_000, 2)
        if week == 3:
            savers.repay(dan, 12_000)
    seen = set()
    for days in range(30):
        last = BEGAN + timedelta(days=days)
        found = {
            person: (row["savings"], row["credit"], row["owes"], row["as_of"])
            for person, row in rows(savers, last=last).items()
        }
        day = min(last, BEGAN + timedelta(days=28))  # no later than today
        assert found == {
            person: (*map(ugx, amounts), day) for person, amounts in by_the_entries(savers, last).items()
        }
        seen.add(found["fay"][0])
    assert len(seen) == 5, "it was another sum after each of four weeks"


def test_how_they_stood_is_as_it_was_decided(savers: Savers, clock: Clock) -> None:
    savers.store.memberships.change(membership_id(savers.group, "eve"), joined_at=clock() + timedelta(days=5))
    clock.forward(days=10)
    savers.do(Suspend("ada", savers.group, "dan", "suspended", "late"))
    savers.decide("suspension", "ben", "cy")
    clock.forward(days=10)
    savers.do(Suspend("ada", savers.group, "dan", "active"))
    savers.decide("suspension", "ben", "cy")
    savers.do(Expel("ada", savers.group, "fay", "took the box"))
    savers.decide("expulsion", "ada", "ben", "cy")
    assert {each["status"] for each in rows(savers).values()} == {"active", "leaving"}

    def then(days: int) -> list[ExportCell]:
        found = rows(savers, last=BEGAN + timedelta(days=days))
        return [found[each]["status"] if each in found else None for each in ("dan", "eve", "fay")]

    assert then(4) == ["active", None, "active"], "Eve was not there yet"
    assert then(9) == ["active", "active", "active"]
    assert then(10) == then(19) == ["suspended", "active", "active"]
    assert then(20) == ["active", "active", "leaving"]


def test_an_office_is_of_who_held_it_on_that_day(savers: Savers, clock: Clock) -> None:
    """Cy hands over to Dan, who is suspended; Eve follows him, and Ben, who leads too, is expelled."""

    def after(days: int, command: object, kind: str, *people: str) -> None:
        clock.forward(days=days)
        savers.do(command)
        savers.decide(kind, *people)

    def then(days: int) -> dict[str, ExportCell]:
        found = rows(savers, last=BEGAN + timedelta(days=days))
        return {person: row["role"] for person, row in found.items() if row["role"] != "member"}

    after(5, HandOver("cy", savers.group, "dan"), "officer", "ada", "ben")
    after(5, Suspend("ada", savers.group, "dan", "suspended"), "suspension", "ben", "cy", "eve")
    after(5, NameOfficer("ada", savers.group, "eve", "treasurer"), "officer", "ben")
    after(5, Expel("ada", savers.group, "ben", "took the box"), "expulsion", "ada", "cy")
    of_all = {"ada": "chairperson", "ben": "secretary"}
    assert then(0) == then(4) == {**of_all, "cy": "treasurer"}
    assert then(5) == then(9) == {**of_all, "dan": "treasurer"}
    assert then(10) == then(14) == of_all
    assert then(15) == then(19) == {**of_all, "eve": "treasurer"}
    assert then(20) == {"ada": "chairperson", "eve": "treasurer"}


def test_an_office_is_empty_where_an_earlier_version_did_not_write_down_who_left_it(
    savers: Savers, clock: Clock
) -> None:
    clock.forward(days=5)
    savers.do(HandOver("cy", savers.group, "dan"))
    savers.decide("officer", "ada", "ben")
    (decided,) = savers.store.proposals.find(kind="officer")

    def then(days: int) -> list[ExportCell]:
        found = rows(savers, last=BEGAN + timedelta(days=days))
        return [found[each]["role"] for each in (*savers.officers, *savers.members)]

    now = ["chairperson", "secretary", "member", "treasurer", "member", "member"]
    savers.store.proposals.change(decided.id, left=None)
    assert then(4) == ["chairperson", "secretary", None, "member", None, None] and then(5) == now
    savers.store.proposals.change(decided.id, decided_at=None)
    assert then(4) == ["chairperson", "secretary", None, None, None, None], "nor when it was decided"


def test_a_fine_is_due_from_its_day_until_it_is_paid_or_waived(savers: Savers, clock: Clock) -> None:
    savers.do(FineInWords("ada", savers.group, "fay", "talks", ugx(700)))
    savers.do(FineInWords("ada", savers.group, "fay", "sleeps", ugx(200)))
    by_words = {each.reason: each.id for each in savers.store.fines.find(group=savers.group)}
    clock.forward(days=3)
    savers.do(RecordFine("ada", by_words["talks"]))
    clock.forward(days=3)
    savers.do(AskWaiver("ada", by_words["sleeps"], "she was ill"))
    savers.decide("waiver", "ben", "cy")
    savers.do(FineInWords("ada", savers.group, "fay", "noise", ugx(300)))
    savers.give_credit("fay", 300)
    clock.forward(days=1)
    (noise,) = savers.store.fines.find(group=savers.group, state="due")
    savers.do(UseCredit("fay", savers.group, "fine", ugx(300), noise.id))
    due = [rows(savers, last=BEGAN + timedelta(days=days))["fay"]["fines_due"] for days in range(8)]
    assert due == [ugx(900)] * 3 + [ugx(200)] * 3 + [ugx(300), ugx(0)]
    assert rows(savers, last=BEGAN - timedelta(days=1)) == {}


def test_what_was_paid_of_a_loan_is_what_its_entries_say_and_no_credit(savers: Savers) -> None:
    savers.repay(savers.lend("dan", 30_000), 50_000)
    assert "1100" not in savers.totals
    assert rows(savers, "loans")["dan"]["repaid"] == ugx(30_000 - savers.totals["4010"]) == ugx(33_000)
    assert savers.held("dan")["2030"] == -17_000
