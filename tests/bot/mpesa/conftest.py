"""A group in Kenya for every test here."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from bot.app import build
from bot.config import Settings
from bot.logs import set_up
from simulator.server import Simulator
from tests.bot.mpesa.nairobi import AMINA, CHAIR, WALLET, Nairobi, nairobi, with_mpesa
from tests.conftest import PINS, Clock
from tests.served import Served
from tests.web import wsgi
from tests.wired import at


@pytest.fixture
def kenya(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Nairobi]:
    redis.Redis.from_url(settings.redis_url).flushdb()
    people = [
        {"name": "Wanjiku Amina", "phone": AMINA, "wallet": {"minor": WALLET.minor, "currency": "KES"}},
        {"name": "Kamau Peter", "phone": CHAIR, "wallet": {"minor": WALLET.minor, "currency": "KES"}},
    ]
    with closing(Served()) as web:
        sim = Simulator({"port": 0, "bot_url": web.url, "people": people}, clock)
        certificate = tmp_path / "safaricom.pem"
        certificate.write_bytes(sim.daraja.payouts.credentials.certificate)
        set_up(settings, role="test")
        # A test may let an hour go by before the payer answers.
        sim.daraja.express.faults.set({"approval_ms": 604_800_000})
        app = build(
            with_mpesa(at(settings, sim), sim, web.url, certificate), clock=clock, pins=PINS, prepared=True
        )
        web.serve(wsgi(app))
        sim.start()
        yield nairobi(app, sim, clock, web.url)
        sim.stop()
    app.close()
