"""
What adds up on a screen: amounts, each with its words, and what they come to.

A screen that shows how a sum comes about takes its lines from here, so that a test can hold that the lines are the
sum, in every currency and language (`tests/sums.py`). What rounding leaves is one of the lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.money import Money
from flows.words.texts import Text


@dataclass(frozen=True, slots=True)
class Line:
    """An amount as it counts in the sum, below zero where it is taken away, and its words, which say it."""

    amount: Money
    text: Text


def plus(amount: Money, text: Text) -> Line:
    return Line(amount, text)


def minus(amount: Money, text: Text) -> Line:
    """The words show the amount without a sign, and say that it is taken away."""
    return Line(-amount, text)


@dataclass(frozen=True, slots=True)
class Sum:
    """What is added up, `lines`, and what that is, which may be several lines too."""

    lines: tuple[Line, ...]
    comes_to: tuple[Line, ...]

    @property
    def is_right(self) -> bool:
        return sum(line.amount.minor for line in self.lines) == sum(line.amount.minor for line in self.comes_to)

    def said(self) -> Iterator[Text]:
        """The words of both; a line of nothing is left out, but for the first of each."""
        for side in (self.lines, self.comes_to):
            yield from (line.text for place, line in enumerate(side) if line.amount or not place)
