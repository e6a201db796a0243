"""Figures that somebody asked for as a file: a document first, so that a killed worker loses nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

AskedState = Literal["waiting", "ready", "failed"]
AskedForm = Literal["csv", "xlsx"]
# Why there is no file: nobody who may see anything asks, or a workbook would be too long.
WhyNoExport = Literal["", "no_right", "too_long"]


@dataclass(frozen=True, slots=True)
class AskedExport:
    """
    `name` is what is exported, of the groups of a `programme`, its code, or of all that `by` sees, the key of who
    asked. `first` and `last` are days as in `domain.exports.rows.ExportSpan`. `theirs` are the ids of the groups
    in it, of somebody who does not see all: the file is theirs for as long as all of these are.

    The file is its `parts`, by their ids, of `size` bytes; `done` of the `groups` are in it, up to the id `after`.
    `turn` is as in `domain.records.upload.SheetUpload`.
    """

    id: str
    by: str
    name: str
    programme: str
    first: date | None
    last: date | None
    form: AskedForm
    state: AskedState
    at: datetime
    until: datetime
    next_at: datetime | None
    theirs: tuple[str, ...] = ()
    turn: int = 0
    groups: int = 0
    done: int = 0
    rows: int = 0
    after: str = ""
    parts: tuple[str, ...] = ()
    size: int = 0
    why: WhyNoExport = ""
