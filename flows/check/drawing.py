"""
A conversation's graph as a picture: layers from top to bottom, each box under what leads to it.

The usual four steps: turn cycles round, put boxes in layers, order each layer so that few arrows cross, then set
boxes under their neighbours. Source: Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical
System Structures", 1981.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from statistics import fmean
from textwrap import wrap
from typing import Final

from flows.check.map import COLUMNS, Graph, Kind, Node

# Pixels. A letter is as wide as the widest of the fonts that may be at hand.
LINE: Final = 16
LETTER: Final = 7.3
BETWEEN: Final = 26  # boxes side by side
BELOW: Final = 26  # from a layer to the next
FAN: Final = 4  # and more of it for each arrow that spreads out
MARGIN: Final = 28
HEADING: Final = 64
SHEET: Final = 1_600
SWEEPS: Final = 12  # to order the layers
SETTLINGS: Final = 80  # to place the boxes: cheap, and they come to rest slowly

_STYLE: Final = """
  text { font: 12px "DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace; fill: #2b241c; white-space: pre }
  .paper { fill: #fffaf2 } .heading { font: 600 20px Georgia, "Liberation Serif", serif }
  .about, .on, .small { font: 12px system-ui, "Liberation Sans", sans-serif; fill: #665946 }
  .question { fill: #24355a } .glass { fill: #dfe7c6 }
  .step { font: 600 11px system-ui, "Liberation Sans", sans-serif; fill: #fffaf2 }
  .end { fill: #e9f3e6; stroke: #23623f } .refused { fill: #fbe9e2; stroke: #a8231c }
  .read, .submit, .check { fill: #fdeed6; stroke: #c9a27a } .submit { fill: #f3cf96; stroke: #8a5a2b }
  .flow { fill: #fff; stroke: #24355a; stroke-width: 1.6 } a .small { fill: #24355a; text-decoration: underline }
  .start, .tip { fill: #8a5a2b } .fold { stroke: #8fa06a; stroke-dasharray: 3 3 }
  .arrow { fill: none; stroke: #8a5a2b; stroke-width: 1.4 } .again { stroke-dasharray: 5 4 }
""".strip()


def svg(graphs: Sequence[Graph], *, language: str = "en", link: Callable[[str], str] = "#{}".format) -> str:
    """One picture of all these graphs, one under the other; `link` is where a flow is drawn."""
    drawn = [_Drawing(graph) for graph in graphs]
    places, width, height = _side_by_side(drawn)
    names = ", ".join(graph.flow for graph in graphs)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
            f' height="{height:.0f}" lang="{language}" role="group" aria-labelledby="title">'
        ),
        f'<title id="title">Conversations: {escape(names)}</title>',
        f"<style>{_STYLE}</style>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"'
            ' orient="auto-start-reverse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>'
        ),
        '<rect class="paper" width="100%" height="100%"/>',
    ]
    for each, (x, y) in zip(drawn, places, strict=True):
        lines.append(f'<g id="{escape(each.graph.flow)}" transform="translate({x:.0f} {y:.0f})">')
        lines.extend(each.lines(link))
        lines.append("</g>")
    return "\n".join([*lines, "</svg>"]) + "\n"


def _side_by_side(drawn: "Sequence[_Drawing]") -> tuple[list[tuple[float, float]], float, float]:
    """Where each drawing stands, in rows that fill a sheet; the width and the height of it all."""
    sheet = max(SHEET, *(each.width for each in drawn))
    places: list[tuple[float, float]] = []
    x = top = bottom = right = 0.0
    for each in drawn:
        if x and x + each.width > sheet:
            x, top = 0.0, bottom
        places.append((x + MARGIN, top + MARGIN))
        x += each.width + 2 * MARGIN
        right, bottom = max(right, x), max(bottom, top + HEADING + each.height + 2 * MARGIN)
    return places, right, bottom


@dataclass(eq=False, slots=True)
class _Box:
    """Something that takes room in a layer: a node, what stands on an arrow, or the bend of a long one."""

    layer: int
    rows: tuple[str, ...] = ()
    node: Node | None = None
    width: float = 0
    height: float = 0
    x: float = 0  # of the middle
    y: float = 0  # of the top
    floor: float = 0  # of the layer
    reach: int = 1  # boxes to the end of the longest way on
    above: list["_Box"] = field(default_factory=list)
    below: list["_Box"] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class _Path:
    """An arrow as the boxes it runs through, downwards. `again`: its head is at the upper end."""

    boxes: tuple[_Box, ...]
    again: bool = False
    headless: bool = False


class _Drawing:
    """One graph, laid out."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        depths = _depths(graph)
        self._boxes = {id: _box_of(node, 2 * depths[id]) for id, node in graph.nodes.items()}
        self._layers: list[list[_Box]] = [[] for _ in range(2 * max(depths.values()) + 2)]
        for box in self._boxes.values():
            self._layers[box.layer].append(box)
        self._paths = [path for arrow in graph.lines() for path in self._run(*arrow)]
        for path in self._paths:
            for upper, lower in pairwise(path.boxes):
                upper.below.append(lower)
                lower.above.append(upper)
        for layer in reversed(self._layers):
            for box in layer:
                box.reach = 1 + max((each.reach for each in box.below), default=0)
        self._order()
        self._place()
        boxes = [box for layer in self._layers for box in layer]
        left = min(box.x - box.width / 2 for box in boxes)
        for box in boxes:
            box.x -= left
        heading = max(len(graph.flow) * 12, len(graph.about) * LETTER)
        self.width = max(heading, *(box.x + box.width / 2 for box in boxes))
        self.height = max(box.bottom for box in boxes)

    def _run(self, source: str, target: str, label: str) -> Iterator[_Path]:
        """The arrow through all layers between its ends, with a box for its label in the first of them."""
        upper, lower = self._boxes[source], self._boxes[target]
        rows = tuple(row for line in label.split("\n") if label for row in wrap(line, COLUMNS))
        if upper is lower:
            beside = self._between(upper.layer + 1, rows)
            yield _Path((upper, beside), headless=True)
            yield _Path((upper, beside), again=True)
            return
        again = upper.layer > lower.layer
        if again:
            upper, lower = lower, upper
        between = [self._between(layer, ()) for layer in range(upper.layer + 1, lower.layer)]
        labelled = between[-1 if again else 0]
        labelled.rows, labelled.width, labelled.height = rows, _width(rows), LINE * len(rows)
        yield _Path((upper, *between, lower), again)

    def _between(self, layer: int, rows: tuple[str, ...]) -> _Box:
        box = _Box(layer, rows, width=_width(rows), height=LINE * len(rows))
        self._layers[layer].append(box)
        return box

    # Order and place

    def _order(self) -> None:
        """Each box at the mean position of its neighbours, down and up; the order that crosses least is kept."""
        best, fewest = [list(layer) for layer in self._layers], self._crossings()
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for layer in self._layers if down else reversed(self._layers):
                position = {box: n for other in self._layers for n, box in enumerate(other)}
                mean = {box: _mean(box.above if down else box.below, position, position[box]) for box in layer}
                layer.sort(key=mean.__getitem__)
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(layer) for layer in self._layers], crossings
        self._layers = best

    def _crossings(self) -> int:
        count = 0
        for upper, lower in pairwise(self._layers):
            position = {box: n for n, box in enumerate(lower)}
            ends = [position[below] for box in upper for below in sorted(box.below, key=position.__getitem__)]
            count += sum(a > b for n, a in enumerate(ends) for b in ends[n + 1 :])
        return count

    def _place(self) -> None:
        top = 0.0
        for layer in self._layers:
            height = max((box.height for box in layer), default=0)
            for box in layer:
                box.y, box.floor = top, top + height
                if box.layer % 2:
                    box.y += (height - box.height) / 2  # what stands on arrows, halfway between boxes
                elif box.node is None:
                    box.height = height
            top += height + BELOW + FAN * max((len(box.below) for box in layer), default=0)
        for layer in self._layers:
            _spread(layer, [0.0] * len(layer))
        for sweep in range(SETTLINGS):
            for layer in self._layers if sweep % 2 == 0 else reversed(self._layers):
                _spread(layer, [_wish(box) for box in layer])

    # Drawing

    def lines(self, link: Callable[[str], str]) -> Iterator[str]:
        yield f'<text class="heading" y="18">{escape(self.graph.flow)}</text>'
        yield f"<desc>{escape(_told(self.graph))}</desc>"
        yield f'<text class="about" y="40">{escape(self.graph.about)}</text>'
        yield f'<g transform="translate(0 {HEADING})">'
        for path in self._paths:
            yield self._arrow(path)
        for layer in self._layers:
            for box in layer:
                yield from _drawn(box, link)
        yield "</g>"

    def _arrow(self, path: _Path) -> str:
        """A smooth line that runs upright beside boxes and slants where it only passes between them."""
        first, *between, last = path.boxes
        x = first.x + _port(first.below, path.boxes[1], first.width)
        points = [(x, first.bottom)]
        if first.floor > first.bottom:
            points.append((x, first.floor))
        for box in between:
            points += [(box.x, box.middle)] if box.layer % 2 else [(box.x, box.y), (box.x, box.floor)]
        points.append((last.x + _port(last.above, path.boxes[-2], last.width), last.y))
        head = "" if path.headless else f' marker-{"start" if path.again else "end"}="url(#tip)"'
        return f'<path class="arrow{" again" if path.again else ""}"{head} d="{_smooth(points)}"/>'


def _smooth(points: Sequence[tuple[float, float]]) -> str:
    """A curve through points from top to bottom, upright at both ends, that goes no further aside than they do."""
    slants = [(x2 - x1) / (y2 - y1) for (x1, y1), (x2, y2) in pairwise(points)]
    # The harmonic mean of the slants before and after: never more than twice the lesser.
    at = [0.0, *(2 * a * b / (a + b) if a * b > 0 else 0.0 for a, b in pairwise(slants)), 0.0]
    parts = ["M{:.1f} {:.1f}".format(*points[0])]
    for n, ((x1, y1), (x2, y2)) in enumerate(pairwise(points)):
        half = (y2 - y1) / 2
        a, b = x1 + at[n] * half, x2 - at[n + 1] * half
        parts.append(f"C{a:.1f} {y1 + half:.1f} {b:.1f} {y1 + half:.1f} {x2:.1f} {y2:.1f}")
    return "".join(parts)


def _told(graph: Graph) -> str:
    """The graph in words, for those who hear it: a sentence for each arrow."""
    names = {
        id: node.name or (node.pages[0].split("\n")[0] if node.pages else node.kind)
        for id, node in graph.nodes.items()
    }
    return " ".join(
        f"{names[source]}, {label.replace(chr(10), ' or ')}: {names[target]}."
        if label
        else f"{names[source]}: {names[target]}."
        for source, target, label in graph.lines()
    )


def _depths(graph: Graph) -> dict[str, int]:
    """How many arrows lead to each node at most, not counting those that lead back to where one has been."""
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target in graph.arrows:
        onward[source].append(target)
    finished: list[str] = []
    under_way: set[str] = set()
    forward: dict[str, list[str]] = defaultdict(list)

    def visit(id: str) -> None:
        under_way.add(id)
        for target in onward[id]:
            if target in under_way:
                continue
            forward[id].append(target)
            if target not in finished:
                visit(target)
        under_way.remove(id)
        finished.append(id)

    for id in graph.nodes:
        if id not in finished:
            visit(id)
    depths = dict.fromkeys(graph.nodes, 0)
    for id in reversed(finished):
        for target in forward[id]:
            depths[target] = max(depths[target], depths[id] + 1)
    return depths


def _mean(neighbours: Sequence[_Box], position: Mapping[_Box, int], otherwise: float) -> float:
    return fmean(position[each] for each in neighbours) if neighbours else otherwise


def _wish(box: _Box) -> float:
    """Where a box would stand best: under and over its neighbours, above all in line with the longest way on."""
    near = [(each.x, box.reach) for each in box.above] + [(each.x, each.reach) for each in box.below]
    return _weighted(near) if near else box.x


def _weighted(values: Sequence[tuple[float, int]]) -> float:
    """The mean of values that each have a weight."""
    return sum(value * weight for value, weight in values) / sum(weight for _, weight in values)


def _spread(layer: Sequence[_Box], wishes: Sequence[float]) -> None:
    """
    Set a layer's boxes as near to their wishes as their order and widths allow, by least squares.

    Boxes that would overlap form a block, which stands at the mean of their wishes. Source: "pool adjacent
    violators", Ayer and others, 1955.
    """
    offsets = [0.0]
    for a, b in pairwise(layer):
        offsets.append(offsets[-1] + (a.width + b.width) / 2 + BETWEEN)
    blocks: list[list[tuple[float, int]]] = []
    for box, wish, offset in zip(layer, wishes, offsets, strict=False):
        blocks.append([(wish - offset, box.reach)])
        while len(blocks) > 1 and _weighted(blocks[-2]) > _weighted(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    places = [_weighted(block) for block in blocks for _ in block]
    for box, place, offset in zip(layer, places, offsets, strict=False):
        box.x = place + offset


def _port(neighbours: Sequence[_Box], one: _Box, width: float) -> float:
    """Where on a box's edge its arrow to one of its neighbours begins: side by side, in their order."""
    if len(neighbours) < 2 or not width:
        return 0.0
    in_order = sorted(neighbours, key=lambda each: each.x)
    step = min(24.0, 0.7 * width / (len(in_order) - 1))
    return (in_order.index(one) - (len(in_order) - 1) / 2) * step


# Boxes


def _width(rows: Sequence[str]) -> float:
    return max(map(len, rows), default=0) * LETTER + (8 if rows else 0)


def _box_of(node: Node, layer: int) -> _Box:
    rows = _rows(node)
    if node.kind == "start":
        return _Box(layer, rows, node, width=12, height=12)
    if node.kind == "question":
        return _Box(layer, rows, node, width=COLUMNS * LETTER + 28, height=LINE * len(rows) + 46)
    return _Box(layer, rows, node, width=_width(rows) + 24, height=LINE * len(rows) + (18 if node.pages else 12))


def _rows(node: Node) -> tuple[str, ...]:
    if node.kind == "flow":
        return (f"{node.name} \u2192",)
    return node.rows or tuple(filter(None, [node.name]))


def _drawn(box: _Box, link: Callable[[str], str]) -> Iterator[str]:
    left, node = box.x - box.width / 2, box.node
    if node is None:
        if box.rows:
            yield _rect("paper", left, box.y, box.width, box.height, 3)
            yield from _text(box.rows, box.x, box.y + 12, "on")
        return
    yield f"<g><title>{escape(_TITLES[node.kind].format(node.name))}</title>"
    if node.kind == "start":
        yield f'<circle class="start" cx="{box.x:.1f}" cy="{box.y + 6:.1f}" r="6"/>'
    elif node.kind == "question":
        yield _rect("question", left, box.y, box.width, box.height, 12)
        yield from _text([node.name], box.x, box.y + 15, "step")
        yield _rect("glass", left + 8, box.y + 22, box.width - 16, box.height - 34, 4)
        yield from _text(box.rows, left + 14, box.y + 40)
    elif node.pages:
        yield _rect(node.kind, left, box.y, box.width, box.height, 16)
        yield from _text(box.rows, left + 16, box.y + 21)
    else:
        yield from _linked(node, link, box, left)
    yield "</g>"


_TITLES: Final[Mapping[Kind, str]] = {
    "start": "It begins",
    "question": "The question {}",
    "read": "From the books: {}",
    "submit": "A command: {}",
    "check": "A secret: {}",
    "flow": "Another conversation: {}",
    "end": "It ends",
    "refused": "It ends with a refusal",
}


def _linked(node: Node, link: Callable[[str], str], box: _Box, left: float) -> Iterator[str]:
    if node.kind == "flow":
        yield f'<a href="{escape(link(node.name))}">'
    yield _rect(node.kind, left, box.y, box.width, box.height, 14 if node.kind == "check" else 4)
    yield from _text(box.rows, box.x, box.y + 18, "small")
    if node.kind == "flow":
        yield "</a>"


def _rect(kind: str, x: float, y: float, width: float, height: float, radius: int) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place} rx="{radius}"/>'


def _text(rows: Sequence[str], x: float, y: float, kind: str = "") -> Iterator[str]:
    """Lines of text: of a screen from the left, of anything that has a kind in the middle."""
    attributes = f' class="{kind}" text-anchor="middle"' if kind else ""
    for number, row in enumerate(rows):
        if row:
            yield f'<text{attributes} x="{x:.1f}" y="{y + LINE * number:.1f}">{escape(row)}</text>'
