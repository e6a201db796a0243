"""A bucket of S3, or of whatever speaks as S3 does: the one place that knows the library."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from bot.backup.errors import PartialSet, PlaceUnavailable
from bot.backup.places import READ_BYTES

# What is held of a file at a time. A file has 10,000 parts at most: 160 GB.
PART_BYTES: Final = 16 << 20
_RETRIES: Final = urllib3.Retry(3, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
_TIMEOUT: Final = urllib3.Timeout(connect=5, read=60)


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """Who we are at the service at `url`."""

    url: str
    key: str
    secret: str
    region: str


class Bucket:
    """Files as objects, whose names have a `prefix`. What is larger than a part goes in several."""

    def __init__(self, name: str, prefix: str, access: Access) -> None:
        at = urlsplit(access.url)
        self._name, self._prefix = name, f"{prefix}/" if prefix else ""
        self._client = Minio(
            endpoint=at.netloc,
            access_key=access.key,
            secret_key=access.secret,
            secure=at.scheme == "https",
            region=access.region,
            http_client=urllib3.PoolManager(timeout=_TIMEOUT, retries=_RETRIES),
        )

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        reader = io.BufferedReader(_Reader(pieces))
        try:
            self._client.put_object(
                bucket_name=self._name,
                object_name=self._prefix + name,
                data=reader,
                length=-1,
                part_size=PART_BYTES,
                num_parallel_uploads=1,  # each holds a part
            )
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise self._unavailable(error) from error

    def get(self, name: str) -> Iterator[bytes]:
        try:
            answer = self._client.get_object(bucket_name=self._name, object_name=self._prefix + name)
            try:
                yield from answer.stream(READ_BYTES)
            finally:
                answer.close()
                answer.release_conn()
        except S3Error as error:
            if error.code == "NoSuchKey":
                raise PartialSet(f"{name} is not there") from error
            raise self._unavailable(error) from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise self._unavailable(error) from error

    def names(self, under: str) -> list[str]:
        try:
            found = self._client.list_objects(bucket_name=self._name, prefix=self._prefix + under, recursive=True)
            return sorted((each.object_name or "").removeprefix(self._prefix) for each in found)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise self._unavailable(error) from error

    def remove(self, name: str) -> None:
        try:
            self._client.remove_object(bucket_name=self._name, object_name=self._prefix + name)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> PlaceUnavailable:
        """Their word for it; their sentence may hold an address."""
        why = error.code if isinstance(error, S3Error) else type(error).__name__
        return PlaceUnavailable(f"the bucket {self._name}: {why}")


class _Reader(io.RawIOBase):
    """Pieces, as a file that can be read once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._held = iter(pieces), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """As much of the next piece as there is room for; 0 at the end."""
        room = memoryview(buffer).cast("B")
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = memoryview(piece)
        size = min(len(room), len(self._held))
        room[:size], self._held = self._held[:size], self._held[size:]
        return size
