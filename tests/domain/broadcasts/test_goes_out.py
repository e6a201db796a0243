"""Whatever happens on the way, in whatever order: each person hears it once at most, and what is counted is so."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Final, TypeVar

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from channels.deliver import Senders, deliver
from channels.port import Push
from domain.broadcasts.go_out import _step, _stir, advance
from domain.broadcasts.progress import progress_of
from domain.broadcasts.send import BroadcastOver, PauseBroadcast, SendBroadcast, StopBroadcast
from domain.mongo.store import MongoStore
from domain.people.chats import stop_messages_to
from domain.records.broadcast import STILL_GOING, Broadcast
from domain.records.notice import NOTICE_CLAIM, Notice
from tests.conftest import Clock
from tests.emptied import empty
from tests.people import Village, do, found_village

T = TypeVar("T")
WHICH: Final = st.integers(0, 11)


def one_of(things: Sequence[T], which: int) -> T:
    """What there is depends on what was done before, and what is drawn does not."""
    return things[which % len(things)]


class Died(BaseException):
    """The process is gone: nothing after this is done."""


class Wire:
    """What providers took; a process may die when it has been taken, and before that is written down."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.dies = False

    def send(self, push: Push) -> str:
        self.taken.append(push.to)
        if self.dies:
            raise Died
        return f"id{len(self.taken)}"


class OnItsWay(RuleBasedStateMachine):
    """One group, a message that goes once and one that repeats; workers, deaths, officers, and who says STOP."""

    opened: ClassVar[MongoStore]

    @initialize(written=st.booleans())
    def begin(self, written: bool) -> None:
        empty(self.opened.database)
        self.clock = Clock()
        self.store = self.opened.at(self.clock)
        self.village: Village = found_village(self.store)
        self.people = [self.village.nakato, self.village.wanjiru, self.village.akello, self.village.okot]
        for kind, when in (("words", "now"), ("meeting", "each_meeting")):
            words = "Bring your books." if kind == "words" else ""
            order = SendBroadcast(self.village.nakato.id, self.village.umoja, kind, "all", words, when=when)  # type: ignore[arg-type]
            do(self.store, order)
        # In half of all lives the messages are written already.
        self.clock.forward(seconds=61 if written else 0)
        for cast in self.casts():
            advance(self.store, cast.id)
        self.by_cast: dict[str, Wire] = {}
        self.silent: dict[str, int] = {}  # how many had been taken when somebody said STOP

    def casts(self) -> list[Broadcast]:
        found = self.store.broadcasts.find(group=self.village.umoja)
        return sorted(found, key=lambda each: (each.kind, bool(each.parent), each.created_at))

    def messages(self) -> list[Notice]:
        places = {each.id: place for place, each in enumerate(self.casts())}
        people = [each.id for each in self.people]
        due = self.store.notices.find(state=["queued", "sending"], bulk=True)
        return sorted(due, key=lambda each: (places[each.broadcast], people.index(each.person)))

    def wire(self, cast: str) -> Wire:
        return self.by_cast.setdefault(cast, Wire())

    @rule(seconds=st.sampled_from([1, 61, 61, 61, 3_600, 6 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule(which=WHICH, again=st.booleans())
    def a_worker_takes_steps(self, which: int, again: bool) -> None:
        """One step, after which it may die; or all there are. A second worker may be at the same."""
        id = one_of(self.casts(), which).id
        if again:
            advance(self.store, id)
        _stir(self.store, id)
        self.store.transaction(lambda tx: _step(tx, id))

    @rule(which=WHICH, dies=st.sampled_from(["", "", "before", "after"]))
    def a_worker_sends_one(self, which: int, dies: str) -> None:
        due = self.messages()
        if not due:
            return
        notice = one_of(due, which)
        if dies == "before":
            self.store.notices.claim(notice.id, self.clock())
            return
        wire = self.wire(notice.broadcast)
        wire.dies = dies == "after"
        try:
            deliver(self.store, Senders({}, wire), notice.id)
        except Died:
            pass
        finally:
            wire.dies = False

    @rule(which=WHICH, paused=st.sampled_from([True, False, None]))
    def an_officer_stops_or_rests_it(self, which: int, paused: bool | None) -> None:
        id = one_of(self.casts(), which).id
        officer = self.village.nakato.id
        command = StopBroadcast(officer, id) if paused is None else PauseBroadcast(officer, id, paused)
        try:
            do(self.store, command)
        except BroadcastOver:
            return
        if paused is None:
            self.silent[id] = len(self.wire(id).taken)

    @precondition(lambda self: len(self.silent) < 3)
    @rule(which=WHICH)
    def somebody_wants_no_messages(self, which: int) -> None:
        who = one_of(self.people, which)
        stop_messages_to(self.store, who.phone, True)
        self.silent[who.phone] = sum(wire.taken.count(who.phone) for wire in self.by_cast.values())

    def teardown(self) -> None:
        """In the end nothing is on its way, and everybody has one outcome."""
        if not hasattr(self, "people"):
            return
        for _ in range(4):
            for cast in self.casts():
                self.clock.forward(seconds=NOTICE_CLAIM.total_seconds() + 3_600)
                if cast.state in STILL_GOING:
                    advance(self.store, cast.id)
                for notice in self.store.notices.find(broadcast=cast.id, state=["queued", "sending"]):
                    deliver(self.store, Senders({}, self.wire(cast.id)), notice.id)
        for cast in self.casts():
            self.clock.forward(hours=12)
            advance(self.store, cast.id) if cast.state in STILL_GOING else None
        for cast in self.casts():
            self._is_right(self.store.broadcasts.get(cast.id))

    def _is_right(self, cast: Broadcast) -> None:
        taken = Counter(self.wire(cast.id).taken)
        assert set(taken.values()) <= {1}, "nobody hears it twice"
        assert cast.id not in self.silent or len(self.wire(cast.id).taken) == self.silent[cast.id]
        notices = self.store.notices.find(broadcast=cast.id)
        assert len({each.person for each in notices}) == len(notices) == cast.people
        seen = progress_of(self.store, cast, "UTC")
        counted = seen.queued + seen.sent + seen.unknown + sum(each.people for each in seen.not_reached)
        assert counted == cast.people and seen.sent <= sum(taken.values()) <= seen.sent + seen.unknown
        assert cast.state not in STILL_GOING and seen.queued == 0, "it came to an end"
        phones = {each.id: each.phone for each in self.people}
        for notice in notices:
            heard = taken[phones[notice.person]]
            assert heard == (notice.state == "sent") or notice.state == "unknown"
        for phone in [each for each in self.silent if each.startswith("+")]:
            assert sum(wire.taken.count(phone) for wire in self.by_cast.values()) == self.silent[phone]


def test_each_person_hears_it_once_at_most_whatever_happens(store: MongoStore) -> None:
    OnItsWay.opened = store
    run_state_machine_as_test(OnItsWay, settings=hypothesis_settings(max_examples=10, stateful_step_count=15))
