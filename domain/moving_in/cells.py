"""
What stands in one cell of a sheet, read in one way or not at all.

What can still be read for certain is read; where a spreadsheet has lost something, or what it shows could mean two
things, the cell is refused.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, Literal
from zoneinfo import available_timezones

from domain.arithmetic.rates import decimal_text
from domain.arithmetic.schedule import PlannedLine
from domain.errors import BadValue
from domain.money import (
    COUNTRIES,
    CURRENCIES,
    EXPONENTS,
    MINOR_MAX,
    AmbiguousAmount,
    AmountTooLarge,
    InvalidAmount,
    Money,
    OtherCurrency,
)
from domain.moving_in.sheets import CellKind, SheetColumn
from domain.people.names import is_latin, name_of_group
from domain.people.phones import is_mobile, normal_phone
from domain.raw_cells import (
    TEXT_MAX,
    RawCell,
    as_text,
    has_lost_digits,
    moment_of_serial,
    plain_text,
    unread,
    would_be_worked_out,
)
from domain.records.group import GROUP_NAME_LENGTH_MAX
from domain.records.person import NAME_LENGTH_MAX
from domain.typed_amounts import parse_amount

CellProblem = Literal[
    "empty",  # and it may not be
    "too_long",
    "no_name",
    "not_latin",  # which not every phone can show
    "formula",  # the file holds its text, and no value
    "error_value",  # of the spreadsheet: #REF!, #N/A
    "not_one_of",
    "not_an_amount",
    "amount_two_ways",
    "other_currency",
    "negative",
    "too_precise",
    "too_large",
    "not_whole",
    "not_a_date",
    "date_two_ways",
    "no_phone",
    "digits_lost",
    "no_percent",
    "no_number",
    "no_plan",
    "days_back",
]

COUNT_MAX: Final = 100_000
# A day in a savings group's book is in these years; a serial outside of them is another number.
_YEARS: Final = range(1980, 2101)
# The signs of our alphabet as East Asia writes them, broad.
_BROAD: Final = {0xFEE0 + sign: sign for sign in range(ord("!"), ord("~") + 1)}
# What is pasted with a name or a number, and nobody sees.
_UNSEEN: Final = dict.fromkeys(
    map(ord, "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufeff")
)
_SCIENTIFIC: Final = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}(?:\.0+)?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,6})?", re.ASCII)
_CODE: Final = re.compile(r"[\w][\w ./-]*")
_NAMED_MONTH: Final = ("%d-%b-%Y", "%d %b %Y", "%d-%B-%Y", "%d %B %Y", "%d-%b-%y", "%B %d, %Y", "%b %d, %Y")


class BadCell(BadValue):
    """A cell cannot be read: `problem` says why, `hint` what it could mean, "" where there is nothing to say."""

    def __init__(self, problem: CellProblem, hint: str = "") -> None:
        super().__init__(problem)
        self.problem, self.hint = problem, hint


@dataclass(frozen=True, slots=True)
class Reading:
    """
    How cells of a group are read: in its currency, with the numbers of its country; `day_first` whether 03/04 is
    in April, None where nobody has said so.
    """

    currency: str
    country: str
    day_first: bool | None = None


def read_cell(column: SheetColumn, raw: RawCell, reading: Reading) -> Any:
    """
    What a cell holds, None for an empty one that may be empty. Raises BadCell.

    Money as Money, a count as int, a date as date, percent and times as Fraction, a switch as bool; counts and
    places as a tuple of int, dates as one of date, amounts as one of Money, a plan as one of PlannedLine; all else
    as str.
    """
    cell = raw.strip() if isinstance(raw, str) else raw
    if cell is None or cell == "":
        if column.required:
            raise BadCell("empty")
        return None
    if isinstance(cell, str):
        if why := unread(cell):
            raise BadCell(why)
        # "'Aisha" may be a name; anything else that begins so is what a spreadsheet was told to leave as it is.
        if column.kind != "text" or would_be_worked_out(cell):
            cell = cell.removeprefix("'")
        if column.kind not in _TYPED:
            cell = _in_our_signs(cell)
    return _READ[column.kind](column, cell, reading)


def _in_our_signs(text: str) -> str:
    """A digit of any script has one value, a broad sign means what ours does, and one that nobody sees nothing."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char, char)) for char in text.translate(_BROAD | _UNSEEN)).strip()


