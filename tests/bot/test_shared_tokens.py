"""A token that processes share: renewed by one of them, found by the others, and without Redis by each alone."""

import threading
from contextlib import closing

import pytest
import redis

from bot.config import Settings
from bot.shared_tokens import SharedTokens
from payments.http import Tokens
from payments.port import NotSent, OutcomeUnknown


class Provider:
    """Grants t1, t2, ..., each good for an hour."""

    def __init__(self, seconds: float = 3_600) -> None:
        self.granted, self._seconds = 0, seconds

    def grant(self) -> tuple[str, float]:
        self.granted += 1
        return f"t{self.granted}", self._seconds


@pytest.fixture
def url(settings: Settings) -> str:
    redis.Redis.from_url(settings.redis_url).flushdb()
    return settings.redis_url


def test_many_processes_ask_for_one_token(url: str) -> None:
    provider, found = Provider(), []
    stores = [SharedTokens(url) for _ in range(4)]

    def ask(store: SharedTokens) -> None:
        found.append(Tokens(provider.grant, store, "app").current())

    threads = [threading.Thread(target=ask, args=[store]) for store in stores for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert (found, provider.granted) == (["t1"] * 12, 1)


def test_one_that_is_refused_is_renewed_once_for_all(url: str) -> None:
    provider = Provider()
    with closing(SharedTokens(url)) as first, closing(SharedTokens(url)) as second:
        one, other = (Tokens(provider.grant, store, "app") for store in (first, second))
        assert [one.current(), other.current()] == ["t1", "t1"]
        assert [one.current(refused="t1"), other.current(refused="t1"), one.current()] == ["t2", "t2", "t2"]


def test_another_login_has_another_token(url: str) -> None:
    provider = Provider()
    with closing(SharedTokens(url)) as store:
        assert [Tokens(provider.grant, store, name).current() for name in ("one", "other")] == ["t1", "t2"]


def test_one_whose_time_is_up_is_not_found(url: str) -> None:
    """It is renewed a minute early: what is good for a minute is asked for each time."""
    provider = Provider(seconds=60)
    with closing(SharedTokens(url)) as store:
        tokens = Tokens(provider.grant, store, "app")
        assert [tokens.current(), tokens.current()] == ["t1", "t2"]


def test_without_redis_each_process_has_its_own() -> None:
    provider = Provider()
    with closing(SharedTokens("redis://127.0.0.1:9")) as store:
        tokens = Tokens(provider.grant, store, "app")
        assert [tokens.current(), tokens.current(), tokens.current(refused="t1")] == ["t1", "t1", "t2"]


def test_where_none_is_granted_nothing_is_sent(url: str) -> None:
    def refuse() -> tuple[str, float]:
        raise OutcomeUnknown("HTTP 500")

    with closing(SharedTokens(url)) as store, pytest.raises(NotSent, match="no token: HTTP 500"):
        Tokens(refuse, store, "app").current()
    assert redis.Redis.from_url(url).keys("*") == [], "nobody waits for a lock that is held by nobody"
