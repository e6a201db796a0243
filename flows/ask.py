"""Questions. Each is used with `yield from` and gives its answer back, typed."""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from fractions import Fraction
from typing import Any, Final, Protocol, TypeVar

from domain.errors import DomainError
from domain.money import Money
from domain.people.chats import CODE_DIGITS, check_code
from domain.people.email import check_email_code, normal_email
from domain.people.forgotten_pin import check_pin_code
from domain.people.names import name_of_group, name_of_person
from domain.people.phones import is_of_no_country, normal_phone
from domain.people.pins import check_pin, hash_pin, same_pin
from domain.records.payment import Way
from domain.records.person import NAME_LENGTH_MAX
from domain.records.phone import todays_form
from domain.records.pin import Secret
from domain.records.receipt import read_code
from flows.amounts import read_amount, typical
from flows.engine.gsm7 import can_be_shown
from flows.engine.plain_words import bare
from flows.engine.screen import Kind, Option, Screen, options
from flows.engine.steps import Ask, Check, Invalid, Question
from flows.words.refusals import refusal
from flows.words.texts import Label, Text, spoken, t


class Named(Protocol):
    """Anything a member can pick from a list."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)
K = TypeVar("K")

_NONE: Mapping[str, Label] = {}
_NO_DIGITS: Mapping[str, str] = {}
_DAY = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})(?:[-/. ]{1,2}((?:20)?\d\d))?", re.ASCII)
_DECIMAL = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
NUMBERS_MAX = 450  # nine hands of each of fifty members
REASON_MAX = 60  # letters: it goes into a message
BEGINNING_MIN = 3  # letters of a label that may stand for it


def choice(
    step: str,
    text: Label,
    labels: Mapping[str, Label],
    *,
    also: Mapping[str, Label] = _NONE,
    called: Mapping[str, Label] = _NONE,
    dialled: Mapping[str, str] = _NO_DIGITS,
) -> Ask[str]:
    """
    One of some keys, each shown by its label; the answer is the key.

    `also` is not shown, and taken in full. `called` is what else people call what is shown, by its key. `dialled`
    are digits that the text names, and whose key they are.
    """
    screen = Screen(text, options(labels), "menu")
    read = _reader(labels, also, called)

    def heard(typed: str) -> str:
        return dialled.get(typed.strip()) or read(typed)

    return (yield Question(step, screen, heard, _one_of(labels, also)))


def pick(step: str, text: Label, things: Sequence[N]) -> Ask[N]:
    """One of some things that have names. Not asked when there is only one."""
    if len(things) == 1:
        return things[0]
    by_id = {thing.id: thing for thing in things}
    key = yield from choice(step, text, {id: thing.name for id, thing in by_id.items()})
    return by_id[key]


def pick_day(step: str, prompt: Label, days: Sequence[date], label: Callable[[date], Label]) -> Ask[date]:
    """One of some days, each shown by its label."""
    return date.fromisoformat((yield from choice(step, prompt, {day.isoformat(): label(day) for day in days})))


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
        amount = read_amount(typed, suggest or most, least=least, fits=(suggest, most))
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


def way(step: str, prompt: Label) -> Ask[Way]:
    """How money is paid out."""
    labels: Mapping[str, Label] = {"mobile_money": t("Mobile money"), "cash": t("Cash")}

    def value(key: str) -> Way:
        # What is not cash is mobile money: journals of before have another key for it.
        return "cash" if key == "cash" else "mobile_money"

    return (yield Question(step, Screen(prompt, options(labels), "menu"), _reader(labels), value))


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


def email_code(step: str, person: str, address: str, prompt: Label) -> Ask[bool]:
    """The code that was sent to an e-mail address."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_email_code`."""
        check_email_code(store, person, address, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def sent_code(step: str, address: str, number: str, prompt: Label) -> Ask[bool]:
    """The code that was sent to a number; it is a secret while it is good."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_code`."""
        check_code(store, address, number, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def pin_code(step: str, person: str, prompt: Label) -> Ask[bool]:
    """The code for a new PIN that was sent to a person's own phone."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_pin_code`."""
        check_pin_code(store, person, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def confirm(step: str, prompt: Label) -> Ask[bool]:
    """Yes or no. Never answered ahead."""
    return (yield from confirm_as(step, prompt, yes="yes")) == "yes"


def confirm_as(step: str, prompt: Label, *, yes: str, before: Mapping[str, Label] = _NONE) -> Ask[str]:
    """
    The same; the answer is `yes` or "no", or a key from `before`, which only a journal of then still holds.

    So a question can be put in behind a yes, and whoever had said it before is not asked.
    """
    labels: Mapping[str, Label] = {yes: t("Yes"), "no": t("No")}
    screen = Screen(prompt, options(labels), "confirm")
    return (yield Question(step, screen, _reader(labels), _one_of(labels, before), guarded=True))


_AGREE: Final = t("Agree")
_NO: Final = t("No")


def agree(step: str, terms: Label, *, yes: Label = _AGREE, no: Label = _NO) -> Ask[bool]:
    """Whether they agree to terms that are read to the end first, however long. Never answered ahead."""
    labels: Mapping[str, Label] = {"yes": yes, "no": no}
    screen = Screen(terms, options(labels), "terms")
    return (yield Question(step, screen, _reader(labels), lambda key: _one_of(labels)(key) == "yes", guarded=True))


def pin(step: str, person: str, prompt: Label, *, fresh: bool = False, opens: bool = False) -> Ask[int]:
    """
    The member's own PIN; the answer is when it was right, in seconds since the epoch.

    `fresh` where money leaves, or the PIN itself changes: one that was right a moment ago does not do. It stands
    behind what it confirms; before what it `opens`, use `unlock`.
    """

    def check(store: Any, secret: Secret) -> int:
        """Raises as `check_pin`."""
        check_pin(store, person, secret)
        return int(store.now().timestamp())

    return (
        yield Check(step, Screen(prompt, kind="pin"), _read_pin, check, lasting=not fresh, pin=True, opens=opens)
    )


def unlock(step: str, person: str, prompt: Label, *, fresh: bool = False) -> Ask[int]:
    """
    The same before what it opens: no money of a person is read without it (see `dialogue.read`).

    One that was right before in this conversation, or in this call, does; what is decided after it is confirmed by
    other means. `fresh` where money leaves.
    """
    return (yield from pin(step, person, prompt, fresh=fresh, opens=True))


def new_pin(step: str, prompt: Label, again: Label) -> Ask[str]:
    """A PIN chosen now and typed twice; the answer is its hash."""
    hashed: str = yield Check(step, Screen(prompt, kind="pin"), _read_pin, hash_pin)

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `same_pin`."""
        same_pin(store, hashed, secret)
        return True

    yield Check(f"{step}_again", Screen(again, kind="pin"), _read_pin, check)
    return hashed


def _read_code(typed: str) -> Secret:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS):
        raise Invalid(t("The code has {count} digits.", count=CODE_DIGITS))
    return Secret(digits)


def _read_pin(typed: str) -> Secret:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 5):
        raise Invalid(t("A PIN is 4 or 5 digits."))
    return Secret(digits)


def _reader(
    labels: Mapping[str, Label], also: Mapping[str, Label] = _NONE, called: Mapping[str, Label] = _NONE
) -> Callable[[str], str]:
    """An option is accepted as its number, its key or its label in any language it was shown in, "2." as "2"."""

    def read(typed: str) -> str:
        keys = tuple(labels)
        answer = typed.strip()
        said = bare(answer)
        if said.isdigit() and answer.startswith(said):  # "-1" is none
            answer = said
        if answer.isascii() and answer.isdigit() and len(answer) <= 4:
            if 1 <= int(answer) <= len(keys):
                return keys[int(answer) - 1]
        elif answer in labels or answer in also:
            return answer
        elif key := _said(said, labels, also, called):
            return key
        raise Invalid(t("Please choose a number from 1 to {most}.", most=len(keys)))

    return read


def _said(
    answer: str, labels: Mapping[str, Label], also: Mapping[str, Label], called: Mapping[str, Label]
) -> str | None:
    """The option that was said: in whole, or by its beginning where it is shown and no other begins so."""
    begun = set()
    for key, label in (*also.items(), *labels.items()):  # a line that says what is new has both names
        names = {bare(name) for name in spoken(label) | spoken(called.get(key, ""))}
        if answer and answer in names:
            return key
        if key in labels and len(answer) >= BEGINNING_MIN and any(name.startswith(answer) for name in names):
            begun.add(key)
    return begun.pop() if len(begun) == 1 else None


def _one_of(labels: Mapping[str, Label], also: Mapping[str, Label] = _NONE) -> Callable[[str], str]:
    def value(key: str) -> str:
        if key not in labels and key not in also:
            raise Invalid(t("Please choose a number from 1 to {most}.", most=len(labels)))
        return key

    return value
