"""
Would the tests notice? `make mutants ARGS="--number 50 --seed 7"`.

Makes small changes in the files that money passes through, one at a time in a copy of the tree, and runs the tests
that reach the changed line until one fails. A change that none of them notices is shown at the end: it wants a
test, or a word on why it makes no difference. Ctrl-C ends it; the same seed goes on where it stopped.
"""

import argparse
import difflib
import hashlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Literal

from bot.local.stores import embedded
from tests.mutants.mutations import Mutation, mutations, sample
from tests.mutants.reach import Reach, measure
from tests.mutants.tree import Tree

ROOT = Path(__file__).parents[2]
MONEY = [
    *(f"domain/{room}" for room in ("loans", "savings", "share_out", "rotation", "sacco", "treasury", "books")),
    *(f"domain/{room}" for room in ("meetings", "arithmetic", "decisions")),
    *(f"domain/groups/{name}.py" for name in ("leave", "own_money")),
    *(f"domain/records/{name}.py" for name in ("loan", "rota", "share_out", "proposal", "payment")),
]
# Of other tests, some reach the money too; that these alone notice is the harder thing to ask.
TESTS = ["tests/domain"]
ENOUGH = 95  # percent
KEPT = ROOT / ".data" / "mutants"
WRONG_CALL = {4, 5}  # of pytest: it does not understand what to run, or finds nothing

Outcome = Literal["caught", "timed out", "survived", "not run"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a change: of how many tests that reach it, and which noticed."""

    outcome: Outcome
    tests: int
    by: str = ""

    @property
    def noticed(self) -> bool:
        return self.outcome in {"caught", "timed out"}


class Bar:
    """How far we are and what is left, on one line that is drawn over; lines for good go above it."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._survived = total, 0, 0
        self._began, self._tried = time.monotonic(), 0

    def step(self, result: Result, *, tried: bool) -> None:
        self._done += 1
        self._tried += tried
        self._survived += not result.noticed
        self.draw()

    def draw(self) -> None:
        filled = 30 * self._done // max(1, self._total)
        text = f"[{'#' * filled}{'.' * (30 - filled)}] {self._done}/{self._total}, {self._survived} not noticed"
        if self._tried:
            left = (time.monotonic() - self._began) / self._tried * (self._total - self._done)
            text += f", about {-(-left // 60):.0f} min left"
        self._write(f"\r{text:<78}")

    def line(self, text: str) -> None:
        self._write(f"\r{text:<78}\n")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


class Results:
    """What became of the changes of a seed, kept as they are tried. A file that has changed is tried anew."""

    def __init__(self, path: Path, sources: Mapping[str, str]) -> None:
        self._path = path
        self._digests = {
            name: hashlib.sha256(source.encode()).hexdigest()[:16] for name, source in sources.items()
        }
        self._found: dict[tuple[str, str], Result] = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            kept = json.loads(line)
            change = kept.pop("name"), kept.pop("source")
            self._found[change] = Result(**kept)

    def get(self, mutation: Mutation) -> Result | None:
        return self._found.get((mutation.name, self._digests[mutation.path]))

    def keep(self, mutation: Mutation, result: Result) -> Result:
        source = self._digests[mutation.path]
        self._found[mutation.name, source] = result
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps({"name": mutation.name, "source": source, **asdict(result)}) + "\n")
        return result


@contextmanager
def attempts(tree: Tree, reach: Reach, *, most: int, seconds: int) -> Iterator[Callable[[Mutation], Result]]:
    """Makes one change at a time and sees who notices, all on the same stores."""
    with tempfile.TemporaryDirectory() as scratch, embedded(Path(scratch), testing=True) as stores:
        listed = Path(scratch) / "tests.txt"

        def attempt(mutation: Mutation) -> Result:
            tests = reach.tests(mutation)[:most]
            if not tests:
                return Result("not run", 0)
            listed.write_text("\n".join(tests))
            running = ["-x", "--hypothesis-profile=any-failure", f"@{listed}"]
            running += ["--stores", stores.mongo_uri, stores.redis_url]
            with tree.changed(mutation):
                code, said = tree.pytest(running, seconds=seconds)
            # A change with which not even the tests' own conftest loads is one that is noticed.
            if code is not None and (code < 0 or (code in WRONG_CALL and "conftest" not in said)):
                raise SystemExit(f"pytest was ended by another, or does not take these tests:\n{said[-2000:]}")
            outcome: Outcome = "timed out" if code is None else "caught" if code else "survived"
            failed = next((line for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))), "")
            return Result(outcome, len(tests), by=failed.partition(" - ")[0])

        yield attempt


