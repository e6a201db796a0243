"""Money under faults: processes killed everywhere, providers that fail in every way, and it still adds up."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.app import build
from bot.config import Settings
from domain.contributions import Contribute
from domain.groups import Constitution
from domain.joining import FoundGroup
from domain.money import Money
from domain.registration import Register, person_with
from domain.store import Store
from tests.conftest import Clock
from tests.faults import machine
from tests.faults.audit import problems
from tests.faults.child import Ended, Job
from tests.faults.forks import Forks
from tests.faults.town import Town, environment_of, recover, simulated, with_providers
from tests.people import do

# More than a journey has boundaries: each gets a member and a group of its own.
PHONES = [f"+2567720{number:05}" for number in range(200)]
ASKING, TEXTING = "POST /momo/collection/v1_0/requesttopay", "POST /version1/messaging"


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    with (tmp_path / "workers.log").open("wb") as log, Forks(log) as running:
        yield running


def saver(store: Store, phone: str) -> Contribute:
    """A member in a group of their own, and what they are about to put into it."""
    do(store, Register(phone, f"Saver {phone[-3:]}", "en", "no PIN"))
    person = person_with(store, phone)
    assert person
    rules = Constitution(Money(5_000, "UGX"), first_meeting=date(2026, 9, 7), social_fund=Money(500, "UGX"))
    group = do(store, FoundGroup(phone[-5:], "Umoja", "vsla", rules, ((person, "chairperson"),)))
    return Contribute(str(group), person, Money(5_500, "UGX"), "momo")


@pytest.mark.parametrize(("outcome", "state"), [("SUCCESSFUL", "succeeded"), ("APPROVAL_REJECTED", "failed")])
def test_a_worker_may_be_killed_anywhere(
    settings: Settings, clock: Clock, forks: Forks, outcome: str, state: str
) -> None:
    """
    At every command of MongoDB and every exchange with a provider, from the member's yes to the last SMS.

    One worker is killed at each; then a fresh process is given the same command and goes on.
    """
    with simulated(PHONES) as simulator, closing(build(with_providers(settings, simulator), clock=clock)) as app:
        simulator.momo.faults.set({"outcomes": {phone[1:]: outcome for phone in PHONES}})
        environment, commands = environment_of(app.settings), dict[str, Contribute]()

        def journey(phone: str, kill_at: int = 0) -> Ended:
            key = f"{phone}:pay"
            job = Job(environment, clock(), commands[phone], key, rounds=2, wait_seconds=10, kill_at=kill_at)
            return forks.run(job)

        commands[PHONES[0]] = saver(app.store, PHONES[0])
        crossed = journey(PHONES[0]).crossed
        assert problems(app, simulator, one_sms=True) == []
        for what in ("insert", "commitTransaction", ASKING, TEXTING):
            assert {f"before {what}", f"after {what}"} <= set(crossed)

        victims = PHONES[1 : len(crossed) + 1]
        commands |= {phone: saver(app.store, phone) for phone in victims}
        for place, phone in enumerate(victims):
            assert journey(phone, kill_at=place + 1).killed, f"at {place} {crossed[place]}"
        clock.forward(seconds=61)
        for phone in victims:
            assert journey(phone).crossed
        recover(app, clock)

        assert problems(app, simulator, one_sms=False) == []
        assert {payment.state for payment in app.store.payments.find()} == {state}
        assert len(app.store.payments.find()) == len(crossed) + 1
        texts = sum(len(simulator.sms.inbox(phone)) for phone in PHONES)
        # Who was killed after sending, or before writing that down, has to send again.
        assert texts == len(crossed) + 1 + 2
        app.store.database.client.drop_database(settings.mongo_database)


def test_money_adds_up_after_any_faults(settings: Settings, forks: Forks) -> None:
    """`make faults` runs as many more as one likes."""
    machine.run(Town(settings, forks), 1, runs=30, steps=30)
