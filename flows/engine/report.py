"""
A report of several tables: the same for a sheet of paper, a spreadsheet and a file of commas.

A cell is what it is, an amount or a day or words, and each kind of file writes it as it can be used there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.money import Money
from flows.words.texts import Label, Words, say_figure

Cell = Label | Money | int | date


@dataclass(frozen=True, slots=True)
class Row:
    """As many cells as its table has columns; a `sum` stands out."""

    cells: Sequence[Cell]
    sum: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A table: the first of its columns says of what a row is; `empty` is said where there is no row."""

    title: Label
    columns: Sequence[Label]
    rows: Sequence[Row]
    empty: Label


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is of, its tables, what shows it to be genuine, and what its words mean."""

    title: Label
    facts: Sequence[tuple[Label, Cell]]
    blocks: Sequence[Block]
    proof: Sequence[tuple[Label, Label]]
    meanings: Sequence[tuple[Label, Label]]


def said_cell(cell: Cell, says: Words) -> str:
    """As people read it: an amount without its currency, which the report says once; a day with its year."""
    if isinstance(cell, Money):
        return say_figure(cell, says.language)
    if isinstance(cell, date):
        return f"{says.value(cell)} {cell.year}"
    return says.say(cell) if not isinstance(cell, int) else str(cell)


def is_figure(block: Block, column: int) -> bool:
    """Whether a column has numbers, which stand at the right."""
    return any(isinstance(row.cells[column], Money | int) for row in block.rows)
