"""A step, done in portions: each is noted when it is done, so that whoever comes after goes on behind it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from pymongo.database import Database

from domain.mongo.layout import Document
from domain.mongo.migrations.schema import begin_step, end_step, note_portion, schema_of
from domain.mongo.migrations.step import Step


class ShowsPhases(Protocol):
    """Shows how far a part of something is."""

    def phase(self, label: str, length: int) -> AbstractContextManager[Callable[[int], object]]:
        """A part with so many steps; what it gives is told how many more are done."""
        ...


def do_step(database: Database[Document], step: Step, now: Callable[[], datetime], progress: ShowsPhases) -> int:
    """
    All that is left of a step; how many documents it changed. For whoever holds the lease: nothing where another
    process has done it meanwhile.
    """
    if schema_of(database) >= step.number:
        return 0
    changed = 0
    position = begin_step(database, step, now())
    with progress.phase(f"Step {step.number}", step.size(database)) as shown:
        for portion in step.work(database, position, False):
            note_portion(database, step, portion)
            changed += portion.changed
            shown(portion.looked_at)
    end_step(database, step, now())
    return changed


def rehearse_step(database: Database[Document], step: Step, progress: ShowsPhases) -> int:
    """How many documents it would change; nothing is written."""
    with progress.phase(f"Step {step.number}", step.size(database)) as shown:
        changed = 0
        for portion in step.work(database, "", True):
            changed += portion.changed
            shown(portion.looked_at)
    return changed
