"""
Pictures of figures, for a phone: as wide as its screen twice over, letters that can be read there, few colours.

The one home of matplotlib. It takes a second to load and sixty megabytes: it is loaded where a picture is drawn,
by a worker, and never in a turn. Unlike the PDF's, its letters join in Arabic by themselves.
"""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flows.engine.document import File, file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG: Final = "image/png"
BYTES_MAX: Final = 40_000

# A worker does several things at once, and the library's letters are for one thread.
_ONE_AT_A_TIME: Final = threading.Lock()
_FONTS: Final = Path(__file__).parent / "fonts"
_WIDTH, _DPI = 7.2, 100  # inches, and dots in one: 720 dots
_MARGIN: Final = 0.3  # as all that follows: inches, but letters in points
_LINE, _TITLE = 0.40, 0.46
_LETTERS, _LARGE, _SMALL = 17, 22, 15
_COLOURS: Final = (48, 24, 12, 8)
_GREEN, _PALE, _RED, _GREY, _INK = "#1b7f4b", "#d8ecdf", "#b3261e", "#6b6b6b", "#1a1a1a"


@dataclass(frozen=True, slots=True)
class Entrant:
    """One line of a list: who has done it, or what is missing still."""

    name: str
    done: bool
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of all have done something: `part` of one, in words, and each by name; `more` are not listed."""

    title: str
    said: str
    part: float
    list: Sequence[Entrant]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Growth:
    """How an amount changed with the days: `first` and `last` are said at the ends of the line."""

    title: str
    said: str
    days: Sequence[date]
    amounts: Sequence[int]
    first: str
    last: str
    first_day: str
    last_day: str


def progress_picture(name: str, of: Progress) -> File:
    """A bar, and a list under it as long as it is; `name` without its ending."""
    with _ONE_AT_A_TIME:
        return File(file_name(name, "png"), PNG, _progress(of))


def growth_picture(name: str, of: Growth) -> File:
    """A line that rises by steps, filled under it; `name` without its ending."""
    with _ONE_AT_A_TIME:
        return File(file_name(name, "png"), PNG, _growth(of))


def _progress(of: Progress) -> bytes:
    lines = len(of.list) + bool(of.more)
    high = 2 * _MARGIN + _TITLE * len(_wrapped(of.title)) + 2.2 * _LINE + lines * _LINE
    figure = _paper(high)
    y = _head(figure, high, of.title, of.said)
    _bar(figure, high, y, of.part)
    y -= 0.75
    for each in of.list:
        _put(figure, high, _MARGIN, y, "●" if each.done else "○", colour=_GREEN if each.done else _RED)
        ends = _WIDTH - _MARGIN
        if each.missing:
            ends -= _put(figure, high, ends, y, each.missing, colour=_RED, ha="right") + 0.15
        _put(figure, high, _MARGIN + 0.32, y, each.name, most=ends - _MARGIN - 0.32)
        y -= _LINE
    if of.more:
        _put(figure, high, _MARGIN + 0.32, y, of.more, colour=_GREY)
    return _png(figure)


def _growth(of: Growth) -> bytes:
    high = 4.8 + _TITLE * (len(_wrapped(of.title)) - 1)
    figure = _paper(high)
    y = _head(figure, high, of.title, of.said)
    bottom, top = 0.85, y - 0.45
    axes: Any = figure.add_axes((_MARGIN / _WIDTH, bottom / high, 1 - 2 * _MARGIN / _WIDTH, (top - bottom) / high))
    axes.fill_between(of.days, of.amounts, step="post", color=_PALE, linewidth=0)
    axes.step(of.days, of.amounts, where="post", color=_GREEN, linewidth=3.5)
    axes.plot(of.days[-1:], of.amounts[-1:], "o", color=_GREEN, markersize=10, clip_on=False)
    axes.set_ylim(0 if min(of.amounts) >= 0 else None, (max(of.amounts) or 1) * 1.08)
    axes.set_xlim(of.days[0], of.days[-1])
    axes.set_yticks([])
    axes.set_xticks([])
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_GREY)
    for x, day, amount, side in (
        (_MARGIN, of.first_day, of.first, "left"),
        (_WIDTH - _MARGIN, of.last_day, of.last, "right"),
    ):
        _put(figure, high, x, bottom - 0.24, day, size=_SMALL, colour=_GREY, ha=side)
        _put(figure, high, x, bottom - 0.57, amount, ha=side)
    return _png(figure)


def _paper(high: float) -> "Figure":
    # Here, not above: see the top of this file.
    from matplotlib import font_manager, rcParams
    from matplotlib.figure import Figure

    rcParams["font.family"] = "DejaVu Sans"
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        if not any(Path(font.fname) == _FONTS / name for font in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(_FONTS / name)
    return Figure(figsize=(_WIDTH, high), dpi=_DPI, facecolor="white")


def _head(figure: "Figure", high: float, title: str, said: str) -> float:
    """The title, in two lines where it is long, and what is said under it; where that ends."""
    y = high - _MARGIN - _TITLE / 2
    for line in _wrapped(title):
        _put(figure, high, _MARGIN, y, line, size=_LARGE, weight="bold")
        y -= _TITLE
    _put(figure, high, _MARGIN, y, said, size=_LETTERS, colour=_GREY)
    return y


def _bar(figure: "Figure", high: float, y: float, part: float) -> None:
    from matplotlib.patches import Rectangle

    width = _WIDTH - 2 * _MARGIN
    for long, colour in ((width, _PALE), (width * part, _GREEN)):
        at = (_MARGIN / _WIDTH, (y - 0.45) / high)
        figure.add_artist(Rectangle(at, long / _WIDTH, 0.16 / high, color=colour, linewidth=0))


def _put(
    figure: "Figure",
    high: float,
    x: float,
    y: float,
    text: str,
    *,
    size: float = _LETTERS,
    weight: str = "normal",
    colour: str = _INK,
    ha: str = "left",
    most: float = _WIDTH,
) -> float:
    """Write a line, cut where it would be wider than `most`; how wide it is."""
    # A dollar is a dollar: what people typed is no formula.
    said = figure.text(
        x / _WIDTH,
        y / high,
        text,
        fontsize=size,
        weight=weight,
        color=colour,
        ha=ha,
        va="center",
        parse_math=False,
    )
    while (wide := said.get_window_extent().width / _DPI) > most and len(text) > 1:
        text = text[: max(1, min(len(text) - 1, int(len(text) * most / wide)))]
        said.set_text(f"{text.rstrip()}…")
    return wide


def _wrapped(title: str) -> list[str]:
    import textwrap

    return textwrap.wrap(title, 34)[:3] or [""]


def _png(figure: "Figure") -> bytes:
    """
    In few colours, so that it costs a member little, and in fewer where there is much on it; and without a word of
    when or by what it was made.
    """
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    with Image.open(drawn) as picture:
        whole = picture.convert("RGB")
    for colours in _COLOURS:
        small = io.BytesIO()
        whole.quantize(colours).save(small, format="png", optimize=True)
        if small.tell() < BYTES_MAX:
            break
    return small.getvalue()
