"""Forms: what our own reader makes of one is what the standard library makes of it, at a third of the cost."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import MalformedRequest
from channels.forms import BODY_BYTES_MAX, read_fields, read_form

ENCODED = ["%", "%2", "%4a", "%4A", "%3D", "%26", "%25", "%2B", "%0D%0A", "%C3%A9", "%C3", "%A9"]
PLAIN = ["+", "=", "&", "_", " ", "\n", "\r\n", "\0", "a", "1*700", "é", "\u20ac", "zz", "3D"]
PIECES = st.sampled_from([*ENCODED, *PLAIN])


@given(st.lists(PIECES | st.text(max_size=3), max_size=20).map("".join))
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    """Byte for byte, broken encoding included: Twilio's signature is made of it."""
    body = text.encode(errors="replace")
    fields = [field for field in read_fields(body) if field != ("", "")]
    expected = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    assert fields == [field for field in expected if field != ("", "")]


@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_are_read_as_the_standard_library_reads_them(body: bytes) -> None:
    fields = [field for field in read_fields(body) if field != ("", "")]
    expected = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    assert fields == [field for field in expected if field != ("", "")]


def test_a_field_given_twice_counts_the_first_time() -> None:
    assert read_form(b"text=1&text=2&empty=") == {"text": "1", "empty": ""}


def test_a_form_that_is_too_large_is_refused() -> None:
    with pytest.raises(MalformedRequest):
        read_form(b"a" * (BODY_BYTES_MAX + 1))
