"""Processes of ours that end by themselves."""

import os
from pathlib import Path

from bot.local.children import RESTARTS_MAX, Child
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
