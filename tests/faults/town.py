"""MTN and a village: what the tests share that kill workers at chosen moments."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace

from bot.app import App
from bot.config import Settings
from channels.deliver import deliver
from payments.settle import settle
from simulator.server import Simulator
from tests.conftest import Clock

WALLET = {"minor": 500_000, "currency": "UGX"}
# Nobody is there: callbacks are made by hand, when and as often as a test wants.
NOWHERE = "http://127.0.0.1:9"


@contextmanager
def simulated(phones: Sequence[str]) -> Iterator[Simulator]:
    """The providers, for whoever has these phones."""
    people = [{"name": phone[-4:], "phone": phone, "wallet": WALLET} for phone in phones]
    simulator = Simulator({"port": 0, "people": people})
    simulator.momo.faults.set({"no_callback": -1})
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()


def with_providers(settings: Settings, simulator: Simulator) -> Settings:
    return replace(settings, public_url=NOWHERE, at_api_url=simulator.url, momo_api_url=f"{simulator.url}/momo")


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as a worker of its own gets them."""
    return {each.name.upper(): str(getattr(settings, each.name)) for each in fields(settings)}


def keep_old_documents(app: App) -> None:
    """mongod drops old commands by its own clock, to which ours may be long ago."""
    app.store.database.client.admin.command("setParameter", 1, ttlMonitorEnabled=False)


def recover(app: App, clock: Clock) -> None:
    """
    Time passes, first by the minute and then by the hour, while a worker does all that is due.

    Raises what goes wrong: with the faults over, nothing may.
    """
    momo, store = app.collectors["momo"], app.store
    for forward in ({"seconds": 61},) * 4 + ({"hours": 1},) * 4:
        clock.forward(**forward)
        for id in store.payments.due(store.now(), 1_000):
            settle(store, momo, id)
        for id in store.notices.due(store.now(), 1_000):
            deliver(store, app.senders, id)
