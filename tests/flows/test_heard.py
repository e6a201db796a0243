"""Where transcripts are heard: what conftest.py leaves of the tests that were collected."""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.flows.talk import CHATS, Name, channel_of

# Told of conversations whose own transcripts are heard everywhere; and of numbers, which Telegram does not tell.
ONE_LONG_STORY = {
    *("test_leaders_day.py", "test_whole_meeting.py", "test_not_me.py", "test_carried.py", "test_unasked.py"),
}

pytestmark = pytest.mark.chats("whatsapp")


@pytest.mark.chats("telegram", "sms")
def test_a_transcript_that_names_its_chats_is_not_heard_in_its_file_s(
    channel: Name, request: pytest.FixtureRequest
) -> None:
    assert channel != "whatsapp" or request.config.getoption("every_channel")


def test_each_transcript_is_heard_in_a_call_and_in_its_chats_and_each_file_on_every_channel(
    channel: Name, request: pytest.FixtureRequest
) -> None:
    heard: defaultdict[tuple[Path, str], set[str]] = defaultdict(set)
    named: dict[tuple[Path, str], set[str]] = {}
    for item in request.session.items:
        where, mark = channel_of(item), item.get_closest_marker("chats")
        if isinstance(item, pytest.Function) and where is not None and mark is not None:
            heard[item.path, item.originalname].add(where)
            named[item.path, item.originalname] = set(mark.args)
    if request.config.getoption("every_channel"):
        named = {transcript: set(CHATS) for transcript in named}
    assert {transcript: channels - {"ussd"} for transcript, channels in heard.items()} == named
    files: defaultdict[str, set[str]] = defaultdict(set)
    for (path, _), chats in named.items():
        files[path.name] |= chats
    assert {file for file, chats in files.items() if chats != set(CHATS)} <= ONE_LONG_STORY
