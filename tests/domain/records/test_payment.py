"""When a provider is asked again what became of a payment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.records.payment import Payment, ask_again_at

BEGAN = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)
PAYMENT = Payment(
    id="p",
    ref="C222222",
    group="g",
    person="ada",
    phone="+256772000101",
    amount=Money(5_000, "UGX"),
    parts=(),
    meeting="2026-10-05",
    way="mobile_money",
    provider="momo",
    state="pending",
    created_at=BEGAN,
    next_at=BEGAN,
)


@pytest.mark.parametrize(
    ("asked", "minutes", "seconds"),
    [
        pytest.param(0, 0, 5, id="at once"),
        pytest.param(4, 2, 60, id="the last that is listed"),
        pytest.param(5, 9, 60, id="within ten minutes"),
        pytest.param(5, 10, 3_600, id="after ten minutes"),
        pytest.param(80, 60 * 24, 3_600, id="the next day"),
    ],
)
def test_a_provider_is_asked_less_and_less_often(asked: int, minutes: int, seconds: int) -> None:
    now = BEGAN + timedelta(minutes=minutes)
    assert ask_again_at(replace(PAYMENT, asked=asked), now) - now == timedelta(seconds=seconds)
