"""Ordinary names and amounts in place of the widest that samples have, for pictures that people read."""

import re
from typing import Any, Final

import msgspec

from domain.records.person import GroupOfMember, Member
from flows.engine.journal import Person

LIST_MAX: Final = 2  # things in a list, of the many that the samples have

_GROUPS: Final = ("Umoja Women", "Tujenge Pamoja", "Njangi Espoir", "Bidii Savers")  # one of each kind
_PEOPLE: Final = ("Akello Grace", "Okello James")
_OF_PEOPLE: Final = frozenset({"name", "member", "borrower", "guarantor", "holder"})  # fields that hold one's name
_CURRENCY: Final = "UGX"
_AMOUNT_MAX: Final = 5_000  # minor units
_COUNT: Final = 12  # instead of one of many digits
_DIGITS: Final = "1234567890"
_WIDE: Final = re.compile("W{3,}")
_NINES: Final = re.compile(r"9{3,}\d*(\.9+)?")
_CODE_MIN: Final = 6  # digits; a number of fewer is a count


def person(who: Person) -> Person:
    """Somebody with an ordinary name, in one group of each kind that they are in."""
    usual = value(msgspec.to_builtins(who))
    if isinstance(who, Member):
        usual["features"] = who.features  # all of them: each has its conversations
        groups: dict[str, GroupOfMember] = {}
        for group in who.groups:
            groups.setdefault(group.kind, group)
        usual["groups"] = [value(msgspec.to_builtins(each), nth=n) for n, each in enumerate(groups.values())]
    return msgspec.convert(usual, type(who))


def value(sample: Any, about: str = "", nth: int = 0) -> Any:
    """A sample, in the journal's form, as it would be on an ordinary day; `about` is the field that holds it."""
    match sample:
        case {"currency": str()}:
            amounts = {key: _amount(each, nth) for key, each in sample.items()}
            return {**amounts, "currency": _CURRENCY}
        case dict():
            return {key: value(each, key, nth) for key, each in sample.items()}
        case [int(), *_]:
            return sample  # of numbers each has its meaning by its place
        case list() | tuple():
            return [value(each, about, n) for n, each in enumerate(sample[:LIST_MAX])]
        case str() if about == "email":
            return sample and "grace@example.org"
        case str() if _WIDE.fullmatch(sample):
            return (_PEOPLE if about in _OF_PEOPLE else _GROUPS)[nth]
        case str() if _NINES.fullmatch(sample):
            return _DIGITS[: len(sample)] if len(sample) >= _CODE_MIN and sample.isdigit() else str(_COUNT)
        case str():
            return _WIDE.sub("7K2XMR", sample)
        case int() if _NINES.fullmatch(str(sample)):
            return _COUNT
        case _:
            return sample


def _amount(sample: Any, nth: int) -> Any:
    return max(-_AMOUNT_MAX, min(sample, _AMOUNT_MAX)) if type(sample) is int else value(sample, nth=nth)
