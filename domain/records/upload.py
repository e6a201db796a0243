"""Sheets by which groups move in, that somebody sent: how far they are checked and brought, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

UploadState = Literal[
    "checking",  # a worker reads them
    "checked",  # what is wrong is said; nothing else was written
    "bringing",  # groups are brought, one after the other
    "brought",  # those that could be
    "failed",  # a file cannot be used at all: `problem` says why
]
# What became of a group of the sheets.
GroupOutcome = Literal["ready", "odd", "wrong", "brought", "before", "refused"]


@dataclass(frozen=True, slots=True)
class SheetUpload:
    """
    `id` is made of whose the files are, what is in them and how days are read in them: the same files again are
    the same upload. `by` is the key of who sent them. The files themselves are parts under `id`.

    `done` of the `groups` are checked, or brought, and `written` lines were found. It is worked on at `next_at`,
    by one process at a time: `turn` counts them, and who has a turn of before writes nothing any more. `round`
    counts how often it was asked to bring them. What was found has ids that begin with `lines`.
    """

    id: str
    by: str
    names: tuple[str, ...]
    size: int
    state: UploadState
    at: datetime
    until: datetime  # it is gone by then, with its files and lines
    next_at: datetime | None
    day_first: bool | None = None
    odd_is_right: bool = False
    turn: int = 0
    round: int = 0
    lines: str = ""
    groups: int = 0
    done: int = 0
    written: int = 0
    ready: int = 0  # groups in which nothing is wrong or odd
    odd_groups: int = 0  # those that only are odd
    members: int = 0
    loans: int = 0
    mistakes: int = 0
    odd: int = 0  # how many cells are odd
    empty: int = 0
    brought: int = 0
    before: int = 0
    left_out: int = 0
    problem: str = ""
    problem_file: str = ""
    problem_most: int = 0

    @property
    def wrong_groups(self) -> int:
        """Of those that are checked."""
        return (self.groups if self.state in ("bringing", "brought") else self.done) - self.ready - self.odd_groups


@dataclass(frozen=True, slots=True)
class UploadFinding:
    """
    Something that is wrong or odd in an upload: `id` begins with the upload's, so they are read in their order.
    The rest is as in `domain.moving_in.findings.Finding`.
    """

    id: str
    until: datetime
    sheet: str
    file: str
    row: int
    column: str
    read: str
    problem: str
    hint: str


@dataclass(frozen=True, slots=True)
class UploadGroup:
    """
    A group of an upload, its figures in whole minor units, and what became of it; `why` it was refused, by the
    code of the refusal and its `details`. `digest` is what its officers agree to.
    """

    id: str
    until: datetime
    code: str
    outcome: GroupOutcome
    name: str = ""
    currency: str = ""
    members: int = 0
    loans: int = 0
    saved: int = 0
    lent: int = 0
    cash: int = 0
    digest: str = ""
    mistakes: int = 0
    odd: int = 0  # how much was odd when it was checked, beside the groups before it
    why: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)
