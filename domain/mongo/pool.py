"""How many connections to MongoDB are in use, told by the driver."""

from pymongo.monitoring import (
    ConnectionCheckedInEvent,
    ConnectionCheckedOutEvent,
    ConnectionCheckOutFailedEvent,
    ConnectionCheckOutStartedEvent,
    ConnectionClosedEvent,
    ConnectionCreatedEvent,
    ConnectionPoolListener,
    ConnectionReadyEvent,
    PoolClearedEvent,
    PoolClosedEvent,
    PoolCreatedEvent,
    PoolReadyEvent,
)


class PoolWatch(ConnectionPoolListener):
    """
    The most that were in use at once since it was asked last. Each operation costs it about a microsecond; it is
    called by many threads, and of two at the same moment one may go unseen.
    """

    def __init__(self) -> None:
        self._out: set[tuple[object, int]] = set()
        self._most = 0

    def most(self) -> int:
        """From now on it counts anew, from those that are in use."""
        most, self._most = self._most, len(self._out)
        return most

    def connection_checked_out(self, event: ConnectionCheckedOutEvent) -> None:
        self._out.add((event.address, event.connection_id))
        self._most = max(self._most, len(self._out))

    def connection_checked_in(self, event: ConnectionCheckedInEvent) -> None:
        self._out.discard((event.address, event.connection_id))

    def connection_closed(self, event: ConnectionClosedEvent) -> None:
        self._out.discard((event.address, event.connection_id))

    def connection_created(self, event: ConnectionCreatedEvent) -> None: ...
    def connection_ready(self, event: ConnectionReadyEvent) -> None: ...
    def connection_check_out_started(self, event: ConnectionCheckOutStartedEvent) -> None: ...
    def connection_check_out_failed(self, event: ConnectionCheckOutFailedEvent) -> None: ...
    def pool_created(self, event: PoolCreatedEvent) -> None: ...
    def pool_ready(self, event: PoolReadyEvent) -> None: ...
    def pool_cleared(self, event: PoolClearedEvent) -> None: ...
    def pool_closed(self, event: PoolClosedEvent) -> None: ...
