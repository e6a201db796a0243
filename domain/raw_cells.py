"""
What a file holds in a cell, before anybody knows what it should be.

A spreadsheet changes what was typed: a number loses its first 0 or its last digits, a date becomes a count of
days, a formula may stand where its result should.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

# CSV has text only, a workbook its own kinds too.
RawCell = str | float | int | bool | date | datetime | None

TEXT_MAX: Final = 60
# Day 0 of a workbook: it counts from 1 January 1900, and has a 29 February that year which never was.
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone is the reader's
# From the day that most workbooks count from to that of those which old Macs made.
DAYS_TO_1904: Final = 1462

# A number that was shown as 2.56772E+11, saved as text and opened again, is one whose end is zeros. Of more than
# 15 digits a spreadsheet has lost the last.
_ROUND: Final = 10**6
_WHOLE_MAX: Final = 10**15

# What a spreadsheet works out begins with one of these, in the letters of East Asia too; behind an apostrophe it
# is text.
_FORMULA: Final = re.compile(r"'*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_ERROR: Final = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")


@dataclass(frozen=True, slots=True)
class RawSheet:
    """
    One sheet of a file, as it is: each row with the number a person finds it by. What `file` calls it is also what
    a person does: a workbook's has its own name in it. `hidden`: whoever opens the workbook does not see it.
    `from_1904`: it counts days from then.
    """

    file: str
    rows: Iterable[tuple[int, Sequence[RawCell]]]
    hidden: bool = False
    from_1904: bool = False


def unread(raw: RawCell) -> Literal["error_value", "formula"] | None:
    """Why a cell has no value, though something stands there; None where it has one."""
    if not isinstance(raw, str):
        return None
    if _ERROR.fullmatch(raw.strip()):
        return "error_value"
    return "formula" if raw.lstrip().startswith("=") else None


def would_be_worked_out(text: str) -> bool:
    """Whether a spreadsheet takes this for a formula, or was told by an apostrophe that it is none."""
    return _FORMULA.match(text) is not None


def guarded(text: str) -> str:
    """What somebody typed, so that no spreadsheet works it out: who reads it takes the apostrophe away again."""
    return f"'{text}" if would_be_worked_out(text) else text


def as_written(raw: RawCell) -> str:
    """A cell as its file shows it, for a person to find it again; shortened."""
    match raw:
        case None:
            return ""
        case datetime():
            text = raw.date().isoformat() if raw.time() == datetime.min.time() else raw.isoformat(sep=" ")
        case date():
            text = raw.isoformat()
        case float() if raw.is_integer() and abs(raw) < _WHOLE_MAX:
            text = str(int(raw))
        case _:
            text = str(raw)
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def plain_text(cell: RawCell) -> str:
    """A cell as text, without what nobody sees; "" for none."""
    return "" if cell is None else "".join(filter(str.isprintable, " ".join(as_text(cell).split()))).strip()


def as_text(cell: RawCell) -> str:
    """A number that was typed as a name or a code is that text again: 417, and not 417.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def has_lost_digits(number: float) -> bool:
    """Whether it may have had other digits at its end, of a number that was no amount: a phone, a receipt."""
    return number != 0 and (number % _ROUND == 0 or abs(number) >= _WHOLE_MAX)


def moment_of_serial(serial: float) -> datetime:
    """The moment that a workbook keeps as so many days, to the second. Raises OverflowError."""
    return _DAY_ZERO + timedelta(seconds=round(serial * 86_400))
