"""
What goes over the wire and is the same everywhere: amounts, texts, and the envelope around all of it.

A schema that reads refuses what it does not know. One that writes says all of its fields, always.
"""

import unicodedata
from functools import cache, partial
from typing import Any, Final, get_args

import marshmallow as ma
from marshmallow import RAISE, fields, validate

from bot.api.cursors import CURSOR_LENGTH_MAX, LIMIT, LIMIT_MAX
from bot.api.languages import says
from domain.money import CURRENCIES, MINOR_MAX, Money
from flows.words.texts import say_money

_SHOWN_DIGITS: Final = 3
_NOT_IN_A_LINE: Final = ("Cc", "Cs", "Zl", "Zp")


class Reads(ma.Schema):
    """What is sent to us."""

    class Meta:
        unknown = RAISE


class Writes(ma.Schema):
    """What we answer: every field is there in every answer."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


class Listed(Reads):
    """How much of a list, and behind which place."""

    limit = fields.Integer(load_default=LIMIT, validate=validate.Range(1, LIMIT_MAX))
    after = fields.String(load_default="", validate=validate.Length(max=CURSOR_LENGTH_MAX))


class AmountShown(Writes):
    """Money: whole minor units, and as people write it in the caller's language."""

    minor = fields.Integer()
    currency = fields.String()
    printed = fields.String()

    @ma.pre_dump
    def split(self, money: Money, **_: Any) -> dict[str, Any]:
        printed = say_money(money, says().language)
        return {"minor": money.minor, "currency": money.currency, "printed": printed}


class AmountGiven(Reads):
    """Money: whole minor units of a currency; 500.00 shillings are 50000."""

    minor = fields.Integer(strict=True, required=True, validate=validate.Range(1, MINOR_MAX))
    currency = fields.String(required=True, validate=validate.OneOf(sorted(CURRENCIES)))

    @ma.post_load
    def join(self, data: dict[str, Any], **_: Any) -> Money:
        return Money(data["minor"], data["currency"])


def is_plain(text: str) -> None:
    """Raises ValidationError for what is not one line: control characters, halves of a character."""
    if any(unicodedata.category(each) in _NOT_IN_A_LINE for each in text):
        raise ma.ValidationError("A line of letters and signs, and nothing else.")


def line(most: int, least: int = 1, **options: Any) -> fields.String:
    """A line of text that somebody wrote."""
    return fields.String(validate=[validate.Length(least, most), is_plain], **options)


def one_of(kind: Any, **options: Any) -> fields.String:
    """One of the words of a Literal."""
    return fields.String(validate=validate.OneOf(get_args(kind)), **options)


Amount: Final = partial(fields.Nested, AmountShown)
Given: Final = partial(fields.Nested, AmountGiven)


class Nothing(Writes):
    """It is done, and there is nothing more to say."""


class ErrorShown(Writes):
    """What went wrong: a code that stays the same, and a sentence in the caller's language."""

    code = fields.String()
    message = fields.String()
    request_id = fields.String()
    wrong = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        data_key="fields",
        metadata={"description": "What is wrong with what was sent, by its place."},
    )


class Failed(Writes):
    """Every error."""

    success = fields.Boolean()
    error = fields.Nested(ErrorShown)


@cache
def enveloped(answers: type[ma.Schema], *, listed: bool, many: bool, flat: bool) -> type[ma.Schema]:
    """The schema of an answer around its data; of a list in pages, with the cursor of the next."""
    if flat:
        return type(f"{answers.__name__}Answer", (answers,), {"success": fields.Boolean()})
    named: dict[str, Any] = {"success": fields.Boolean(), "data": fields.Nested(answers, many=many)}
    if listed:
        named["next"] = fields.String(allow_none=True)
    return type(f"{answers.__name__}{'Page' if listed else 'List' if many else 'Answer'}", (Writes,), named)


def phone_shown(phone: str, *, whole: bool) -> str:
    """A number as it may be seen: whole, or its last three digits."""
    return phone if whole or not phone else f"…{phone[-_SHOWN_DIGITS:]}"
