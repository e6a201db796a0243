"""Requests that do not come to their end, on an event loop of the test's own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.reading import AT_ONCE_MAX, Reading, TooMany, TooSlow
from tests.waiting import WAIT_SECONDS


def in_loop(work: Callable[[Reading], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            await work(Reading(asyncio.get_running_loop(), look_seconds=0.01))

    asyncio.run(whole())


async def here() -> bytes:
    return b"all of it"


async def never() -> bytes:
    await asyncio.Event().wait()
    return b""


def test_one_address_has_so_many_requests_under_way_and_no_more() -> None:
    async def work(reading: Reading) -> None:
        ends = asyncio.Event()

        async def later() -> bytes:
            await ends.wait()
            return b"at last"

        slow = [asyncio.create_task(reading.whole("192.0.2.1", later)) for _ in range(AT_ONCE_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await reading.whole("192.0.2.1", here)
        assert await reading.whole("192.0.2.2", here) == b"all of it"
        ends.set()
        assert set(await asyncio.gather(*slow)) == {b"at last"}
        assert await reading.whole("192.0.2.1", here) == b"all of it"

    in_loop(work)


def test_one_that_takes_too_long_is_given_up_and_leaves_its_place() -> None:
    async def work(reading: Reading) -> None:
        slow = [asyncio.create_task(reading.whole("192.0.2.1", never, 0.05)) for _ in range(AT_ONCE_MAX)]
        given_up = await asyncio.gather(*slow, return_exceptions=True)
        assert {type(each) for each in given_up} == {TooSlow}
        assert await reading.whole("192.0.2.1", here) == b"all of it"

    in_loop(work)


def test_whoever_ends_it_from_outside_is_obeyed() -> None:
    async def work(reading: Reading) -> None:
        slow = asyncio.create_task(reading.whole("192.0.2.1", never))
        await asyncio.sleep(0)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow

    in_loop(work)
