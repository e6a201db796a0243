"""The pace of each channel, which all workers keep together."""

import pytest

from bot.config import Settings
from bot.pace import WAIT_SECONDS_MAX, Pace


@pytest.mark.usefixtures("app")  # Redis is empty
def test_all_workers_together_keep_to_the_rate(settings: Settings) -> None:
    """Nobody really waits here: each says how long it would have."""
    waited = list[float]()
    workers = [Pace(settings.redis_url, {"sms": 1, "telegram": 1_000_000}, waited.append) for _ in range(3)]
    left = [workers[number % 3]("sms") for number in range(9)]
    went = left.count(0)
    assert 2 <= went <= 6, "those of a second, and of the two that are waited for"
    assert waited == sorted(waited) and waited[-1] <= WAIT_SECONDS_MAX
    assert all(WAIT_SECONDS_MAX < each < 4 for each in left[went:]), "who goes away takes no place"
    assert workers[0]("telegram") == 0, "each channel has its own"
    assert workers[0]("whatsapp") == 0, "this one has no rate"
    for each in workers:
        each.close()


def test_without_redis_nobody_waits() -> None:
    away = Pace("redis://127.0.0.1:9", {"sms": 1})
    assert [away("sms") for _ in range(5)] == [0] * 5
    away.close()
