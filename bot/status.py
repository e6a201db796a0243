"""
How the service is, for anybody: seen now and then, and kept, so that it can be said when our stores are away.

Each process that serves pages keeps what it saw last, in memory and in a file of DATA_DIR for the next process. It
holds states and the operator's own words: no name, no number and no machine's address.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec
from redis import Redis

from bot.logs import log, report
from bot.measured import Seen, Tally, seen
from domain.board.status import Public, public, worst_state
from domain.records.incident import ComponentState
from domain.store import Store

LOOK_SECONDS: Final = 15.0
# What the page lists, in its order; of mobile money it names each provider.
Component = Literal["ussd", "whatsapp", "telegram", "sms", "mobile_money", "web"]
COMPONENTS: Final[tuple[Component, ...]] = get_args(Component)
STORE_SECONDS: Final = 3.0
# Of the last minutes; of fewer nothing is said, since one failure of two is no outage.
COUNTED_MIN: Final = 10
TROUBLE: Final = Fraction(1, 10)
AWAY: Final = Fraction(1, 2)
LATE_SECONDS: Final = 600
KEPT: Final = "status.json"


class Line(msgspec.Struct, frozen=True):
    """A component and how it is; of mobile money there is one for each `provider`."""

    component: Component
    state: ComponentState
    provider: str = ""


class Status(msgspec.Struct, frozen=True):
    """What was seen, when all of it could be seen."""

    at: datetime
    lines: list[Line]
    said: Public

    @property
    def state(self) -> ComponentState:
        return worst_state([each.state for each in self.lines])


class Shown(msgspec.Struct, frozen=True):
    """The last status, None where there never was one, and since when the stores cannot be reached."""

    now: datetime
    last: Status | None
    away_since: datetime | None

    @property
    def state(self) -> ComponentState:
        if self.away_since or self.last is None:
            return "away"
        return self.last.state

    @property
    def lines(self) -> list[Line]:
        """Each component. Without our records none of them works, however it was before."""
        lines = self.last.lines if self.last else []
        return [Line(each.component, "away", each.provider) for each in lines] if self.away_since else lines


def lines_of(
    seen: Seen,
    said: Public,
    now: datetime,
    *,
    channels: Mapping[Component, bool],
    providers: Sequence[str],
    late: int,
) -> list[Line]:
    """Each component by what was measured and by what the operator said: the worse of both."""
    slow: ComponentState = "trouble" if late > LATE_SECONDS or not seen.workers else "works"
    by_measure: dict[Component, list[ComponentState]] = {
        "ussd": [_state(seen.of("turn:ussd"))],
        "whatsapp": [_state(seen.of("turn:whatsapp")), _state(seen.of("message:whatsapp"))],
        "telegram": [_state(seen.of("turn:telegram")), _state(seen.of("message:telegram"))],
        "sms": [_state(seen.of("turn:sms")), _state(seen.of("message:sms")), slow],
        "web": [_state(seen.of("page:"))],
    }
    lines = [
        Line(name, worst_state([*states, said.state_of(name, now)]))
        for name, states in by_measure.items()
        if channels.get(name, True)
    ]
    of_money = [slow, said.state_of("mobile_money", now)]
    of_each = {name: [_state(seen.of(f"provider:{name}")), *of_money] for name in providers}
    money = [Line("mobile_money", worst_state(states), name) for name, states in of_each.items()]
    return [*lines[:-1], *money, lines[-1]]


def _state(tally: Tally) -> ComponentState:
    if tally.count < COUNTED_MIN or tally.error_rate is None or tally.error_rate < TROUBLE:
        return "works"
    return "away" if tally.error_rate >= AWAY else "trouble"


class Board:
    """One for a process; it looks once somebody has asked, and every LOOK_SECONDS from then on."""

    def __init__(
        self,
        store: Store,
        redis: Redis,
        *,
        channels: Mapping[Component, bool],
        providers: Sequence[str],
        late: Callable[[], int],
        folder: Path,
    ) -> None:
        self._store, self._redis, self._late = store, redis, late
        self._channels, self._providers = channels, providers
        self._path = folder / KEPT
        self._last: Status | None = None
        self._away_since: datetime | None = None
        self._begun, self._stop, self._lock = False, threading.Event(), threading.Lock()

    def shown(self) -> Shown:
        """What is known, without a wait but the first time."""
        with self._lock:
            if not self._begun:
                self._begun = True
                self._last = self._kept()
                self.look()
                threading.Thread(target=self._run, name="status", daemon=True).start()
        return Shown(datetime.now(UTC), self._last, self._away_since)

    def look(self) -> None:
        """See how everything is now. Where that cannot be seen, it is known since when."""
        try:
            with self._store.within(STORE_SECONDS):
                said, now, late = public(self._store), self._store.now(), self._late()
            measured = seen(self._redis)
        except Exception as error:  # whatever a driver raises
            if self._away_since is None:
                log().warning("the status page says that a store is away", error=type(error).__name__)
                self._away_since = datetime.now(UTC)
            return
        lines = lines_of(measured, said, now, channels=self._channels, providers=self._providers, late=late)
        self._last, self._away_since = Status(datetime.now(UTC), lines, said), None
        self._keep(self._last)

    def close(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # the page goes on with what it knows
                report("the status cannot be seen", error)

    def _keep(self, status: Status) -> None:
        """For the next process; where nothing can be written it does without."""
        fresh = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            fresh.write_bytes(msgspec.json.encode(status))
            fresh.replace(self._path)

    def _kept(self) -> Status | None:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Status)
        except (OSError, msgspec.MsgspecError):
            return None


def as_json(shown: Shown) -> dict[str, Any]:
    """The same for a program."""
    last = shown.last
    said = msgspec.to_builtins(last.said) if last else {"open": [], "planned": [], "resolved": []}
    return {
        "state": shown.state,
        "at": last.at.isoformat(timespec="seconds") if last else None,
        "age_seconds": round((shown.now - last.at).total_seconds()) if last else None,
        "records_away_since": shown.away_since.isoformat(timespec="seconds") if shown.away_since else None,
        "components": [
            {"name": each.component, "state": each.state} | ({"provider": each.provider} if each.provider else {})
            for each in shown.lines
        ],
        "incidents": said["open"],
        "planned": said["planned"],
        "resolved": said["resolved"],
    }
