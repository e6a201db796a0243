"""
Many groups that move in at once, measured: how long they are checked, brought and opened, and the memory it takes.

`python -m benchmarks.moving_in --groups 3000` writes sheets of groups of 25 with loans and fines, and does with
them what an operator does; each part runs in a process of its own, so that its memory is its own.
"""

import argparse
import csv
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from bot.imports.files import open_path, read_files
from bot.local.stores import embedded
from domain.commands import execute
from domain.money import Money
from domain.mongo.store import MongoStore, open_store
from domain.moving_in.arrive import AgreeToOpening, BringGroup
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.open import move_on
from domain.moving_in.rows import rows_of
from domain.moving_in.sheets import SHEETS
from domain.records.opening import OpeningBook, OpeningFine, OpeningLoan, OpeningMember
from domain.records.pin import PinHasher

MEMBERS: Final = 25
TODAY: Final = date(2026, 11, 28)
AS_OF: Final = date(2026, 11, 20)
PINS: Final = PinHasher("pepper-of-the-measurement-0123456789")


def _ugx(minor: int) -> Money:
    return Money(minor, "UGX")


def book_of(number: int) -> OpeningBook:
    """A group of 25 with three loans and two fines; every phone is somebody's own."""
    roles = {1: "chairperson", 2: "treasurer", 3: "secretary"}
    members = tuple(
        OpeningMember(
            number=place,
            name=f"Member {number} {place}",
            phone=f"+2567{70_000_000 + number * MEMBERS + place:08}",
            language="en",
            role=roles.get(place, "member"),  # type: ignore[arg-type]
            saved=_ugx(5_000 * (place + 3)),
            deposits=_ugx(0),
            credit=_ugx(0),
            consent_on=AS_OF,
            consent_how="meeting",
        )
        for place in range(1, MEMBERS + 1)
    )
    loan = OpeningLoan(
        member=5,
        number="L1",
        lent_on=date(2026, 9, 1),
        lent=_ugx(100_000),
        principal=_ugx(60_000),
        interest=_ugx(1_000),
        penalty=_ugx(0),
        instalments=2,
        every="month",
        next_due=AS_OF + timedelta(days=10),
    )
    return OpeningBook(
        code=f"G-{number:05}",
        name=f"Group {number}",
        kind="vsla",
        country="UG",
        time_zone="Africa/Kampala",
        as_of=AS_OF,
        cycle=2,
        cycle_from=date(2026, 3, 6),
        cycle_ends=date(2027, 3, 5),
        every="week",
        next_meeting=AS_OF + timedelta(days=7),
        share_price=_ugx(5_000),
        social_part=_ugx(500),
        box=_ugx(2_000_000),
        bank=_ugx(0),
        social=_ugx(50_000),
        social_owned=_ugx(50_000),
        debt=_ugx(0),
        surplus=None,
        members=members,
        loans=(
            loan,
            replace(loan, member=6, number="L2"),
            replace(loan, member=7, number="L3", late_since=date(2026, 10, 1)),
        ),
        fines=(OpeningFine(8, "late", _ugx(500), AS_OF), OpeningFine(9, "late", _ugx(500), AS_OF)),
    )


def write_sheets(folder: Path, groups: int) -> list[Path]:
    """The four files of so many groups."""
    paths = {name: folder / f"{name}.csv" for name in SHEETS}
    opened = {name: path.open("w", newline="") for name, path in paths.items()}
    writers = {name: csv.DictWriter(file, [each.name for each in SHEETS[name]]) for name, file in opened.items()}
    for writer in writers.values():
        writer.writeheader()
    for number in range(groups):
        for name, rows in rows_of(book_of(number)).items():
            writers[name].writerows(rows)
    for file in opened.values():
        file.close()
    return list(paths.values())


def _checked(paths: list[Path]) -> Iterator[CheckedGroup]:
    rows = read_files(map(open_path, paths)).rows
    for code, of_group in rows.items():
        yield check_group(code, of_group, TODAY, lambda _: "Africa/Kampala", seen=rows.seen)


def _check(paths: list[Path], _uri: str) -> str:
    return f"{sum(each.book is not None for each in _checked(paths)):,} can move in"


def _store(uri: str) -> MongoStore:
    return open_store(uri, "measured", pins=PINS, timeout_seconds=60)


def _bring(paths: list[Path], uri: str) -> str:
    store = _store(uri)
    for each in _checked(paths):
        assert each.book is not None, "nothing is wrong with these sheets"
        execute(store, f"bring:{each.code}", BringGroup("benchmark", each.book))
    return f"{store.arrivals.count():,} are brought, {store.people.count():,} people"


def _open(_paths: list[Path], uri: str) -> str:
    store = _store(uri)
    for arrival in store.arrivals.each():
        for officer in sorted(arrival.officers)[:2]:
            command = AgreeToOpening(officer, arrival.id, arrival.digest, yes=True)
            execute(store, f"agree:{arrival.id}:{officer}", command)
        store.arrivals.change(arrival.id, next_at=store.now())
        move_on(store, arrival.id)
    return f"{store.groups.count():,} groups, {store.loans.count():,} loans"


def _measured(name: str, work: Callable[[list[Path], str], str], paths: list[Path], uri: str, told: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    said = work(paths, uri)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told.put(
        f"{name:8}{time.perf_counter() - began:7.1f} s  {time.process_time():6.1f} s CPU  "
        f"{peak:5.0f} MB, {peak - before:3.0f} of them for it  {said}"
    )


def main() -> None:
    """Each part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=3_000)
    groups = parser.parse_args().groups
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch), testing=True) as stores:
        paths = write_sheets(Path(scratch), groups)
        size = sum(path.stat().st_size for path in paths) / 1e6
        print(f"{groups:,} groups of {MEMBERS}, {size:.1f} MB of sheets")
        for name, work in (("check", _check), ("bring", _bring), ("open", _open)):
            told = context.Queue()
            process = context.Process(target=_measured, args=(name, work, paths, stores.mongo_uri, told))
            process.start()
            print(told.get(), flush=True)
            process.join()


if __name__ == "__main__":
    main()