def diff(mutation: Mutation, source: str) -> str:
    lines = difflib.unified_diff(
        source.splitlines(), mutation.applied(source).splitlines(), mutation.path, mutation.path, "", "", 2, ""
    )
    return "\n".join(lines)


def files(tree: Tree, wanted: Sequence[str]) -> Iterator[str]:
    for name in tree.files:
        path = PurePath(name)
        if path.suffix == ".py" and any(path.is_relative_to(each) for each in wanted):
            yield name


def arguments_of(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=150, help="how many changes (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which ones; more of a seed add to it (%(default)s)")
    parser.add_argument(
        "--file", action="append", help="a file or directory to change instead of all of the money's"
    )
    parser.add_argument("--tests", action="append", help=f"a directory or file of tests ({', '.join(TESTS)})")
    parser.add_argument("--list", action="store_true", help="say which changes there are, and try none")
    parser.add_argument("--again", action="store_true", help="try once more what was not noticed before")
    parser.add_argument("--most", type=int, default=400, help="tests of a change, the nearest first (%(default)s)")
    parser.add_argument(
        "--minutes", type=int, default=15, help="that the tests of a change may take (%(default)s)"
    )
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 2, help="processes that measure reach (%(default)s)"
    )
    return parser.parse_args(given)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when enough changes were noticed, 1 when too few were, 130 when it was stopped."""
    wanted = arguments_of(arguments)
    # However it is stopped, it stops its stores and says how far it came.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tree = Tree(ROOT, KEPT / "tree")
    sources = {name: tree.source(name) for name in files(tree, wanted.file or MONEY)}
    found = [each for name, source in sources.items() for each in mutations(name, source)]
    chosen = sample(found, wanted.seed)[: wanted.number]
    results = Results(KEPT / f"seed-{wanted.seed}.jsonl", sources)
    if wanted.list:
        for each in chosen:
            known = results.get(each)
            print(f"{known.outcome if known else '':<9} {each}")
        return 0
    bar = Bar(len(chosen))
    bar.line(f"{len(chosen)} of {len(found)} changes in {len(sources)} files, seed {wanted.seed}")
    tried: list[tuple[Mutation, Result]] = []
    try:
        reach = measure(tree, KEPT / "reach.json.gz", wanted.tests or TESTS, wanted.workers, bar.line)
        with attempts(tree, reach, most=wanted.most, seconds=60 * wanted.minutes) as attempt:
            for mutation in chosen:
                result = results.get(mutation)
                new = result is None or (wanted.again and not result.noticed)
                if result is None or new:
                    result = results.keep(mutation, attempt(mutation))
                    if not result.noticed:
                        bar.line(f"{result.outcome}: {mutation}")
                tried.append((mutation, result))
                bar.step(result, tried=new)
    except KeyboardInterrupt:
        bar.line("Stopped. The same seed goes on from here.")
        report(tried, sources)
        return 130
    noticed = report(tried, sources)
    return 0 if 100 * noticed >= ENOUGH * len(tried) else 1


def report(tried: Sequence[tuple[Mutation, Result]], sources: Mapping[str, str]) -> int:
    """Print what became of the changes, and each that nobody noticed. Returns how many were noticed."""
    for mutation, result in tried:
        if not result.noticed:
            who = f"{result.tests} tests ran the line" if result.tests else "no test runs the line"
            print(f"\nNot noticed, {who}:\n{diff(mutation, sources[mutation.path])}")
    outcomes = Counter(result.outcome for _, result in tried)
    noticed = sum(result.noticed for _, result in tried)
    share = f", {100 * noticed / len(tried):.1f} %" if tried else ""
    each = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    print(f"\n{noticed} of {len(tried)} changes were noticed{share} ({each or 'none was tried'})")
    return noticed


if __name__ == "__main__":
    sys.exit(main())
