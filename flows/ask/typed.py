"""What is answered by typing: words, names, numbers, amounts, days and addresses."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import TypeVar

from domain.errors import DomainError
from domain.money import Money
from domain.people.email import normal_email
from domain.people.names import name_of_group, name_of_person
from domain.people.phones import is_of_no_country, normal_phone
from domain.records.person import NAME_LENGTH_MAX
from domain.records.phone import todays_form
from domain.records.receipt import read_code
from flows.amounts import read_amount, typical
from flows.engine.gsm7 import can_be_shown
from flows.engine.screen import Kind, Option, Screen
from flows.engine.steps import Ask, Invalid, Question
from flows.words.refusals import refusal
from flows.words.texts import Label, Text, t

K = TypeVar("K")

_DAY = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})(?:[-/. ]{1,2}((?:20)?\d\d))?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
NUMBERS_MAX = 450  # nine hands of each of fifty members
REASON_MAX = 60  # letters: it goes into a message


def day(step: str, prompt: Label, today: date) -> Ask[date]:
    """
    A day that has come: "5/10", "5.10.2026" or "5 10 26", the day before the month; without a year the last such
    day.
    """

    def read(typed: str) -> str:
        found = _DAY.fullmatch(typed.strip())
        parts = [int(part) for part in found.groups() if part] if found else []
        years = [parts[2] % 100 + 2000] if len(parts) == 3 else [today.year, today.year - 1]
        for year in years:
            with suppress(ValueError, IndexError):
                if (read := date(year, parts[1], parts[0])) <= today:
                    return read.isoformat()
        raise Invalid(t("Please type a day that has come, like {example}.", example=f"{today.day}/{today.month}"))

    return (yield Question(step, Screen(prompt, kind="text"), read, date.fromisoformat))


def text(
    step: str, prompt: Label, *, most: int, least: int = 1, check: Callable[[str], object] | None = None
) -> Ask[str]:
    """
    A line of text of `least` to `most` characters, its spaces tidied, with at least one letter in it. One that
    `check` refuses, with a DomainError, is asked for again.
    """

    def read(typed: str) -> str:
        return _checked(_line(typed, least, most), check)

    return (yield Question(step, Screen(prompt, kind="text"), read, str))


def letter(step: str, prompt: Label, *, most: int, check: Callable[[str], object]) -> Ask[str]:
    """
    What a member writes to others, in their own words: in a chat it may begin with a word that is a command. What
    `check` refuses, with a DomainError, is asked for again; it may hold a PIN.
    """

    def read(typed: str) -> str:
        line = _line(typed, 2, most)
        try:
            check(line)
        except DomainError as error:
            raise Invalid(refusal(error), secret=True) from error
        return line

    return (yield Question(step, Screen(prompt, kind="letter"), read, str))


def _line(typed: str, least: int, most: int) -> str:
    """Raises Invalid."""
    line = " ".join(typed.split())
    if not least <= len(line) <= most or not any(c.isalpha() for c in line) or not line.isprintable():
        raise Invalid(t("Please type {least} to {most} letters.", least=least, most=most))
    return line


def name(step: str, prompt: Label, *, most: int = NAME_LENGTH_MAX) -> Ask[str]:
    """What a person is called, in whatever letters. In a chat a word that is a command may be a name here."""
    hint = t("A name is two letters or more, without digits or signs, like {example}.", example="Akello Grace")
    return (yield Question(step, Screen(prompt, kind="name"), _read_name(name_of_person, most, hint), str))


def latin_name(step: str, prompt: Label) -> Ask[str]:
    """The same in letters that every phone can show."""

    def read(typed: str) -> str:
        line = name_of_person(typed, NAME_LENGTH_MAX)
        if line is None or not can_be_shown(line):
            raise Invalid(t("Please type it in Latin letters, like {example}.", example="Akello Grace"))
        return line

    return (yield Question(step, Screen(prompt, kind="name"), read, read))


def group_name(step: str, prompt: Label, *, most: int) -> Ask[str]:
    """What a group is called; it may have a number in it."""
    hint = t("The name of a group has two letters or more, like {example}.", example="Umoja 2")
    return (yield Question(step, Screen(prompt, kind="name"), _read_name(name_of_group, most, hint), str))


def _read_name(rule: Callable[[str, int], str | None], most: int, hint: Text) -> Callable[[str], str]:
    def read(typed: str) -> str:
        line = rule(typed, most)
        if line is None:
            raise Invalid(hint)
        return line

    return read


def reason(step: str, prompt: Label) -> Ask[str]:
    """Why, in words that others will read."""
    return (yield from text(step, prompt, most=REASON_MAX, least=2))


def who(step: str, prompt: Label) -> Ask[str]:
    """Somebody, by a number, a phone or a name: 1 to 40 characters, not all of them noughts or marks."""

    def read(typed: str) -> str:
        line = " ".join(typed.split())
        # Nobody has the number nought: it is the way back.
        if len(line) > NAME_LENGTH_MAX or not line.isprintable() or not any(c.isalnum() for c in line.strip("0 ")):
            raise Invalid(t("Please type a number or a name."))
        return line

    return (yield Question(step, Screen(prompt, kind="who"), read, str))


def code(step: str, prompt: Label, *, instead: str = "") -> Ask[str]:
    """A code of 3 to 10 digits, in groups or not; or `instead`, for those who have none."""

    def read(typed: str) -> str:
        digits = typed.replace(" ", "").replace("-", "")
        if instead and digits == instead:
            return digits
        if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 10):
            raise Invalid(t("Please type the digits of the code."))
        return digits

    return (yield Question(step, Screen(prompt, kind="text"), read, str))


def receipt_code(step: str, prompt: Label) -> Ask[str]:
    """The code of a receipt. One with a slip in it is found here, and is no try."""

    def read(typed: str) -> str:
        if (code := read_code(typed)) is None:
            raise Invalid(t("A letter or digit of the code is wrong or missing."))
        return code

    return (yield Question(step, Screen(prompt, kind="text"), read, str))


def number(step: str, prompt: Label, *, least: int, most: int) -> Ask[int]:
    """A whole number within bounds."""

    def read(typed: str) -> int:
        digits = typed.strip()
        # A longer one would be out of bounds anyway, and int() of ten thousand digits is slow.
        if not digits.isdecimal() or len(digits) > 12 or not least <= int(digits) <= most:
            raise Invalid(t("Please type a number from {least} to {most}.", least=least, most=most))
        return int(digits)

    return (yield Question(step, Screen(prompt, kind="text"), read, int))


def numbers(step: str, prompt: Label) -> Ask[tuple[int, ...]]:
    """Some whole numbers above nought, of up to six digits, with spaces or commas between them."""

    def above_nought(typed: str) -> bool:
        return typed.isdecimal() and int(typed) > 0

    def read(typed: str) -> list[int]:
        found = typed.replace(",", " ").split()
        if not 1 <= len(found) <= NUMBERS_MAX or not all(len(each) <= 6 and above_nought(each) for each in found):
            raise Invalid(t("Please type numbers with spaces between them, like {example}.", example="3 1 2"))
        return [int(each) for each in found]

    return (yield Question(step, Screen(prompt, kind="text"), read, tuple))


def decimal(step: str, prompt: Label, *, least: int, most: int) -> Ask[str]:
    """A number within bounds, with up to two decimals: "2.5", also when it was typed "2,5"."""

    def read(typed: str) -> str:
        number = typed.strip().replace(",", ".")
        if not _DECIMAL.fullmatch(number) or not least <= Fraction(number) <= most:
            raise Invalid(t("Please type a number from {least} to {most}.", least=least, most=most))
        return number

    return (yield Question(step, Screen(prompt, kind="text"), read, str))


def money(
    step: str,
    prompt: Label,
    *,
    suggest: Money,
    most: Money,
    offer: Text | None = None,
    least: Money | None = None,
    check: Callable[[Money], object] | None = None,
) -> Ask[Money]:
    """
    An amount up to `most`, typed, or the suggested one by its number; `offer` says it in other words than "Pay".

    It is the smallest of its currency or `least`, or above, but for one that is all there is to pay. One that
    `check` refuses, with a DomainError, is asked for again.
    """
    suggest = min(suggest, most)
    shown = (Option("suggested", offer or t("Pay {amount}", amount=suggest)),) if suggest else ()

    def read(typed: str) -> int:
        if suggest and typed.strip().lower() in {"1", "suggested"}:
            return suggest.minor
        amount = read_amount(typed, suggest or most, least=least, most=most, fits=(suggest, most))
        return within(_checked(amount, check).minor)

    def within(minor: int) -> int:
        if minor > most.minor:
            raise Invalid(t("At most {most}.", most=most))
        return minor

    def value(minor: int) -> Money:
        return Money(within(minor), most.currency)

    return (yield Question(step, Screen(prompt, shown, kind="amount"), read, value))


def counted(
    step: str,
    prompt: Label,
    currency: str,
    *,
    least: Money | None = None,
    check: Callable[[Money], object] | None = None,
) -> Ask[Money]:
    """
    An amount that may be nothing: typed, `least` or above, or nothing by its number; see `money` for the `check`.
    """
    nothing, empty = Option("nothing", t("Nothing")), Money(0, currency)

    def read(typed: str) -> int:
        if typed.strip().lower() in {"1", nothing.key}:
            return empty.minor
        amount = read_amount(typed, typical(currency), least=least or Money(1, currency))
        return _checked(amount, check).minor

    def value(minor: int) -> Money:
        return Money(minor, currency)

    return (yield Question(step, Screen(prompt, (nothing,), kind="amount"), read, value))


def _checked(typed: K, check: Callable[[K], object] | None) -> K:
    """Raises Invalid with the refusal's sentence."""
    try:
        if check:
            check(typed)
    except DomainError as error:
        raise Invalid(refusal(error)) from error
    return typed


