"""Nobody is told that nothing happened unless that is known: stores that go away around a command."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import pymongo
import pytest
import redis

from bot.app import App
from bot.served import Wsgi
from domain.money import Money
from domain.records.person import Talker
from domain.savings.contribute import Contribute, TooMuch
from flows import ask
from flows.dialogue import flow, submit
from flows.engine.conversations import Engine
from flows.engine.link import HeldLink, SessionsUnavailable
from flows.engine.sessions import Command, Keys, Opened, commit
from flows.engine.steps import Conversation
from flows.menu import VOCABULARY, root
from tests.people import Village
from tests.phone import Phone
from tests.web import wsgi

T = TypeVar("T")

LOST = "END Sorry, that did not work. Nothing was lost. Please try again in a minute."
UNSURE = (
    "END Sorry, we do not know yet whether that was done. Look at your last transactions before you try again."
)
MAX_TIME_EXPIRED = 50  # with this error nobody knows whether a commit was done
DONE = "END Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C"


class Faulty(HeldLink):
    """The way to Redis, where something happens before the commit of a turn. What it answers is Redis's own."""

    def __init__(self, url: str, before_commit: Callable[[], None]) -> None:
        super().__init__(url)
        opened = Opened(Keys("", ""), "", b"0", b"", b"")
        kept = commit(opened, reply=b"", session=b"", profile=b"", trace=b"", repeats_seconds=1)
        self._commits, self._before_commit = kept.parts[:2], before_commit

    def do(self, command: Command[T]) -> T:
        if command.parts[:2] == self._commits:
            self._before_commit()
        return super().do(command)


def over(app: App, before_commit: Callable[[], None], phone: str) -> Phone:
    """A phone on a web server whose Redis is like that."""
    link = Faulty(app.settings.redis_url, before_commit)
    return Phone(wsgi(replace(app, engine=app.engine.over(link))), app.settings.hook_secret, phone)


def at_the_pin(phone: Phone) -> Phone:
    phone.dial()
    phone.type("1")
    assert "Your PIN?" in phone.type("1")
    return phone


def away() -> None:
    raise SessionsUnavailable("frozen")


def asked(app: App) -> int:
    return app.store.payments.count()


# Between the command and the commit


@pytest.mark.parametrize("fault", ["emptied", "away", "taken by another"])
def test_when_redis_fails_after_a_command_its_result_is_told(
    app: App, valkey: redis.Redis, village: Village, fault: str
) -> None:
    """The member hears what was done: there is no reason to do it again."""
    lock = Keys(village.akello.id, "").lock
    faults: dict[str, Callable[[], Any]] = {
        "emptied": valkey.flushdb,
        "away": away,
        "taken by another": lambda: valkey.set(lock, "another"),
    }
    is_armed: list[bool] = []
    akello = at_the_pin(over(app, lambda: (is_armed and faults[fault]()) or None, village.akello.phone))
    is_armed.append(True)
    assert akello.type(village.akello.pin).startswith(DONE)
    assert asked(app) == 1


def test_when_redis_fails_before_a_command_nothing_was_done_and_that_is_told(
    app: App, valkey: redis.Redis, village: Village
) -> None:
    is_armed: list[bool] = []
    akello = at_the_pin(over(app, lambda: away() if is_armed else None, village.akello.phone))
    is_armed.append(True)
    assert akello.type("0") == LOST
    assert asked(app) == 0


def test_the_same_request_again_after_that_is_no_second_payment(
    app: App, valkey: redis.Redis, village: Village
) -> None:
    """The provider sends it again: the conversation is where it was, and its command was given before."""
    is_armed: list[bool] = []
    akello = at_the_pin(over(app, lambda: away() if is_armed else None, village.akello.phone))
    is_armed.append(True)
    heard = akello.type(village.akello.pin)
    is_armed.clear()
    valkey.delete(Keys(village.akello.id, "").lock)  # it runs out
    assert akello.post() == heard
    assert asked(app) == 1


# A command whose end is not known


def test_when_mongodb_does_not_say_how_a_command_ended_nor_do_we(
    app: App, mongo: pymongo.MongoClient[dict[str, Any]], village: Village, phone: Callable[[str], Phone]
) -> None:
    akello = at_the_pin(phone(village.akello.phone))
    fail = {"failCommands": ["commitTransaction"], "errorCode": MAX_TIME_EXPIRED}
    mongo.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": fail})
    assert akello.type(village.akello.pin) == UNSURE
    # Who goes on with it all the same gives the same command, and not another.
    assert akello.dial().startswith("CON You were not finished")
    assert "Your PIN?" in akello.type("1")
    assert akello.type(village.akello.pin).startswith(DONE)
    assert asked(app) == 1


def test_what_breaks_after_a_command_is_no_lie_about_it(app: App, village: Village) -> None:
    """The payment was asked for, then the conversation could not go on."""

    @flow("breaks")
    def breaks(_who: Talker) -> Conversation:
        yield from ask.confirm("sure", "Sure?")
        yield from submit("pay", Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
        raise RuntimeError("no screen")

    broken = replace(app, engine=app.engine.over(app.link, breaks))
    akello = Phone(wsgi(broken), app.settings.hook_secret, village.akello.phone)
    akello.dial()
    assert akello.type("1") == UNSURE
    assert asked(app) == 1


def test_a_command_that_was_refused_before_something_broke_did_nothing(app: App, village: Village) -> None:
    @flow("refused")
    def refused(_who: Talker) -> Conversation:
        yield from ask.confirm("sure", "Sure?")
        with suppress(TooMuch):
            yield from submit("pay", Contribute(village.umoja, village.akello.id, Money(900_000_000, "UGX")))
        raise RuntimeError("no screen")

    broken = replace(app, engine=app.engine.over(app.link, refused))
    akello = Phone(wsgi(broken), app.settings.hook_secret, village.akello.phone)
    akello.dial()
    assert akello.type("1") == LOST
    assert asked(app) == 0


# A lock, and what a process remembers


def with_engine(app: App, **limits: Any) -> Wsgi:
    """A web server with an engine of its own."""
    engine = Engine(
        app.link, app.store, secret="s", conversation=root, vocabulary=VOCABULARY, service_code="*384*7#", **limits
    )
    return wsgi(replace(app, engine=engine))


def test_a_lock_that_stays_held_ends_in_an_apology(app: App, valkey: redis.Redis, village: Village) -> None:
    akello = Phone(with_engine(app, busy_seconds=0.1), app.settings.hook_secret, village.akello.phone)
    akello.dial()
    valkey.set(Keys(village.akello.id, "").lock, "another")
    assert akello.type("1") == LOST
    assert valkey.get(Keys(village.akello.id, "").lock) == b"another"
    valkey.delete(Keys(village.akello.id, "").lock)
    assert akello.post().startswith("CON Umoja, meeting of")


def test_a_process_remembers_so_many_addresses_and_no_more(app: App, village: Village) -> None:
    """Who is forgotten is asked for in Redis again, and gets the same answer."""
    web = with_engine(app, addresses_max=2)
    members = [village.akello, village.okot, village.nakato]
    for _ in range(2):
        for member in members:
            first_name = member.name.split()[0]
            assert first_name in Phone(web, app.settings.hook_secret, member.phone).dial()
    before = app.link.round_trips
    Phone(web, app.settings.hook_secret, village.nakato.phone).dial()
    assert app.link.round_trips - before == 2  # remembered
    Phone(web, app.settings.hook_secret, village.akello.phone).dial()
    assert app.link.round_trips - before == 5  # forgotten: one more
