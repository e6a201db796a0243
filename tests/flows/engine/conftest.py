"""What runs beside the app in these tests."""

from collections.abc import Iterator

import pytest

from bot.app import App, build
from tests.conftest import PINS, Clock


@pytest.fixture
def second(app: App, clock: Clock) -> Iterator[App]:
    """Another process on the same stores."""
    built = build(app.settings, clock=clock, pins=PINS, prepared=True)
    yield built
    built.close()
