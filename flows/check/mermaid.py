"""The graphs of conversations as flowcharts in Mermaid, which Markdown pages show as pictures."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from types import ModuleType
from typing import Final

from flows.check.map import Graph, Kind, Node

PICTURES: Final = (".svg", ".png", ".pdf")
COLUMNS: Final = 26  # letters of a line on a screen
LABELS_MAX: Final = 3  # on one arrow; then ".."

# What stands on either side of a node's text.
_SHAPES: Final[Mapping[Kind, tuple[str, str]]] = {
    "start": ("((", "))"),
    "question": ("[", "]"),
    "read": ("[/", "/]"),
    "submit": ("[[", "]]"),
    "check": ("{{", "}}"),
    "flow": (">", "]"),
    "end": ("([", "])"),
    "refused": ("([", "])"),
}


def flowchart(graph: Graph, link: Callable[[str], str] = "#{}".format) -> str:
    """
    A graph as Mermaid's `flowchart`; `link` is where a flow is drawn.

    Source: mermaid.js.org, "Flowcharts - Basic Syntax".
    """
    ids = {id: f"n{number}" for number, id in enumerate(graph.nodes)}
    lines = ["flowchart TD"]
    for id, node in graph.nodes.items():
        opening, closing = _SHAPES[node.kind]
        lines.append(f"  {ids[id]}{opening}{_quoted(_told(node))}{closing}")
        if node.kind == "flow":
            lines.append(f'  click {ids[id]} href "{link(node.name)}"')
    for (source, target), labels in graph.arrows.items():
        more = [".."] if len(labels) > LABELS_MAX else []
        way = f"-- {_quoted(chr(10).join([*labels[:LABELS_MAX], *more]))} -->" if labels else "-->"
        lines.append(f"  {ids[source]} {way} {ids[target]}")
    return "\n".join(lines) + "\n"


def page(graphs: Sequence[Graph]) -> str:
    """All graphs as one page of Markdown, a heading for each that the others can link to."""
    parts = [f"## {graph.flow}\n\n{graph.about}\n\n```mermaid\n{flowchart(graph)}```\n" for graph in graphs]
    return "\n".join(parts)


def draw(graph: Graph, path: Path) -> None:
    """Draw a graph, as the kind of picture that the path ends in. Raises ImportError without mermaidx."""
    load_painter().render(flowchart(graph)).save(path)


def write(graphs: Sequence[Graph], output: Path) -> None:
    """
    Write a page of Markdown, or what the path ends in: Mermaid (.mmd) or a picture, of the first. A directory gets
    a file of Mermaid for each. Raises OSError, and ImportError without mermaidx.
    """
    if output.is_dir():
        for graph in graphs:
            (output / f"{graph.flow}.mmd").write_text(flowchart(graph, "{}.mmd".format), "utf-8")
    elif output.suffix in PICTURES:
        draw(graphs[0], output)
    elif output.suffix == ".mmd":
        output.write_text(flowchart(graphs[0]), "utf-8")
    else:
        output.write_text(page(graphs), "utf-8")


def load_painter() -> ModuleType:
    """What draws pictures. Raises ImportError where it is not installed."""
    import mermaidx  # developers have it; production draws nothing

    painter: ModuleType = mermaidx
    return painter


def _told(node: Node) -> str:
    """The name of a node, and its pages in lines as on a small phone, with an empty one between two pages."""
    pages = ["\n".join(row for line in page.split("\n") for row in wrap(line, COLUMNS)) for page in node.pages]
    name = [node.name or node.kind] if node.name or not pages else []
    return "\n".join([*name, "\n\n".join(pages)]).rstrip()


def _quoted(text: str) -> str:
    """In quotes, with Mermaid's own entities for what would end them or be taken for markup."""
    escaped = re.sub(r"[#\"&<>`*_]|(?<=\d)\.(?= )", lambda char: f"#{ord(char[0])};", text)
    return '"' + escaped.replace("\n", "<br>") + '"'
