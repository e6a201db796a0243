"""A chart as an SVG of our own, drawn with classes only, and its table, which says the same in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.money import Money
from flows.words.texts import Label

WIDTH: Final = 600
HEIGHT: Final = 160
_GAP: Final = 0.25  # of a bar's place


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar stands in the picture, from its left upper corner."""

    x: float
    y: float
    width: float
    height: float
    below: bool  # it is less than nothing


@dataclass(frozen=True, slots=True)
class Chart:
    """
    Amounts or counts in their order, each with its label. `title` says what they are; the labels' column is headed
    `of`.
    """

    title: Label
    of: Label
    rows: Sequence[tuple[object, Money | int]]

    @property
    def bars(self) -> list[Bar]:
        """One for each row; the longest has the whole height."""
        sizes = [_size(value) for _, value in self.rows]
        top, bottom = max([0, *sizes]), min([0, *sizes])
        unit = HEIGHT / ((top - bottom) or 1)
        place = WIDTH / (len(sizes) or 1)
        return [
            Bar(
                x=round(place * (number + _GAP / 2), 1),
                y=round((top - max(size, 0)) * unit, 1),
                width=round(place * (1 - _GAP), 1),
                height=round(abs(size) * unit, 1),
                below=size < 0,
            )
            for number, size in enumerate(sizes)
        ]


def _size(value: Money | int) -> int:
    return value.minor if isinstance(value, Money) else value