def _text(_column: SheetColumn, cell: Any, _reading: Reading) -> str:
    text = plain_text(cell)
    if len(text) > TEXT_MAX:
        raise BadCell("too_long", str(TEXT_MAX))
    return text


def _group_name(column: SheetColumn, cell: Any, reading: Reading) -> str:
    return _name(_text(column, cell, reading), GROUP_NAME_LENGTH_MAX)


def _person_name(column: SheetColumn, cell: Any, reading: Reading) -> str:
    return _name(_text(column, cell, reading), NAME_LENGTH_MAX)


def _name(text: str, most: int) -> str:
    """As it would be typed on a phone; in a list two namesakes have a number behind it."""
    name = name_of_group(text, most)
    if name is None:
        raise BadCell("no_name", str(most))
    if not is_latin(name):
        raise BadCell("not_latin")
    return name


def _code(column: SheetColumn, cell: Any, reading: Reading) -> str:
    text = _text(column, cell, reading)
    if not _CODE.fullmatch(text):
        raise BadCell("not_one_of", "A-Z 0-9 - / .")
    return text


def _choice(column: SheetColumn, cell: Any, reading: Reading) -> str:
    text = _text(column, cell, reading).casefold()
    found = text if text in column.choices else _SYNONYMS.get(text, "")
    if found not in column.choices:
        raise BadCell("not_one_of", ", ".join(column.choices))
    return found


def _choices(column: SheetColumn, cell: Any, reading: Reading) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_choice(column, part, reading) for part in _parts(cell)))


def _country(column: SheetColumn, cell: Any, reading: Reading) -> str:
    return _among(_text(column, cell, reading).upper(), COUNTRIES)


def _currency(column: SheetColumn, cell: Any, reading: Reading) -> str:
    return _among(_text(column, cell, reading).upper(), CURRENCIES)


def _zone(column: SheetColumn, cell: Any, reading: Reading) -> str:
    text = _text(column, cell, reading)
    if text not in available_timezones():
        raise BadCell("not_one_of", "Africa/Kampala, Africa/Nairobi, …")
    return text


def _among(text: str, known: Any) -> str:
    if text not in known:
        raise BadCell("not_one_of", ", ".join(sorted(known)))
    return text


def _money(_column: SheetColumn, cell: Any, reading: Reading) -> Money:
    if isinstance(cell, bool | date):
        raise BadCell("not_an_amount")
    if isinstance(cell, int | float):
        return _money_of_number(cell, reading.currency)
    text = cell.strip()
    if re.match(r"[-−(]\s*\d", text):  # an accountant's brackets too
        raise BadCell("negative")
    if re.fullmatch(r"0+(?:[.,]0+)?", text):
        return Money(0, reading.currency)
    text = _with_its_digits(text)
    try:
        return parse_amount(text, reading.currency)
    except AmbiguousAmount as two:
        one, other = (Money(int(two.details[key]), reading.currency).major for key in ("one", "other"))
        raise BadCell("amount_two_ways", f"{one} / {other}") from two
    except OtherCurrency as other_one:
        raise BadCell("other_currency", reading.currency) from other_one
    except AmountTooLarge as large:
        raise BadCell("too_large", str(Money(MINOR_MAX, reading.currency))) from large
    except InvalidAmount as invalid:
        raise BadCell("not_an_amount") from invalid


def _money_of_number(number: float, currency: str) -> Money:
    """A workbook computes in binary: 0.1 + 0.2 is 0.3 here, and 0.305 has more decimals than there are cents."""
    try:
        major = Decimal(repr(round(number, 9)))
    except InvalidOperation as never:
        raise BadCell("not_an_amount") from never
    if not major.is_finite():
        raise BadCell("not_an_amount")
    minor = major.scaleb(EXPONENTS[currency])
    if minor < 0:
        raise BadCell("negative")
    if minor != minor.to_integral_value():
        raise BadCell("too_precise", currency)
    if minor > MINOR_MAX:
        raise BadCell("too_large", str(Money(MINOR_MAX, currency)))
    return Money(int(minor), currency)


def _count(_column: SheetColumn, cell: Any, _reading: Reading) -> int:
    text = as_text(cell).strip()
    if isinstance(cell, bool | date) or not _WHOLE.fullmatch(text):
        raise BadCell("negative" if text.startswith("-") else "not_whole")
    count = int(text.partition(".")[0])
    if count > COUNT_MAX:
        raise BadCell("too_large", str(COUNT_MAX))
    return count


