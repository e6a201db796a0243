"""A moment by the replica set's own clock, which counts writes: what snapshots and the oplog are in order by."""

from dataclasses import dataclass

from bson import Timestamp


@dataclass(frozen=True, slots=True, order=True)
class Tick:
    """A second, and the how manieth write in it. As text they sort as they are."""

    seconds: int
    count: int

    def __str__(self) -> str:
        return f"{self.seconds:010d}-{self.count:06d}"

    @property
    def timestamp(self) -> Timestamp:
        """As the driver has it."""
        return Timestamp(self.seconds, self.count)


def tick_of(timestamp: Timestamp) -> Tick:
    """From what the driver has."""
    return Tick(timestamp.time, timestamp.inc)


def read_tick(text: str) -> Tick:
    """From its text. Raises ValueError."""
    seconds, _, count = text.partition("-")
    return Tick(int(seconds), int(count))
