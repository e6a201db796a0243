"""How long each command to MongoDB took, told by the driver."""

from collections.abc import Callable
from typing import Final

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

# Two wrote the same at once: one of them is repeated. That is how transactions work, and no error.
_REPEATED: Final = "TransientTransactionError"
# No such index, or such a collection already: what a start finds as it wants it.
_AS_WANTED: Final = (27, 48)


class CommandTimes(CommandListener):
    """`told` is called in the thread that asked: the command's name, its seconds, and whether it failed."""

    def __init__(self, told: Callable[[str, float, bool], None]) -> None:
        self._told = told

    def started(self, event: CommandStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._told(event.command_name, event.duration_micros / 1_000_000, False)

    def failed(self, event: CommandFailedEvent) -> None:
        repeated = _REPEATED in event.failure.get("errorLabels", ())
        failed = not repeated and event.failure.get("code") not in _AS_WANTED
        self._told(event.command_name, event.duration_micros / 1_000_000, failed)
