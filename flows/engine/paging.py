"""
Cut a screen into pages that fit a channel.

A member sees one global numbering: option 9 is 9 on every page. Options are never dropped nor cut in half.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from domain.errors import Mistake
from flows.engine.gsm7 import fold, septets

Measure = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one screen of a channel can carry. A unit is a character, or with `gsm7` a septet."""

    length: int | None  # at most this many units a page; None: no paging
    gsm7: bool = False  # count septets, and fold to the GSM 7-bit alphabet
    label: int = 60  # units of the widest label, without its number; a longer one ends in ".."


class TooSmall(Mistake):
    """The limits cannot carry the ways out and one option: a mistake of ours."""


def paginate(
    body: str,
    labels: Sequence[str],
    *,
    numbers: Sequence[str] = (),
    footer: str,
    more: str,
    limits: Limits,
    final: bool = False,
) -> tuple[str, ...]:
    """
    The pages of a screen: the body, then the options, and at the foot of each page the ways out.

    Every page but the last ends in `more` and `footer`, the last one in `footer`; where it is `final`, in what it
    says, since nothing can be typed any more. Pages are filled greedily,
    but a line of the body that fits on a page of its own stays whole: it may be a payment in a statement. Options
    have their place as their number, where there are no `numbers`.

    Raises TooSmall when a page cannot hold its foot and one option.
    """
    # Folded before they are measured, all at once because that is cheaper than one by one.
    told = "\n".join([label if label.isprintable() else " ".join(label.splitlines()) for label in labels])
    body = body.strip()
    measure: Measure = len
    if limits.gsm7:
        body, told, footer, more = fold(body), fold(told), fold(footer), fold(more)
        measure = septets
    told_apart = told.split("\n") if labels else []
    numbered = zip(numbers or map(str, range(1, len(told_apart) + 1)), told_apart, strict=True)
    options = [f"{number}. {_shortened(label, limits.label, measure)}" for number, label in numbered]
    way_on, footer = f"{more}  {footer}" if footer else more, "" if final else footer
    whole = "\n".join(filter(None, (body, *options, footer)))
    if limits.length is None or measure(whole) <= limits.length:
        return (whole,)
    return _cut(body, options, footer, way_on, measure, limits.length)


def under(hint: str, page: str, *, foot: str, way_on: str, limits: Limits) -> str:
    """
    One of several pages, which ends in `foot`, under a hint. What has no room there any more is not on it: the
    `way_on` leads to the page itself.
    """
    measure: Measure = len
    if limits.gsm7:
        hint, foot, way_on, measure = fold(hint), fold(foot), fold(way_on), septets
    whole = f"{hint}\n{page}"
    if limits.length is None or measure(whole) <= limits.length:
        return whole
    room = limits.length - measure(way_on) - 1
    said = f"{hint}\n{page.removesuffix(foot)}".strip()
    shown = ""
    for gap, piece in _pieces(said, room, measure):
        if shown and measure(shown + gap + piece) > room:
            if shown == hint and (left := room - measure(shown + gap)) > 0:
                begun = _head(piece, left, measure).rpartition(" ")[0]
                shown += gap + begun if begun else ""  # better than nothing of the question
            break
        shown += gap + piece if shown else piece
    return f"{shown}\n{way_on}"


def _cut(
    body: str, options: Sequence[str], footer: str, way_on: str, measure: Measure, length: int
) -> tuple[str, ...]:
    room = length - measure(way_on) - 1  # above the foot and the line break before it
    last_room = length - measure(footer) - 1 if footer else length
    # One character of the body may take two units.
    if room < 2 or any(measure(option) > room for option in options):
        raise TooSmall(f"{length} units for {way_on!r} and the longest of {len(options)} options")
    pieces = [*_pieces(body, room, measure), *[("\n", option) for option in options]]
    sizes = [len(gap) + measure(text) for gap, text in pieces]
    rest = sum(sizes)
    pages: list[str] = []
    page, used = "", 0
    for (gap, text), size in zip(pieces, sizes, strict=True):
        if page and used + size > room and used + rest > last_room:
            pages.append(f"{page}\n{way_on}")
            page = ""
        page, used = (page + gap + text, used + size) if page else (text, size - len(gap))
        rest -= size
    return (*pages, f"{page}\n{footer}" if footer else page)


def _pieces(body: str, room: int, measure: Measure) -> Iterator[tuple[str, str]]:
    """The body in pieces that each fit a page, after the gap between two on one page: lines, else words."""
    for line in body.split("\n"):
        if measure(line) <= room:
            yield "\n", line
            continue
        gap = "\n"
        for word in line.split(" "):
            while measure(word) > room:
                part = _head(word, room, measure)
                yield gap, part
                gap, word = "", word[len(part) :]
            yield gap, word
            gap = " "


def _shortened(label: str, width: int, measure: Measure) -> str:
    # No character takes more than two units: a short label need not be measured.
    if 2 * len(label) <= width or measure(label) <= width:
        return label
    return f"{_head(label, width - 2, measure).rstrip()}.."


def _head(text: str, room: int, measure: Measure) -> str:
    head = text[:room]
    while measure(head) > room:
        head = head[:-1]
    return head
