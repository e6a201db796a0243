"""One contract for every channel: its provider's real requests in, and the same promises kept on each."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient

from bot.app import App
from bot.config import Settings
from domain.groups.join import JoinGroup
from domain.groups.register import Register
from domain.mongo.store import MongoStore, utc_now
from domain.people.phones import person_with
from domain.records.person import NAME_LENGTH_MAX
from domain.records.pin import Secret
from domain.tables import SHOWN_MAX
from flows.engine.conversations import Engine
from flows.engine.link import HeldLink
from flows.menu import VOCABULARY, root
from simulator.server import Simulator
from tests.channels.lines import LINES, Line, TelegramLine, providers
from tests.conftest import Clock
from tests.people import Village, do, found_village
from tests.phone import traces_of

APOLOGY = "Sorry, that did not work. Nothing was lost. Please try again in a minute."


@pytest.fixture
def running(settings: Settings, clock: Clock) -> Iterator[tuple[App, Simulator]]:
    with providers(settings, clock) as both:
        yield both


@pytest.fixture
def town(running: tuple[App, Simulator]) -> Village:
    return found_village(running[0].store)


@pytest.fixture(params=LINES)
def line(request: pytest.FixtureRequest, running: tuple[App, Simulator], town: Village) -> Line:
    """Akello on each channel in turn."""
    made: Line = LINES[request.param](*running, town.akello)
    return made


def turns(app: App) -> int:
    return len(traces_of(app))


# Who is let in


def test_a_question_is_answered(line: Line) -> None:
    assert line.begin().startswith("Hello Akello")
    assert line.say("1").startswith("Umoja, meeting of 5 Oct. How much?")
    assert turns(line.app) == 2


def test_what_is_forged_is_refused_and_nothing_comes_of_it(line: Line) -> None:
    for label, sent in line.forged().items():
        answer = line.post(sent)
        assert (label, answer.status_code) == (label, line.refused)
        assert "Akello" not in answer.text
    assert turns(line.app) == 0
    assert line.begin().startswith("Hello Akello")


def test_what_lacks_a_field_is_refused_or_not_answered(line: Line) -> None:
    for label, sent in line.incomplete().items():
        answer = line.post(sent)
        assert (label, answer.status_code) == (label, line.lacking)
        if line.lacking == 200:
            assert (label, line.words(answer)) == (label, "")
    assert turns(line.app) == 0
    assert line.begin().startswith("Hello Akello")


def test_nothing_longer_than_a_message_is_read(line: Line) -> None:
    asked = line.ask("menu")
    # Telegram would send again what is refused.
    refusal = 200 if isinstance(line, TelegramLine) else 400
    assert line.post(replace(asked, body=asked.body + b"x" * 70_000)).status_code == refusal
    assert turns(line.app) == 0


# Whatever comes


def test_what_is_no_text_is_answered_with_the_question_again(line: Line) -> None:
    line.begin()
    line.say("1")
    for label, ask in line.not_words().items():
        said = line.words(line.post(ask()))
        assert (label, "Umoja, meeting of 5 Oct. How much?" in said) == (label, True)
        # An empty text message is most likely an accident: the question is answer enough.
        if label != "an empty message":
            assert (label, said.startswith("Umoja")) == (label, False), said
    assert line.say("2000").startswith("Pay UGX 2,000 to Umoja?")


STRANGE = {
    "Arabic": "ادفع خمسة آلاف",
    "Hebrew": "שלום",
    "an override of the direction": "\u202e0002\u202c",
    "an emoji": "😀",
    "a farmer of five code points": "👩🏽‍🌾",
    "a flag": "🇺🇬",
    "letters on letters": "Z̷̛̗͇a̶̧̛l̴g̷o",
    "markup": "<b>2000</b>",
    "a placeholder": "{amount}",
    "a lot": "9" * 2_000,
}


@pytest.mark.parametrize("typed", STRANGE.values(), ids=STRANGE)
def test_whatever_is_typed_is_answered_with_a_hint_and_the_question(line: Line, typed: str) -> None:
    line.begin()
    line.say("1")
    said = line.say(typed)
    hint, question, *_ = said.split("\n")
    too_much = typed.isdigit()
    assert hint.startswith("At most UGX " if too_much else "Please type the amount in digits only"), said
    assert question == "Umoja, meeting of 5 Oct. How much?", said
    assert line.fits(said)
    assert line.say("2000").startswith("Pay UGX 2,000 to Umoja?")


# The same request again


@pytest.mark.parametrize("channel", LINES)
def test_a_request_that_comes_eight_times_at_once_and_once_more_is_one_turn_and_one_payment(
    settings: Settings, clock: Clock, channel: str
) -> None:
    with providers(settings, clock) as (app, simulator):
        village = found_village(app.store)
        line = LINES[channel](app, simulator, village.akello)
        line.begin()
        line.say("1")
        assert "Your PIN?" in line.say("1")
        asked = line.ask("2581")
        with ThreadPoolExecutor(8) as threads:
            answers = [*threads.map(line.post, [asked] * 8), line.post(asked)]
        assert {(answer.status_code, answer.data) for answer in answers} == {(200, answers[0].data)}
        assert line.words(answers[0]).startswith("Now approve UGX 5,500 on your phone")
        assert turns(app) == 4
        assert len(app.store.payments.open_of(village.akello.id)) == 1
    # All that was begun is done.
    texts = [message["text"] for message in simulator.sms.inbox(village.akello.phone)]
    assert sum(text.startswith("Now approve") for text in texts) == (channel == "sms")


# The longest screen


@pytest.mark.parametrize("channel", LINES)
def test_two_and_thirty_applicants_with_long_names_fit_and_each_can_be_chosen(
    running: tuple[App, Simulator], town: Village, channel: str
) -> None:
    app, simulator = running
    names = [f"Nakayiza Namukasa Kyomuhendo Margar {n}{n}{n}{m}" for n in "abcdef" for m in "vwxyz"]
    assert (len(names), {len(name) for name in names}) == (SHOWN_MAX, {NAME_LENGTH_MAX})
    names += ["Achieng Mary", "Zawadi Joy"]
    pin = app.store.pins.hash(Secret("9513"))
    for number, name in enumerate(names):
        phone = f"+2567730001{number:02}"
        do(app.store, Register(phone, name, "en", pin))
        id = person_with(app.store, phone)
        assert id is not None
        do(app.store, JoinGroup(id, town.code))

    line = LINES[channel](app, simulator, town.nakato)
    line.begin()
    screens = [line.say("approve")]
    assert screens[0].startswith("Who joins Umoja?")
    while "98" in screens[-1]:
        screens.append(line.say("98"))
        assert len(screens) <= 30, screens[-2:]
    for screen in screens:
        assert line.fits(screen), screen
    offered = [option for screen in screens for option in line.options(screen)]
    assert offered == [*names[:SHOWN_MAX], "Rest of the list"]
    rest = line.say("31")
    assert line.fits(rest) and line.options(rest) == names[SHOWN_MAX:]
    assert line.say("2").startswith("Zawadi Joy (+")


# When we fail


class Nowhere(MongoStore):
    """A MongoDB that cannot be reached, and is not looked for as long as a turn may take."""

    def within(self, _seconds: float) -> AbstractContextManager[object]:
        return super().within(0.2)


@pytest.fixture
def nowhere(running: tuple[App, Simulator]) -> Iterator[MongoStore]:
    store = running[0].store
    client: MongoClient[dict[str, Any]] = MongoClient("mongodb://127.0.0.1:9", timeoutMS=200)
    yield Nowhere(client["x"], store.books, store.pins, (), {}, "", utc_now)
    client.close()


def test_without_redis_there_is_an_apology_in_the_channel_s_own_shape(line: Line) -> None:
    link = HeldLink("redis://127.0.0.1:9")
    away = replace(line.app, link=link, engine=line.app.engine.over(link))
    assert line.words(line.post(line.first(), away)) == APOLOGY
    assert turns(line.app) == 0


def test_without_mongodb_there_is_an_apology_in_the_channel_s_own_shape(line: Line, nowhere: MongoStore) -> None:
    away = replace(
        line.app,
        store=nowhere,
        engine=Engine(line.app.link, nowhere, secret="s", conversation=root, vocabulary=VOCABULARY),
    )
    assert line.words(line.post(line.first(), away)) == APOLOGY
    assert turns(line.app) == 0


def test_after_an_apology_the_same_request_is_answered(line: Line) -> None:
    """Whether it is sent again by the provider or by the member."""
    link = HeldLink("redis://127.0.0.1:9")
    away = replace(line.app, link=link, engine=line.app.engine.over(link))
    asked = line.first()
    assert line.words(line.post(asked, away)) == APOLOGY
    assert line.words(line.post(asked)).startswith("Hello Akello")
