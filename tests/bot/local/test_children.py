"""Processes of ours that end by themselves."""

import os
import subprocess
import sys
from pathlib import Path

from bot.local import keeper
from bot.local.children import RESTARTS_MAX, Child
from bot.local.processes import Process
from tests.waiting import until


def test_what_ends_again_and_again_is_not_started_for_ever(tmp_path: Path) -> None:
    child = Child("nobody", ["this_is_no_module"], os.environ, tmp_path)
    for _ in range(RESTARTS_MAX):
        until(child.has_ended)
        assert child.restart()
    until(child.has_ended)
    assert not child.restart()
    child.tell()
    child.wait()
    assert child.last_words().count("No module named this_is_no_module") == RESTARTS_MAX + 1


def test_it_ends_although_its_owner_died_before_it_was_there(tmp_path: Path) -> None:
    """The owner was killed while its keeper came up: nobody reads which process it keeps."""
    there = tmp_path / "pid"
    command = ["-c", f"import os, time; open({str(there)!r}, 'w').write(str(os.getpid())); time.sleep(600)"]
    reads, writes = os.pipe()
    os.close(reads)
    keeps = subprocess.Popen(
        [sys.executable, "-I", "-S", keeper.__file__, sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=writes,
        stderr=subprocess.PIPE,
    )
    os.close(writes)
    until(lambda: there.exists() and there.read_text() != "")
    kept = Process.of(int(there.read_text()))
    assert kept and keeps.poll() is None, "it keeps it for as long as nobody says that the owner is gone"
    _, said = keeps.communicate()
    assert (said, kept.is_alive()) == (b"", False)