def _date(_column: SheetColumn, cell: Any, reading: Reading) -> date:
    if isinstance(cell, bool):
        raise BadCell("not_a_date")
    if isinstance(cell, datetime):
        return _day_in_a_book(cell.date())
    if isinstance(cell, date):
        return _day_in_a_book(cell)
    if isinstance(cell, int | float) or re.fullmatch(r"\d{5}(?:\.0+)?", cell, re.ASCII):
        return _day_of_serial(float(cell))
    text = " ".join(cell.split())
    if iso := _ISO.fullmatch(text):
        return _day(*map(int, iso.groups()))
    if numbers := _NUMBERS.fullmatch(text):
        return _day_of_numbers(numbers[1], numbers[2], numbers[3], reading.day_first)
    for form in _NAMED_MONTH:
        try:
            return _day_in_a_book(datetime.strptime(text, form).date())  # noqa: DTZ007 - a day, at no hour
        except ValueError:
            continue
    raise BadCell("not_a_date")


def _day_of_serial(serial: float) -> date:
    if not serial.is_integer() or not 0 < serial < COUNT_MAX:
        raise BadCell("not_a_date")
    return _day_in_a_book(moment_of_serial(serial).date())


def _day_of_numbers(first: str, second: str, third: str, day_first: bool | None) -> date:
    """Like 20/11/2026. Where both of the first may be the month, somebody has to have said which it is."""
    if len(first) == len("2026"):
        return _day(int(first), int(second), int(third))
    if len(third) != len("2026"):
        raise BadCell("not_a_date")
    year, one, two = int(third), int(first), int(second)
    if one == two or one > 12 or two > 12:
        return _day(year, one, two) if two > 12 else _day(year, two, one)
    if day_first is None:
        raise BadCell("date_two_ways", f"{_day(year, two, one)} / {_day(year, one, two)}")
    return _day(year, two, one) if day_first else _day(year, one, two)


def _day(year: int, month: int, day: int) -> date:
    try:
        return _day_in_a_book(date(year, month, day))
    except ValueError as never:
        raise BadCell("not_a_date") from never


def _day_in_a_book(day: date) -> date:
    if day.year not in _YEARS:
        raise BadCell("not_a_date")
    return day


def _phone(_column: SheetColumn, cell: Any, reading: Reading) -> str:
    """A number as a spreadsheet leaves it; refused where digits are gone, and nobody could tell which."""
    if isinstance(cell, bool | date):
        raise BadCell("no_phone", reading.country)
    if isinstance(cell, int | float) and has_lost_digits(cell):
        raise BadCell("digits_lost")
    text = _with_its_digits(re.sub(r"\.0+$", "", as_text(cell).strip()))
    phone = normal_phone(text.lstrip("'"), reading.country)
    if phone is None or not is_mobile(phone):
        raise BadCell("no_phone", reading.country)
    return phone


def _with_its_digits(text: str) -> str:
    """Text as it is, or the whole number behind "1.635E+3". Raises BadCell where not all its digits are there."""
    if (scientific := _SCIENTIFIC.fullmatch(text)) is None:
        return text
    whole, decimals, exponent = scientific[1], scientific[2] or "", int(scientific[3])
    if len(decimals.rstrip("0")) > exponent or len(decimals) < exponent:
        raise BadCell("digits_lost")
    return whole + decimals[:exponent]


def _percent(_column: SheetColumn, cell: Any, _reading: Reading) -> Fraction:
    """12.5 or "12.5 %"; a number of 0.125 may be an eighth of a percent, or 12.5 % whose format was lost."""
    percent = _number(cell.removesuffix("%") if isinstance(cell, str) else cell)
    if percent is None or percent > 1000:
        raise BadCell("no_percent")
    if isinstance(cell, float) and 0 < percent < 1:
        raise BadCell("no_percent", decimal_text(percent * 100))
    return percent


def _times(column: SheetColumn, cell: Any, _reading: Reading) -> Fraction:
    """How many times something: half of it is 0.5."""
    number = _number(cell)
    if number is None:
        raise BadCell("no_number", column.example)
    return number


