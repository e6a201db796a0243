"""Where conversations are given up: what the traces say of each question, and how long people look at it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

from flows.engine.messages import Trace

DROPPED_SECONDS: Final = 30 * 60  # without another turn: the session is forgotten then

By = Literal["channel", "language"]


@dataclass(frozen=True, slots=True)
class Row:
    """
    One question, of all channels and languages or of the one that is named in `split`.

    `entered`: it was shown to somebody who comes from elsewhere. `back`: left by "0" or "00". `dropped`: nothing
    came after it. `seconds`: the median time before something was typed, None when nothing was.
    """

    flow: str
    step: str
    split: str
    entered: int
    answered: int
    invalid: int
    back: int
    dropped: int
    seconds: float | None


@dataclass(slots=True)
class _Count:
    entered: int = 0
    answered: int = 0
    invalid: int = 0
    back: int = 0
    dropped: int = 0
    waited: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The question that somebody has before them, and since when."""

    at: int
    step: str
    split: str


def funnel(traces: Iterable[Trace], now: int, by: By | None = None) -> list[Row]:
    """
    A row for each question, by flow and step in the order they were first seen, split by `by`.

    `now` is in seconds since the epoch, as `Trace.at` is. Traces of no conversation count, except as dropped.
    """
    counts: defaultdict[tuple[str, str], _Count] = defaultdict(_Count)
    shown: dict[str, _Shown] = {}
    for trace in sorted(traces, key=lambda each: each.at):  # they come member by member
        split = getattr(trace, by) if by else ""
        asked = counts[_plain(trace.step), split]
        before = shown.get(trace.conversation)
        if before and trace.at - before.at > DROPPED_SECONDS:
            counts[before.step, before.split].dropped += 1
        match trace.outcome:
            case "answered":
                asked.answered += 1
            case "invalid":
                asked.invalid += 1
            case "back" | "home":
                asked.back += 1
        if trace.outcome in ("answered", "invalid", "back", "home"):
            asked.waited.append(trace.waited)
        if trace.next and (trace.next != trace.step or trace.outcome in ("entered", "jumped")):
            counts[_plain(trace.next), split].entered += 1
        if not trace.step:  # an offer to go on, or a call that ended: the question is where it was
            if before:
                shown[trace.conversation] = _Shown(trace.at, before.step, before.split)
        elif trace.next and trace.conversation:
            shown[trace.conversation] = _Shown(trace.at, _plain(trace.next), split)
        else:
            shown.pop(trace.conversation, None)
    for last in shown.values():
        if now - last.at > DROPPED_SECONDS:
            counts[last.step, last.split].dropped += 1
    return _rows(counts)


def _rows(counts: dict[tuple[str, str], _Count]) -> list[Row]:
    steps = list(dict.fromkeys(step for step, _ in counts if step))
    flows = list(dict.fromkeys(step.partition(".")[0] for step in steps))
    in_order = sorted(
        (key for key in counts if key[0]),
        key=lambda key: (flows.index(key[0].partition(".")[0]), steps.index(key[0]), key[1]),
    )
    rows: list[Row] = []
    for step, split in in_order:
        count, (flow, _, name) = counts[step, split], step.partition(".")
        seconds = round(median(count.waited), 1) if count.waited else None
        rows.append(
            Row(
                flow, name, split, count.entered, count.answered, count.invalid, count.back, count.dropped, seconds
            )
        )
    return rows


_COUNTS: Final = ("entered", "answered", "invalid", "back", "dropped", "seconds")


def table(rows: Sequence[Row], by: By | None = None) -> str:
    """Rows to be read: a block for each flow, the numbers under one another."""
    if not rows:
        return "No turns yet. Dial, then look again."
    named = max(len("step"), *(len(row.flow) for row in rows), *(len(row.step) + 2 for row in rows))
    split = max(len(by), *(len(row.split) for row in rows)) if by else 0
    head = [f"{'step':{named}}", *([f"{by:{split}}"] if by else []), *(f"{name:>8}" for name in _COUNTS)]
    lines = ["  ".join(head)]
    flow = step = ""
    for row in rows:
        if row.flow != flow:
            lines += ["", row.flow]
            step = ""
        name = f"  {row.step}" if row.step != step else ""
        flow, step = row.flow, row.step
        numbers = [row.entered, row.answered, row.invalid, row.back, row.dropped]
        seconds = "-" if row.seconds is None else f"{row.seconds:.1f}"
        cells = [f"{name:{named}}", *([f"{row.split:{split}}"] if by else []), *(f"{n:>8,}" for n in numbers)]
        lines.append("  ".join([*cells, f"{seconds:>8}"]))
    return "\n".join(lines)


def _plain(step: str) -> str:
    """A step without the number of the time it is taken."""
    return step.partition("#")[0]
