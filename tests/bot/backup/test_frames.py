"""What was sealed comes back as it was, or not at all: no bit of it can be changed, cut, swapped or added."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backup import frames
from bot.backup.errors import BackupRefused, BrokenSet, WrongKey
from bot.backup.frames import FRAME_BYTES, Keyring, in_frames, seal, unseal
from bot.backup.packing import pack, unpack

KEYS = Keyring(["0123456789abcdef0123456789abcdef-now"])
BEFORE = "0123456789abcdef0123456789abcdef-before"
NAME = "sets/20261129T020000Z/people.bson.zst.aes"
HEADER = 29


def sealed(plain: bytes, name: str = NAME, keys: Keyring = KEYS) -> bytes:
    return b"".join(seal([plain], keys, name))


def opened(stored: bytes, name: str = NAME, keys: Keyring = KEYS) -> bytes:
    return b"".join(unseal([stored], keys, name))


def frames_of(stored: bytes) -> list[bytes]:
    """The header, and each frame."""
    parts, at = [stored[:HEADER]], HEADER
    while at < len(stored):
        size = 4 + (int.from_bytes(stored[at : at + 4]) & ~(1 << 31))
        parts.append(stored[at : at + size])
        at += size
    return parts


# Three frames and a bit, which no example waits long for.
LONG = sealed(bytes(range(256)) * (3 * FRAME_BYTES // 256) + b"the end")


@given(pieces=st.lists(st.binary(max_size=200), max_size=20), step=st.integers(1, 97))
def test_what_was_sealed_comes_back_however_it_is_cut_on_the_way(pieces: list[bytes], step: int) -> None:
    stored = b"".join(seal(pieces, KEYS, NAME))
    cut = [stored[at : at + step] for at in range(0, len(stored), step)]
    assert b"".join(unseal(cut, KEYS, NAME)) == b"".join(pieces)


def test_many_frames_come_back_in_order() -> None:
    assert len(frames_of(LONG)) == 5
    assert opened(LONG) == bytes(range(256)) * (3 * FRAME_BYTES // 256) + b"the end"
    whole = bytes(2 * FRAME_BYTES)
    assert opened(sealed(whole)) == whole, "one that ends where a frame ends"


@given(plain=st.binary(max_size=300), data=st.data())
def test_any_flipped_bit_is_refused(plain: bytes, data: st.DataObject) -> None:
    stored = bytearray(sealed(plain))
    bit = data.draw(st.integers(0, 8 * len(stored) - 1))
    stored[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BackupRefused):
        opened(bytes(stored))


@given(plain=st.binary(max_size=300), data=st.data())
def test_any_truncation_is_refused(plain: bytes, data: st.DataObject) -> None:
    stored = sealed(plain)
    with pytest.raises(BrokenSet):
        opened(stored[: data.draw(st.integers(0, len(stored) - 1))])


@pytest.mark.parametrize("frames_left", range(5))
def test_one_that_is_cut_off_between_two_frames_is_refused(frames_left: int) -> None:
    with pytest.raises(BrokenSet, match="cut off"):
        opened(b"".join(islice(frames_of(LONG), frames_left)))


@given(order=st.permutations(range(1, 5)).filter(lambda order: order != [1, 2, 3, 4]))
def test_frames_in_another_order_are_refused(order: list[int]) -> None:
    header, *_ = parts = frames_of(LONG)
    with pytest.raises(BrokenSet):
        opened(header + b"".join(parts[place] for place in order))


@given(picked=st.lists(st.integers(1, 4), max_size=6).filter(lambda picked: picked != [1, 2, 3, 4]))
def test_frames_left_out_or_doubled_are_refused(picked: list[int]) -> None:
    header, *_ = parts = frames_of(LONG)
    with pytest.raises(BrokenSet):
        opened(header + b"".join(parts[place] for place in picked))


@given(more=st.binary(min_size=1, max_size=40))
def test_what_stands_behind_the_end_is_refused(more: bytes) -> None:
    with pytest.raises(BrokenSet, match="goes on behind its end"):
        opened(sealed(b"a") + more)


def test_a_frame_of_another_file_is_refused() -> None:
    """Of the same key, the same length and the same place: its salt is another one."""
    ours, theirs = frames_of(sealed(b"ours")), frames_of(sealed(b"them"))
    assert opened(b"".join(ours)) == b"ours"
    with pytest.raises(BrokenSet, match="frame 0"):
        opened(ours[0] + theirs[1])


def test_a_file_under_another_name_is_refused() -> None:
    with pytest.raises(BrokenSet):
        opened(sealed(b"a"), NAME.replace("people", "groups"))
    with pytest.raises(BrokenSet):
        opened(sealed(b"a"), NAME.replace("29T", "28T"))


def test_another_key_is_named_and_the_one_before_reads_on() -> None:
    stored = sealed(b"a", keys=Keyring([BEFORE]))
    assert opened(stored, keys=Keyring([KEYS.current, BEFORE])) == b"a"
    with pytest.raises(WrongKey, match=frames.key_name(BEFORE).hex()) as refused:
        opened(stored)
    assert BEFORE not in str(refused.value)


def test_another_file_is_no_backup() -> None:
    with pytest.raises(BrokenSet, match="no file of a backup"):
        opened(b"PK\x03\x04 something that was put here by hand")
    with pytest.raises(BrokenSet, match="cut off"):
        opened(b"")


def test_the_same_twice_looks_different() -> None:
    assert sealed(b"the same") != sealed(b"the same")


@given(pieces=st.lists(st.binary(max_size=50)), size=st.integers(1, 20))
def test_frames_are_of_one_size_but_the_last(pieces: list[bytes], size: int) -> None:
    cut = list(in_frames(pieces, size))
    assert b"".join(cut) == b"".join(pieces)
    assert {len(each) for each in cut[:-1]} <= {size} and len(cut[-1]) <= size


@given(pieces=st.lists(st.binary(max_size=200)))
def test_what_was_packed_comes_back(pieces: list[bytes]) -> None:
    assert b"".join(unpack(pack(pieces), NAME)) == b"".join(pieces)


def test_what_packs_well_is_unpacked_a_part_at_a_time() -> None:
    """A gigabyte of zeros is 30 kB: nobody holds it whole."""
    packed = b"".join(pack([bytes(8 << 20)]))
    assert len(packed) < 2_000
    parts = [len(part) for part in unpack([packed], NAME)]
    assert sum(parts) == 8 << 20 and max(parts) <= 1 << 20


@pytest.mark.parametrize("wrong", [b"", b"no such thing", b"".join(pack([b"abc" * 99]))[:-3]])
def test_what_cannot_be_unpacked_is_refused(wrong: bytes) -> None:
    with pytest.raises(BrokenSet, match="people"):
        list(unpack([wrong], NAME))
    with pytest.raises(BrokenSet, match="behind its end"):
        list(unpack([b"".join(pack([b"a"])), b"more"], NAME))
