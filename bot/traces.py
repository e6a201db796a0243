"""
Traces: how long a turn, a page or a job took, and what of it Redis, MongoDB and providers took.

They are off unless the settings say where they go: then `bot/telemetry.py` makes them, the one file that knows the
library, which is an extra. A span has names and times, and nothing that somebody typed, sent or is.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

from bot.config import Settings


class Spans(Protocol):
    """What makes them. One for all threads of a process."""

    def span(self, name: str, **about: str) -> AbstractContextManager[object]:
        """Something that is done from here on: what is asked of a store inside is a part of it."""
        ...

    def ended(self, name: str, seconds: float, failed: bool) -> None:
        """A part of what is under way has ended just now, and took so long."""

    def failed(self) -> None:
        """What is under way has failed, whoever dealt with it."""

    def close(self) -> None:
        """Send what is left."""


class NoSpans:
    """They are off."""

    def span(self, name: str, **about: str) -> AbstractContextManager[object]:
        return _NOTHING

    def ended(self, name: str, seconds: float, failed: bool) -> None:
        """Nobody wants to know."""

    def failed(self) -> None:
        """Nobody wants to know."""

    def close(self) -> None:
        """There is nothing to send."""


_NOTHING: Final = nullcontext()


def open_spans(settings: Settings) -> Spans:
    """What the settings say."""
    if not (settings.traces_url or settings.new_relic_license_key):
        return NoSpans()
    from bot.telemetry import open_telemetry  # an extra: imported where it is switched on only

    return open_telemetry(settings)


def both(measured: Callable[[float, bool], None], spans: Spans, name: str) -> Callable[[float, bool], None]:
    """What hears how long a command took, for the measures and, where they are on, for traces."""
    if isinstance(spans, NoSpans):
        return measured

    def told(seconds: float, failed: bool) -> None:
        measured(seconds, failed)
        spans.ended(name, seconds, failed)

    return told


def both_named(
    measured: Callable[[str, float, bool], None], spans: Spans, kind: str
) -> Callable[[str, float, bool], None]:
    """The same for what has a name: a command of MongoDB, a channel that was sent a message by."""
    if isinstance(spans, NoSpans):
        return measured

    def told(name: str, seconds: float, failed: bool) -> None:
        measured(name, seconds, failed)
        spans.ended(f"{kind} {name}", seconds, failed)

    return told
