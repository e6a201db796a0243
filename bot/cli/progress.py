"""Bars that show how far something is: on standard error, and only at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


class Bars:
    """A bar for each part of it."""

    @contextmanager
    def phase(self, label: str, length: int) -> Iterator[Callable[[int], object]]:
        """A bar with so many steps."""
        with click.progressbar(length=max(length, 1), label=f"{label:20}", file=sys.stderr) as bar:
            yield bar.update
