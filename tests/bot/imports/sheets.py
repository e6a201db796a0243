"""Sheets of groups, for tests that send them: the group by hand, and many of it."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from domain.moving_in.rows import rows_of
from domain.records.opening import OpeningBook
from tests.domain.moving_in.books import example

File = tuple[str, bytes]


def many(count: int, *, agent: str = "") -> list[OpeningBook]:
    """The group by hand so many times, each with a code and phones of its own."""
    books = []
    for number in range(count):
        book = replace(example(), code=f"G-{number:04}", agent=agent)
        members = [
            replace(each, phone=each.phone and f"+2567{90_000_000 + number * 10 + each.number:08}")
            for each in book.members
        ]
        books.append(replace(book, members=tuple(members)))
    return books


def csv_files(*books: OpeningBook) -> list[File]:
    """A file for each sheet."""
    sheets: dict[str, list[dict[str, str]]] = {}
    for book in books:
        for sheet, rows in rows_of(book).items():
            sheets.setdefault(sheet, []).extend(dict(each) for each in rows)
    return [(f"{sheet}.csv", _csv(rows)) for sheet, rows in sheets.items()]


def _csv(rows: Sequence[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def spoilt(files: Sequence[File], was: str, to: str) -> list[File]:
    """The same, with the first of something replaced in each file that has it."""
    return [(name, contents.replace(was.encode(), to.encode(), 1)) for name, contents in files]