def phone(step: str, prompt: Label, *, country: str) -> Ask[str]:
    """A phone number, as E.164; written without a country code it is one of `country`."""
    return (yield from _number(step, prompt, country, "phone", "0772 000 111"))


def own_phone(step: str, prompt: Label) -> Ask[str]:
    """Their own number with its country code, as E.164; some channels let it be shared instead."""
    return (yield from _number(step, prompt, "", "own_phone", "+256 772 000 111"))


def _number(step: str, prompt: Label, country: str, kind: Kind, example: str) -> Ask[str]:
    def read(typed: str) -> str:
        number = normal_phone(typed, country)
        if number is None and is_of_no_country(typed):
            raise Invalid(
                t("This number is of no country. Please type another one, like {example}.", example=example)
            )
        if number is None:
            raise Invalid(t("Please type a phone number, like {example}.", example=example))
        return number

    # What was typed before may be in an old form.
    return (yield Question(step, Screen(prompt, kind=kind), read, todays_form))


def email(step: str, prompt: Label) -> Ask[str]:
    """An e-mail address, in small letters."""

    def read(typed: str) -> str:
        address = normal_email(typed)
        if address is None:
            raise Invalid(t("Please type an e-mail address, like {example}.", example="grace@example.org"))
        return address

    return (yield Question(step, Screen(prompt, kind="email"), read, str))
