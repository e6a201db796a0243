"""Turns and contributions on Redis with Sentinel and on a cluster of six, while their servers die."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest
from werkzeug.test import Client

from bot.config import Settings
from bot.fit import check_redis
from bot.local.stores import Stores
from bot.measured import seen
from domain.mongo.verify import verify_book
from domain.people.phones import person_with
from flows.engine.link import HeldLink, SessionsUnavailable, SharedLink
from flows.engine.redis_place import slot_of
from flows.engine.sessions import Command, Keys, person_at, remember_address
from tests.bot.living import AKELLO, Living, living
from tests.conftest import Clock
from tests.many_stores import Clustered, Watched, clustered, kill, wait_for, watched
from tests.waiting import WAIT_SECONDS, until
from tests.web import wsgi

T = TypeVar("T")


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("sentinels")) as running:
        yield running


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clustered]:
    with clustered(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(params=["sentinel", "cluster"])
def settings_of(
    request: pytest.FixtureRequest, settings: Settings, stores: Stores
) -> tuple[Settings, Watched | Clustered]:
    """Those for each of them; the queue of a cluster is somewhere else."""
    if request.param == "sentinel":
        sentinels: Watched = request.getfixturevalue("sentinels")
        return replace(settings, redis_url=sentinels.url), sentinels
    cluster: Clustered = request.getfixturevalue("cluster")
    return replace(settings, redis_url=cluster.url, queue_redis_url=stores.redis_url), cluster


def kill_who_has(many: Watched | Clustered, village: Living) -> None:
    """The server that has Akello's session dies; returns when another one has taken its place."""
    person = person_with(village.app.store, AKELLO)
    assert person is not None
    slot = slot_of(("GET", Keys(person, "turn").session)) or 0
    before = many.primary() if isinstance(many, Watched) else many.owner_of(slot)
    kill(before)

    def is_replaced() -> bool:
        now = many.primary() if isinstance(many, Watched) else many.owner_of(slot)
        return now is not before and now.client().info("replication")["role"] == "master"

    wait_for(is_replaced, "another primary")


def in_loop(url: str, work: Callable[[SharedLink], Awaitable[None]]) -> None:
    async def whole() -> None:
        link = SharedLink(url, asyncio.get_running_loop())
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                await work(link)
            finally:
                link.close()
                await asyncio.sleep(0)

    asyncio.run(whole())


async def patiently(link: SharedLink, command: Command[T]) -> T:
    """Its answer, as soon as there is a server that gives one."""
    while True:
        try:
            return await link.do(command)
        except SessionsUnavailable:
            await asyncio.sleep(0.05)


# One after the other: what a test kills stays dead.


def test_a_loops_commands_find_their_nodes_and_follow_keys_that_move(cluster: Clustered) -> None:
    """A replica takes over while its primary lives: that one says where the keys are now."""
    addresses = [f"ussd:+25677200{number:04}" for number in range(300)]

    async def work(link: SharedLink) -> None:
        await asyncio.gather(*(link.do(remember_address(each, f"of {each}")) for each in addresses))
        cluster.nodes[3].ask("CLUSTER", "FAILOVER")
        await asyncio.to_thread(until, lambda: cluster.owner_of(0) is cluster.nodes[3])
        found = await asyncio.gather(*(link.do(person_at(each)) for each in addresses))
        assert found == [f"of {each}" for each in addresses]

    in_loop(cluster.url, work)
    held = HeldLink(cluster.url)
    assert [held.do(person_at(each)) for each in addresses] == [f"of {each}" for each in addresses]

    def sizes() -> list[int]:
        return [node.client().dbsize() for node in cluster.nodes]

    until(lambda: sum(sizes()) == 2 * len(addresses))  # replicas follow in their own time
    assert min(sizes()) > 50


def test_a_loop_goes_on_with_the_primary_that_sentinels_made(sentinels: Watched) -> None:
    before = sentinels.primary()

    async def work(link: SharedLink) -> None:
        await link.do(remember_address("ussd:one", "somebody"))
        assert before.ask("WAIT", 1, 5_000) == 1
        sentinels.sentinels[0].ask("SENTINEL", "FAILOVER", "main")
        await asyncio.to_thread(until, lambda: sentinels.primary() is not before)
        # As the sentinels have it do in their time: from now on it refuses what is written.
        before.ask("REPLICAOF", "127.0.0.1", sentinels.primary().port)
        assert await patiently(link, person_at("ussd:one")) == "somebody"
        assert await patiently(link, remember_address("ussd:two", "another"))

    in_loop(sentinels.url, work)
    assert HeldLink(sentinels.url).do(person_at("ussd:two")) == "another"
    assert sentinels.primary() is not before
    wait_for(sentinels.is_ready, "the one that was deposed follows")


def test_a_member_pays_while_the_server_with_the_session_dies(
    settings_of: tuple[Settings, Watched | Clustered], clock: Clock
) -> None:
    """Before and after it they are answered; the payment is in the books once, and its receipt goes out."""
    settings, many = settings_of
    check_redis(settings)
    with living(settings, clock) as village:
        assert village.call(AKELLO, "1", "1", "2581").startswith("Now approve UGX 5,500")
        village.work(seconds=5)
        (prompt,) = village.simulator.momo.prompts(AKELLO)
        kill_who_has(many, village)
        village.post(f"momo/prompts/{prompt['reference']}", action="approve", pin="12345")
        village.work(seconds=10)
        assert village.app.store.books.totals(village.group)["1020"] == 5_000
        assert verify_book(village.app.store.books, village.group) == []
        assert village.texts(AKELLO)[-1].startswith("You paid UGX 5,500 to Umoja")
        assert village.call(AKELLO, "2", "2581") == "Umoja: UGX 5,000, 1 share, all paid for 5 Oct"
        # What is there for all processes together has found its server too.
        wait_for(lambda: village.app.queue.poke("settle", [prompt["reference"]]), "a queue")
        village.app.measures.done("turn:ussd", 0.01)
        village.app.measures.flush()
        assert seen(village.app.measures.redis).requests.count >= 1
        page = Client(wsgi(village.app)).get("/sign-in")
        assert page.status_code == 200 and page.headers["RateLimit-Remaining"]
