"""
A run of money beside whole processes: web, worker and scheduler as an operator has them, with a clock that runs
sixty times faster.

    from tests.faults.whole import played

    with played("momo") as run:
        run.dial("Akello", 1_001)
        run.kill("worker")
        run.work(61)
"""

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from pathlib import Path
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from bot.reconciling import reconciliation_due
from tests.chaos.members import Saver, Server, Told, UssdPhone
from tests.chaos.run import Town, frozen, killed, seconds_until
from tests.faults.campaign import MoneyIsWrong, Run, a_country
from tests.faults.country import Country, Land
from tests.faults.draw import draw_gateway
from tests.faults.draw_whole import draw_whole
from tests.faults.hasty import RATE, ROLES, HastyClock
from tests.faults.play import LATER, LIST_EVERY, Play
from tests.faults.processes import WRITTEN_AT, ZONE, Disk, running, small_disk
from tests.faults.reckoning import problems
from tests.people import Villager

# What is no longer than this by the clock is waited for; for the rest the clock goes forward at once.
WAITED_FOR: Final = 120
# How long the processes have to do what is due: while faults are on, where lists are compared too, and at the end.
BUSY_SECONDS: Final = 3.0
LISTS_SECONDS: Final = 12.0
END_SECONDS: Final = 90.0
PIN: Final = "2581"


# A person, and so many minor units that they want to save.
Wish = tuple[str, int]


def false_words(heard: Mapping[Wish, Sequence[Told]], asked: Mapping[Wish, int]) -> Iterator[str]:
    """Whoever heard that it is done has been asked for it once, and who heard that nothing happened has not."""
    for wish, told in heard.items():
        times = asked.get(wish, 0)
        if not told.count("done") <= times <= len(told) - told.count("lost"):
            yield f"{wish} heard {told}, and was asked {times} times"


