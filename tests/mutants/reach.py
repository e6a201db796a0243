"""Which tests run which lines of the domain: measured once, and again for the files of tests that have changed."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePath
from typing import TypedDict

from coverage import CoverageData

from tests.mutants.mutations import Mutation
from tests.mutants.tree import Tree

# So many files of tests are measured at once, and kept before the next.
BATCH = 12
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+::.*?)(?: - .*)?$", re.MULTILINE)


class Kept(TypedDict):
    """What is kept of a measurement: `lines` are those that a test runs, by file; of "" those that imports run."""

    domain: str
    tests: dict[str, str]
    lines: dict[str, dict[str, list[int]]]


class Reach:
    """The tests by the line they run, the nearest first."""

    def __init__(self, kept: Kept) -> None:
        self._imported = {path: set(lines) for path, lines in kept["lines"].get("", {}).items()}
        self._tests: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._breadth: dict[str, int] = {}
        for test, paths in kept["lines"].items():
            if test:
                self._breadth[test] = sum(map(len, paths.values()))
                for path, lines in paths.items():
                    for line in lines:
                        self._tests[path][line].add(test)

    def tests(self, mutation: Mutation) -> list[str]:
        """
        Those that may notice a change: the file beside the rule first, then its room, then who runs the least.

        What an import runs, every test of the file may notice.
        """
        by_line = self._tests[mutation.path]
        reached = {test for line in mutation.lines for test in by_line.get(line, ())}
        if not reached and self._imported.get(mutation.path, set()) & set(mutation.lines):
            reached = {test for tests in by_line.values() for test in tests}
        rule = PurePath(mutation.path)
        beside, room = f"tests/{rule.parent}/test_{rule.name}::", f"tests/{rule.parent}/"

        def distance(test: str) -> tuple[bool, bool, int, str]:
            return not test.startswith(beside), not test.startswith(room), self._breadth[test], test

        return sorted(reached, key=distance)


def measure(tree: Tree, kept_in: Path, where: Sequence[str], workers: int, say: Callable[[str], None]) -> Reach:
    """
    Read what was measured, and measure what has changed since.

    `where` are the directories and files of the tests. Those that fail as things are notice nothing: they are left
    out.
    """
    domain = tree.digest("domain/", "tests/conftest.py", "tests/people.py", "tests/domain/savers.py")
    files = [name for name in tree.files if _is_a_test(name, where)]
    digests = {name: tree.digest(name) for name in files}
    kept: Kept = {"domain": domain, "tests": {}, "lines": {}}
    if kept_in.exists():
        before: Kept = json.loads(gzip.decompress(kept_in.read_bytes()))
        if before["domain"] == domain:
            kept = before
    changed = [name for name in files if kept["tests"].get(name) != digests[name]]
    gone = {*changed, *(name for name in kept["tests"] if name not in digests)}
    kept["lines"] = {test: lines for test, lines in kept["lines"].items() if test.partition("::")[0] not in gone}
    kept["tests"] = {name: digests[name] for name in digests if name not in changed}
    for first in range(0, len(changed), BATCH):
        batch = changed[first : first + BATCH]
        say(f"Measuring which lines the tests run: files {first + 1} to {first + len(batch)} of {len(changed)}")
        for test, paths in _measured(tree, batch, workers, say).items():
            if test:
                kept["lines"][test] = paths
                continue
            imported = kept["lines"].setdefault("", {})
            for path, lines in paths.items():
                imported[path] = sorted({*imported.get(path, []), *lines})
        kept["tests"] |= {name: digests[name] for name in batch}
        _write(kept_in, kept)
    return Reach(kept)


def _write(kept_in: Path, kept: Kept) -> None:
    """In one step: whoever stops it meanwhile finds what was measured before."""
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    new = kept_in.with_suffix(".new")
    new.write_bytes(gzip.compress(json.dumps(kept).encode(), compresslevel=3))
    new.replace(kept_in)


def _is_a_test(name: str, where: Iterable[str]) -> bool:
    path = PurePath(name)
    return path.name.startswith("test_") and any(path.is_relative_to(each) for each in where)


def _measured(
    tree: Tree, files: Sequence[str], workers: int, say: Callable[[str], None]
) -> dict[str, dict[str, list[int]]]:
    data = tree.copy.parent / "coverage"
    data.unlink(missing_ok=True)
    measuring = [
        f"--numprocesses={workers}", "--dist=loadfile", "--cov=domain", "--cov-context=test", "--cov-report=",
    ]  # fmt: skip
    code, said = tree.pytest([*measuring, *files], seconds=None, environment={"COVERAGE_FILE": str(data)})
    failed = set(FAILED.findall(said))
    if code not in {0, 1} or not data.exists():
        raise SystemExit(f"The tests could not be measured:\n{said[-3000:]}")
    for test in sorted(failed):
        say(f"  fails as things are, and is left out: {test}")
    return by_test(data, tree.copy, failed)


def by_test(data: Path, root: Path, without: Iterable[str] = ()) -> dict[str, dict[str, list[int]]]:
    """What coverage has measured under `root`, turned round: of each test, the lines it runs."""
    measured = CoverageData(str(data))
    measured.read()
    lines: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for file in measured.measured_files():
        path = str(Path(file).relative_to(root))
        for line, contexts in measured.contexts_by_lineno(file).items():
            for context in contexts:
                lines[context.rpartition("|")[0]][path].add(line)
    left_out = set(without)
    return {
        test: {path: sorted(each) for path, each in paths.items()}
        for test, paths in lines.items()
        if test not in left_out
    }
