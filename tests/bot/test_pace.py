"""The pace of each channel, which all workers keep together."""

from itertools import pairwise
from time import monotonic

import pytest

from bot.config import Settings
from bot.pace import WAIT_SECONDS_MAX, Pace


@pytest.mark.usefixtures("app")  # Redis is empty
def test_all_workers_together_keep_to_the_rate(settings: Settings) -> None:
    """Nobody really waits here: each says how long it would have. One more goes for each second of the test."""
    waited = list[float]()
    workers = [Pace(settings.redis_url, {"sms": 1, "telegram": 1_000_000}, waited.append) for _ in range(3)]
    began = monotonic()
    left = [workers[number % 3]("sms") for number in range(9)]
    took = monotonic() - began
    went = left.count(0)
    assert 4 <= went <= 4 + took, "those of a second, and of the two that are waited for"
    assert all(later >= earlier - took for earlier, later in pairwise(waited)) and max(waited) <= WAIT_SECONDS_MAX
    assert all(WAIT_SECONDS_MAX < each <= 3 for each in left if each), "who goes away takes no place"
    assert workers[0]("telegram") == 0, "each channel has its own"
    assert workers[0]("whatsapp") == 0, "this one has no rate"
    for each in workers:
        each.close()


def test_without_redis_nobody_waits() -> None:
    away = Pace("redis://127.0.0.1:9", {"sms": 1})
    assert [away("sms") for _ in range(5)] == [0] * 5
    away.close()
