"""
Canary: no PIN, no token and no whole phone number gets out: not in a log, a trace, an error report, a job.

Marked values go through conversations on every channel, and through what can go wrong on the way.
"""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
import sentry_sdk
import structlog

from bot.app import App
from bot.config import Settings
from bot.logs import set_up
from domain.records.person import membership_id
from tests.canary.conversations import every_conversation, everyday_things, files_sent, what_members_write
from tests.canary.failures import every_failure, every_malformed_request
from tests.canary.marks import APIO, HAVE_NUMBERS, MOMO_PIN, NEWCOMER, OFFICER, OFFICER_PIN, PIN, TOKENS, leaks
from tests.conftest import Clock
from tests.leaks import leaked
from tests.people import let_in, register
from tests.phone import traces_of
from tests.sentry import Sentry
from tests.served import Served
from tests.waiting import WAIT_SECONDS
from tests.wired import Wired, wired


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing", []),
        ("1*2*73519", ["PIN"]),
        ('{"text": "73519"}', ["PIN"]),
        ("id c73519ae at 1.73519", []),
        ("https://api.telegram.org/bot987654321:canary-telegram/getMe", ["telegram_bot_token"]),
        ("phoneNumber=%2B256772913457", ["phone …457"]),
        ("whatsapp:+256772913457 and …457", ["phone …457"]),
        ("…457", []),
    ],
)
def test_the_canary_sings_when_it_should(text: str, found: list[str]) -> None:
    assert leaks(text) == found


@pytest.fixture
def sentry() -> Iterator[tuple[Sentry, str]]:
    """The receiver, and its address as an operator would set it."""
    receiver = Sentry()
    with contextlib.closing(Served(receiver)) as server:
        yield receiver, f"{server.url.replace('//', '//key@')}/1"


@pytest.fixture
def log() -> io.StringIO:
    """What this process writes to its log."""
    return io.StringIO()


@pytest.fixture
def marked(settings: Settings, sentry: tuple[Sentry, str], log: io.StringIO) -> Iterator[Settings]:
    """Settings full of marked values, with logs at their most talkative and error reports on."""
    told: dict[str, Any] = {"log_level": "debug", "sentry_dsn": sentry[1]}
    told |= {"feature_chat_enabled": True, "feature_referral_enabled": True, **TOKENS}
    settings = replace(settings, **told)
    with contextlib.redirect_stderr(log):
        set_up(settings, role="test")
    yield settings
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def town(marked: Settings, clock: Clock) -> Iterator[Wired]:
    people = [
        {"name": "Apio Sarah", "phone": APIO, "momo_pin": MOMO_PIN},
        {"name": "Achieng Mary", "phone": NEWCOMER, "momo_pin": MOMO_PIN},
    ]
    with wired(marked, clock, people=people) as town:
        apio = register(town.app.store, "Apio Sarah", APIO, PIN)
        let_in(town.app.store, town.village.umoja, town.village.code, town.village.nakato, apio)
        officer = register(town.app.store, "Adong Ruth", OFFICER, OFFICER_PIN)
        let_in(town.app.store, town.village.umoja, town.village.code, town.village.nakato, officer)
        town.app.store.memberships.change(membership_id(town.village.umoja, officer.id), role="secretary")
        yield town


def test_nothing_marked_gets_out(
    town: Wired, clock: Clock, sentry: tuple[Sentry, str], log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    said = "\n".join(
        [
            *every_conversation(town),
            *everyday_things(town),
            *what_members_write(town),
            *what_is_stored(town.app),
            *every_failure(town, clock),
            *every_malformed_request(town.app),
        ]
    )
    queue, store = town.app.queue, town.app.store
    queue.poke("settle", [payment.id for payment in store.payments.find()])
    queue.poke("deliver", [notice.id for notice in store.notices.find()])
    sentry_sdk.flush(WAIT_SECONDS)
    logs, reports = log.getvalue() + caplog.text, "\n".join(sentry[0].reports)
    assert logs.count("turn failed") >= 7, "failures were provoked on every channel"
    assert reports.count('"exception"') >= 8

    assert leaks(logs) == []
    assert leaks(reports) == []
    traces = traces_of(town.app)
    assert len(traces) > 80
    assert leaks(repr(traces)) == []
    assert leaks(jobs(town.app)) == []
    assert leaks(said) == []
    secrets = [code.code for code in store.codes.find()] + files_sent(town)
    assert len(secrets) >= 3
    assert leaked(logs + reports + repr(traces) + jobs(town.app), *secrets) == []


def jobs(app: App) -> str:
    """What rq keeps of the jobs that wait, their descriptions among it."""
    valkey = redis.Redis.from_url(app.settings.redis_url)
    kept = [valkey.hgetall(key) for key in valkey.scan_iter("rq:job:*")]
    assert any(b"description" in job for job in kept)
    return repr(kept)


def what_is_stored(app: App) -> list[str]:
    """
    No PIN is in the store nor in Redis; what else there is of the store, without the fields that have numbers.
    """
    kept: list[str] = []
    for name in app.store.database.list_collection_names():
        for document in app.store.database[name].find():
            assert [each for each in leaks(repr(document)) if "PIN" in each] == [], name
            kept.append(repr({f: v for f, v in document.items() if f not in HAVE_NUMBERS.get(name, ())}))
    valkey = redis.Redis.from_url(app.settings.redis_url)
    read = {b"string": valkey.get, b"hash": valkey.hgetall}
    for key in [*valkey.scan_iter("*")]:
        if (kind := valkey.type(key)) in read:
            assert [each for each in leaks(repr(read[kind](key))) if "PIN" in each] == [], key
    return kept
