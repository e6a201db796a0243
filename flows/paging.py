"""
Cut a screen into pages that fit a channel.

A member sees one global numbering: option 9 is 9 on every page. Options are never dropped nor cut in half.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flows.gsm7 import fold, septets


@dataclass(frozen=True, slots=True)
class Limits:
    """What one screen of a channel can carry."""

    length: int | None  # at most this many units a page; None: no paging
    gsm7: bool = False  # count septets, and fold to the GSM 7-bit alphabet
    label: int = 60  # the widest option; a longer one ends in ".."


class TooSmall(ValueError):
    """The limits cannot carry the ways out and one option: a mistake of ours."""


def paginate(body: str, labels: Sequence[str], *, footer: str, more: str, limits: Limits) -> tuple[str, ...]:
    """
    The pages of a screen: the body, then the options, and on each page the way out.

    Every page but the last ends in `more` and `footer`, the last one in `footer`. Pages are filled greedily.
    """
    fit, measure = (fold, septets) if limits.gsm7 else (str, len)
    lines = [f"{number}. {_shortened(label, limits.label)}" for number, label in enumerate(labels, start=1)]
    whole = fit("\n".join(filter(None, (body, *lines, footer))))
    if limits.length is None or measure(whole) <= limits.length:
        return (whole,)
    return _cut(fit(body), [fit(line) for line in lines], fit(footer), fit(more), measure, limits.length)


def _cut(
    body: str, lines: Sequence[str], footer: str, more: str, measure: Callable[[str], int], length: int
) -> tuple[str, ...]:
    way_on = "  ".join(filter(None, (more, footer)))
    room = length - measure(way_on) - 1
    last_room = length - measure(footer) - 1 if footer else length
    if room < 1 or any(measure(line) > room for line in lines):
        raise TooSmall(f"{length} units for {way_on!r} and the longest of {len(lines)} options")
    pieces = [*_split(body, room, measure), *lines]
    sizes = [measure(piece) for piece in pieces]
    pages: list[str] = []
    start, size = 0, -1  # a page of n pieces has n - 1 line breaks
    for here, piece_size in enumerate(sizes):
        rest = sum(sizes[here:]) + len(sizes) - here
        if size + 1 + piece_size > room and size + rest > last_room:
            pages.append("\n".join((*pieces[start:here], way_on)))
            start, size = here, -1
        size += 1 + piece_size
    pages.append("\n".join(filter(None, (*pieces[start:], footer))))
    return tuple(pages)


def _split(body: str, room: int, measure: Callable[[str], int]) -> list[str]:
    """The body in pieces that fit a page: at its line breaks, between words, or inside a word that is too long."""
    pieces: list[str] = []
    for line in body.split("\n") if body else []:
        while measure(line) > room:
            fits = room
            while measure(line[:fits]) > room:
                fits -= 1
            cut = line.rfind(" ", 1, fits + 1)
            if cut < 1:
                cut = fits
            pieces.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
        pieces.append(line)
    return pieces


def _shortened(label: str, width: int) -> str:
    label = label.replace("\n", " ")
    return label if len(label) <= width else f"{label[: width - 2].rstrip()}.."
