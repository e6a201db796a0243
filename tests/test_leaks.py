"""What must be nowhere is found wherever somebody wrote it, and never where chance did."""

import json
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.leaks import anything_leaked, leaked

PIN, PHONE, TOKEN = "2581", "256772000101", "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "2581",
        "1*2*2581",
        "text=2%2A2581&phone",
        '{"text": "2581"}',
        '{"text":2581}',
        r"Traceback:\n2581",
        repr(b"\xa42581"),
        b"\xa42581",
        "no-receipt-2581",
        "code_2581",
        "It is 2581.",
    ],
)
def test_a_pin_that_stands_by_itself_is_found(text: str | bytes) -> None:
    assert leaked(text, PIN, PHONE, TOKEN) == [PIN]


@pytest.mark.parametrize("text", ["12581", "25810", "id c2581ae", "2581f", "after 3.2581 s", '"ms": 2581', ""])
def test_digits_inside_another_number_or_an_id_are_chance(text: str) -> None:
    assert leaked(text, PIN) == []


@pytest.mark.parametrize(
    "text",
    [
        "+256772000101",
        "phoneNumber=%2B256772000101",
        "ws_CO_191220191020363925256772000101",
        "limits_256772000101",
        "46e3-256772000101",
        "abc256772000101",
    ],
)
def test_a_number_is_found_anywhere(text: str) -> None:
    assert leaked(text, PIN, PHONE) == anything_leaked(text) == [PHONE]


def test_a_token_is_found_anywhere_though_it_looks_like_an_id() -> None:
    assert leaked(f"https://example.org/bot{TOKEN}/send", PIN, TOKEN) == [TOKEN]
    assert anything_leaked(f'{{"token": "{TOKEN}"}}') == [TOKEN]


@given(st.integers(0, 2**32))
def test_a_line_of_a_log_holds_nothing_whatever_is_drawn_for_its_id(seed: int) -> None:
    drawn = random.Random(seed)
    at = drawn.randrange(32 - len(PHONE))
    unlucky = f"{drawn.getrandbits(128):032x}"
    unlucky = f"a{unlucky[1:at]}{PHONE}{unlucky[at:]}"[:31] + "f"
    for request_id in (unlucky, str(uuid.UUID(unlucky))):
        line = json.dumps({"request_id": request_id, "timestamp": f"2026-11-30T06:28:31.{PIN}48Z", "ms": 2.581})
        assert leaked(line, PIN, PHONE) == anything_leaked(line) == []
