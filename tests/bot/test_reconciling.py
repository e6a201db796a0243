"""When providers' lists are compared: each hour and each night, once, and again after a failure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from structlog.testing import capture_logs

from bot.app import App
from bot.cli.main import main
from bot.config import environment_of
from bot.jobs import carry_out
from bot.reconciling import reconciliation_due
from domain.board.differences import differences
from domain.money import Money
from domain.records.payment import Direction
from domain.savings.contribute import Contribute
from domain.treasury.settle import payment_succeeded
from payments.port import Movement, NoLongerListed, OutcomeUnknown
from tests.conftest import Clock
from tests.people import Village, do
from tests.workbooks import workbook

UGX_900 = Money(900, "UGX")


class Listing:
    """A provider that lists what a test says, from and to when it is asked."""

    name, lists = "momo", frozenset[Direction]({"in", "out"})

    def __init__(self, *moved: Movement) -> None:
        self.moved, self.asked, self.is_away = moved, list[tuple[datetime, datetime]](), False
        self.begins: datetime | None = None  # what was before is listed no more

    def movements(self, since: datetime, until: datetime) -> Iterable[Movement]:
        if self.is_away:
            raise OutcomeUnknown("timeout")
        if self.begins and since < self.begins:
            raise NoLongerListed("too long ago")
        self.asked.append((since, until))
        return [each for each in self.moved if since <= each.at < until]


def test_each_night_is_compared_once(app: App, village: Village, clock: Clock) -> None:
    listing = Listing(Movement("out", "R7", UGX_900, clock()))
    app = replace(app, listers={"momo": listing})
    night = clock().replace(hour=3, minute=0, second=0, microsecond=0) + timedelta(days=1)
    clock.forward(seconds=(night - clock()).total_seconds() - 1)
    assert reconciliation_due(app.store, 10) == []
    clock.forward(seconds=1)
    (id,) = reconciliation_due(app.store, 10)
    assert id == f"reconcile:momo:{clock().date() - timedelta(days=1)}"
    listing.is_away = True
    carry_out(app, "reconcile", [id])
    assert reconciliation_due(app.store, 10) == [id], "it is tried again"
    listing.is_away = False
    clock.forward(hours=1)
    for _ in range(2):
        carry_out(app, "reconcile", [id])
    assert reconciliation_due(app.store, 10) == []
    assert len(listing.asked) == 1
    assert [each.receipt for each in differences(app.store)] == ["R7"]
    assert app.store.runs.get(id).details["listed"] == "1"


def two_days_after_a_list_did_not_come(app: App, clock: Clock) -> tuple[App, Listing, str]:
    """The program with the list, which comes again, and the night that was not compared."""
    listing = Listing()
    app = replace(app, listers={"momo": listing})
    clock.forward(days=1)
    (missed,) = reconciliation_due(app.store, 10)
    listing.is_away = True
    carry_out(app, "reconcile", [missed])
    listing.is_away = False
    clock.forward(days=2)
    return app, listing, missed


def test_a_night_whose_list_did_not_come_is_compared_on_a_later_day(
    app: App, village: Village, clock: Clock
) -> None:
    app, _, missed = two_days_after_a_list_did_not_come(app, clock)
    last, *before = reconciliation_due(app.store, 10)
    assert before == [missed], "and no night that nobody began"
    carry_out(app, "reconcile", [missed, last])
    assert reconciliation_due(app.store, 10) == [] == app.store.stuck.find()


def test_a_night_that_is_listed_no_more_ends_and_a_person_is_told(
    app: App, village: Village, clock: Clock
) -> None:
    """It is not tried for a week, and what is ours is asked about all the same."""
    app, listing, missed = two_days_after_a_list_did_not_come(app, clock)
    listing.begins = clock() - timedelta(hours=48)
    last, again = reconciliation_due(app.store, 10)
    with capture_logs() as logged:
        carry_out(app, "reconcile", [again, last])
    assert [line["event"] for line in logged] == ["a day was on no list: have its statement compared"]
    assert reconciliation_due(app.store, 10) == [] == app.store.stuck.find()
    assert [(app.store.runs.get(id).ok, app.store.runs.get(id).details["list"]) for id in (missed, last)] == [
        (False, "too late"),
        (True, "whole"),
    ]


def test_an_hour_that_failed_is_forgotten_when_a_later_one_has_listed_it(
    app: App, village: Village, clock: Clock
) -> None:
    listing = Listing()
    app = replace(app, listers={"momo": listing})
    listing.is_away = True
    carry_out(app, "reconcile", [f"reconcile:momo:{clock():%Y-%m-%dT%H}"])
    carry_out(app, "reconcile", [night := f"reconcile:momo:{clock().date() - timedelta(days=1)}"])
    listing.is_away = False
    clock.forward(hours=1)
    carry_out(app, "reconcile", [f"reconcile:momo:{clock():%Y-%m-%dT%H}"])
    assert [each.subject for each in app.store.stuck.find()] == [night]


def test_an_hour_begins_before_the_one_before_it_ended_or_two_days_ago(
    app: App, village: Village, clock: Clock
) -> None:
    listing = Listing()
    app = replace(app, listers={"momo": listing})
    for hours in (0, 1, 100):
        clock.forward(hours=hours)
        carry_out(app, "reconcile", [f"reconcile:momo:{clock():%Y-%m-%dT%H}"])
    assert [until - since for since, until in listing.asked] == [
        timedelta(hours=47),
        timedelta(hours=3),
        timedelta(hours=47),
    ]


def test_the_command_compares_a_statement_and_lists_what_is_to_be_decided(
    app: App, village: Village, clock: Clock, tmp_path: Path
) -> None:
    """Money that left, and that nobody here has sent."""
    file = tmp_path / "statement.csv"
    file.write_text(f"Id,Date,Type,Amount,Currency\nR7,{clock():%Y-%m-%d %H:%M},out,900,UGX\n")

    def typed(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["reconcile", *words], env=environment_of(**vars(app.settings)))
        return result.exit_code, result.output

    day = f"{clock():%Y-%m-%d}"
    code, said = typed("--rail", "momo", "--day", day, "--statement", str(file))
    assert code == 1
    assert f"momo {day}: listed 1, same 0" in said and "missing_here  out " in said and "1 to decide." in said
    assert typed("--list") == (1, said.split("\n", 1)[1])
    assert typed("--rail", "nobody")[0] == 2
    assert "momo" in typed("--rail", "nobody")[1]
    assert typed("--day", "tomorrow")[0] == 2
    assert typed("--time-zone", "Nairobi")[0] == 2
    assert typed("--statement", str(file))[0] == 2
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    of_airtel = app.store.payments.change(asked["payment"], provider="airtel")
    assert of_airtel is not None
    payment_succeeded(app.store, of_airtel, "R8")
    file.write_text(f"Id,Date,Type,Amount,Currency\nR8,{clock():%Y-%m-%d %H:%M},in,5500,UGX\n")
    code, said = typed("--rail", "momo", "--day", day, "--statement", str(file))
    assert (code, "R8" in [each.receipt for each in app.store.inbound.find()]) == (1, False)
    assert "1 of its receipts are of airtel: it is no statement of momo" in said
    file.write_text("Id\n")
    code, said = typed("--rail", "momo", "--day", day, "--statement", str(file))
    assert code == 1 and "no line names a column for" in said


def test_the_day_of_a_statement_is_one_where_its_times_are(app: App, village: Village, tmp_path: Path) -> None:
    """A portal's file of a day begins where its provider's day does, before the same day by UTC."""
    file = tmp_path / "statement.csv"
    file.write_text("Id,Date,Type,Amount,Currency\nR7,2026-10-05 01:30,out,900,UGX\n")

    def typed(*words: str) -> str:
        words = ("reconcile", "--rail", "momo", *words)
        return CliRunner().invoke(main, words, env=environment_of(**vars(app.settings))).output

    kampala = ("--statement", str(file), "--time-zone", "Africa/Kampala")
    assert "momo 2026-10-05: listed 1" in typed(*kampala, "--day", "2026-10-05")
    assert "momo 2026-10-04: listed 0" in typed(*kampala, "--day", "2026-10-04")


def test_the_command_takes_the_workbook_of_a_portal_and_no_old_one(
    app: App, village: Village, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "statement.xlsx"
    header = ["Id", "Date", "Type", "Amount", "Currency"]
    file.write_bytes(workbook({"Sheet1": [header, ["R7", clock().replace(tzinfo=None), "out", 900, "UGX"]]}))
    words = ("reconcile", "--rail", "momo", "--day", f"{clock():%Y-%m-%d}", "--statement", str(file))
    env = environment_of(**vars(app.settings))
    for _ in range(2):
        result = CliRunner().invoke(main, words, env=env)
        assert result.exit_code == 1 and "listed 1, same 0" in result.output and "1 to decide." in result.output
    for contents, said in (
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is of an old Excel. Save it as xlsx without one. Or take the portal's CSV.",
        ),
        (b"PK\x03\x04", "cannot be read. Is it a workbook (xlsx) or CSV? Or take the portal's CSV."),
    ):
        file.write_bytes(contents)
        result = CliRunner().invoke(main, words, env=env)
        assert result.exit_code == 1 and said in result.output
