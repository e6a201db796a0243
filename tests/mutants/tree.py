"""A copy of the working tree in which one change at a time is made: what you edit meanwhile is not touched."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.mutations import Mutation

# A test that does not end has noticed, and is ended after this long: many times what any takes on a busy machine.
TEST_SECONDS = 60


class Tree:
    """The files that git has or would take, as they are now, in a directory of their own."""

    def __init__(self, root: Path, copy: Path) -> None:
        self.root, self.copy = root, copy
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        self.files = sorted(name for name in listed if name and (root / name).is_file())
        wanted = set(self.files)
        for old in [path for path in copy.rglob("*") if path.is_file() and path.suffix != ".pyc"]:
            if str(old.relative_to(copy)) not in wanted:
                old.unlink()
        for name in self.files:
            here, there = root / name, copy / name
            if not there.exists() or there.read_bytes() != here.read_bytes():
                self._write(there, here.read_bytes())

    def source(self, name: str) -> str:
        return (self.root / name).read_text()

    def digest(self, *beginnings: str) -> str:
        """Of the Python files whose names begin so."""
        digest = hashlib.sha256()
        for name in self.files:
            if name.endswith(".py") and name.startswith(beginnings):
                digest.update(name.encode() + b"\0" + (self.copy / name).read_bytes() + b"\0")
        return digest.hexdigest()

    @contextmanager
    def changed(self, mutation: Mutation) -> Iterator[None]:
        path = self.copy / mutation.path
        source = path.read_text()
        self._write(path, mutation.applied(source).encode())
        try:
            yield
        finally:
            self._write(path, source.encode())

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # Python tells compiled code from new code by size and second: two changes in one second look the same.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)

    def pytest(
        self, arguments: Sequence[str], *, seconds: float | None, environment: Mapping[str, str] | None = None
    ) -> tuple[int | None, str]:
        """
        The exit code of a run in the copy, and what it says; None when it took longer than `seconds`.

        It is ended as Ctrl-C ends it, so that the stores it started end with it.
        """
        command = [sys.executable, "-m", "pytest", "-q", f"--timeout={TEST_SECONDS}", *arguments]
        with subprocess.Popen(
            command,
            cwd=self.copy,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as run:
            try:
                said, _ = run.communicate(timeout=seconds)
            except BaseException as ended:
                os.killpg(run.pid, signal.SIGINT)
                try:
                    said, _ = run.communicate(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(run.pid, signal.SIGKILL)
                    said, _ = run.communicate()
                if isinstance(ended, subprocess.TimeoutExpired):
                    return None, said
                raise
        return run.returncode, said
