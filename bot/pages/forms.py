"""
Forms, read with marshmallow: what was typed, and what is wrong with it beside each field.

What is wrong is a sentence of the catalogue. A field that no schema knows is refused; of a field that is given
twice the first counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import request
from marshmallow import Schema, ValidationError, fields, missing

from domain.errors import DomainError
from flows.words.refusals import refusal
from flows.words.texts import Label, t

CSRF: Final = "csrf_token"  # read by who checks it, and of no schema
_TYPED_MAX: Final = 400
_SHOWN_MAX: Final = 2_000  # of what was typed and is shown again

REQUIRED: Final = t("Please fill this in.")
TOO_LONG: Final = t("This is too long.")
NOT_OFFERED: Final = t("Please choose one of these.")
NO_DAY: Final = t("Type day, month and year, like 5/10/2026.")
FROM_BEFORE: Final = t("This page is too old. Please open it again.")


class Wrong(ValidationError):
    """What is wrong with a field, as a sentence."""

    def __init__(self, why: Label) -> None:
        super().__init__([why])


class Form(Schema):
    """The base of every form: its fields are those below."""


class Typed(fields.Field[str]):
    """Words of `most` characters, with nothing before and behind them; on one line, unless it has `lines`."""

    def __init__(self, *, required: bool = True, most: int = _TYPED_MAX, lines: bool = False) -> None:
        super().__init__(
            required=required, load_default=missing if required else "", error_messages={"required": [REQUIRED]}
        )
        self.most, self.lines = most, lines

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        kept = (
            each for each in str(value).replace("\r\n", "\n") if each.isprintable() or self.lines * each == "\n"
        )
        typed = "".join(kept).strip()
        if self.required and not typed:
            raise Wrong(REQUIRED)
        if len(typed) > self.most:
            raise Wrong(TOO_LONG)
        return typed


class Chosen(fields.Field[str]):
    """One of some options; the `default` where nothing is chosen, or it has to be."""

    def __init__(self, options: Iterable[str], *, default: str | None = None) -> None:
        super().__init__(
            required=default is None,
            load_default=missing if default is None else default,
            error_messages={"required": [NOT_OFFERED]},
        )
        self.options = frozenset(options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if value not in self.options:
            raise Wrong(NOT_OFFERED)
        return str(value)


class Ticked(fields.Field[bool]):
    """A box with a tick in it, or not."""

    def __init__(self) -> None:
        super().__init__(load_default=False)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        return bool(value)


class Day(fields.Field[date | None]):
    """A day as it is typed, for not every browser has a calendar: 5/10/2026, or 2026-10-05 as some fill it in."""

    def __init__(self) -> None:
        super().__init__(load_default=None)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date | None:
        typed = str(value).strip()
        if not typed:
            return None
        try:
            if "-" in typed:
                return date.fromisoformat(typed)
            day, month, year = (int(part) for part in typed.split("/"))
            return date(year, month, day)
        except ValueError:
            raise Wrong(NO_DAY) from None


@dataclass(frozen=True, slots=True)
class Read:
    """
    A form as it was read: `values` by field, empty when something is wrong; `typed` is shown again with what is
    wrong, by field and in `errors[""]` of the whole.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Label] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors

    def but(self, error: DomainError, field: str = "") -> "Read":
        """The same, refused by a rule: beside a field, or for the whole form."""
        return Read({}, self.typed, {**self.errors, field: refusal(error)})


EMPTY: Final = Read()


def read_form(schema: Schema, given: Mapping[str, str] | None = None) -> Read:
    """The form that was posted, or what is `given`, as a schema reads it."""
    raw = dict(request.form) if given is None else dict(given)
    raw.pop(CSRF, None)
    typed = {name: value[:_SHOWN_MAX] for name, value in raw.items()}
    try:
        return Read(schema.load(raw), typed)
    except ValidationError as wrong:
        errors = {name: _first(said) for name, said in wrong.messages_dict.items()}
        # What is not on the form, and so is refused, has no place beside which to say it.
        shown = {name: said for name, said in errors.items() if name in schema.fields}
        return Read({}, typed, shown or {"": FROM_BEFORE})


def _first(said: Any) -> Label:
    """Marshmallow keeps a list for each field, and for some a list in it."""
    while isinstance(said, list):
        said = said[0]
    return said
