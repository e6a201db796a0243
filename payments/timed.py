"""A provider of mobile money that is watched: how long each question to it took, and whether it was answered."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from payments.port import (
    Asked,
    Carries,
    Collection,
    Collector,
    OutcomeUnknown,
    Payer,
    ProviderStatus,
    Refused,
    Transfer,
)

# answered: whatever it says, a refusal too. unknown: it did not say. failed: it could not be asked.
HowAnswered = Literal["answered", "unknown", "failed"]
TellAnswered = Callable[[str, float, HowAnswered], None]


class _Timed:
    def __init__(self, provider: Collector | Payer, told: TellAnswered) -> None:
        self.name: Final = provider.name
        self.capabilities: Final = provider.capabilities
        self._provider, self._told = provider, told

    @property
    def carries(self) -> Sequence[Carries]:
        """As it is now."""
        return self._provider.carries

    def status(self, asked: Asked) -> ProviderStatus:
        with self._watched():
            return self._provider.status(asked)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        began = time.perf_counter()
        heard: HowAnswered = "failed"
        try:
            yield
            heard = "answered"
        except Refused:
            heard = "answered"
            raise
        except OutcomeUnknown:
            heard = "unknown"
            raise
        finally:
            self._told(self.name, time.perf_counter() - began, heard)


class TimedCollector(_Timed):
    """See `Collector`."""

    def __init__(self, provider: Collector, told: TellAnswered) -> None:
        super().__init__(provider, told)
        self._collector = provider

    def collect(self, collection: Collection) -> str:
        with self._watched():
            return self._collector.collect(collection)


class TimedPayer(_Timed):
    """See `Payer`."""

    def __init__(self, provider: Payer, told: TellAnswered) -> None:
        super().__init__(provider, told)
        self._payer = provider

    def pay(self, transfer: Transfer) -> str:
        with self._watched():
            return self._payer.pay(transfer)
