"""MTN's stand-in, for every test here."""

from collections.abc import Iterator

import pytest

from tests.momo_server import Mtn


@pytest.fixture
def mtn() -> Iterator[Mtn]:
    server = Mtn()
    yield server
    server.stop()
