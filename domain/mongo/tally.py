"""What goes by of a collection, counted: how many documents, and a sum that no other documents have."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from pymongo.cursor import RawBatchCursor

from domain.errors import BadValue

# Documents of a batch: what is held of a collection at a time.
BATCH: Final = 5_000
_SIZE_BYTES: Final = 4
_LEAST: Final = 5  # an empty document
_MOST: Final = 17 << 20
_MODULUS: Final = 1 << 256


class BadBson(BadValue):
    """What should be documents is something else."""


@dataclass(slots=True)
class Tally:
    """
    `content` is the sum of the documents' SHA-256: the same for the same documents, in whichever order they come.
    """

    documents: int = 0
    size_bytes: int = 0
    content: int = 0

    def add(self, document: bytes) -> None:
        """One more, as it is stored."""
        self.documents += 1
        self.size_bytes += len(document)
        self.content = (self.content + int.from_bytes(hashlib.sha256(document).digest())) % _MODULUS

    @property
    def digest(self) -> str:
        """`content` as text."""
        return f"{self.content:064x}"


def batches_of(cursor: RawBatchCursor[dict[str, Any]]) -> Iterator[bytes]:
    """Documents as they are stored, many at a time; the driver's types say that they are read."""
    return cast(Iterator[bytes], cursor)


def documents_in(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each document of a stream of them. Raises BadBson."""
    held = bytearray()
    for piece in pieces:
        held += piece
        at = 0
        while len(held) - at >= _SIZE_BYTES:
            size = int.from_bytes(held[at : at + _SIZE_BYTES], "little")
            if not _LEAST <= size <= _MOST:
                raise BadBson("what should be a document is none")
            if len(held) - at < size:
                break
            yield bytes(held[at : at + size])
            at += size
        del held[:at]
    if held:
        raise BadBson("the last document is cut off")
