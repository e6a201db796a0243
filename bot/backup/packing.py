"""Compression of a stream, a piece at a time: what is held of it does not grow with it."""

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from bot.backup.errors import BrokenSet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Of 1 to 22: what costs about as much as reading the documents does.
LEVEL: Final = 3
_OUT_BYTES: Final = 1 << 20


def pack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Smaller."""
    packer = zstd.ZstdCompressor(level=LEVEL)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def unpack(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """As it was, a part at a time, however small it was packed. Raises BrokenSet, with the `name` of the file."""
    unpacker = zstd.ZstdDecompressor()
    try:
        for piece in pieces:
            if unpacker.eof:
                raise BrokenSet(f"{name} goes on behind its end")
            yield unpacker.decompress(piece, _OUT_BYTES)
            while not unpacker.needs_input and not unpacker.eof:
                yield unpacker.decompress(b"", _OUT_BYTES)
    except zstd.ZstdError as wrong:
        raise BrokenSet(f"{name} cannot be unpacked") from wrong
    if not unpacker.eof:
        raise BrokenSet(f"{name} is cut off")