def _number(cell: Any) -> Fraction | None:
    """Whole or with decimals, from zero on; None for what is none."""
    text = repr(cell) if isinstance(cell, float) else str(cell)
    if isinstance(cell, bool | date) or not _NUMBER.fullmatch(text.strip()):
        return None
    return Fraction(text.strip().replace(",", "."))


def _counts(column: SheetColumn, cell: Any, reading: Reading) -> tuple[int, ...]:
    return tuple(_count(column, part, reading) for part in _parts(cell))


def _places(column: SheetColumn, cell: Any, reading: Reading) -> tuple[int, ...]:
    """In their order; that somebody has none has to be said."""
    return () if as_text(cell).strip().casefold() == "none" else tuple(sorted(_counts(column, cell, reading)))


def _dates(column: SheetColumn, cell: Any, reading: Reading) -> tuple[date, ...]:
    parts = [part for part in cell.split(";") if part.strip()] if isinstance(cell, str) else [cell]
    days = tuple(_date(column, part, reading) for part in parts)
    if any(later < day for day, later in pairwise(days)):
        raise BadCell("days_back")
    return days


def _parts(cell: Any) -> list[str]:
    """The words of a cell that holds several, whatever is between them."""
    return [part for part in re.split(r"[;,/ ]+", as_text(cell)) if part]


def _result(column: SheetColumn, cell: Any, reading: Reading) -> Money:
    """What was earned, or a loss: with a sign, or in an accountant's brackets."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell < 0:
        return -_money(column, -cell, reading)
    if isinstance(cell, str) and (loss := re.fullmatch(r"[-−]\s*(\S.*)|\(\s*(\S.*?)\s*\)", cell)):
        return -_money(column, loss[1] or loss[2], reading)
    money: Money = _money(column, cell, reading)
    return money


def _switch(column: SheetColumn, cell: Any, reading: Reading) -> bool:
    if isinstance(cell, bool):  # a spreadsheet has its own yes and no
        return cell
    return _choice(column, cell, reading) == "yes"


def _amounts(column: SheetColumn, cell: Any, reading: Reading) -> tuple[Money, ...]:
    if not isinstance(cell, str):
        return (_money(column, cell, reading),)
    return tuple(_money(column, part, reading) for part in cell.split(";") if part.strip())


def _plan(column: SheetColumn, cell: Any, reading: Reading) -> tuple[PlannedLine, ...]:
    """Like "2026-12-11 20000 1200; 2027-01-11 20000 600", each line due no earlier than the one before it."""
    lines = []
    for each in as_text(cell).split(";"):
        parts = each.split()
        if not parts:
            continue
        if len(parts) != 3:
            raise BadCell("no_plan", " ".join(parts)[:TEXT_MAX])
        due = _date(column, parts[0], reading)
        principal, interest = (_money(column, part, reading) for part in parts[1:])
        lines.append(PlannedLine(due, principal, interest))
    if any(later.due < line.due for line, later in pairwise(lines)):
        raise BadCell("no_plan")
    return tuple(lines)


_READ: Final[Mapping[CellKind, Callable[[SheetColumn, Any, Reading], Any]]] = {
    "text": _text,
    "group_name": _group_name,
    "person_name": _person_name,
    "code": _code,
    "choice": _choice,
    "choices": _choices,
    "money": _money,
    "count": _count,
    "date": _date,
    "phone": _phone,
    "country": _country,
    "currency": _currency,
    "zone": _zone,
    "percent": _percent,
    "times": _times,
    "counts": _counts,
    "places": _places,
    "dates": _dates,
    "amounts": _amounts,
    "result": _result,
    "plan": _plan,
    "switch": _switch,
}

# What is kept as it was typed, whatever its letters.
_TYPED: Final[frozenset[CellKind]] = frozenset({"text", "code"})

# What people write for a choice.
_SYNONYMS: Final = {
    "chairperson": "chair", "chairman": "chair", "chairwoman": "chair", "president": "chair",
    "key holder": "keyholder", "weekly": "week", "2 weeks": "2weeks", "fortnight": "2weeks", "4 weeks": "4weeks",
    "monthly": "month", "female": "f", "male": "m", "english": "en", "french": "fr", "swahili": "sw",
    "kiswahili": "sw", "welfare": "social",
    "true": "yes", "false": "no", "1": "yes", "0": "no", "oui": "yes", "non": "no",
    "ndiyo": "yes", "hapana": "no", "chama": "rosca", "tontine": "rosca", "absent": "absence",
}  # fmt: skip
