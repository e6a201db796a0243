"""What a channel can carry: all that a conversation's engine knows of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flows.engine.paging import Limits
from flows.words.texts import Text


@dataclass(frozen=True, slots=True)
class Channel:
    """
    The capabilities of one channel, and its name in traces and in addresses.

    `taps` is the most options it shows as buttons or rows under one screen, each label cut to `tap_label`
    characters at most by the channel itself; 0 when everything has to be typed. A channel with `calls` gives the
    transcript of a call, which breaks off; the others are chats, where plain words are understood. `keeps` is True
    where what a member typed stays readable and we cannot delete it: `pin_warning` says so once, and
    `pin_elsewhere` with each PIN, {code} being what to dial. One with `files` carries those too. For
    `repeats_seconds` its provider may send a request again. Within the `window` after somebody wrote they can be
    written anything, and nothing of it costs; None where that is always so.
    """

    name: str
    limits: Limits
    title: str = ""  # as people know it
    taps: int = 0
    tap_label: int = 60
    calls: bool = False
    keeps: bool = False
    files: bool = False
    repeats_seconds: int = 10 * 60
    pin_warning: Text | None = None
    pin_elsewhere: Text | None = None
    window: timedelta | None = None


OPEN_SECONDS: Final = 10 * 60  # a right PIN opens the rest of a call, which no operator lets last longer
PIN_PASSES_SECONDS: Final = 30 * 60  # on a channel that keeps what is typed, a right PIN does for this long
