"""Whether a process does its work, and whether it is about to stop: what its `/live` and `/ready` say."""

import time
from collections.abc import Callable


class Life:
    """
    `beat` is called where the work is done: in each round of a loop, and after each piece. A process that has not
    beaten for longer than its work takes hangs.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beat = clock()
        self.stopping = False

    def beat(self) -> None:
        """It goes on."""
        self._beat = self._clock()

    @property
    def silent_seconds(self) -> float:
        """For how long it has not gone on."""
        return self._clock() - self._beat

    def stop(self) -> None:
        """From now on nobody should send anything more here; what is under way is ended."""
        self.stopping = True
