"""Workers killed at random while a message goes to many: each person has one outcome, and nobody gets it twice."""

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

from bot.app import build
from bot.config import Settings
from bot.jobs import carry_out
from domain.broadcasts.progress import progress_of
from domain.broadcasts.send import SendBroadcast
from domain.records.notice import NOTICE_CLAIM
from tests.broadcasting import crowd
from tests.conftest import PINS, Clock
from tests.faults.child import Job
from tests.faults.forks import Forks
from tests.faults.town import environment_of, simulated, with_providers
from tests.people import do, found_village

PEOPLE = 40
ROUNDS = 2  # of as many workers at once as there are processes
# Commands and messages of a whole broadcast are some 1,100 moments: however three workers share them, one comes to
# more than this, and so at least one is killed.
MOMENTS = 350


def test_killed_at_any_moment_each_person_has_one_outcome_and_the_counts_are_the_provider_s(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    phones = [f"+25677300{number:04}" for number in range(PEOPLE)]
    with (
        simulated(phones) as simulator,
        closing(build(with_providers(settings, simulator), clock=clock, pins=PINS, prepared=True)) as app,
        (tmp_path / "workers.log").open("wb") as log,
        Forks(log) as forks,
    ):
        store, village = app.store, found_village(app.store)
        crowd(store, village, PEOPLE)
        do(store, SendBroadcast(village.nakato.id, village.umoja, "meeting", "all"))
        (cast,) = store.broadcasts.find()
        clock.forward(seconds=61)
        killed = 0
        for life in range(ROUNDS):
            moments = [random.randint(1, MOMENTS) for _ in range(forks.processes)]
            jobs = [
                Job(environment_of(app.settings), clock(), broadcasts=(cast.id,), kill_at=moment)
                for moment in moments
            ]
            killed += sum(ended.killed for ended in forks.run_all(jobs))
            clock.forward(seconds=NOTICE_CLAIM.total_seconds() if life % 2 else 5)
        for _ in range(4):
            clock.forward(seconds=NOTICE_CLAIM.total_seconds())
            carry_out(app, "broadcast", [cast.id])
            carry_out(app, "spread", store.notices.due_of(bulk=True, now=clock(), limit=1_000))
        notices = store.notices.find(broadcast=cast.id)
        assert killed
        got = Counter(phone for phone in phones for _ in simulator.sms.inbox(phone))
        assert len(notices) == len({each.person for each in notices}) == PEOPLE + 4
        assert {*got.values()} == {1}, "none twice"
        by_phone = {each.phone: each.id for each in store.people.find()}
        states = {each.person: each.state for each in notices}
        for phone in phones:
            assert states[by_phone[phone]] in ("sent", "unknown")
            assert states[by_phone[phone]] == "unknown" or got[phone] == 1
        seen = progress_of(store, store.broadcasts.get(cast.id), "UTC")
        theirs = got.total() + sum(
            len(simulator.sms.inbox(each.phone))
            for each in (village.nakato, village.wanjiru, village.akello, village.okot)
        )
        assert (seen.state, seen.queued) == ("done", 0)
        assert seen.sent <= theirs <= seen.sent + seen.unknown
