"""Daraja's answers as a test tells them, and how a call to an address of ours is read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from payments.port import Called
from tests.payments.conftest import served
from tests.payments.daraja.wire import PUBLIC, DarajaWire


@pytest.fixture
def wire() -> Iterator[DarajaWire]:
    yield from served(DarajaWire())


@dataclass(frozen=True)
class Sent:
    body: bytes
    rest: str = ""
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def read(rail: Called, url: str, body: object) -> Any:
    """What the callback at this address of ours reads; it must be one that is declared."""
    path = url.removeprefix(PUBLIC)
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    for each in rail.callbacks:
        if path == each.path or (each.path.endswith("/") and path.startswith(each.path)):
            return each.read(Sent(sent, path.removeprefix(each.path)))
    raise AssertionError(f"nobody is called at {path}")
