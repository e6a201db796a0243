"""Money under faults: processes killed everywhere, providers that fail in every way, and it still adds up."""

from collections.abc import Iterator
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
from tests.faults.child import Job
from tests.faults.forks import Forks
from tests.faults.town import Town, environment_of, recover, simulate, with_providers
from tests.people import do

# More than a journey has boundaries: each gets a member and a group of its own.
PHONES = [f"+2567720{number:05}" for number in range(200)]
SHARE = Money(5_000, "UGX")


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    with (tmp_path / "workers.log").open("wb") as log, Forks(log) as running:
        yield running


def saver(store: Store, phone: str) -> Contribute:
    """A member in a group of their own, and what they are about to put into it."""
    do(store, Register(phone, f"Saver {phone[-3:]}", "en", "no PIN"))
    person = person_with(store, phone)
    assert person
    rules = Constitution(SHARE, first_meeting=date(2026, 9, 7), social_fund=Money(500, "UGX"))
    group = do(store, FoundGroup(phone[-5:], "Umoja", "vsla", rules, ((person, "chairperson"),)))
    return Contribute(str(group), person, Money(5_500, "UGX"), "momo")


def test_a_worker_may_be_killed_anywhere(settings: Settings, clock: Clock, forks: Forks) -> None:
    """
    At every command of MongoDB and every exchange with a provider, from the member's yes to the receipt.

    Each is killed at one boundary; then a fresh process is given the same command and goes on.
    """
    simulator = simulate(PHONES)
    simulator.momo.faults.set({"outcomes": {phone[1:]: "SUCCESSFUL" for phone in PHONES}})
    settings = with_providers(settings, simulator)
    app = build(settings, clock=clock)
    environment = environment_of(settings)

    def journey(phone: str, kill_at: int) -> Job:
        return Job(
            environment, clock(), commands[phone], f"{phone}:pay", rounds=2, wait_seconds=10, kill_at=kill_at
        )

    commands = {PHONES[0]: saver(app.store, PHONES[0])}
    crossed = forks.run(journey(PHONES[0], kill_at=0)).crossed
    assert problems(app, simulator, one_sms=True) == []
    for what in ("commitTransaction", "POST /momo/collection/v1_0/requesttopay", "POST /version1/messaging"):
        assert {f"before {what}", f"after {what}"} <= set(crossed)

    savers = PHONES[1 : len(crossed) + 1]
    assert len(savers) == len(crossed)
    commands |= {phone: saver(app.store, phone) for phone in savers}
    for kill_at, phone in enumerate(savers, start=1):
        assert forks.run(journey(phone, kill_at)).killed, f"{kill_at} {crossed[kill_at - 1]}"
    clock.forward(seconds=61)
    for phone in savers:
        forks.run(journey(phone, kill_at=0))
    recover(app, clock)

    assert problems(app, simulator, one_sms=False) == []
    assert [payment.state for payment in app.store.payments.find()] == ["succeeded"] * (len(savers) + 1)
    app.store.database.client.drop_database(settings.mongo_database)
    app.close()
    simulator.stop()


def test_money_adds_up_after_any_faults(settings: Settings, forks: Forks) -> None:
    """`make faults` runs as many more as one likes."""
    machine.run(Town(settings, forks), 1, runs=25, steps=25)