class WholePlay(Play):
    """The same run: members also dial, and who works are processes that are killed and whose clocks are wrong."""

    def __init__(
        self, land: Land, clock: HastyClock, town: Town, disk: Disk, later: Sequence[float] = LATER
    ) -> None:
        super().__init__(land)
        self.wrong: list[str] = []
        self.one_sms = False  # what a worker has claimed for a minute is another's a second later
        self._clock, self._town, self._disk, self._later = clock, town, disk, later
        self._savers: list[tuple[Saver, int]] = []

    # Members

    def dial(self, who: str, whole: int) -> None:
        """One call, at the web server; what they hear is not forgotten. No other payment is of that amount."""
        member, settings = self._member(who), self.land.settings
        server = Server(
            f"http://127.0.0.1:{self._town.settings.port}", settings.public_url, "", "", "", settings.hook_secret
        )
        phone = UssdPhone(server, Villager(member.id, member.name, member.phone, PIN))
        saver = Saver(phone, [whole], lambda: True, rest=0)
        saver.run()
        self._savers.append((saver, 100 if member.share.currency == "KES" else 1))

    def contribute_and_be_killed(self, who: str, minor: int, at: int) -> None:
        """The web server, at its so many-th word with MongoDB while somebody dials."""
        self.kill("web", after=at)
        self.dial(who, 1_001 + 2 * (minor % 977))

    # Workers

    def wait(self, seconds: float) -> None:
        if seconds <= WAITED_FOR:
            time.sleep(seconds / RATE)
            return
        self._clock.forward(seconds=seconds)
        self._caught_up(BUSY_SECONDS)
        if seconds > LIST_EVERY:
            self.reconcile()

    def work(self, seconds: float = 0, hands: int = 1) -> None:
        """The processes do what is due by then, those that are there."""
        self.wait(seconds)
        self._caught_up(BUSY_SECONDS)

    def work_and_hear(self, seconds: float = 0) -> None:
        was, self.land.box.open = self.land.box.open, True
        self.work(seconds)
        self.land.box.open = was

    def work_and_be_killed(self, at: int) -> None:
        self.kill("worker", after=at)
        self.work(61)

    def reconcile(self) -> None:
        """The lists that are due have some time to be compared."""
        self._caught_up(LISTS_SECONDS, lists=True)

    def hear_at_once(self) -> None:
        """Callbacks are not kept in this run."""
        self.land.box.open = True

    # What fails

    def kill(self, part: str, after: int = 0) -> None:
        """At once, or when so many more pieces have gone to MongoDB or come back."""
        if after:
            self.land.network("mongo").after(after, lambda: killed(part)(self._town))
        else:
            killed(part)(self._town)

    def freeze(self, part: str) -> None:
        """For some seconds; those who talk with it wait."""
        frozen(part)(self._town)

    def step_down(self, seconds: int) -> None:
        """MongoDB's primary, for so long."""
        with suppress(PyMongoError):
            self.land.step_down(seconds)

    def lose_redis(self) -> None:
        with suppress(RedisError):
            super().lose_redis()

    def set_clock_wrong(self, seconds: float) -> None:
        super().set_clock_wrong(seconds)
        for role in ROLES:
            self._clock.set_wrong(role, seconds)

    def set_clock_of(self, role: str, seconds: float) -> None:
        """Of one of them alone, on a machine of its own."""
        self._clock.set_wrong(role, seconds)

    def begin_before(self, at: str) -> None:
        """A minute before this moment of UTC."""
        ahead = datetime.fromisoformat(at).replace(tzinfo=UTC) - timedelta(minutes=1) - self._clock()
        self._clock.forward(seconds=max(0.0, ahead.total_seconds()))

    def fill_disk(self) -> None:
        self._disk.fill()

    def empty_disk(self) -> None:
        self._disk.empty()

    # The end

    def recover(self) -> None:
        """The faults are over, who has a prompt answers it, time passes, and the processes do all that is due."""
        self.work(61)  # what has just begun meets the faults yet, however quick the workers are
        self.end_faults()
        self._clock.set_right()
        self._disk.empty()
        for seconds in self._later:
            self.answer_all()
            self._clock.forward(seconds=seconds)
            if not self._caught_up(END_SECONDS, lists=seconds > LIST_EVERY):
                self.wrong.append(f"nobody does what is due: {self._due(self._clock(), lists=True)}")
                return
        if seconds_until(self._town.answers, END_SECONDS) is None:
            self.wrong.append("nobody is answered")
        self.wrong += [f"{role} has ended" for role, child in self._town.children.items() if child.has_ended()]

    def told_wrongly(self) -> Iterator[str]:
        """What members heard who dialled, and what came of it."""
        asked = Counter((each.person, each.amount.minor) for each in self.land.app.store.payments.find())
        heard: defaultdict[Wish, list[Told]] = defaultdict(list)
        for saver, unit in self._savers:
            (wish,) = saver.payments
            heard[saver.phone.member.id, wish.amount * unit] += wish.told or ["lost"]
        return false_words(heard, asked)

    def _caught_up(self, seconds: float, *, lists: bool = False) -> bool:
        """
        Whether what is due now has been done within so many seconds; with `lists` those of hours and nights too,
        and what has come of it: an answer to a question comes later.
        """
        until, by = time.monotonic() + seconds, self._clock()
        while self._due(by, lists=lists) or (lists and self._has_more()):
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def _has_more(self) -> bool:
        self.land.quiet()
        return bool(self._due(self._clock(), lists=False))

    def _due(self, by: datetime, *, lists: bool) -> list[str]:
        store = self.land.app.store
        try:
            own = [*store.payments.due(by, 10), *store.notices.due(by, 10)]
            return [*own, *reconciliation_due(store, 10), *self._figures_due(by)] if lists else own
        except PyMongoError as away:
            return [type(away).__name__]

    def _figures_due(self, by: datetime) -> list[str]:
        """The night whose figures are not written yet."""
        at = by.astimezone(ZoneInfo(ZONE))
        if at.time() < day_time.fromisoformat(WRITTEN_AT):
            return []
        return [] if self._is_written(at.date()) else [f"figures of {at.date()}"]

    def _is_written(self, night: date) -> bool:
        runs = self.land.app.store.runs.find(kind="export", ok=True)
        return any(run.id.startswith(f"export:{night}") for run in runs)


@contextmanager
def a_whole_day(
    country: Country, gateway: str, logs: Path | None = None, later: Sequence[float] = LATER
) -> Iterator[WholePlay]:
    """A run: it ends with the reckoning, of what the processes left `later`. Raises MoneyIsWrong."""
    with tempfile.TemporaryDirectory() as scratch, small_disk(Path(scratch) / "disk") as disk:
        path = Path(scratch) / "clock"
        clock = HastyClock(path)
        with country.day(gateway, clock) as land:
            with running(land, path, disk, logs or Path(scratch) / "logs") as town:
                play = WholePlay(land, clock, town, disk, later)
                yield play
                play.recover()
            if found := [*play.wrong, *play.told_wrongly(), *problems(play)]:
                raise MoneyIsWrong("\n".join(found))


@contextmanager
def played(gateway: str) -> Iterator[WholePlay]:
    """The same on stores of its own, for a script."""
    with a_country(nodes=3) as country, a_whole_day(country, gateway) as play:
        yield play


@dataclass(frozen=True)
class WholeRun(Run):
    """So many steps beside whole processes, which write to `logs`."""

    logs: Path | None = None
    played: ClassVar[str] = "tests.faults.whole"
    shrink_seconds: ClassVar[float] = 1_200
    has_to_fail: ClassVar[int] = 2  # what happens between the steps is never quite the same

    def day(self, country: Country) -> AbstractContextManager[Play]:
        return a_whole_day(country, self.gateway, self.logs)


def drawn_whole(seed: int, steps: int, logs: Path | None = None) -> WholeRun:
    return WholeRun(draw_gateway(seed), draw_whole(seed, steps), logs)
