"""Two versions behind the proxy of a deployment: members are switched between them, and none of them notices."""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pymongo
import pytest
import redis

from benchmarks.bluegreen import Call, Colour, Proxy, proxied
from benchmarks.load_members import Seen, TimedUssd
from bot.app import build
from bot.local.stores import Stores
from tests.chaos.members import Server
from tests.conftest import settings_for
from tests.people import Village, Villager, found_village
from tests.processes import MENU, Web
from tests.waiting import until

SWITCHES: Final = 10
CALLERS: Final = 6
AFTER: Final = 3  # so many answers has each caller between two switches


@dataclass
class Street:
    """Members, and what stands before and behind the proxy."""

    village: Village
    server: Server
    proxy: Proxy
    webs: dict[Colour, Web]


@pytest.fixture(scope="module")
def street(
    stores: Stores, mongo: pymongo.MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    mongo.drop_database("bluegreen")
    settings = replace(settings_for(stores, tmp_path_factory.mktemp("bluegreen"), "bluegreen"), proxies=1)
    app = build(settings)
    village = found_village(app.store)
    redis.Redis.from_url(settings.redis_url).flushdb()
    colours: tuple[Colour, ...] = ("blue", "green")
    with ExitStack() as stack:
        with ThreadPoolExecutor() as both:
            begun = both.map(lambda each: Web(replace(settings, app_version=each)), colours)
            webs = dict(zip(colours, begun, strict=True))
        for web in webs.values():
            stack.callback(web.stop)
        scratch: Path = tmp_path_factory.mktemp("proxy")
        proxy = stack.enter_context(proxied(scratch, {each: web.port for each, web in webs.items()}))
        server = Server(
            proxy.url, settings.public_url, settings.telegram_secret, settings.twilio_auth_token,
            settings.twilio_account_sid, settings.hook_secret,
        )  # fmt: skip
        yield Street(village, server, proxy, webs)
    app.close()


class Caller(threading.Thread):
    """Dials without a pause, until it is over."""

    def __init__(self, server: Server, member: Villager, seen: Seen, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.phone, self.is_over, self.answers = TimedUssd(server, member), is_over, 0
        self.phone.seen = seen

    def run(self) -> None:
        while not self.is_over.is_set():
            self.phone.word("menu")
            self.answers += 1


def all_answered(wanted: Mapping[Caller, int]) -> bool:
    return all(each.answers >= number for each, number in wanted.items())


def test_no_request_is_lost_while_members_are_switched_there_and_back(street: Street) -> None:
    seen, is_over = Seen(), threading.Event()
    callers = [Caller(street.server, street.village.okot, seen, is_over) for _ in range(CALLERS)]
    for each in callers:
        each.start()
    live: Colour = "blue"
    for _ in range(SWITCHES):
        live = "green" if live == "blue" else "blue"
        street.proxy.switch(live)
        assert street.proxy.version() == live, "whoever asks next comes to it"
        until(partial(all_answered, {each: each.answers + AFTER for each in callers}))
    is_over.set()
    for each in callers:
        each.join()
    assert (live, seen.wrong) == ("blue", [])
    assert len(seen.waits["USSD"]) >= SWITCHES * CALLERS * AFTER


def test_a_call_that_began_on_blue_ends_on_green(street: Street) -> None:
    """What was typed is in Redis: green has never heard of this call before."""
    street.proxy.switch("blue")
    call = Call(street.server, street.village.akello)
    assert call.type() == MENU + "\n2. Balance\n3. Loans\n4. My money\n5. My group\n6. Settings\n7. Help"
    street.proxy.switch("green")
    assert street.webs["blue"].stop() == 0, "and blue is gone"
    assert "Your PIN?" in call.type("2")
    assert call.type(street.village.akello.pin).startswith("END Umoja: UGX 0")


def test_a_request_that_is_lost_is_noticed(street: Street) -> None:
    """Members were sent to blue, which is not there: the one who counts is no liar."""
    street.webs["blue"].stop()
    street.proxy.switch("blue")
    seen = Seen()
    phone = TimedUssd(street.server, street.village.okot)
    phone.seen = seen
    assert phone.word("menu") is None
    assert seen.wrong == ["USSD: 502 /hooks/at/ussd/hook"]
