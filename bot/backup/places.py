"""Where sets are kept: a folder here, or a bucket elsewhere (`bot/backup/bucket.py`)."""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from bot.backup.errors import PartialSet, PlaceUnavailable

READ_BYTES: Final = 1 << 20
_FRESH: Final = ".fresh"  # what is still being written ends so


class Place(Protocol):
    """Files by their names, which are paths with "/" between their parts. Each raises PlaceUnavailable."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file: all of it, or nothing when something is raised meanwhile."""

    def get(self, name: str) -> Iterator[bytes]:
        """What is in a file. Raises PartialSet when it is not there."""
        ...

    def names(self, under: str) -> list[str]:
        """The names of all files whose names begin so, in order."""
        ...

    def remove(self, name: str) -> None:
        """Away with a file, if it is there."""


class Folder:
    """Files on a disk of this machine, or one that is mounted."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        path = self._path / name
        fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}{_FRESH}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with fresh.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        except OSError as error:
            raise PlaceUnavailable(f"{self._path}: cannot be written to ({error.strerror})") from error
        finally:
            with suppress(OSError):
                fresh.unlink()

    def get(self, name: str) -> Iterator[bytes]:
        try:
            with (self._path / name).open("rb") as file:
                while piece := file.read(READ_BYTES):
                    yield piece
        except FileNotFoundError as missing:
            raise PartialSet(f"{name} is not there") from missing
        except OSError as error:
            raise PlaceUnavailable(f"{self._path}: cannot be read ({error.strerror})") from error

    def names(self, under: str) -> list[str]:
        folder = self._path / under.rpartition("/")[0]
        found = (each for each in folder.rglob("*") if each.is_file() and not each.name.endswith(_FRESH))
        names = (each.relative_to(self._path).as_posix() for each in found)
        return sorted(name for name in names if name.startswith(under))

    def remove(self, name: str) -> None:
        path = self._path / name
        try:
            path.unlink(missing_ok=True)
            if path.parent != self._path and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except FileNotFoundError:
            return  # somebody else took it away
        except OSError as error:
            raise PlaceUnavailable(f"{self._path}: nothing can be removed ({error.strerror})") from error
