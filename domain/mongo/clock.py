"""What time it is: by MongoDB's clock, which all processes share, and not by that of whichever machine this is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.monitoring import (
    ServerHeartbeatFailedEvent,
    ServerHeartbeatListener,
    ServerHeartbeatStartedEvent,
    ServerHeartbeatSucceededEvent,
)

# Machines that keep their time agree to milliseconds; an answer may be heard late by more than that.
TOLERANCE: Final = timedelta(seconds=2)


def utc_now() -> datetime:
    """This moment by this machine, to the millisecond that the store keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class StoreClock(ServerHeartbeatListener):
    """
    This machine's clock, put right by that of MongoDB's primary: deadlines are the same for every process.

    It asks nothing itself. The driver hears from each server every other second, and each answer holds the
    server's time. The first one, before anything is read, counts at once. After it a difference counts when two
    answers in a row agree on it: one that was heard late, because this process stood still, changes nothing.
    `ahead` is how far this machine is before the store, 0 within TOLERANCE; `told` is called when that changes.
    """

    def __init__(
        self, ours: Callable[[], datetime] = utc_now, told: Callable[[timedelta], None] = lambda ahead: None
    ) -> None:
        self.ahead = timedelta()
        self._ours, self._told = ours, told
        self._heard: timedelta | None = None

    def __call__(self) -> datetime:
        return self._ours() - self.ahead

    def started(self, event: ServerHeartbeatStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: ServerHeartbeatSucceededEvent) -> None:
        """A server answered; whose clock counts is the primary."""
        if event.reply.is_writable and isinstance(at := event.reply.document.get("localTime"), datetime):
            self.heard(at.replace(tzinfo=UTC))

    def failed(self, event: ServerHeartbeatFailedEvent) -> None:
        """The clock goes on as it was."""

    def heard(self, at: datetime) -> None:
        """The store's time, as it is just heard."""
        ahead = self._ours() - at
        if abs(ahead) <= TOLERANCE:
            ahead = timedelta()
        agreed = self._heard is None or abs(ahead - self._heard) <= TOLERANCE
        self._heard = ahead
        if agreed and abs(ahead - self.ahead) > TOLERANCE:
            self.ahead = ahead
            self._told(ahead)
        elif agreed:
            self.ahead = ahead
