"""What a step is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pymongo.database import Database

from domain.mongo.layout import Document


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a step that is done: how many documents were looked at and changed, and where to go on from."""

    looked_at: int
    changed: int
    position: str


@dataclass(frozen=True, slots=True)
class Step:
    """
    From schema `number` - 1 to `number`. Each portion may be done twice, and beside processes of both versions.

    `needs` is the schema that a program has to know to run on what the step leaves: 0 where every program reads
    it. A step is `required` when this program cannot run before it. `work` goes on from a position, "" for the
    beginning; `dry` it changes nothing and counts what it would.
    """

    number: int
    about: str
    needs: int
    required: bool
    size: Callable[[Database[Document]], int]
    work: Callable[[Database[Document], str, bool], Iterator[Portion]]
